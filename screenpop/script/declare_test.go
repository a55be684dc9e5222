package script

import (
	"fmt"
	"reflect"
	"strings"
)

// generateDeclarations writes the TypeScript of what a script is told.
func generateDeclarations() string {
	var b strings.Builder
	b.WriteString("  type Kind =\n    |")
	for i, k := range kinds {
		if i == 8 {
			b.WriteString("\n    |")
		}
		if i > 0 && i != 8 {
			b.WriteString(" |")
		}
		fmt.Fprintf(&b, " %q", k)
	}
	b.WriteString(";\n")
	for _, t := range []reflect.Type{reflect.TypeFor[PhoneNumber](), reflect.TypeFor[Contact](), reflect.TypeFor[Call]()} {
		fmt.Fprintf(&b, "  interface %s {\n", t.Name())
		for i := range t.NumField() {
			f := t.Field(i)
			name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
			if option == "omitempty" {
				name += "?"
			}
			fmt.Fprintf(&b, "    readonly %s: %s;\n", name, typeScript(f.Type))
		}
		b.WriteString("  }\n")
	}
	return b.String()
}

func typeScript(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[Nullable]():
		return "string | null"
	case reflect.TypeFor[Event]():
		return fmt.Sprintf("%q | %q | %q", EventRinging, EventAnswered, EventEnded)
	case reflect.TypeFor[Direction]():
		return fmt.Sprintf("%q | %q", DirectionIn, DirectionOut)
	}
	switch t.Kind() {
	case reflect.Bool:
		return "boolean"
	case reflect.Slice:
		return "readonly " + typeScript(t.Elem()) + "[]"
	case reflect.Map:
		return "Readonly<Record<" + typeScript(t.Key()) + ", " + typeScript(t.Elem()) + ">>"
	case reflect.Struct:
		return t.Name()
	case reflect.String:
		if t.Name() == "Kind" {
			return "Kind"
		}
	}
	return t.Name()
}
