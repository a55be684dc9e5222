package simulator

import (
	"crypto/md5" //nolint:gosec // the digest that most platforms still ask for
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// hashes are the digest algorithms of RFC 8760 that clients must answer.
func hashFor(algorithm string) hash.Hash {
	switch strings.ToUpper(algorithm) {
	case "", "MD5":
		return md5.New() //nolint:gosec // see above
	case "SHA-256":
		return sha256.New()
	case "SHA-512-256":
		return sha512.New512_256()
	}
	return nil
}

// challenge answers a request that carries no good credentials.
func (p *Platform) challenge(c *conn, m *message) {
	code, name := 401, "WWW-Authenticate"
	if p.opts.Style == Kamailio && m.method != "REGISTER" {
		code, name = 407, "Proxy-Authenticate"
	}
	r := m.reply(code, p.token())
	for _, algorithm := range p.opts.Algorithms {
		// Some platforms put other things first; clients must look further.
		opaque := ""
		if len(p.opts.Algorithms) > 1 {
			opaque = fmt.Sprintf(`, opaque="%s"`, p.token())
		}
		r.add(name, fmt.Sprintf(`Digest realm="%s", nonce="%s"%s, algorithm=%s, qop="auth"`,
			p.opts.Domain, p.nonce, opaque, algorithm))
	}
	c.send(r)
}

// authenticate returns the user who sent the request, or nil after having
// answered it with a challenge or a refusal.
func (p *Platform) authenticate(c *conn, m *message) *User {
	value := m.get("Authorization")
	if value == "" {
		value = m.get("Proxy-Authorization")
	}
	if value == "" {
		p.challenge(c, m)
		return nil
	}
	d := digestParams(value)
	if r := d["response"]; r != "" && len(p.responses) < 1000 {
		p.responses = append(p.responses, r)
	}
	if d["nonce"] != p.nonce { // e.g. from before a restart: ask again
		p.challenge(c, m)
		return nil
	}
	for i := range p.opts.Users {
		u := &p.opts.Users[i]
		if u.login() != d["username"] || p.mischief.RefuseCredentials {
			continue
		}
		h := hashFor(d["algorithm"])
		offered := false
		for _, a := range p.opts.Algorithms {
			offered = offered || strings.EqualFold(a, orDefault(d["algorithm"], "MD5"))
		}
		if h == nil || !offered || !strings.HasPrefix(m.uri, strings.TrimSuffix(d["uri"], ";transport=tls")) {
			break
		}
		sum := func(s string) string {
			h.Reset()
			h.Write([]byte(s))
			return hex.EncodeToString(h.Sum(nil))
		}
		a1 := sum(d["username"] + ":" + p.opts.Domain + ":" + u.Password)
		a2 := sum(m.method + ":" + d["uri"])
		want := sum(a1 + ":" + d["nonce"] + ":" + a2)
		if d["qop"] != "" {
			want = sum(strings.Join([]string{a1, d["nonce"], d["nc"], d["cnonce"], d["qop"], a2}, ":"))
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(d["response"])) == 1 {
			return u
		}
	}
	if p.mischief.Forbid {
		c.send(m.reply(403, p.token()))
	} else {
		p.challenge(c, m) // as real platforms do: the same question again
	}
	return nil
}

func orDefault(s, d string) string {
	if s == "" {
		return d
	}
	return s
}

// digestParams reads the comma list of a Digest header.
func digestParams(value string) map[string]string {
	d := map[string]string{}
	_, rest, _ := strings.Cut(value, " ")
	for rest != "" {
		var k, v string
		k, rest, _ = strings.Cut(rest, "=")
		if strings.HasPrefix(rest, `"`) {
			v, rest, _ = strings.Cut(rest[1:], `"`)
			_, rest, _ = strings.Cut(rest, ",")
		} else {
			v, rest, _ = strings.Cut(rest, ",")
		}
		d[strings.ToLower(strings.TrimSpace(k))] = strings.TrimSpace(v)
	}
	return d
}
