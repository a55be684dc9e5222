package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// maxFile is the most a settings file may hold, bytes. A person writes a few
// hundred lines at most; anything larger is not a settings file.
const maxFile = 1 << 20

// Loaded is one set of values and where each of them came from. It is not
// changed after it was made: Change gives a new one.
type Loaded struct {
	values     Values
	locked     map[string]bool // keys that the policy file sets
	userFile   string
	policyFile string
}

// Error is a mistake in a settings file, with what a person needs to mend it.
type Error struct {
	File string // path as given to Load; "" for a change that is in no file yet
	Line int    // 1-based, 0 when unknown
	Key  string // "site.country", "" when the file cannot be read at all
	Text string // what is wrong and what to write instead
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("config: ")
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ", line %d", e.Line)
		}
		b.WriteString(": ")
	}
	if e.Key != "" {
		b.WriteString(e.Key + ": ")
	}
	b.WriteString(e.Text)
	return b.String()
}

// Hint is the short advice for a person; Error says where and what.
func (e *Error) Hint() string {
	if e.File == "" {
		return e.Text
	}
	return "Mend the settings file, then start again: " + e.Text
}

// Code is the health entry that this error belongs to.
func (e *Error) Code() string { return "settings" }

// ErrLocked is wrapped when a change touches what the administrator set.
var ErrLocked = errors.New("set by your administrator")

// Load applies the built-in defaults, then userFile, then policyFile. A file
// that does not exist, or whose name is "", adds nothing; a file with a mistake
// is refused as a whole, because half of a policy is no policy. The error wraps
// one *Error for every mistake found.
func Load(userFile, policyFile string) (*Loaded, error) {
	l := &Loaded{values: Defaults(), locked: map[string]bool{}, userFile: userFile, policyFile: policyFile}
	if _, err := l.layer(userFile); err != nil {
		return nil, err
	}
	locked, err := l.layer(policyFile)
	if err != nil {
		return nil, err
	}
	l.locked = locked
	if key, err := checkTogether(&l.values); err != nil {
		return nil, l.placed(key, err)
	}
	return l, nil
}

// layer reads one file over the values and tells which keys it sets.
func (l *Loaded) layer(file string) (map[string]bool, error) {
	text, err := readFile(file)
	if err != nil || text == "" {
		return nil, err
	}
	tree, err := parse(file, text)
	if err != nil {
		return nil, err
	}
	return apply(&l.values, tree, file, text)
}

// readFile gives "" for a file that is not there.
func readFile(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("config: the settings file cannot be read: %w", err)
	case info.IsDir():
		return "", &Error{File: file, Text: "this is a folder; the settings must be a file"}
	case info.Size() > maxFile:
		return "", &Error{File: file, Text: "the file is larger than 1 MB; it is no settings file"}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("config: the settings file cannot be read: %w", err)
	}
	return string(b), nil
}

// parse reads TOML into nested maps.
func parse(file, text string) (map[string]any, error) {
	var tree map[string]any
	_, err := toml.Decode(text, &tree)
	var at toml.ParseError
	if errors.As(err, &at) {
		return nil, &Error{File: file, Line: at.Position.Line, Text: strings.TrimSpace(at.Message) + "; see the example file for how settings are written"}
	}
	if err != nil {
		return nil, &Error{File: file, Text: err.Error()}
	}
	return tree, nil
}

// apply sets every value of the tree and returns the keys it set. It goes on
// after a mistake, so that a person sees all of them at once.
func apply(v *Values, tree map[string]any, file, text string) (map[string]bool, error) {
	w := walker{root: reflect.ValueOf(v).Elem(), file: file, lines: lineIndex(text), set: map[string]bool{}}
	w.groups(tree)
	return w.set, errors.Join(w.errs...)
}

type walker struct {
	root  reflect.Value
	file  string
	lines map[string]int
	set   map[string]bool
	errs  []error
}

func (w *walker) fail(key, format string, args ...any) {
	w.errs = append(w.errs, &Error{File: w.file, Line: w.lines[key], Key: key, Text: fmt.Sprintf(format, args...)})
}

func (w *walker) groups(tree map[string]any) {
	known := fields()
	for _, group := range slices.Sorted(maps.Keys(tree)) {
		sub, isTable := tree[group].(map[string]any)
		if !isTable {
			w.unknown(group)
			continue
		}
		if !slices.ContainsFunc(known, func(f field) bool { return strings.HasPrefix(f.key, group+".") }) {
			w.unknown(group)
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(sub)) {
			w.value(group+"."+name, sub[name])
		}
	}
}

func (w *walker) unknown(key string) {
	w.fail(key, "%s", unknownText(key))
}

