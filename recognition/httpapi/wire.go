package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"example.org/ctiagent/recognition"
)

// Paths of the interface. A number never stands in a path or a query: those
// are what proxies and servers log.
const (
	pathHealth  = "/v1/health"
	pathSignIn  = "/v1/sign-in"
	pathSignOut = "/v1/sign-out"
	pathSession = "/v1/session" // GET: who bears this token
	pathLookup  = "/v1/lookup"
	pathScripts = "/v1/scripts/" // and a digest
	pathSources = "/v1/sources/" // and a name; /records and /remove below it
)

// Bounds of bodies, bytes.
const (
	maxSmallBody  = 8 << 10
	maxAnswerBody = 4 << 20
	// MaxRecordsBody bounds one Put; a loader sends about a thousand records
	// at a time.
	MaxRecordsBody = 8 << 20
	// MaxScriptBody bounds a script.
	MaxScriptBody = 1 << 20
)

type signInRequest struct {
	User        string `json:"user"`
	Password    string `json:"password"`
	Workstation string `json:"workstation,omitempty"`
}

type signInResponse struct {
	Token string `json:"token"`
}

type sessionResponse struct {
	User   string   `json:"user"`
	Rights []string `json:"rights"`
}

// lookupRequest asks for one number.
type lookupRequest struct {
	// Number is E.164; "" for a number that has no such form (an internal one),
	// whose digits then stay where they are.
	Number    string `json:"number"`
	Extension string `json:"extension,omitempty"`
	Outgoing  bool   `json:"outgoing,omitempty"`
}

// Lookup is a lookup request that has been read and checked.
type Lookup struct {
	Number    uint64 // recognition.E164Key; 0: none
	Extension string
	Outgoing  bool
}

var errBadLookup = errors.New("number must be empty or E.164 (+ and 7 to 15 digits), extension at most 20 digits")

func (r lookupRequest) check() (Lookup, error) {
	l := Lookup{Extension: r.Extension, Outgoing: r.Outgoing}
	if r.Number != "" {
		var ok bool
		if l.Number, ok = recognition.E164Key(r.Number); !ok {
			return Lookup{}, errBadLookup
		}
	}
	if len(r.Extension) > 20 || strings.Trim(r.Extension, "0123456789") != "" {
		return Lookup{}, errBadLookup
	}
	return l, nil
}

type wireAnswer struct {
	Matches []wireMatch          `json:"matches"`
	Scripts []recognition.Script `json:"scripts,omitempty"`
}

type wireMatch struct {
	Source   string                `json:"source"`
	RecordID string                `json:"recordId"`
	Name     string                `json:"name"`
	Fields   []recognition.Field   `json:"fields,omitempty"`
	Params   map[string]string     `json:"params,omitempty"`
	Field    string                `json:"field,omitempty"`
	Kind     recognition.MatchKind `json:"kind"`
}

// EncodeAnswer gives the body of an answer; a server keeps it and sends the
// same bytes to the next who asks.
func EncodeAnswer(a recognition.Answer) ([]byte, error) {
	w := wireAnswer{Matches: make([]wireMatch, len(a.Matches)), Scripts: a.Scripts}
	for i, m := range a.Matches {
		w.Matches[i] = wireMatch(m)
	}
	return json.Marshal(w)
}

func decodeAnswer(body []byte) (a recognition.Answer, err error) {
	var w wireAnswer
	if err := json.Unmarshal(body, &w); err != nil {
		return a, errors.New("the answer is not the JSON of a lookup")
	}
	for _, m := range w.Matches {
		a.Matches = append(a.Matches, recognition.Match(m))
	}
	a.Scripts = w.Scripts
	return a, nil
}

type putRequest struct {
	Records []recognition.Record `json:"records"`
}

type removeRequest struct {
	IDs []string `json:"ids"`
}

// problem is an error document (RFC 9457). code is the stable name of the
// error for programs; title and detail are for people.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Code   string `json:"code"`
}

const problemType = "application/problem+json"

// Codes of problem documents.
const (
	codeSignedOut  = "signed-out"
	codeRefused    = "sign-in-refused"
	codeWait       = "sign-in-wait"
	codeForbidden  = "forbidden"
	codeBadRequest = "bad-request"
	codeBadRecord  = "bad-record"
	codeNotFound   = "not-found"
	codeTooLarge   = "too-large"
	codeBusy       = "busy"
	codeInternal   = "internal"
)

// strictJSON reads one JSON value and nothing after it; unknown members are
// errors, because a misspelt one would otherwise be ignored in silence. The
// error names the member or the place, never a value.
func strictJSON(body []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return jsonWords(err)
	}
	if d.More() {
		return errors.New("there is more than one JSON value in the body")
	}
	return nil
}

func jsonWords(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("the body is not JSON: it breaks at byte %d", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Errorf("the member at byte %d must be a %s", kind.Offset, kind.Type)
	case strings.HasPrefix(err.Error(), "json: unknown field"):
		return errors.New("the body has a member that this operation does not know")
	}
	return errors.New("the body is not JSON: it ends too early")
}
