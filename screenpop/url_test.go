package screenpop_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"example.org/ctiagent/screenpop"
)

var testOrigins = []string{
	"https://crm.example.org", "https://*.apps.example.org", "https://crm.example.org:8443",
	"http://127.0.0.1:8080", "http://192.168.1.5", "https://xn--mnchen-3ya.example.org", "https://[2001:db8::1]", "http://[::1]:80",
}

func allowed(t testing.TB) []screenpop.Origin {
	t.Helper()
	origins, err := screenpop.Origins(testOrigins, nil)
	if err != nil {
		t.Fatal(err)
	}
	return origins
}

func TestLinksThatMayBeOpened(t *testing.T) {
	for in, want := range map[string]string{
		"https://crm.example.org":                                  "https://crm.example.org/",
		"https://crm.example.org/":                                 "https://crm.example.org/",
		"HTTPS://CRM.Example.ORG/Path":                             "https://crm.example.org/Path",
		"https://crm.example.org:443/a?b=c&d=%2B1#/e?f":            "https://crm.example.org/a?b=c&d=%2B1#/e?f",
		"https://crm.example.org:0443/":                            "https://crm.example.org/",
		"https://crm.example.org?q=1":                              "https://crm.example.org/?q=1",
		"https://crm.example.org#Contact/view/1":                   "https://crm.example.org/#Contact/view/1",
		"https://crm.example.org:8443/x":                           "https://crm.example.org:8443/x",
		"https://a.apps.example.org/":                              "https://a.apps.example.org/",
		"https://a.b.apps.example.org/":                            "https://a.b.apps.example.org/",
		"https://crm.example.org/O'Brien?f[0]=1":                   "https://crm.example.org/O%27Brien?f%5B0%5D=1",
		"https://crm.example.org/a?u=https://evil.example.net/../": "https://crm.example.org/a?u=https://evil.example.net/../",
		"https://crm.example.org/a//b":                             "https://crm.example.org/a//b",
		"http://127.0.0.1:8080/contacts/1":                         "http://127.0.0.1:8080/contacts/1",
		"http://192.168.1.5:80/":                                   "http://192.168.1.5/",
		"https://xn--mnchen-3ya.example.org/":                      "https://xn--mnchen-3ya.example.org/",
		"https://[2001:DB8:0::1]/":                                 "https://[2001:db8::1]/",
		"http://[::1]/":                                            "http://[::1]/",
	} {
		if got, err := screenpop.CheckURL(in, allowed(t)); err != nil || got != want {
			t.Errorf("%s\n got %s %v\nwant %s", in, got, err, want)
		}
	}
}

