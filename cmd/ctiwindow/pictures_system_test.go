//go:build system

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/assets/lang"
)

// TestPictures opens every window once. With CTI_PICTURES=DIR it leaves
// pictures there, for the documents and for a look.
func TestPictures(t *testing.T) {
	dir := os.Getenv("CTI_PICTURES")
	for theme, ground := range map[string]uint32{"light": 0xc9d1da, "dark": 0x2a323c} {
		t.Run(theme, func(t *testing.T) {
			d := newDesk(t)
			d.paint(ground)
			fill(d)
			d.publish(func(s *view.Snapshot) {
				s.Appearance = view.Appearance{Theme: theme, Country: "GB", Language: os.Getenv("CTI_LANGUAGE")}
				s.Line = view.Status{State: view.StatusOffline, Reason: "The platform does not answer.", Retry: time.Now().Add(30 * time.Second)}
				s.Service.State = view.StatusSignedOut
				s.SetupNeeded = true
			})
			d.run("FYNE_SCALE=" + os.Getenv("FYNE_SCALE"))
			snap := func(name, window, crop string) {
				if dir != "" {
					d.still()
					d.picture(filepath.Join(dir, name+"-"+theme+".png"), window, crop)
				}
			}
			for _, card := range states() {
				d.publish(func(s *view.Snapshot) { s.Cards = []view.Card{card} })
				d.drawn(card.ID)
				snap("card-"+card.ID, "root", part(888, 400, 392, 400))
			}
			d.publish(func(s *view.Snapshot) {
				s.Cards = states()[:5]
				s.Cards[4].ID = "newer"
			})
			d.drawn("newer")
			snap("cards", "root", part(888, 0, 392, 800))
			d.publish(func(s *view.Snapshot) { s.Cards = nil })

			w := lang.New(os.Getenv("CTI_LANGUAGE"))
			for _, q := range questions() {
				d.publish(func(s *view.Snapshot) { s.Confirm = &q })
				snap("confirm-"+q.ID, d.windowOf(regexp.QuoteMeta(w.Text("confirm.title"))), "")
				d.publish(func(s *view.Snapshot) { s.Confirm = nil })
				d.gone(regexp.QuoteMeta(w.Text("confirm.title")))
			}
			for i, p := range []struct {
				name, title string
				keys        []string // typed for a second picture
			}{
				{view.WindowHistory, "history.title", []string{"Tab", "Tab", "Tab", "Tab", "Tab", "Down", "Down", "space"}},
				{view.WindowDial, "dial.title", []string{"A", "d", "a"}},
				{view.WindowAssistant, "assistant.title", []string{"Tab", "Tab", "x", "Return"}},
				{view.WindowSettings, "settings.title", nil},
				{view.WindowAbout, "about.title", nil},
			} {
				title := w.Text(p.title)
				d.publish(func(s *view.Snapshot) { s.Show = &view.Show{Seq: uint64(i + 1), Window: p.name} })
				snap(p.name, d.windowOf(title), "")
				if dir != "" && p.keys != nil {
					d.output("xdotool", append([]string{"key", "--delay", "60"}, p.keys...)...)
					snap(p.name+"-used", d.windowOf(title), "")
				}
				d.output("xdotool", "key", "Escape")
				d.gone(title)
			}
		})
	}
}

// part names a part of the screen, given at 100 %.
func part(x, y, w, h int) string {
	f := screenScale()
	return fmt.Sprintf("%dx%d+%d+%d", w*f, h*f, x*f, y*f)
}

