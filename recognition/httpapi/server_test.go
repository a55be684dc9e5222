package httpapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// send asks the handler without a network.
func send(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer token")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	handler().ServeHTTP(w, r)
	return w
}

func TestBadRequests(t *testing.T) {
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		code                     string
	}{
		{"not JSON", "POST", "/v1/lookup", `number=1`, 400, "bad-request"},
		{"cut off", "POST", "/v1/lookup", `{"number":"+4420`, 400, "bad-request"},
		{"empty", "POST", "/v1/lookup", ``, 400, "bad-request"},
		{"two values", "POST", "/v1/lookup", `{"number":""}{}`, 400, "bad-request"},
		{"unknown member", "POST", "/v1/lookup", `{"numbr":"+442079460123"}`, 400, "bad-request"},
		{"wrong type", "POST", "/v1/lookup", `{"number":442079460123}`, 400, "bad-request"},
		{"not E.164", "POST", "/v1/lookup", `{"number":"020 7946 0123"}`, 400, "bad-request"},
		{"long extension", "POST", "/v1/lookup", `{"number":"","extension":"` + strings.Repeat("1", 21) + `"}`, 400, "bad-request"},
		{"large", "POST", "/v1/lookup", `{"number":"` + strings.Repeat("1", 9<<10) + `"}`, 413, "too-large"},
		{"other method", "GET", "/v1/lookup", ``, 405, "method-not-allowed"},
		{"other path", "GET", "/v1/nothing", ``, 404, "not-found"},
		{"root", "GET", "/", ``, 404, "not-found"},
		{"no right", "PUT", "/v1/sources/CRM/records", `{"records":[]}`, 403, "forbidden"},
		{"fine", "POST", "/v1/lookup", `{"number":"+442079460123"}`, 200, ""},
	} {
		w := send(test.method, test.path, test.body)
		if w.Code != test.status {
			t.Errorf("%s: status %d, want %d", test.name, w.Code, test.status)
		}
		if test.code == "" {
			continue
		}
		var p struct {
			Title, Code string
			Status      int
		}
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Code != test.code || p.Status != test.status || p.Title == "" {
			t.Errorf("%s: %q, %v", test.name, w.Body, err)
		}
		if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
			t.Errorf("%s: content type %q", test.name, got)
		}
		if strings.Contains(w.Body.String(), "7946") {
			t.Errorf("%s: the answer quotes the request: %s", test.name, w.Body)
		}
	}
}

func TestTokens(t *testing.T) {
	for _, value := range []string{"", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz"} {
		w := send("POST", "/v1/lookup", `{"number":""}`, "Authorization", value)
		if w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%q: %d", value, w.Code)
		}
	}
	if w := send("POST", "/v1/lookup", `{"number":""}`, "Authorization", "bearer token"); w.Code != http.StatusOK {
		t.Errorf("the scheme is written in any case (RFC 9110 §11.1): %d", w.Code)
	}
}

// Whatever comes as a lookup gets an answer or a problem, never a panic, and
// is never quoted.
func FuzzLookup(f *testing.F) {
	for _, seed := range []string{`{"number":"+442079460123","extension":"1","outgoing":true}`, `{}`, `[]`, `null`, `{"number":"+0"}`, "{\"number\":\"\\ud800\"}"} {
		f.Add(seed)
	}
	h := handler()
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest("POST", "/v1/lookup", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer token")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 && w.Code != 400 && w.Code != 413 {
			t.Errorf("status %d", w.Code)
		}
		if !json.Valid(w.Body.Bytes()) {
			t.Errorf("the answer is not JSON: %q", w.Body)
		}
	})
}
