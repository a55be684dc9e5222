package config

import (
	"slices"
	"strconv"
	"strings"
)

// lineIndex maps every dotted key and table of a TOML text to its line,
// 1-based. It knows only the plain way of writing that people and this program
// use; what it does not find has no line, and an edit that relied on it is
// caught by verify.
func lineIndex(text string) map[string]int {
	index := map[string]int{}
	table := ""
	for i, line := range strings.Split(text, "\n") {
		if name, ok := tableHeader(line); ok {
			table = name
			noteLine(index, table, i+1)
			continue
		}
		if key, ok := lineKey(line); ok {
			noteLine(index, joinKey(table, key), i+1)
		}
	}
	return index
}

func noteLine(index map[string]int, key string, line int) {
	if _, ok := index[key]; !ok {
		index[key] = line
	}
}

func joinKey(table, key string) string {
	if table == "" {
		return key
	}
	return table + "." + key
}

func tableHeader(line string) (string, bool) {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "[") || strings.HasPrefix(line, "[[") {
		return "", false
	}
	name, _, ok := strings.Cut(line[1:], "]")
	return cleanKey(name), ok
}

func lineKey(line string) (string, bool) {
	key, _, ok := strings.Cut(line, "=")
	key = cleanKey(key)
	if !ok || key == "" || strings.ContainsAny(key, "#[]{},") {
		return "", false
	}
	return key, true
}

// cleanKey removes the blanks and quotes that TOML allows around key parts.
func cleanKey(key string) string {
	parts := strings.Split(key, ".")
	for i, p := range parts {
		parts[i] = strings.Trim(strings.TrimSpace(p), `"'`)
	}
	return strings.Join(parts, ".")
}

// setLine gives text with "group.name" set to literal: in place where the key
// stands, else as a new line at the end of its table, else in a new table.
func setLine(text, key, literal string) string {
	group, name, _ := strings.Cut(key, ".")
	lines := strings.Split(text, "\n")
	index := lineIndex(text)
	if at, ok := index[key]; ok {
		before, after, _ := strings.Cut(lines[at-1], "=")
		lines[at-1] = before + "= " + literal + trailingComment(after)
		return strings.Join(lines, "\n")
	}
	at, ok := index[group]
	if !ok {
		text = strings.TrimRight(text, "\n")
		if text != "" {
			text += "\n\n"
		}
		return text + "[" + group + "]\n" + name + " = " + literal + "\n"
	}
	// After the last line of the table that is neither blank nor comment.
	end := at
	for i := at; i < len(lines); i++ {
		trimmed := strings.TrimSpace(lines[i])
		if strings.HasPrefix(trimmed, "[") {
			break
		}
		if trimmed != "" && !strings.HasPrefix(trimmed, "#") {
			end = i + 1
		}
	}
	lines = slices.Insert(lines, end, name+" = "+literal)
	return strings.Join(lines, "\n")
}

// trailingComment is the comment behind a value, with its blanks, or "".
func trailingComment(value string) string {
	var inside rune // the quote we are in
	for i, r := range value {
		switch {
		case inside != 0:
			if r == inside {
				inside = 0
			}
		case r == '"' || r == '\'':
			inside = r
		case r == '#':
			return "  " + strings.TrimRight(value[i:], "\r")
		}
	}
	return ""
}

// quote writes a TOML basic string. What Go and TOML escape differently (\x, \a)
// cannot occur: control characters are refused before anything is written.
func quote(s string) string {
	return strconv.Quote(s)
}
