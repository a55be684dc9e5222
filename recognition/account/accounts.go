package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/recognition"
)

// Accounts signs people in and tells what the bearer of a token may do.
type Accounts struct {
	store  Store
	policy Policy
	hasher *hasher
	gate   *gate
	now    func() time.Time
	log    *slog.Logger

	decoy string // hash that an unknown name is checked against

	mu         sync.Mutex
	sessions   map[TokenHash]User // good tokens, as of generation
	generation uint64
}

// maxSessions bounds the memory of signed-in workstations; the store knows the
// rest.
const maxSessions = 100_000

// New gives the accounts of a store.
func New(store Store, now func() time.Time, log *slog.Logger) *Accounts {
	return &Accounts{
		store: store, policy: DefaultPolicy(), hasher: newHasher(), gate: newGate(now), now: now, log: log,
		decoy: newDecoy(), sessions: map[TokenHash]User{},
	}
}

// AddOrganisation adds a customer.
func (a *Accounts) AddOrganisation(ctx context.Context, o Organisation) error {
	return a.store.CreateOrganisation(ctx, o)
}

// AddUser adds somebody who may sign in. The password must satisfy the policy.
func (a *Accounts) AddUser(ctx context.Context, org OrganisationID, name string, password credstore.Secret, roles ...Role) (User, error) {
	name, err := checkNew(a.policy, name, password, roles)
	if err != nil {
		return User{}, err
	}
	hash, err := a.hasher.hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return User{}, err
	}
	u := User{Organisation: org, ID: UserID(id.String()), Name: name, Roles: roles, Created: a.now()}
	return u, a.store.CreateUser(ctx, u, hash)
}

// CheckNew says why nobody can be added by this name, password and roles, as
// far as that can be known before there is a store.
func CheckNew(name string, password credstore.Secret, roles ...Role) error {
	_, err := checkNew(DefaultPolicy(), name, password, roles)
	return err
}

func checkNew(policy Policy, name string, password credstore.Secret, roles []Role) (normal string, err error) {
	normal, err = NormaliseName(name)
	if err != nil {
		return "", err
	}
	for _, r := range roles {
		if r.Rights() == nil {
			return "", fmt.Errorf("account: there is no role %q; roles are %v", r, Roles())
		}
	}
	return normal, policy.Check(password)
}

// SignIn checks a user name and a password and gives the token of a
// workstation. A wrong password, an unknown name and a disabled user are the
// same error, recognition.ErrRefused, after the same time. A *WaitError says
// that too many tries came before.
func (a *Accounts) SignIn(ctx context.Context, name string, password credstore.Secret, workstation string) (credstore.Secret, User, error) {
	normal, badName := NormaliseName(name)
	if badName != nil {
		normal = "" // no user has it; checked like any unknown name
	}
	if err := a.gate.enter(normal); err != nil {
		return credstore.Secret{}, User{}, err
	}
	u, hash, err := a.store.UserByName(ctx, normal)
	known := err == nil && badName == nil && !u.Disabled
	if err != nil && !errors.Is(err, ErrNoUser) {
		return credstore.Secret{}, User{}, err
	}
	if !known {
		hash = a.decoy
	}
	good, err := a.hasher.verify(ctx, password, hash)
	if err != nil {
		return credstore.Secret{}, User{}, err
	}
	if !good || !known {
		a.gate.failed(normal)
		a.log.InfoContext(ctx, "sign-in refused")
		return credstore.Secret{}, User{}, recognition.ErrRefused
	}
	a.gate.passed(normal)
	a.renewHash(ctx, u, password, hash)
	token, err := a.issue(ctx, u, workstation)
	if err != nil {
		return credstore.Secret{}, User{}, err
	}
	a.log.InfoContext(ctx, "signed in", "organisation", u.Organisation, "user", u.ID)
	return token, u, nil
}

// renewHash stores the password with today's parameters; failing to is no
// reason to refuse a good password.
func (a *Accounts) renewHash(ctx context.Context, u User, password credstore.Secret, hash string) {
	if p, err := parsePHC(hash); err != nil || !p.outdated() {
		return
	}
	fresh, err := a.hasher.hash(ctx, password)
	if err == nil {
		err = a.store.SetPassword(ctx, u.Organisation, u.ID, fresh)
	}
	if err != nil {
		a.log.WarnContext(ctx, "password hash not renewed", "user", u.ID, "error", err)
	}
}

// tokenPrefix lets secret scanners recognise a token that was published.
const tokenPrefix = "cti_ws_"

func (a *Accounts) issue(ctx context.Context, u User, workstation string) (credstore.Secret, error) {
	raw := make([]byte, 32)
	rand.Read(raw) //nolint:errcheck // it never fails
	token := credstore.NewSecret(tokenPrefix + base64.RawURLEncoding.EncodeToString(raw))
	if len(workstation) > 128 {
		workstation = strings.ToValidUTF8(workstation[:128], "")
	}
	err := a.store.CreateToken(ctx, Token{
		Hash: hashToken(token), Organisation: u.Organisation, User: u.ID, Workstation: workstation, Created: a.now(),
	})
	return token, err
}

func hashToken(t credstore.Secret) TokenHash { return sha256.Sum256([]byte(t.Reveal())) }

// Session gives the user of a token, or recognition.ErrSignedOut. It is asked
// on every request and answers from memory while accounts do not change.
func (a *Accounts) Session(ctx context.Context, token credstore.Secret) (User, error) {
	if !strings.HasPrefix(token.Reveal(), tokenPrefix) {
		return User{}, recognition.ErrSignedOut
	}
	hash := hashToken(token)
	generation := a.store.Generation()
	a.mu.Lock()
	if a.generation != generation {
		a.generation = generation
		clear(a.sessions)
	}
	u, ok := a.sessions[hash]
	a.mu.Unlock()
	if ok {
		return u, nil
	}
	u, err := a.store.UserByToken(ctx, hash)
	if errors.Is(err, ErrNoUser) || err == nil && u.Disabled {
		return User{}, recognition.ErrSignedOut
	}
	if err != nil {
		return User{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.generation == generation && len(a.sessions) < maxSessions {
		a.sessions[hash] = u
	}
	return u, nil
}

// SignOut ends the sign-in of one workstation at once.
func (a *Accounts) SignOut(ctx context.Context, token credstore.Secret) error {
	return a.store.DeleteToken(ctx, hashToken(token))
}

// Disable ends all sign-ins of one of the organisation's users and allows no
// more.
func (a *Accounts) Disable(ctx context.Context, org OrganisationID, name string) error {
	name, err := NormaliseName(name)
	if err != nil {
		return err
	}
	u, _, err := a.store.UserByName(ctx, name)
	if err == nil && u.Organisation != org {
		err = ErrNoUser
	}
	if err != nil {
		return err
	}
	return a.store.SetDisabled(ctx, org, u.ID, true)
}

// Users lists an organisation's users by name.
func (a *Accounts) Users(ctx context.Context, org OrganisationID) ([]User, error) {
	return a.store.Users(ctx, org)
}
