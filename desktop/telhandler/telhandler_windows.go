package telhandler

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

const (
	progID       = "ctiagent.uri"
	classKey     = `Software\Classes\` + progID
	appKey       = `Software\ctiagent`
	capKey       = appKey + `\Capabilities`
	registered   = `Software\RegisteredApplications`
	registeredAs = "ctiagent"
	choiceKey    = `Software\Microsoft\Windows\Shell\Associations\UrlAssociations\`
)

// Register offers exe, an absolute path, for the links. The user must still
// choose it in Settings › Apps › Default apps.
func Register(exe string) error {
	if !filepath.IsAbs(exe) || strings.ContainsAny(exe, "\"%") {
		return errors.New("telhandler: the program must be an absolute path without quotes and percent signs")
	}
	values := []struct{ key, name, value string }{
		{classKey, "", "URL:Telephone number"},
		{classKey, "URL Protocol", ""},
		{classKey + `\DefaultIcon`, "", `"` + exe + `",0`},
		{classKey + `\shell\open\command`, "", `"` + exe + `" ` + Verb + ` "%1"`},
		{capKey, "ApplicationName", "CTI agent"},
		{capKey, "ApplicationDescription", "Dials the number of a link"},
		{registered, registeredAs, capKey},
	}
	for _, s := range schemes() {
		values = append(values, struct{ key, name, value string }{capKey + `\URLAssociations`, s, progID})
	}
	for _, v := range values {
		if err := write(v.key, v.name, v.value); err != nil {
			return err
		}
	}
	tellShell()
	return nil
}

func write(path, name, value string) error {
	key, _, err := registry.CreateKey(registry.CURRENT_USER, path, registry.SET_VALUE)
	if err != nil {
		return fmt.Errorf("telhandler: create the registry key %s: %w", path, err)
	}
	defer key.Close()
	if err := key.SetStringValue(name, value); err != nil {
		return fmt.Errorf("telhandler: write the registry key %s: %w", path, err)
	}
	return nil
}

// Unregister undoes Register. That nothing was registered is no error.
func Unregister() error {
	var errs []error
	for _, k := range []string{
		classKey + `\shell\open\command`, classKey + `\shell\open`, classKey + `\shell`,
		classKey + `\DefaultIcon`, classKey, capKey + `\URLAssociations`, capKey,
	} { // children first: a key with children cannot be deleted
		if err := registry.DeleteKey(registry.CURRENT_USER, k); err != nil && !errors.Is(err, registry.ErrNotExist) {
			errs = append(errs, fmt.Errorf("telhandler: delete the registry key %s: %w", k, err))
		}
	}
	key, err := registry.OpenKey(registry.CURRENT_USER, registered, registry.SET_VALUE)
	if err == nil {
		if err := key.DeleteValue(registeredAs); err != nil && !errors.Is(err, registry.ErrNotExist) {
			errs = append(errs, fmt.Errorf("telhandler: delete the registry value of %s: %w", registered, err))
		}
		key.Close()
	}
	tellShell()
	return errors.Join(errs...)
}

// Current asks what Windows knows now.
func Current() (Status, error) {
	var st Status
	if command, ok := read(classKey+`\shell\open\command`, ""); ok {
		st.Registered = true
		if exe, _, ok := strings.Cut(strings.TrimPrefix(command, `"`), `"`); ok {
			st.Exe = exe
		}
	}
	for _, s := range schemes() {
		chosen, _ := read(choiceKey+s+`\UserChoice`, "ProgId")
		x := Scheme{Name: s, Default: chosen == progID}
		if !x.Default {
			x.Other = chosen
		}
		st.Schemes = append(st.Schemes, x)
	}
	return st, nil
}

func read(path, name string) (string, bool) {
	key, err := registry.OpenKey(registry.CURRENT_USER, path, registry.QUERY_VALUE)
	if err != nil {
		return "", false
	}
	defer key.Close()
	v, _, err := key.GetStringValue(name)
	return v, err == nil
}

// tellShell has Windows look at its associations again.
func tellShell() {
	const assocChanged = 0x08000000 // SHCNE_ASSOCCHANGED
	shell := windows.NewLazySystemDLL("shell32.dll").NewProc("SHChangeNotify")
	if shell.Find() == nil {
		_, _, _ = shell.Call(assocChanged, 0, 0, 0)
	}
}
