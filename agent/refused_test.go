package agent

import (
	"context"
	"testing"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/config"
	"example.org/ctiagent/credstore"
	"example.org/ctiagent/recognition"
)

// stubborn are secrets that cannot be opened.
type stubborn struct {
	Secrets
	err error
}

func (s stubborn) Choose(string, credstore.Secret) error { return s.err }

func TestKeyringErrorsAreInWords(t *testing.T) {
	for err, want := range map[error]string{
		credstore.ErrPassphrase: "The passphrase is wrong",
		credstore.ErrTooBig:     "This password is too long to be kept",
		credstore.ErrNotKept:    "The keyring did not keep the password; choose another place",
		credstore.ErrLocked:     "The keyring is locked. Unlock it, or choose another place.",
		credstore.ErrDamaged:    credstore.ErrDamaged.Error(),
	} {
		run(t, func(t *testing.T, r *rig) {
			r.deps.Secrets = stubborn{r.deps.Secrets, err}
			v, failed := r.handle(t.Context(), view.VerbChooseKeyring, []byte(`{"choice":"file"}`))
			if failed != nil || v.(view.Outcome).Error != want {
				t.Errorf("%v: said %+v, %v", err, v, failed)
			}
		})
	}
}

// refusing is a service that lets nobody in.
type refusing struct {
	*played
	err error
}

func (s refusing) SignIn(context.Context, string, credstore.Secret) (credstore.Secret, error) {
	return credstore.Secret{}, s.err
}

// waiting is the answer after too many wrong passwords.
type waiting struct{ error }

func (waiting) Code() string    { return codeWait }
func (w waiting) Unwrap() error { return w.error }

// After too many tries a password may be right: it is not called wrong.
func TestRefusedSignIn(t *testing.T) {
	for err, want := range map[error]string{
		recognition.ErrRefused:          "User name or password is wrong",
		waiting{recognition.ErrRefused}: recognition.ErrRefused.Error(), // the service's own words
	} {
		run(t, func(t *testing.T, r *rig) {
			r.deps.Service = func(config.Service, credstore.Secret) (Service, error) { return refusing{r.service, err}, nil }
			v, failed := r.handle(t.Context(), view.VerbSignIn, []byte(`{"address":"https://cti.example.org","user":"ada","password":"x"}`))
			if failed != nil || v.(view.Outcome).Error != want {
				t.Errorf("%v: said %+v, %v", err, v, failed)
			}
		})
	}
}
