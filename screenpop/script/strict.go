package script

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// decodeStrict reads exactly one JSON value into v. Beyond encoding/json it
// refuses keys in another case and keys given twice: two readers of the same
// text must not see two different values.
func decodeStrict(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return plainJSONError(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more text behind the JSON value")
	}
	return checkKeys(json.NewDecoder(bytes.NewReader(data)), reflect.TypeOf(v))
}

// checkKeys walks the tokens of one value beside the type it was read into.
func checkKeys(dec *json.Decoder, t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	tok, err := dec.Token()
	if err != nil {
		return plainJSONError(err)
	}
	switch tok {
	case json.Delim('{'):
		known := jsonFields(t)
		seen := map[string]bool{}
		for dec.More() {
			tok, err := dec.Token()
			if err != nil {
				return plainJSONError(err)
			}
			key, _ := tok.(string)
			if seen[key] {
				return fmt.Errorf("the key %q is there twice", clip(key))
			}
			seen[key] = true
			child, ok := known[key]
			switch {
			case ok:
			case t.Kind() == reflect.Struct:
				return fmt.Errorf("unknown key %q", clip(key))
			case t.Kind() == reflect.Map:
				child = t.Elem()
			default:
				child = t
			}
			if err := checkKeys(dec, child); err != nil {
				return err
			}
		}
		_, err = dec.Token()
	case json.Delim('['):
		child := t
		if t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8 {
			child = t.Elem()
		}
		for dec.More() {
			if err := checkKeys(dec, child); err != nil {
				return err
			}
		}
		_, err = dec.Token()
	}
	return plainJSONError(err)
}

// jsonFields lists the JSON names of a struct, those of embedded structs
// included; nil for every other type.
func jsonFields(t reflect.Type) map[string]reflect.Type {
	if t.Kind() != reflect.Struct {
		return nil
	}
	fields := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			for k, v := range jsonFields(f.Type) {
				fields[k] = v
			}
		case name != "" && name != "-":
			fields[name] = f.Type
		}
	}
	return fields
}

// plainJSONError keeps values out of the text: they may be personal data.
func plainJSONError(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return fmt.Errorf("it is not JSON (byte %d)", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Errorf("%q must not be a %s", kind.Field, strings.Fields(kind.Value)[0])
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it is not JSON (it ends too early)")
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