func TestLinksThatAreNeverOpened(t *testing.T) {
	for _, in := range []string{
		"", "https", "https:", "https:/", "https://", "https:///crm.example.org/", "//crm.example.org/", "/crm", "crm.example.org",
		"javascript:alert(1)", "javascript://crm.example.org/%0aalert(1)", "file:///etc/passwd", "data:text/html,x", "ms-msdt:/id", "smb://crm.example.org/",
		"ftp://crm.example.org/", "search-ms:query", "vbscript:x", "blob:https://crm.example.org/1", "view-source:https://crm.example.org/",
		`\\evil\share`, `https:\\crm.example.org\`, `https://crm.example.org\@evil.example.net/`, `https://evil.example.net\.crm.example.org/`, `https:/\crm.example.org/`,
		"https:crm.example.org/", "https:evil.example.net",
		"https://user@crm.example.org/", "https://user:pw@crm.example.org/", "https://crm.example.org@evil.example.net/", "https://@crm.example.org/", "https://crm.example.org:@evil.example.net/",
		"https://evil.example.net/", "https://crm.example.org.evil.example.net/", "https://evilcrm.example.org/", "https://evil-crm.example.org/", "https://example.org/",
		"https://apps.example.org/", "https://xapps.example.org/", "https://.apps.example.org/", "https://*.apps.example.org/", "https://a..apps.example.org/",
		"https://crm.example.org./", "https://crm.example.org:/", "https://crm.example.org:0/", "https://crm.example.org:99999/", "https://crm.example.org:444/", "https://crm.example.org:+443/", "https://crm.example.org:4 43/",
		"http://crm.example.org/", "http://evil.example.net/", "http://127.0.0.1/", "http://127.0.0.1:8081/", "https://127.0.0.1:8080/", "http://localhost:8080/",
		"http://0x7f.1:8080/", "http://2130706433:8080/", "http://127.1:8080/", "http://0177.0.0.1:8080/", "http://127.0.0.1.:8080/", "http://127.0.0.01:8080/", "http://[::ffff:127.0.0.1]:8080/", "https://[2001:db8::1%25eth0]/", "https://[2001:db8::1/", "https://2001:db8::1/", "https://[crm.example.org]/",
		"https://crm.еxample.org/", "https://crm。example.org/", "https://ｃrm.example.org/", "https://crm%2eexample.org/", "https://crm.example%00.org/",
		"https://xn--.example.org/", "https://xn--a.apps.example.org/", "https://xn--a-.apps.example.org/", "https://xn--iñvalid.apps.example.org/", "https://ab--cd.apps.example.org/",
		"https://crm.example.org/a b", "https://crm.example.org/a\tb", "https://crm.example.org/a\nb", " https://crm.example.org/", "https://crm.example.org/ ", "https://crm.example.org/\x00", "https://crm.example.org/\x7f", "ht\ntps://crm.example.org/",
		`https://crm.example.org/"`, "https://crm.example.org/<script>", "https://crm.example.org/`id`", "https://crm.example.org/^", "https://crm.example.org/{x}", "https://crm.example.org/a|b", "https://crm.example.org/é", "https://crm.example.org/\u202e",
		"https://crm.example.org/../a", "https://crm.example.org/a/..", "https://crm.example.org/./a", "https://crm.example.org/a/%2e%2e/b", "https://crm.example.org/a/.%2E", "https://crm.example.org/a/%2e",
		"https://crm.example.org/%", "https://crm.example.org/%2", "https://crm.example.org/%zz", "https://crm.example.org/#a#b",
		"https://-crm.apps.example.org/", "https://crm-.apps.example.org/", "https://c_rm.apps.example.org/", "https://" + strings.Repeat("a", 64) + ".apps.example.org/",
		"https://crm.example.org/" + strings.Repeat("a", 2048), "https://crm.example.org/" + strings.Repeat("'", 1000), "https://" + strings.Repeat("a.", 130) + "apps.example.org/",
		"-https://crm.example.org/", "https://crm.example.org,evil.example.net/", "https://crm.example.org;evil/", "https://crm.example.org&x/", "https://$(id).apps.example.org/",
	} {
		got, err := screenpop.CheckURL(in, allowed(t))
		if err == nil {
			t.Errorf("%q was accepted as %s", in, got)
			continue
		}
		if !errors.Is(err, screenpop.ErrURL) || got != "" {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	if _, err := screenpop.CheckURL("https://crm.example.org/", nil); err == nil {
		t.Error("without origins a link was accepted")
	}
}

func TestRefusalsDoNotRepeatTheLink(t *testing.T) {
	for _, in := range []string{"https://evil.example.net/442079460123", "https://crm.example.org/442079460123 ", "https://442079460123@crm.example.org/"} {
		if _, err := screenpop.CheckURL(in, allowed(t)); err == nil || strings.Contains(err.Error(), "79460123") {
			t.Errorf("%v", err)
		}
	}
}

func TestOrigins(t *testing.T) {
	for _, ok := range []string{"https://crm.example.org", "https://crm.example.org/", "https://*.example.org", "http://10.1.2.3:8080", "http://[fd00::1]", "http://127.9.9.9"} {
		if _, err := screenpop.ParseOrigin(ok); err != nil {
			t.Errorf("%s: %v", ok, err)
		}
	}
	for _, bad := range []string{
		"", "*", "https://*", "https://*.org", "https://*.*.example.org", "https://a.*.example.org", "https://*example.org", "http://crm.example.org",
		"http://8.8.8.8", "http://localhost", "http://*.1.2.3", "https://*.127.0.0.1", "https://crm.example.org/path", "https://crm.example.org?x", "ftp://crm.example.org", "https://u@crm.example.org",
		"https://crm.example.org//", "https://{org}.example.org", "http://0.0.0.0", "http://169.254.169.254",
	} {
		if o, err := screenpop.ParseOrigin(bad); err == nil {
			t.Errorf("%q was accepted as %s", bad, o)
		}
	}
	// Placeholders take one host label.
	origins, err := screenpop.Origins([]string{"https://{org}.example.org"}, map[string]string{"org": "acme"})
	if err != nil || origins[0].String() != "https://acme.example.org" {
		t.Errorf("%v %v", origins, err)
	}
	for _, org := range []string{"", "a.b", "evil.example.net/", "*", "A", "a@b", "{org}", "-"} {
		if o, err := screenpop.Origins([]string{"https://{org}.example.org"}, map[string]string{"org": org}); err == nil {
			t.Errorf("org %q was accepted: %v", org, o)
		}
	}
}

// FuzzCheckURL: whatever is accepted is canonical, and Go's own parser sees
// the same allowed origin in it.
func FuzzCheckURL(f *testing.F) {
	for _, s := range []string{
		"https://crm.example.org/a?b=c#d", "https://a.apps.example.org:443", "http://127.0.0.1:8080/%41", "https://[2001:db8::1]/",
		"https://crm.example.org\\@evil.example.net", "https://xn--mnchen-3ya.example.org/", "https://crm.example.org/%2e%2e/",
	} {
		f.Add(s)
	}
	origins := allowed(f)
	f.Fuzz(func(t *testing.T, in string) {
		got, err := screenpop.CheckURL(in, origins)
		if err != nil {
			return
		}
		if again, err := screenpop.CheckURL(got, origins); err != nil || again != got {
			t.Fatalf("%q became %q, which became %q %v", in, got, again, err)
		}
		u, err := url.Parse(got)
		if err != nil || u.Opaque != "" || u.User != nil {
			t.Fatalf("%q became %q: %v", in, got, err)
		}
		for _, o := range testOrigins {
			scheme, host, _ := strings.Cut(o, "://")
			suffix, wild := strings.CutPrefix(host, "*")
			if u.Scheme == scheme && (u.Host == host || u.Host == strings.TrimSuffix(host, ":80") || wild && strings.HasSuffix(u.Host, suffix)) {
				return
			}
		}
		t.Fatalf("%q became %q, which leads to %s", in, got, u.Host)
	})
}
