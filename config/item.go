package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Item is one setting as a settings window shows it.
type Item struct {
	Key     string   // "site.country"
	Value   string   // as text; bool as "true" or "false", durations in seconds
	Kind    string   // text, bool, int, choice, seconds
	Choices []string // of kind choice; "" is "as the desktop is set"
	Locked  bool     // by the administrator
	Doc     string
	Default string
	Example string
}

// field is what the tags say about one setting.
type field struct {
	key     string
	index   []int // for reflect.Value.FieldByIndex on Values
	typ     reflect.Type
	kind    string // check to apply: "", url, path, fingerprint …
	choices []string
	min     string
	max     string
	doc     string
	def     string
	example string
}

var durationType = reflect.TypeFor[time.Duration]()

// fields lists every setting in the order of the structs. It is computed on
// demand: there are some thirty, and it is asked for a few times in a process.
func fields() []field {
	var list []field
	root := reflect.TypeFor[Values]()
	for i := range root.NumField() {
		group := root.Field(i)
		for j := range group.Type.NumField() {
			f := fieldOf(group.Tag.Get("toml")+".", group.Type.Field(j))
			f.index = []int{i, j}
			list = append(list, f)
		}
	}
	return list
}

func fieldOf(prefix string, sf reflect.StructField) field {
	f := field{
		key:     prefix + sf.Tag.Get("toml"),
		typ:     sf.Type,
		kind:    sf.Tag.Get("kind"),
		min:     sf.Tag.Get("min"),
		max:     sf.Tag.Get("max"),
		doc:     sf.Tag.Get("doc"),
		def:     sf.Tag.Get("default"),
		example: sf.Tag.Get("example"),
	}
	if c, ok := sf.Tag.Lookup("choices"); ok {
		f.choices = strings.Split(c, ",")
	}
	return f
}

func findField(key string) (field, bool) {
	for _, f := range fields() {
		if f.key == key {
			return f, true
		}
	}
	return field{}, false
}

// isTable reports the settings that are tables of their own (pop.apps). They
// are written in the file by hand and not shown as an Item.
func (f field) isTable() bool { return f.typ.Kind() == reflect.Map }

func (f field) viewKind() string {
	switch {
	case f.choices != nil:
		return "choice"
	case f.typ == durationType:
		return "seconds"
	case f.typ.Kind() == reflect.Bool:
		return "bool"
	case f.typ.Kind() == reflect.Int:
		return "int"
	}
	return "text"
}

// text is the value as an Item shows it and Change takes it back.
func (f field) text(v reflect.Value) string {
	switch {
	case f.typ == durationType:
		return strconv.FormatFloat(time.Duration(v.Int()).Seconds(), 'f', -1, 64)
	case f.typ.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case f.typ.Kind() == reflect.Int:
		return strconv.FormatInt(v.Int(), 10)
	case f.typ.Kind() == reflect.String:
		return v.String()
	}
	return fmt.Sprint(v.Interface())
}

// literal is the value as it stands in the file.
func (f field) literal(text string) string {
	switch f.viewKind() {
	case "bool", "int":
		return text
	case "seconds":
		d, _ := parseSeconds(text)
		return quote(d.String())
	}
	return quote(text)
}

// Defaults are the values without any file.
func Defaults() Values {
	var v Values
	root := reflect.ValueOf(&v).Elem()
	for _, f := range fields() {
		if f.def == "" {
			continue
		}
		if err := f.set(root.FieldByIndex(f.index), f.def); err != nil {
			panic("config: the built-in default of " + f.key + " is wrong: " + err.Error())
		}
	}
	return v
}

// set reads the value from text, as a tag or a settings window writes it.
func (f field) set(v reflect.Value, text string) error {
	switch f.viewKind() {
	case "bool":
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q must be true or false", text)
		}
		v.SetBool(b)
	case "int":
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			return fmt.Errorf("%q must be a whole number", text)
		}
		v.SetInt(int64(n))
	case "seconds":
		d, err := parseSeconds(text)
		if err != nil {
			return err
		}
		v.SetInt(int64(d))
	default:
		v.SetString(strings.TrimSpace(text))
	}
	return nil
}

// parseSeconds accepts "1.5" (a settings window) and "1.5s" (a file).
func parseSeconds(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	if s, err := strconv.ParseFloat(text, 64); err == nil && s >= 0 && s < 1e9 {
		return time.Duration(s * float64(time.Second)), nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q must be a time such as 1.5s or 800ms", text)
	}
	return d, nil
}
