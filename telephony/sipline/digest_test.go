package sipline

import (
	"errors"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

func challenged(code int, values ...string) *sip.Response {
	res := sip.NewResponse(code, "x")
	name := map[int]string{401: "WWW-Authenticate", 407: "Proxy-Authenticate"}[code]
	for _, v := range values {
		res.AppendHeader(sip.NewHeader(name, v))
	}
	return res
}

func TestChooseChallenge(t *testing.T) {
	const (
		md5    = `Digest realm="r", nonce="n", algorithm=MD5, qop="auth"`
		plain  = `Digest realm="r", nonce="n"`
		sha    = `Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth-int, auth", opaque="o"`
		sha512 = `Digest realm="r", nonce="n", algorithm=SHA-512-256, qop="auth"`
	)
	for _, tt := range []struct {
		name   string
		code   int
		values []string
		realm  string
		want   string // algorithm, "-" for none
	}{
		{"one", 401, []string{md5}, "", "MD5"},
		{"no algorithm is MD5", 407, []string{plain}, "", ""},
		{"best of several, worst first", 401, []string{md5, sha, sha512}, "", "SHA-512-256"},
		{"Asterisk: two with one nonce", 401, []string{sha, md5}, "", "SHA-256"},
		{"unknown ones are passed over", 401, []string{`Digest realm="r", nonce="n", algorithm=AKAv1-MD5`, `Digest realm="r", nonce="n", algorithm=MD5-sess`, md5}, "", "MD5"},
		{"Basic is refused", 401, []string{`Basic realm="r"`}, "", "-"},
		{"none", 401, nil, "", "-"},
		{"auth-int alone is refused", 401, []string{`Digest realm="r", nonce="n", qop="auth-int"`}, "", "-"},
		{"another realm", 401, []string{md5}, "pbx.test", "-"},
		{"our realm among others", 407, []string{md5, strings.Replace(sha, `realm="r"`, `realm="pbx.test"`, 1)}, "pbx.test", "SHA-256"},
	} {
		c, err := chooseChallenge(challenged(tt.code, tt.values...), tt.realm)
		if tt.want == "-" {
			if !errors.Is(err, errNoDigest) {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if err != nil || c.Algorithm != tt.want {
			t.Errorf("%s: %v %v", tt.name, c.Challenge, err)
			continue
		}
		h, err := c.credentials("REGISTER", "sip:pbx.test", "100", "pw100")
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if want := map[int]string{401: "Authorization", 407: "Proxy-Authorization"}[tt.code]; h.Name() != want || strings.Contains(h.Value(), "pw100") {
			t.Errorf("%s: %s: %s", tt.name, h.Name(), h.Value())
		}
	}
}

// TestDigestValues compares with the examples of RFC 7616 §3.9.1.
func TestDigestValues(t *testing.T) {
	for algorithm, want := range map[string]string{
		"MD5":     `response="8ca523f5e9506fed4657c9700eebdbec"`,
		"SHA-256": `response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"`,
	} {
		c, err := chooseChallenge(challenged(401, `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=`+algorithm+
			`, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`), "")
		if err != nil {
			t.Fatal(err)
		}
		c.cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
		h, err := c.credentials("GET", "/dir/index.html", "Mufasa", "Circle of Life")
		if err != nil || !strings.Contains(h.Value(), want) {
			t.Errorf("%s: %v %v", algorithm, h, err)
		}
	}
}
