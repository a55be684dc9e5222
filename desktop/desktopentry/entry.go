package desktopentry

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// URL stands, as an argument of Exec, for the link that is opened.
const URL = "\x00url"

// Entry is one .desktop file of type Application.
type Entry struct {
	Name    string
	Comment string
	Icon    string
	Exec    []string // program by absolute path, then its arguments
	Keys    []Key    // further ones, in this order
}

// Key is one line of an entry; its value is text.
type Key struct{ Name, Value string }

// Encode writes the entry as a file.
func (e Entry) Encode() (string, error) {
	run, err := command(e.Exec)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("[Desktop Entry]\nType=Application\nVersion=1.0\n")
	for _, k := range append([]Key{{"Name", e.Name}, {"Comment", e.Comment}, {"Icon", e.Icon}, {"Exec", run}}, e.Keys...) {
		if k.Value == "" {
			continue
		}
		fmt.Fprintf(&b, "%s=%s\n", k.Name, escape(k.Value))
	}
	return b.String(), nil
}

// escape writes text as a value: line ends and backslashes would otherwise
// begin a new line or an escape.
func escape(s string) string {
	return strings.NewReplacer("\\", `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s)
}

// command writes an argument list as the specification's "Exec variables"
// section says. What needs no quotes gets none, because xdg-open without a
// desktop environment reads Exec without understanding them.
func command(argv []string) (string, error) {
	if len(argv) == 0 || !filepath.IsAbs(argv[0]) {
		return "", errors.New("desktopentry: the program must be an absolute path")
	}
	words := make([]string, len(argv))
	for i, a := range argv {
		if a == URL {
			words[i] = "%u"
			continue
		}
		if strings.ContainsFunc(a, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return "", errors.New("desktopentry: a control character in the command")
		}
		if i == 0 && strings.Contains(a, "=") {
			return "", errors.New("desktopentry: the path of the program has an equals sign, which a desktop entry cannot name; install it elsewhere")
		}
		words[i] = word(a)
	}
	return strings.Join(words, " "), nil
}

func word(a string) string {
	a = strings.ReplaceAll(a, "%", "%%")
	if a != "" && !strings.ContainsAny(a, " \"'\\><~|&;$*?#()`") {
		return a
	}
	return `"` + strings.NewReplacer(`"`, `\"`, "`", "\\`", "$", `\$`, `\`, `\\`).Replace(a) + `"`
}

// Program is the first word of the Exec key of a file, or "" when it cannot
// be read.
func Program(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if run, ok := strings.CutPrefix(strings.TrimSpace(line), "Exec="); ok {
			return firstWord(strings.ReplaceAll(run, `\\`, `\`))
		}
	}
	return ""
}

func firstWord(run string) string {
	quoted, isQuoted := strings.CutPrefix(run, `"`)
	if !isQuoted {
		w, _, _ := strings.Cut(run, " ")
		return strings.ReplaceAll(w, "%%", "%")
	}
	var b strings.Builder
	for i := 0; i < len(quoted) && quoted[i] != '"'; i++ {
		if quoted[i] == '\\' && i+1 < len(quoted) {
			i++
		}
		b.WriteByte(quoted[i])
	}
	return strings.ReplaceAll(b.String(), "%%", "%")
}

// Write puts the file in its place at once, so that no reader sees half of
// it.
func Write(path, content string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("desktopentry: %w", err)
	}
	f, err := os.CreateTemp(dir, ".ctiagent-*")
	if err != nil {
		return fmt.Errorf("desktopentry: %w", err)
	}
	_, err = f.WriteString(content)
	err = errors.Join(err, f.Chmod(0o644), f.Close()) // #nosec G302 -- the desktop reads it, nothing in it is secret
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("desktopentry: write %s: %w", path, errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
