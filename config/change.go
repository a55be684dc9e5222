package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Change validates all values, writes them into the user's file and gives the
// new set; on any mistake nothing is written and l stays what it was. Values
// are texts as in Item.Value. Comments and order of the file are kept. A key
// that the administrator locked is refused unless the value is the same.
func (l *Loaded) Change(values map[string]string) (*Loaded, error) {
	next := *l
	next.values = l.Values()
	root := reflect.ValueOf(&next.values).Elem()
	var errs []error
	changed := map[string]string{} // key → literal for the file
	for _, key := range slices.Sorted(maps.Keys(values)) {
		f, ok := findField(key)
		if !ok {
			errs = append(errs, &Error{Key: key, Text: unknownText(key)})
			continue
		}
		if f.isTable() {
			errs = append(errs, &Error{Key: key, Text: "this can only be changed in the settings file"})
			continue
		}
		target := root.FieldByIndex(f.index)
		before := f.text(target)
		if err := errors.Join(f.set(target, values[key]), f.check(target)); err != nil {
			errs = append(errs, &Error{Key: key, Text: firstLine(err)})
			continue
		}
		after := f.text(target)
		if after == before {
			continue
		}
		if l.locked[key] {
			errs = append(errs, fmt.Errorf("config: %s: %w; it cannot be changed here", key, ErrLocked))
			continue
		}
		changed[key] = f.literal(after)
	}
	if len(errs) == 0 {
		if key, err := checkTogether(&next.values); err != nil {
			errs = append(errs, &Error{Key: key, Text: err.Error()})
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if len(changed) == 0 {
		return &next, nil
	}
	if l.userFile == "" {
		return nil, errors.New("config: there is no settings file to write to")
	}
	return &next, l.write(changed)
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func (l *Loaded) write(changed map[string]string) error {
	old, err := readFile(l.userFile)
	if err != nil {
		return err
	}
	edited, err := edit(old, changed)
	if err != nil {
		return &Error{File: l.userFile, Text: "the file is written in a way that cannot be edited from here; change it by hand"}
	}
	return replaceFile(l.userFile, edited)
}

// edit gives the text of a file with the values changed (key to literal), and
// makes sure that it then says exactly what it was meant to say.
func edit(old string, changed map[string]string) (string, error) {
	edited := old
	for _, key := range slices.Sorted(maps.Keys(changed)) {
		edited = setLine(edited, key, changed[key])
	}
	return edited, verify(old, edited, changed)
}

// verify compares what old with the changes means and what edited means.
func verify(old, edited string, changed map[string]string) error {
	want, got := Defaults(), Defaults()
	tree, err := parse("", old)
	if err != nil {
		return err
	}
	if _, err := apply(&want, tree, "", old); err != nil {
		return err
	}
	root := reflect.ValueOf(&want).Elem()
	for key, literal := range changed {
		f, _ := findField(key)
		text := literal
		if s, err := strconv.Unquote(literal); err == nil {
			text = s
		}
		if err := f.set(root.FieldByIndex(f.index), text); err != nil {
			return err
		}
	}
	if tree, err = parse("", edited); err != nil {
		return err
	}
	if _, err := apply(&got, tree, "", edited); err != nil {
		return err
	}
	if !reflect.DeepEqual(want, got) {
		return errors.New("the edit would change something else")
	}
	return nil
}

// replaceFile writes beside the file and renames, so that a crash leaves
// either the old settings or the new ones.
func replaceFile(file, text string) (err error) {
	if target, err := filepath.EvalSymlinks(file); err == nil {
		file = target // a link to the settings stays one
	}
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("config: the settings cannot be saved: %w", err)
	}
	tmp, err := os.CreateTemp(dir, ".settings-*")
	if err != nil {
		return fmt.Errorf("config: the settings cannot be saved: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name())
			err = fmt.Errorf("config: the settings cannot be saved: %w", err)
		}
	}()
	_, err = tmp.WriteString(text)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), file)
}