func states() []view.Card {
	now := time.Now()
	number := view.Number{Text: "+44 20 7946 0123", E164: "+442079460123", Kind: "fixed", Country: "GB", Place: "London"}
	local := "Sales · +44 20 7946 0100"
	card := func(id, phase, recognition string, ago time.Duration) view.Card {
		return view.Card{ID: id, Phase: phase, Recognition: recognition, Number: number, Local: local, CanAdd: true, Started: now.Add(-ago)}
	}
	first := card("first", view.PhaseRinging, view.LookingUp, 0)
	name := known("known")
	several := card("several", view.PhaseRinging, view.Several, 3*time.Second)
	several.Number.Text = "+44 20 7946 0100"
	for i, p := range [][2]string{{"Ada Example", "Purchasing"}, {"Ben Sample", "Accounts"}, {"Cem Muster", "Workshop"}} {
		several.People = append(several.People, view.Person{
			Name: p[0], Source: "CRM", Matched: "Main number", MatchKind: "exact", Chosen: i == 0, CanOpen: true,
			Fields: []view.Field{{Label: "Company", Value: "Example Instruments Ltd"}, {Label: "Department", Value: p[1]}},
		})
	}
	several.CanOpen = true
	unknown := card("unknown", view.PhaseRinging, view.NotKnown, 6*time.Second)
	unknown.Number = view.Number{Text: "+33 1 99 00 12 34", E164: "+33199001234", Kind: "fixed", Country: "FR"}
	unknown.Local = "Support · +44 20 7946 0200"
	withheld := card("withheld", view.PhaseRinging, view.IsWithheld, 2*time.Second)
	withheld.Number = view.Number{Withheld: "anonymous"}
	away := card("away", view.PhaseRinging, view.Unreachable, 5*time.Second)
	talk := known("connected")
	talk.Phase, talk.Answered = view.PhaseConnected, now.Add(-134*time.Second)
	missed := known("missed")
	missed.Phase, missed.Started, missed.Ended = view.PhaseMissed, now.Add(-21*time.Second), now
	dialing := known("dialing")
	dialing.Phase, dialing.Outgoing, dialing.DialStep, dialing.Local = view.PhaseDialing, true, "ownRinging", ""
	failed := known("failed")
	failed.Phase, failed.Outgoing, failed.DialReason, failed.Ended = view.PhaseEnded, true, "The number is busy.", now.Add(10*time.Second)
	private := known("private")
	private.Phase, private.Answered, private.Private = view.PhaseConnected, now.Add(-9*time.Second), true
	noted := known("noted")
	noted.ScriptNotice, noted.PopsPaused = "Contract ends on 31 March; offer a renewal.", true
	noted.RedirectedBy = "Reception"
	elsewhere := known("elsewhere")
	elsewhere.Phase, elsewhere.Ended = view.PhaseElsewhere, now.Add(time.Hour)
	long := known("long")
	long.People[0].Name = "Dr. Maximiliane-Theodora von Hohenstein-Beispielhausen zu Musterberg"
	long.People[0].Fields[0].Value = "Beispielhafte Präzisionsinstrumente und Feinmechanik Vertriebsgesellschaft mbH & Co. KG"
	return []view.Card{first, name, several, unknown, withheld, away, talk, missed, dialing, failed, private, noted, elsewhere, long}
}

func questions() []view.Confirmation {
	return []view.Confirmation{
		{ID: "link", FromLink: true, Number: view.Number{Text: "+44 20 7946 0145", Kind: "fixed", Country: "GB", Place: "London"}},
		{ID: "foreign", FromLink: true, Foreign: true, More: 3, Number: view.Number{Text: "+33 1 99 00 12 34", Kind: "fixed", Country: "FR"}, Dropped: ",,123#"},
		{ID: "premium", FromLink: true, Warn: true, Number: view.Number{Text: "+44 909 879 0123", Kind: "premium", Country: "GB"}},
		{ID: "emergency", Emergency: true, Number: view.Number{Text: "112", Kind: "emergency", Country: "GB"}},
	}
}

