package window

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"example.org/ctiagent/agent/view"
)

// Texts is the catalogue in one language. The windows say nothing that is not
// in it.
type Texts interface {
	// Text gives the words of a key; data is name, value, name, value …
	Text(key string, data ...any) string
	// Count gives the words for n things.
	Count(key string, n int) string
	// Has tells whether the catalogue knows a key.
	Has(key string) bool
	// Language is the language it is in: "en", "de", "nl".
	Language() string
}

// words makes sentences of the catalogue's texts and of dates and numbers.
type words struct{ texts Texts }

func (w words) t(key string, data ...any) string { return w.texts.Text(key, data...) }
func (w words) n(key string, n int) string       { return w.texts.Count(key, n) }

// maybe is the text of a key that may not exist: a step or kind that a newer
// agent knows and this window does not.
func (w words) maybe(key string, data ...any) string {
	if !w.texts.Has(key) {
		return ""
	}
	return w.t(key, data...)
}

// code is the name of a code in the first family of keys that has it; a code
// that a newer agent knows stands for itself.
func (w words) code(code string, families ...string) string {
	for _, family := range families {
		if t := w.maybe(family + code); t != "" {
			return t
		}
	}
	return code
}

// kind is the word for a kind of number, "" for what need not be said.
func (w words) kind(kind string) string {
	switch kind {
	case "", "unknown", "fixedOrMobile":
		return ""
	}
	return w.maybe("number.kind." + kind)
}

// country is the name of a country in the language of the windows.
func (w words) country(code string) string {
	if code == "" {
		return ""
	}
	region, err := language.ParseRegion(code)
	if err != nil {
		return ""
	}
	namer := display.Regions(language.Make(w.texts.Language()))
	if namer == nil {
		return ""
	}
	return namer.Name(region)
}

// origin says where a number belongs: "United Kingdom · London", or its kind
// where no place is known.
func (w words) origin(n view.Number) string {
	if n.Place != "" && !strings.EqualFold(n.Place, w.country(n.Country)) {
		return joinDots(w.country(n.Country), n.Place)
	}
	return joinDots(w.country(n.Country), w.kind(n.Kind))
}

// day is "Today", "Yesterday" or a date.
func (w words) day(at, now time.Time) string {
	at, now = at.Local(), now.Local()
	y, m, d := now.Date()
	midnight := time.Date(y, m, d, 0, 0, 0, 0, now.Location())
	switch {
	case !at.Before(midnight):
		return w.t("day.today")
	case !at.Before(midnight.AddDate(0, 0, -1)):
		return w.t("day.yesterday")
	}
	weekday := w.t(fmt.Sprintf("day.%d", int(at.Weekday())))
	month := w.t(fmt.Sprintf("month.%d", int(at.Month())))
	return w.t("day.date", "Weekday", weekday, "Day", at.Day(), "Month", month, "Year", at.Year())
}

func (w words) dayTime(at, now time.Time) string {
	if at.IsZero() {
		return ""
	}
	return w.day(at, now) + " " + at.Local().Format("15:04")
}

// clock is a duration as people read it on a telephone: 0:04, 1:02:03.
func clock(d time.Duration) string {
	s := max(int(d.Seconds()), 0)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
