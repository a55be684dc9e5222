package service_test

import (
	"strings"
	"testing"

	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/service"
	"example.org/ctiagent/screenpop"
)

func TestOrigin(t *testing.T) {
	params := map[string]string{"org": "acme", "path": "acme/x", "name": "Acme Ltd"}
	for text, want := range map[string]string{
		"https://crm.example.org":            "https://crm.example.org",
		"https://crm.example.org:8443":       "https://crm.example.org:8443",
		"https://*.example.org":              "https://*.example.org",
		"https://{org}.example.org":          "https://acme.example.org",
		"https://xn--mnchen-3ya.example.org": "https://xn--mnchen-3ya.example.org",
		"http://127.0.0.1:8080":              "http://127.0.0.1:8080",
		"http://192.168.1.5":                 "http://192.168.1.5",
		"http://[::1]:8080":                  "http://[::1]:8080",

		"https://crm.example.org/": "https://crm.example.org",

		"": "", "https://crm.example.org//": "", "crm.example.org": "", "ftp://crm.example.org": "", "javascript://x": "",
		"http://crm.example.org": "", "http://localhost": "", "http://8.8.8.8": "",
		"https://": "", "https://*.org": "", "https://*": "", "https://*.": "", "https://a.*.example.org": "", "https://*.192.168.1.5": "",
		"https://crm.example.org/x": "", "https://crm.example.org?x": "", "https://crm.example.org#x": "", "https://me@crm.example.org": "",
		"https://crm.example.org:": "", "https://crm.example.org:0": "", "https://crm.example.org:65536": "", "https://crm.example.org:x": "",
		"https://-crm.example.org": "", "https://crm..example.org": "", "https://crm.example.org.": "", "https://crm_x.example.org": "",
		"https://xn--0.example.org": "", "https://ab--c.example.org": "", "https://münchen.example.org": "",
		"http://0x7f.1": "", "http://2130706433": "", "http://127.1": "", "http://0.0.0.0": "", "http://::1": "", "http://[127.0.0.1]": "",
		"http://[fe80::1%25eth0]": "", "https://" + strings.Repeat("a.", 130) + "org": "",
		"https://{path}.example.org": "", "https://{name}.example.org": "", "https://{none}.example.org": "", "https://{.example.org": "",
	} {
		got, err := service.Origin(text, params)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

// What is stored is what workstations take.
func FuzzOrigin(f *testing.F) {
	for _, s := range []string{"https://{org}.example.org:8443", "https://*.example.org", "http://[::1]", "https://xn--mnchen-3ya.de", "http://10.0.0.1:00080"} {
		f.Add(s, "acme")
	}
	f.Fuzz(func(t *testing.T, text, org string) {
		params := map[string]string{"org": org}
		filled, err := service.Origin(text, params)
		if err != nil {
			return
		}
		for _, origin := range []string{text, filled} {
			if _, err := screenpop.Origins([]string{origin}, params); err != nil {
				t.Errorf("%q is stored, and refused by every workstation: %v", origin, err)
			}
		}
	})
}

// A script that no workstation would run as it was meant is not stored.
func TestScriptIsChecked(t *testing.T) {
	r := start(t)
	for name, s := range map[string]recognition.Script{
		"no id":     {},
		"long id":   {ID: strings.Repeat("x", recognition.MaxIDBytes+1)},
		"event":     {ID: "s", When: recognition.When{Events: []string{"rang"}}},
		"direction": {ID: "s", When: recognition.When{Directions: []string{"IN"}}},
		"known":     {ID: "s", When: recognition.When{Known: "both"}},
		"origin":    {ID: "s", Allowed: recognition.Allowed{Origins: []string{"https://crm.example.org", "http://crm.example.org"}}},
		"parameter": {ID: "s", Allowed: recognition.Allowed{Origins: []string{"https://{org}.example.org"}}},
		"path":      {ID: "s", Allowed: recognition.Allowed{Apps: []string{"/bin/sh"}}},
	} {
		if _, err := r.org.SetScript(t.Context(), s, []byte("x")); err == nil {
			t.Errorf("%s: it was stored", name)
		}
	}
	if _, err := r.org.SetScript(t.Context(), recognition.Script{ID: "s"}, nil); err == nil {
		t.Error("a script without a body was stored")
	}
	if scripts, err := r.org.Scripts(t.Context()); err != nil || len(scripts) != 0 {
		t.Errorf("%+v, %v", scripts, err)
	}
}
