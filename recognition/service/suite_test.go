package service_test

import (
	"testing"

	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/recognitiontest"
)

func (r *running) setScripts(t *testing.T, scripts ...recognition.Script) {
	t.Helper()
	old, err := r.org.Scripts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range old {
		if err := r.org.RemoveScript(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range scripts {
		if _, err := r.org.SetScript(t.Context(), s, []byte("// "+s.ID)); err != nil {
			t.Fatal(err)
		}
	}
}

// A client against a served store; the loader and the agent are two users, as
// in life. One service serves the whole suite: hashing passwords takes longer
// than all of it.
func TestHTTPClient(t *testing.T) {
	r := start(t)
	agent, loader := r.client(t, agentName), r.client(t, loaderName)
	open := func(t *testing.T) *recognitiontest.Bench {
		t.Helper()
		sources, err := r.org.Sources(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sources {
			if err := loader.Drop(t.Context(), s.Name); err != nil {
				t.Fatal(err)
			}
		}
		r.setScripts(t)
		return &recognitiontest.Bench{Recognizer: agent, Directory: loader, SetScripts: r.setScripts, Requests: r.received.Load}
	}
	recognitiontest.TestRecognizer(t, open)
	recognitiontest.TestDirectory(t, open)
}
