package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/secure/precis"

	"example.org/ctiagent/credstore"
)

// Policy is what an organisation asks of a password. The zero value asks
// nothing; DefaultPolicy is what applies until an organisation has its own.
type Policy struct {
	MinLength int // characters
	// Classes asks for an upper-case letter, a lower-case letter, a digit and
	// one of Symbols.
	Classes bool
	Symbols string
}

// DefaultPolicy is the composition rule that customers of such services are
// asked for. OWASP ASVS 5.0 6.2.5 advises length instead; that is a profile.
func DefaultPolicy() Policy { return Policy{MinLength: 8, Classes: true, Symbols: "#?!@$%^&*"} }

// maxPassword bounds what is hashed, in bytes; ASVS 5.0 6.2.9 asks for at
// least 64 characters.
const maxPassword = 512

// Check says everything that is missing, in one sentence; it never repeats
// the password.
func (p Policy) Check(password credstore.Secret) error {
	text := password.Reveal()
	var missing []string
	if utf8.RuneCountInString(text) < p.MinLength {
		missing = append(missing, fmt.Sprintf("at least %d characters", p.MinLength))
	}
	if len(text) > maxPassword {
		return fmt.Errorf("%w: at most %d bytes", ErrPolicy, maxPassword)
	}
	if p.Classes {
		for _, c := range []struct {
			words string
			has   func(rune) bool
		}{
			{"an upper-case letter", unicode.IsUpper},
			{"a lower-case letter", unicode.IsLower},
			{"a digit", unicode.IsDigit},
			{"one of " + p.Symbols, func(r rune) bool { return strings.ContainsRune(p.Symbols, r) }},
		} {
			if !strings.ContainsFunc(text, c.has) {
				missing = append(missing, c.words)
			}
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: it needs %s", ErrPolicy, strings.Join(missing, ", "))
	}
	_, err := preparePassword(password) // what passes here can be hashed
	return err
}

// NormaliseName gives the one spelling of a user name (RFC 8265 §3.3): case
// and the width of letters do not make two users.
func NormaliseName(name string) (string, error) {
	if len(name) > 254 {
		return "", fmt.Errorf("%w: it is longer than 254 bytes", ErrBadName)
	}
	n, err := precis.UsernameCaseMapped.String(name)
	if err != nil || n == "" {
		return "", fmt.Errorf("%w: letters, digits and signs as in an e-mail address, no spaces", ErrBadName)
	}
	return n, nil
}

// hasher makes and checks password hashes, a bounded number at a time: each
// takes 19 MiB and 40 ms of a core, and anybody may ask for one.
type hasher struct{ slots chan struct{} }

func newHasher() *hasher { return &hasher{make(chan struct{}, runtime.GOMAXPROCS(0))} }

// Parameters of argon2id after the OWASP password storage cheat sheet.
const (
	argonMemory  = 19 << 10 // KiB
	argonTime    = 2
	argonThreads = 1
	saltBytes    = 16
	keyBytes     = 32
)

var errBusy = errors.New("account: too many sign-ins at once")

// longestQueue is how long a sign-in waits for its turn before the service
// says that it is busy.
const longestQueue = 10 * time.Second

func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, longestQueue)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", errBusy, ctx.Err())
	}
}

// hash gives the PHC string of a password.
func (h *hasher) hash(ctx context.Context, password credstore.Secret) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	text, err := preparePassword(password)
	if err != nil {
		return "", err
	}
	salt := make([]byte, saltBytes)
	rand.Read(salt) //nolint:errcheck // it never fails
	key := argon2.IDKey(text, salt, argonTime, argonMemory, argonThreads, keyBytes)
	return formatPHC(salt, key), nil
}

func formatPHC(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

// newDecoy gives a hash that takes as long to check as any other and that no
// password has: nothing was hashed to make it.
func newDecoy() string {
	random := make([]byte, saltBytes+keyBytes)
	rand.Read(random) //nolint:errcheck // it never fails
	return formatPHC(random[:saltBytes], random[saltBytes:])
}

// verify compares in constant time. A stored string that cannot be read is an
// error, not a wrong password.
func (h *hasher) verify(ctx context.Context, password credstore.Secret, phc string) (bool, error) {
	p, err := parsePHC(phc)
	if err != nil {
		return false, err
	}
	leave, err := h.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	text, badText := preparePassword(password) // computed all the same: the time tells nothing
	key := argon2.IDKey(text, p.salt, p.time, p.memory, p.threads, uint32(len(p.key)))
	return subtle.ConstantTimeCompare(key, p.key) == 1 && badText == nil, nil
}

// preparePassword gives the bytes that are hashed (RFC 8265 §4.2): the same
// password typed on two systems is the same bytes.
func preparePassword(password credstore.Secret) ([]byte, error) {
	text := password.Reveal()
	if len(text) > maxPassword {
		return nil, fmt.Errorf("%w: at most %d bytes", ErrPolicy, maxPassword)
	}
	b, err := precis.OpaqueString.Bytes([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%w: it is empty or has control characters", ErrPolicy)
	}
	return b, nil
}

type phcString struct {
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

var errPHC = errors.New("account: a stored password hash is damaged")

// parsePHC reads "$argon2id$v=19$m=…,t=…,p=…$salt$hash" and bounds what it
// would cost to compute.
func parsePHC(s string) (p phcString, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, errPHC
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads); err != nil || n != 3 {
		return p, errPHC
	}
	if p.memory < 8 || p.memory > 256<<10 || p.time < 1 || p.time > 16 || p.threads < 1 || p.threads > 16 {
		return p, errPHC
	}
	b64 := base64.RawStdEncoding.Strict()
	if p.salt, err = b64.DecodeString(parts[4]); err != nil || len(p.salt) < 8 {
		return p, errPHC
	}
	if p.key, err = b64.DecodeString(parts[5]); err != nil || len(p.key) < 16 || len(p.key) > 64 {
		return p, errPHC
	}
	return p, nil
}

// outdated reports that a hash was made with other parameters than today's.
func (p phcString) outdated() bool {
	return p.memory != argonMemory || p.time != argonTime || p.threads != argonThreads || len(p.key) != keyBytes
}
