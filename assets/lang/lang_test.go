package lang

import "testing"

func TestSpeaks(t *testing.T) {
	for _, c := range []struct{ lang, want string }{
		{"en", "Line offline, trying again in 7 s"},
		{"de_DE.UTF-8", "Leitung getrennt, neuer Versuch in 7 s"},
		{"nl-BE", "Lijn verbroken, nieuwe poging over 7 s"},
		{"fr", "Line offline, trying again in 7 s"},
	} {
		if got := New(c.lang).T("status.line.offline", map[string]any{"seconds": 7}); got != c.want {
			t.Errorf("%s: %q, want %q", c.lang, got, c.want)
		}
	}
}
