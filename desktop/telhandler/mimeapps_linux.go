package telhandler

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"example.org/ctiagent/desktop/desktopentry"
)

// The groups of mimeapps.list.
const (
	defaults = "Default Applications"
	removed  = "Removed Associations"
)

// list is a mimeapps.list, line by line, so that everything we do not touch
// stays as it is: comments, order, groups we do not know.
type list struct{ lines []string }

func parseList(s string) *list {
	s = strings.TrimSuffix(s, "\n")
	if s == "" {
		return &list{}
	}
	return &list{lines: strings.Split(s, "\n")}
}

func (l *list) String() string {
	if len(l.lines) == 0 {
		return ""
	}
	return strings.Join(l.lines, "\n") + "\n"
}

// locate finds the line of a key, and the end of its group, where a new line
// would go; both are -1 if there is none.
func (l *list) locate(group, key string) (line, end int) {
	line, end = -1, -1
	in := false
	for i, s := range l.lines {
		s = strings.TrimSpace(s)
		if strings.HasPrefix(s, "[") {
			if in = s == "["+group+"]"; in && end < 0 {
				end = i + 1
			}
			continue
		}
		if !in {
			continue
		}
		if s != "" {
			end = i + 1
		}
		if k, _, ok := strings.Cut(s, "="); ok && line < 0 && strings.TrimSpace(k) == key {
			line = i
		}
	}
	return line, end
}

// get is the list of programs of a key.
func (l *list) get(group, key string) []string {
	line, _ := l.locate(group, key)
	if line < 0 {
		return nil
	}
	_, value, _ := strings.Cut(l.lines[line], "=")
	var apps []string
	for app := range strings.SplitSeq(value, ";") {
		if app = strings.TrimSpace(app); app != "" {
			apps = append(apps, app)
		}
	}
	return apps
}

// set writes the list of programs of a key; none removes the key.
func (l *list) set(group, key string, apps []string) {
	line, end := l.locate(group, key)
	text := key + "=" + strings.Join(apps, ";") + ";"
	switch {
	case line >= 0 && len(apps) == 0:
		l.lines = slices.Delete(l.lines, line, line+1)
	case line >= 0:
		l.lines[line] = text
	case len(apps) == 0:
	case end >= 0:
		l.lines = slices.Insert(l.lines, end, text)
	default:
		if len(l.lines) > 0 {
			l.lines = append(l.lines, "")
		}
		l.lines = append(l.lines, "["+group+"]", text)
	}
}

// putFirst makes us the first choice and keeps the others behind.
func putFirst(l *list, mime string) {
	others := without(l.get(defaults, mime))
	l.set(defaults, mime, append([]string{id}, others...))
	strike(l, removed, mime)
}

// takeOut removes us wherever we are.
func takeOut(l *list, mime string) {
	strike(l, defaults, mime)
}

// strike takes us out of one list, which stays as it is when we are not in it.
func strike(l *list, group, mime string) {
	if apps := l.get(group, mime); slices.Contains(apps, id) {
		l.set(group, mime, without(apps))
	}
}

func without(apps []string) []string {
	return slices.DeleteFunc(apps, func(a string) bool { return a == id })
}

// editLists changes a file for these types, if there is anything to change.
func editLists(file string, types []string, edit func(*list, string)) error {
	b, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("telhandler: %w", err)
	}
	l := parseList(string(b))
	before := l.String()
	for _, t := range types {
		edit(l, t)
	}
	if l.String() == before {
		return nil
	}
	// A link, as dotfile keepers have, is followed rather than replaced.
	if target, err := os.Readlink(file); err == nil && target != "" {
		if real, err := os.Stat(file); err == nil {
			if err := os.WriteFile(file, []byte(l.String()), real.Mode().Perm()); err != nil {
				return fmt.Errorf("telhandler: %w", err)
			}
			return nil
		}
	}
	if err := desktopentry.Write(file, l.String()); err != nil {
		return fmt.Errorf("telhandler: %w", err)
	}
	return nil
}