func (w *walker) value(key string, raw any) {
	f, ok := findField(key)
	if !ok {
		w.unknown(key)
		return
	}
	target := w.root.FieldByIndex(f.index)
	if f.isTable() {
		w.apps(key, raw, target)
		w.set[key] = true
		return
	}
	if err := f.setRaw(target, raw); err != nil {
		w.fail(key, "%v", err)
		return
	}
	w.set[key] = true
}

// setRaw accepts exactly the TOML type of the setting: "true" in quotes is a
// mistake worth telling, not a value.
func (f field) setRaw(v reflect.Value, raw any) error {
	var text string
	switch x := raw.(type) {
	case string:
		text = x
	case bool, int64:
		text = fmt.Sprint(x)
	case float64:
		text = fmt.Sprint(x)
	default:
		return fmt.Errorf("it must be %s, not a list or table", f.wants())
	}
	_, isString := raw.(string)
	_, isBool := raw.(bool)
	_, isInt := raw.(int64)
	kind := f.viewKind()
	if isString != (kind == "text" || kind == "choice" || kind == "seconds") || isBool != (kind == "bool") || isInt != (kind == "int") {
		return fmt.Errorf("it must be %s", f.wants())
	}
	if err := f.set(v, text); err != nil {
		return err
	}
	return f.check(v)
}

func (f field) wants() string {
	switch f.viewKind() {
	case "bool":
		return "true or false, without quotes"
	case "int":
		return "a whole number, without quotes"
	case "seconds":
		return `a time in quotes such as "1.5s"`
	}
	return "text in quotes"
}

// apps reads [pop.apps.NAME].
func (w *walker) apps(key string, raw any, target reflect.Value) {
	table, ok := raw.(map[string]any)
	if !ok {
		w.fail(key, "it must be a table such as [%s.crm]", key)
		return
	}
	apps := map[string]App{}
	for _, id := range slices.Sorted(maps.Keys(table)) {
		sub, ok := table[id].(map[string]any)
		if !ok {
			w.fail(key+"."+id, "it must be a table such as [%s.crm]", key)
			continue
		}
		apps[id] = w.app(key+"."+id, sub)
	}
	target.Set(reflect.ValueOf(apps))
}

func (w *walker) app(key string, table map[string]any) App {
	var app App
	v := reflect.ValueOf(&app).Elem()
	for _, name := range slices.Sorted(maps.Keys(table)) {
		sf, ok := fieldByTag(v.Type(), name)
		if !ok {
			w.unknown(key + "." + name)
			continue
		}
		if name == "args" {
			args, err := stringList(table[name])
			if err != nil {
				w.fail(key+"."+name, "%v", err)
			}
			app.Args = args
			continue
		}
		if err := fieldOf(key+".", sf).setRaw(v.FieldByIndex(sf.Index), table[name]); err != nil {
			w.fail(key+"."+name, "%v", err)
		}
	}
	if app.Path == "" {
		w.fail(key, "path is missing: name the program with its full path")
	}
	return app
}

func fieldByTag(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("toml") == name {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

func stringList(raw any) ([]string, error) {
	list, ok := raw.([]any)
	if !ok {
		return nil, errors.New(`it must be a list of texts such as ["--record", "{arg}"]`)
	}
	out := make([]string, 0, len(list))
	for _, x := range list {
		s, ok := x.(string)
		if !ok {
			return nil, errors.New("every argument must be text in quotes")
		}
		out = append(out, s)
	}
	return out, nil
}

// placed says in which file a mistake between two settings is best mended.
func (l *Loaded) placed(key string, err error) error {
	file := l.userFile
	if l.locked[key] {
		file = l.policyFile
	}
	text, _ := readFile(file)
	return &Error{File: file, Line: lineIndex(text)[key], Key: key, Text: err.Error()}
}

// Values are the settings for the program itself.
func (l *Loaded) Values() Values {
	v := l.values
	v.Pop.Apps = maps.Clone(v.Pop.Apps)
	return v
}

// Settings are the settings for a person, in the order of the reference page.
func (l *Loaded) Settings() []Item {
	var items []Item
	root, builtIn := reflect.ValueOf(l.values), reflect.ValueOf(Defaults())
	for _, f := range fields() {
		if f.isTable() {
			continue
		}
		items = append(items, Item{
			Key: f.key, Kind: f.viewKind(), Choices: f.choices, Doc: f.doc, Example: f.example,
			Value:   f.text(root.FieldByIndex(f.index)),
			Default: f.text(builtIn.FieldByIndex(f.index)),
			Locked:  l.locked[f.key],
		})
	}
	return items
}

// Locked reports that the administrator set this key.
func (l *Loaded) Locked(key string) bool { return l.locked[key] }
