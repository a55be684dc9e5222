package service_test

import (
	"testing"

	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/recognitiontest"
)

// openHTTP is a client against a served store: two users, as it is in life.
func openHTTP(t *testing.T) *recognitiontest.Bench {
	t.Helper()
	r := start(t)
	counter := &countingListener{}
	_ = counter
	return &recognitiontest.Bench{
		Recognizer: r.client(t, agentName),
		Directory:  r.client(t, loaderName),
		SetScripts: r.setScripts,
	}
}

type countingListener struct{}

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

func TestHTTPClient(t *testing.T) {
	recognitiontest.TestRecognizer(t, openHTTP)
	recognitiontest.TestDirectory(t, openHTTP)
}
