package lang

import (
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// FS holds en.json, de.json and nl.json.
//
//go:embed en.json de.json nl.json
var FS embed.FS

// Languages are the languages there are; the first is used when none fits.
func Languages() []string { return []string{"en", "de", "nl"} }

// Printer speaks one language. It is immutable and safe for concurrent use.
type Printer struct {
	language  string
	localizer *i18n.Localizer
	keys      map[string]bool // of every text; true where it has plural forms
}

// New gives the printer for the first of the preferred languages that there is,
// each in any usual form: "de", "de-CH", "nl_NL.UTF-8". Empty ones are passed
// over; with none left, English.
func New(preferred ...string) *Printer {
	chosen := choose(preferred)
	bundle, keys := load(chosen)
	return &Printer{language: chosen, localizer: i18n.NewLocalizer(bundle, chosen), keys: keys}
}

// Desktop gives the languages that the desktop asks for, best first, from the
// environment; New passes over what it cannot use.
func Desktop() []string {
	// POSIX: LC_ALL before LC_MESSAGES before LANG; GNU LANGUAGE before all,
	// unless the locale is C.
	locale := ""
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale = os.Getenv(name); locale != "" {
			break
		}
	}
	if locale == "C" || locale == "POSIX" || strings.HasPrefix(locale, "C.") {
		return nil
	}
	return append(strings.Split(os.Getenv("LANGUAGE"), ":"), locale)
}

func choose(preferred []string) string {
	for _, p := range preferred {
		p, _, _ = strings.Cut(p, ".") // nl_NL.UTF-8
		p, _, _ = strings.Cut(p, "@") // de_DE@euro
		tag, err := language.Parse(strings.ReplaceAll(p, "_", "-"))
		if err != nil {
			continue
		}
		base, confidence := tag.Base()
		for _, have := range Languages() {
			if base.String() == have && confidence == language.Exact {
				return have
			}
		}
	}
	return Languages()[0]
}

// load reads the catalogue of one language; all have the same keys. The files
// are part of the program and tested, so a mistake in them is one of ours.
func load(lang string) (*i18n.Bundle, map[string]bool) {
	b, err := FS.ReadFile(lang + ".json")
	if err != nil {
		panic(err)
	}
	bundle := i18n.NewBundle(language.English)
	file, err := bundle.ParseMessageFileBytes(b, lang+".json")
	if err != nil {
		panic(fmt.Sprintf("lang: %s.json: %v", lang, err))
	}
	keys := make(map[string]bool, len(file.Messages))
	for _, m := range file.Messages {
		keys[m.ID] = m.One != ""
	}
	return bundle, keys
}

// Language is the language that is spoken: "en", "de" or "nl".
func (p *Printer) Language() string { return p.language }

// Has reports whether there is such a key.
func (p *Printer) Has(key string) bool {
	_, ok := p.keys[key]
	return ok
}

// T gives the text of a key with data in its places. Names in data may begin
// with a capital. A "count" that is a whole number chooses the plural form. An
// unknown key comes back as it is: better an odd word than none.
func (p *Printer) T(key string, data ...map[string]any) string {
	plural, ok := p.keys[key]
	if !ok {
		return key
	}
	values := map[string]any{}
	for _, d := range data {
		for name, v := range d {
			values[lowerFirst(name)] = v
		}
	}
	config := &i18n.LocalizeConfig{MessageID: key, TemplateData: values}
	if n, ok := values["count"].(int); ok && plural {
		config.PluralCount = n
	}
	text, err := p.localizer.Localize(config)
	if err != nil && text == "" {
		return key
	}
	return text
}

// Text is T with the data as name, value, name, value …
func (p *Printer) Text(key string, pairs ...any) string {
	values := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		values[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return p.T(key, values)
}

// Count gives the text of a key for n things.
func (p *Printer) Count(key string, n int) string {
	return p.T(key, map[string]any{"count": n})
}

func lowerFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[size:]
}

// Catalogue gives the bare texts of one language: key to text, or to the
// plural forms. Tests and translators use it.
func Catalogue(lang string) (map[string]any, error) {
	b, err := FS.ReadFile(lang + ".json")
	if err != nil {
		return nil, fmt.Errorf("lang: there is no catalogue for %q", lang)
	}
	var all map[string]any
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, fmt.Errorf("lang: %s.json: %w", lang, err)
	}
	return all, nil
}
