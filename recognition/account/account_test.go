package account

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.org/ctiagent/credstore"
)

func TestPolicy(t *testing.T) {
	p := DefaultPolicy()
	for password, missing := range map[string]string{
		"Correct7!":   "",
		"Ünïcödé7#":   "",
		"Sh0rt!":      "8 characters",
		"correct-7!":  "upper-case",
		"CORRECT-7!":  "lower-case",
		"Correct-!!":  "digit",
		"Correct-77":  "one of",
		"":            "8 characters",
		"Correct7+ß-": "one of",
		"Correct7!\t": "control characters",
	} {
		err := p.Check(credstore.NewSecret(password))
		switch {
		case missing == "" && err != nil:
			t.Errorf("%q refused: %v", password, err)
		case missing != "" && (!errors.Is(err, ErrPolicy) || !strings.Contains(err.Error(), missing)):
			t.Errorf("%q: %v should ask for %q", password, err, missing)
		case err != nil && password != "" && strings.Contains(err.Error(), password):
			t.Errorf("the error repeats the password: %v", err)
		}
	}
	if err := p.Check(credstore.NewSecret(strings.Repeat("Aa1!", 16))); err != nil {
		t.Errorf("64 characters: %v", err)
	}
	if err := p.Check(credstore.NewSecret(strings.Repeat("Aa1!", 1000))); !errors.Is(err, ErrPolicy) {
		t.Errorf("4000 characters: %v", err)
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"Anna@Example.org": "anna@example.org", "ａｎｎａ": "anna", "jürgen": "jürgen",
		"": "", "two words": "", "a\x00b": "", "a\u202eb": "",
	} {
		got, err := NormaliseName(name)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
}

func TestHash(t *testing.T) {
	h := newHasher()
	ctx := t.Context()
	good := credstore.NewSecret("Correct-Horse7!")
	phc, err := h.hash(ctx, good)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("parameters: %s", phc)
	}
	if again, err := h.hash(ctx, good); err != nil || again == phc {
		t.Error("two hashes of one password are equal: there is no salt")
	}
	if ok, err := h.verify(ctx, good, phc); !ok || err != nil {
		t.Errorf("the right password: %v %v", ok, err)
	}
	for _, wrong := range []string{"", "correct-horse7!", "Correct-Horse7", strings.Repeat("x", 1000)} {
		if ok, err := h.verify(ctx, credstore.NewSecret(wrong), phc); ok || err != nil {
			t.Errorf("%q: %v %v", wrong, ok, err)
		}
	}
	// The same password composed otherwise.
	composed, err := h.hash(ctx, credstore.NewSecret("Caf\u00e9-Horse7!"))
	if err != nil {
		t.Fatal(err)
	}
	if ok, _ := h.verify(ctx, credstore.NewSecret("Cafe\u0301-Horse7!"), composed); !ok {
		t.Error("a password typed with a combining accent is another password")
	}
}

// An unknown name costs what a known one does.
func TestDecoy(t *testing.T) {
	p, err := parsePHC(newDecoy())
	if err != nil || p.outdated() || len(p.salt) != saltBytes {
		t.Errorf("%+v, %v", p, err)
	}
	if one, other := newDecoy(), newDecoy(); one == other {
		t.Error("the decoy can be known beforehand")
	}
}

func TestHashingIsBounded(t *testing.T) {
	h := &hasher{slots: make(chan struct{}, 1)}
	leave, err := h.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.hash(ctx, credstore.NewSecret("x")); !errors.Is(err, errBusy) {
		t.Errorf("one more than allowed: %v", err)
	}
	leave()
	if _, err := h.hash(t.Context(), credstore.NewSecret("x")); err != nil {
		t.Error(err)
	}
}

func TestDamagedHashes(t *testing.T) {
	salt, key := strings.Repeat("A", 22), strings.Repeat("A", 43)
	if _, err := parsePHC("$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + key); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{
		"", "x", "$2b$10$abc", "$argon2i$v=19$m=19456,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=16$m=19456,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=99999999,t=2,p=1$" + salt + "$" + key, // would exhaust memory
		"$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=19456,t=2,p=1$$", "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + key + "$x",
	} {
		if _, err := parsePHC(s); !errors.Is(err, errPHC) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := parsePHC(s); err == nil && (p.memory > 256<<10 || len(p.key) > 64) {
			t.Errorf("accepted what would cost too much: %+v", p)
		}
	})
}

// Five tries are free, then the gap doubles up to fifteen minutes; a right
// password opens the gate, other names are not held up.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(time.Now)
		for range freeTries - 1 {
			g.failed("anna")
		}
		if err := g.enter("anna"); err != nil {
			t.Fatalf("the fifth try: %v", err)
		}
		want := time.Second
		for range 14 {
			g.failed("anna")
			var wait *WaitError
			if err := g.enter("anna"); !errors.As(err, &wait) || wait.RetryAfter() != want {
				t.Fatalf("got %v, want %v", err, want)
			}
			if err := g.enter("bert"); err != nil {
				t.Fatalf("another name: %v", err)
			}
			time.Sleep(want)
			if err := g.enter("anna"); err != nil {
				t.Fatalf("after %v: %v", want, err)
			}
			want = min(2*want, longestGap)
		}
		g.passed("anna")
		g.failed("anna")
		if err := g.enter("anna"); err != nil {
			t.Errorf("after a right password: %v", err)
		}
	})
}

func TestGateIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(time.Now)
		for i := range gateMemory + 5 {
			g.failed(string(rune(i + 1)))
			time.Sleep(time.Millisecond)
		}
		if len(g.failures) != gateMemory {
			t.Errorf("%d names are kept", len(g.failures))
		}
		if _, ok := g.failures[string(rune(1))]; ok {
			t.Error("the quietest name was kept")
		}
	})
}

func TestRights(t *testing.T) {
	granted := map[Right]bool{}
	for _, role := range Roles() {
		for _, right := range role.Rights() {
			granted[right] = true
			if !(User{Roles: []Role{role}}).May(right) {
				t.Errorf("%s may not %s", role, right)
			}
			if (User{Roles: []Role{role}, Disabled: true}).May(right) {
				t.Errorf("a disabled %s may %s", role, right)
			}
		}
	}
	for _, right := range AllRights() {
		if !granted[right] {
			t.Errorf("no role has the right %s", right)
		}
		if (User{}).May(right) || (User{Roles: []Role{"no such role"}}).May(right) {
			t.Errorf("somebody without a role may %s", right)
		}
	}
	if (User{Roles: []Role{Agent}}).May(WriteDirectory) {
		t.Error("an agent may load contacts")
	}
}
