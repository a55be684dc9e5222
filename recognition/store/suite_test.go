package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/recognitiontest"
	"example.org/ctiagent/recognition/store"
)

func bench(contacts store.Contacts) *recognitiontest.Bench {
	var scripts []recognition.Script
	return &recognitiontest.Bench{
		Recognizer: store.NewRecognizer(contacts, func(context.Context) ([]recognition.Script, error) { return scripts, nil }),
		Directory:  contacts,
		SetScripts: func(_ *testing.T, s ...recognition.Script) {
			for i := range s {
				s[i].Digest = recognition.Digest([]byte(s[i].ID))
			}
			scripts = s
		},
	}
}

func openMemory(*testing.T) *recognitiontest.Bench { return bench(store.NewMemory()) }

func openSQLite(t *testing.T) *recognitiontest.Bench {
	t.Helper()
	c, err := store.OpenContacts(t.Context(), filepath.Join(t.TempDir(), "acme.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return bench(c)
}

func TestMemory(t *testing.T) {
	recognitiontest.TestRecognizer(t, openMemory)
	recognitiontest.TestDirectory(t, openMemory)
}

func TestSQLite(t *testing.T) {
	recognitiontest.TestRecognizer(t, openSQLite)
	recognitiontest.TestDirectory(t, openSQLite)
}
