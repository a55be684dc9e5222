package service

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/account"
	"example.org/ctiagent/recognition/httpapi"
	"example.org/ctiagent/recognition/store"
)

// Organisation is one customer: contacts, users and scripts that no other
// customer reaches, because everything is reached through this value.
type Organisation struct {
	id       account.OrganisationID
	service  *Service
	contacts store.Contacts
	answers  *answers

	scriptsMu sync.Mutex // one reads them again, the others wait
	scripts   atomic.Pointer[scriptSet]
}

// scriptSet is the scripts as of one generation of the settings. version rises
// only when the scripts themselves differ: settings change with every sign-in,
// and that must not empty the cache of answers.
type scriptSet struct {
	generation uint64
	version    uint64
	scripts    []recognition.Script
}

// Directory is where the organisation's contacts are put.
func (o *Organisation) Directory() recognition.Directory { return o.contacts }

// Sources lists what is linked.
func (o *Organisation) Sources(ctx context.Context) ([]store.Source, error) {
	return o.contacts.Sources(ctx)
}

// Check reads all contacts and reports damage.
func (o *Organisation) Check(ctx context.Context) error { return o.contacts.Check(ctx) }

// Recognizer answers lookups without HTTP, by the same way.
func (o *Organisation) Recognizer() recognition.Recognizer {
	return store.NewRecognizer(o.contacts, o.Scripts)
}

// AddUser adds somebody who may sign in.
func (o *Organisation) AddUser(ctx context.Context, name string, password credstore.Secret, roles ...account.Role) error {
	_, err := o.service.accounts.AddUser(ctx, o.id, name, password, roles...)
	return err
}

// DisableUser ends all sign-ins of a user and allows no more.
func (o *Organisation) DisableUser(ctx context.Context, name string) error {
	return o.service.accounts.Disable(ctx, o.id, name)
}

// Users lists the users by name.
func (o *Organisation) Users(ctx context.Context) ([]account.User, error) {
	return o.service.accounts.Users(ctx, o.id)
}

// SetScript adds a script or replaces the one with its id; the digest of the
// manifest is computed here. It returns the manifest as answers carry it.
func (o *Organisation) SetScript(ctx context.Context, s recognition.Script, body []byte) (recognition.Script, error) {
	if len(body) == 0 || len(body) > httpapi.MaxScriptBody {
		return s, fmt.Errorf("service: the body of a script has 1 to %d bytes", httpapi.MaxScriptBody)
	}
	if err := checkScript(s); err != nil {
		return s, err
	}
	s.Digest = recognition.Digest(body)
	return s, o.service.settings.PutScript(ctx, o.id, s, body)
}

// RemoveScript removes a script; recognition.ErrNoScript when there is none.
func (o *Organisation) RemoveScript(ctx context.Context, id string) error {
	return noScript(o.service.settings.RemoveScript(ctx, o.id, id))
}

// Script gives a body by digest.
func (o *Organisation) Script(ctx context.Context, digest string) ([]byte, error) {
	body, err := o.service.settings.ScriptBody(ctx, o.id, digest)
	return body, noScript(err)
}

func noScript(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return recognition.ErrNoScript
	}
	return err
}

// Scripts lists the manifests by id; callers do not change them.
func (o *Organisation) Scripts(ctx context.Context) ([]recognition.Script, error) {
	set, err := o.scriptSet(ctx)
	if err != nil {
		return nil, err
	}
	return set.scripts, nil
}

func (o *Organisation) scriptSet(ctx context.Context) (*scriptSet, error) {
	settings := o.service.settings
	if set := o.scripts.Load(); set != nil && set.generation == settings.Generation() {
		return set, nil
	}
	o.scriptsMu.Lock()
	defer o.scriptsMu.Unlock()
	generation := settings.Generation() // before reading: what changes meanwhile is read again
	old := o.scripts.Load()
	if old != nil && old.generation == generation {
		return old, nil
	}
	scripts, err := settings.Scripts(ctx, o.id)
	if err != nil {
		return nil, err
	}
	set := &scriptSet{generation: generation, version: 1, scripts: scripts}
	if old != nil {
		set.version = old.version
		if !reflect.DeepEqual(old.scripts, scripts) {
			set.version++
		}
	}
	o.scripts.Store(set)
	return set, nil
}

// lookup gives an encoded answer, from memory while nothing has changed.
func (o *Organisation) lookup(ctx context.Context, l httpapi.Lookup) ([]byte, error) {
	set, err := o.scriptSet(ctx)
	if err != nil {
		return nil, err
	}
	// Read before the contacts are: an answer that was found while they
	// changed carries the older stamp and is not kept.
	now := stamp{contacts: o.contacts.Generation(), scripts: set.version}
	if body := o.answers.get(l, now); body != nil {
		return body, nil
	}
	scripts := func(context.Context) ([]recognition.Script, error) { return set.scripts, nil }
	answer, err := store.Lookup(ctx, o.contacts, scripts, store.Key{Number: l.Number, Extension: l.Extension}, l.Outgoing)
	if err != nil {
		return nil, err
	}
	body, err := httpapi.EncodeAnswer(answer)
	if err != nil {
		return nil, err
	}
	o.answers.put(l, now, body)
	return body, nil
}
