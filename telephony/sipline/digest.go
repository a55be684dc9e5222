package sipline

import (
	"errors"
	"strings"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// errNoDigest means that the platform offers only ways to sign in that this
// room refuses or does not know (Basic, MD5-sess, AKA).
var errNoDigest = errors.New("the platform offers no way to sign in that is safe")

// strength orders digest algorithms; zero is not spoken. RFC 8760 §2 wants the
// server to list the best first, which not every server does.
func strength(algorithm string) int {
	switch strings.ToUpper(algorithm) {
	case "SHA-512-256":
		return 3
	case "SHA-256":
		return 2
	case "", "MD5":
		return 1
	}
	return 0
}

// challenge is one digest challenge and the header that answers it.
type challenge struct {
	*digest.Challenge
	answer string // "Authorization" or "Proxy-Authorization"
	cnonce string // a fresh one when empty
}

// chooseChallenge picks the strongest challenge of a 401 or 407. When realm is
// not empty only that realm is answered: credentials of the line are for the
// realm first seen from the platform and for nobody behind it.
func chooseChallenge(res *sip.Response, realm string) (challenge, error) {
	ask, answer := "WWW-Authenticate", "Authorization"
	if res.StatusCode == 407 {
		ask, answer = "Proxy-Authenticate", "Proxy-Authorization"
	}
	var best challenge
	for _, h := range res.GetHeaders(ask) {
		c, err := digest.ParseChallenge(h.Value())
		if err != nil || strength(c.Algorithm) == 0 || c.Nonce == "" {
			continue
		}
		for i := range c.QOP {
			c.QOP[i] = strings.ToLower(strings.TrimSpace(c.QOP[i]))
		}
		if len(c.QOP) > 0 && !c.SupportsQOP("auth") {
			continue
		}
		if realm != "" && c.Realm != realm {
			continue
		}
		if best.Challenge == nil || strength(c.Algorithm) > strength(best.Algorithm) {
			best = challenge{Challenge: c, answer: answer}
		}
	}
	if best.Challenge == nil {
		return challenge{}, errNoDigest
	}
	return best, nil
}

// credentials computes the header that answers a challenge for one request.
func (c challenge) credentials(method, uri, user, password string) (sip.Header, error) {
	cred, err := digest.Digest(c.Challenge, digest.Options{
		Method: method, URI: uri, Username: user, Password: password, Count: 1, Cnonce: c.cnonce,
	})
	if err != nil {
		return nil, err
	}
	return sip.NewHeader(c.answer, cred.String()), nil
}