func fill(d *desk) {
	now := time.Now()
	at := func(days, h, m int) time.Time {
		y, mo, day := now.Date()
		return time.Date(y, mo, day-days, h, m, 0, 0, time.Local)
	}
	ada := view.Number{Text: "+44 20 7946 0123", E164: "+442079460123"}
	ben := view.Number{Text: "+44 20 7946 0145", E164: "+442079460145"}
	cem := view.Number{Text: "+49 30 23125 123", E164: "+493023125123"}
	d.answers[view.VerbHistory] = view.HistoryPage{Missed: 2, More: true, Entries: []view.Entry{
		{ID: "1", At: at(0, 0, 3), Result: "answered", Number: ada, Name: "Ada Example", Detail: "Example Instruments Ltd", Duration: 134 * time.Second},
		{ID: "2", At: at(0, 0, 2), Result: "missed", Number: ben, Name: "Ben Sample", Detail: "Example Instruments Ltd", Rang: 21 * time.Second},
		{ID: "3", At: at(0, 0, 1), Outgoing: true, Result: "answered", Number: view.Number{Text: "+33 1 99 00 12 34", E164: "+33199001234"}, Duration: 48 * time.Second},
		{ID: "4", At: at(0, 0, 0), Result: "elsewhere", Number: cem, Name: "Cem Muster", Detail: "Werkstatt Muster"},
		{ID: "5", At: at(1, 16, 31), Result: "answered", Number: view.Number{Withheld: "anonymous"}, Duration: 302 * time.Second},
		{ID: "6", At: at(1, 11, 5), Outgoing: true, Result: "busy", Number: cem, Name: "Cem Muster", Detail: "Werkstatt Muster"},
		{ID: "7", At: at(4, 9, 12), Result: "answered", Number: ada, Name: "Dr. Maximiliane-Theodora von Hohenstein-Beispielhausen", Detail: "Beispielhafte Präzisionsinstrumente GmbH", Duration: 3723 * time.Second},
	}}
	d.answers[view.VerbDial] = view.DialResult{Action: "dial", Number: "+442079460123", Kind: "fixed"}
	d.answers[view.VerbSignIn] = view.Outcome{
		Steps: []view.Step{{Text: "The server cti.example.org answers", OK: true}, {Text: "Its certificate is trusted", OK: false}},
		Error: "The server answered, but its certificate is for pbx.example.org, not 192.0.2.7",
		Hint:  "Use the name that the certificate was made for, or ask your administrator.",
	}
	d.answers[view.VerbGetLine] = view.LineAccount{Connector: "sip", Address: "201@pbx.example.org"}
	d.answers[view.VerbGetSettings] = view.SettingsList{Settings: []view.Setting{
		{Key: "service.address", Value: "https://cti.example.org", Kind: "text", Locked: true},
		{Key: "service.user", Value: "ada", Kind: "text"},
		{Key: "service.lookup_bound", Value: "2", Kind: "seconds", Default: "2"},
		{Key: "site.country", Value: "GB", Kind: "text"},
		{Key: "site.area_code", Value: "20", Kind: "text"},
		{Key: "pop.enabled", Value: "true", Kind: "bool"},
		{Key: "pop.policy", Value: "ask", Kind: "choice", Choices: []string{"ask", "first", "none"}},
		{Key: "card.corner", Value: "bottom-right", Kind: "choice", Choices: []string{"bottom-right", "bottom-left", "top-right", "top-left"}},
		{Key: "card.theme", Value: "", Kind: "choice", Choices: []string{"", "light", "dark"}},
		{Key: "history.days", Value: "90", Kind: "int", Default: "90"},
	}}
	d.answers[view.VerbDiagnostics] = view.Diagnostics{
		Version: "0.1.0 (linux/amd64)",
		Items: []view.DiagItem{
			{Name: "line", State: "ok", Text: "Line ready: registered, call events come"},
			{Name: "service", State: "warn", Text: "Recognition is not reachable, trying again in 8 s"},
			{Name: "keyring", State: "ok", Text: "Secrets are kept in the desktop's keyring"},
			{Name: "tray", State: "off", Text: "This desktop shows no tray icons"},
		},
		Containment: []view.DiagItem{{Name: "seccomp", State: "ok"}, {Name: "landlock", State: "ok"}, {Name: "rlimit", State: "ok"}},
		Errors:      []view.DiagError{{At: "10:42:07", Text: "The server answered, but its certificate is for pbx.example.org, not 192.0.2.7", Hint: "Use the name that the certificate was made for."}},
		Copyable:    "ctiagent 0.1.0",
	}
}
