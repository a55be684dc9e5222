package config

import (
	"fmt"
	"reflect"
	"strings"
)

//go:generate go test -run TestReferencePage -update .

// Explain tells in words what a setting or a group of settings is for.
func Explain(key string) (string, error) {
	var b strings.Builder
	root := reflect.TypeFor[Values]()
	for i := range root.NumField() {
		if group := root.Field(i); group.Tag.Get("toml") == key {
			fmt.Fprintf(&b, "%s: %s\n", key, group.Tag.Get("doc"))
			for _, f := range fields() {
				if strings.HasPrefix(f.key, key+".") {
					fmt.Fprintf(&b, "  %s\n", f.key)
				}
			}
			return b.String(), nil
		}
	}
	f, ok := findField(key)
	if !ok {
		return "", &Error{Key: key, Text: unknownText(key)}
	}
	fmt.Fprintf(&b, "%s: %s\n", f.key, f.doc)
	for _, line := range f.facts() {
		b.WriteString("  " + line + "\n")
	}
	return b.String(), nil
}

// facts are the lines about one setting that follow its doc.
func (f field) facts() []string {
	var lines []string
	switch f.viewKind() {
	case "choice":
		lines = append(lines, "one of: "+choiceList(f.choices))
	case "bool":
		lines = append(lines, "true or false")
	case "int":
		lines = append(lines, fmt.Sprintf("a whole number from %s to %s", f.min, f.max))
	case "seconds":
		lines = append(lines, fmt.Sprintf("a time from %s to %s", f.min, f.max))
	}
	if !f.isTable() {
		lines = append(lines, "default: "+f.defaultLiteral())
	}
	if f.example != "" {
		lines = append(lines, "example: "+f.exampleLiteral())
	}
	return lines
}

func (f field) defaultLiteral() string {
	root := reflect.ValueOf(Defaults())
	return f.literal(f.text(root.FieldByIndex(f.index)))
}

func (f field) exampleLiteral() string {
	if f.typ.Kind() == reflect.String {
		return quote(f.example)
	}
	return f.example
}

// Example is a settings file with every setting in it, commented out and
// explained. It loads as it stands, and so it does with the comment sign taken
// from any line of the form "#key = value".
func Example() string {
	var b strings.Builder
	b.WriteString("# Settings of ctiagent. Every setting stands here with its default; take the #\n" +
		"# from the beginning of a line to change it. Passwords do not belong here.\n")
	root := reflect.TypeFor[Values]()
	for i := range root.NumField() {
		group := root.Field(i)
		name := group.Tag.Get("toml")
		fmt.Fprintf(&b, "\n# %s\n[%s]\n", group.Tag.Get("doc"), name)
		for _, f := range fields() {
			if !strings.HasPrefix(f.key, name+".") || f.isTable() {
				continue
			}
			fmt.Fprintf(&b, "\n# %s\n", f.doc)
			if f.choices != nil {
				fmt.Fprintf(&b, "# One of: %s\n", choiceList(f.choices))
			}
			if f.example != "" {
				fmt.Fprintf(&b, "# Example: %s\n", f.exampleLiteral())
			}
			fmt.Fprintf(&b, "#%s = %s\n", strings.TrimPrefix(f.key, name+"."), f.defaultLiteral())
		}
	}
	b.WriteString(exampleApps())
	return b.String()
}

func exampleApps() string {
	f, _ := findField("pop.apps")
	var b strings.Builder
	fmt.Fprintf(&b, "\n# %s\n#[pop.apps.crm]\n", f.doc)
	app := reflect.TypeFor[App]()
	for i := range app.NumField() {
		sub := fieldOf("", app.Field(i))
		fmt.Fprintf(&b, "# %s\n#%s = %s\n", sub.doc, sub.key, sub.exampleLiteral())
	}
	return b.String()
}

// Reference is the page docs/settings.md.
func Reference() string {
	var b strings.Builder
	b.WriteString(referenceHead)
	root := reflect.TypeFor[Values]()
	for i := range root.NumField() {
		group := root.Field(i)
		name := group.Tag.Get("toml")
		fmt.Fprintf(&b, "\n## [%s]\n\n%s\n", name, group.Tag.Get("doc"))
		for _, f := range fields() {
			if !strings.HasPrefix(f.key, name+".") {
				continue
			}
			fmt.Fprintf(&b, "\n### %s\n\n%s\n\n", f.key, f.doc)
			for _, line := range f.facts() {
				fmt.Fprintf(&b, "- %s\n", code(line))
			}
			if f.isTable() {
				b.WriteString("\n" + referenceApps())
			}
		}
	}
	b.WriteString("\n## Example file\n\n```toml\n" + Example() + "```\n")
	return b.String()
}

const referenceHead = `# Settings

<!-- Written by "go generate ./config" from the tags in config/values.go; do not edit. -->

Settings are read in three layers, and a later one wins: what is built in, the
user's file, and the policy file of the administrator. What a policy sets is
locked: it is shown, but cannot be changed by the user. A file that does not
exist adds nothing; a file with a mistake is refused with the line and what to
write instead. "ctiagent explain KEY" prints the words of this page.

Passwords, tokens and keys are never settings. They are kept in the keyring of
the desktop.
`

func referenceApps() string {
	var b strings.Builder
	b.WriteString("A table for each program, `[pop.apps.NAME]`:\n\n")
	app := reflect.TypeFor[App]()
	for i := range app.NumField() {
		sub := fieldOf("", app.Field(i))
		fmt.Fprintf(&b, "- `%s`: %s Example: `%s`\n", sub.key, sub.doc, sub.exampleLiteral())
	}
	return b.String()
}

// code sets what stands behind "default: " and "example: " in code type.
func code(line string) string {
	for _, head := range []string{"default: ", "example: ", "one of: "} {
		if rest, ok := strings.CutPrefix(line, head); ok {
			return head + "`" + rest + "`"
		}
	}
	return line
}
