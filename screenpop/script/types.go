package script

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"example.org/ctiagent/phone"
)

// Event is the moment in a call's life at which a script runs.
type Event string

const (
	EventRinging  Event = "ringing"
	EventAnswered Event = "answered"
	EventEnded    Event = "ended"
)

// Direction is the way of the call as seen from the user's line.
type Direction string

const (
	DirectionIn  Direction = "in"
	DirectionOut Direction = "out"
)

// Nullable is a text that a script sees as null when it is empty, so that an
// author cannot put a missing number into a link without noticing.
type Nullable string

// MarshalJSON writes null for the empty text.
func (n Nullable) MarshalJSON() ([]byte, error) {
	if n == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(n))
}

// PhoneNumber is one number as a script sees it.
type PhoneNumber struct {
	Raw      string     `json:"raw"`
	E164     Nullable   `json:"e164"`
	National Nullable   `json:"national"`
	Country  Nullable   `json:"country"`
	Kind     phone.Kind `json:"kind"`
	Hidden   bool       `json:"hidden"`
}

// Contact is one record that has the number.
type Contact struct {
	Source string            `json:"source"`
	Name   string            `json:"name"`
	Fields map[string]string `json:"fields"`
}

// Call is all that a script is told. cti.d.ts is generated from it.
type Call struct {
	ID         string      `json:"id"`
	Event      Event       `json:"event"`
	Direction  Direction   `json:"direction"`
	Number     PhoneNumber `json:"number"`
	Dialled    PhoneNumber `json:"dialled"`
	CallerName string      `json:"callerName"`
	Contacts   []Contact   `json:"contacts"`
	Queue      string      `json:"queue,omitempty"`
}

// Params are the values that the organisation set for a script.
type Params map[string]string

// ErrBadCall is wrapped by DecodeCall; the words around it say what is wrong.
var ErrBadCall = errors.New("not a call that a script can be given")

// kinds are the words that cti.d.ts lists.
var kinds = []phone.Kind{
	phone.Fixed, phone.Mobile, phone.FixedOrMobile, phone.TollFree, phone.SharedCost,
	phone.Premium, phone.VoIP, phone.Personal, phone.UAN, phone.Pager, phone.Short,
	phone.Emergency, phone.FeatureCode, phone.Internal, phone.Unknown,
}

// DecodeCall reads the file that `script run --call` is given: a Call and,
// beside its keys, "params". Unknown keys are errors; of the known ones only
// event and number.raw must be there.
func DecodeCall(data []byte) (Call, Params, error) {
	var in struct {
		Call
		Params Params `json:"params"`
	}
	if err := decodeStrict(data, &in); err != nil {
		return Call{}, nil, fmt.Errorf("%w: %w", ErrBadCall, err)
	}
	c := in.Call
	switch c.Event {
	case EventRinging, EventAnswered, EventEnded:
	case "":
		return Call{}, nil, fmt.Errorf(`%w: "event" is missing`, ErrBadCall)
	default:
		return Call{}, nil, fmt.Errorf(`%w: "event" is none of ringing, answered, ended`, ErrBadCall)
	}
	if c.Number.Raw == "" && !c.Number.Hidden {
		return Call{}, nil, fmt.Errorf(`%w: "number.raw" is missing`, ErrBadCall)
	}
	switch c.Direction {
	case "":
		c.Direction = DirectionIn
	case DirectionIn, DirectionOut:
	default:
		return Call{}, nil, fmt.Errorf(`%w: "direction" is neither in nor out`, ErrBadCall)
	}
	for _, n := range []*PhoneNumber{&c.Number, &c.Dialled} {
		if n.Kind == "" {
			n.Kind = phone.Unknown
		}
		if !slices.Contains(kinds, n.Kind) {
			return Call{}, nil, fmt.Errorf(`%w: "kind" is not a kind of number`, ErrBadCall)
		}
	}
	return c.complete(), in.Params, nil
}

// complete puts empty lists where Go has nil, so that a script may always
// write call.contacts.length.
func (c Call) complete() Call {
	contacts := make([]Contact, len(c.Contacts))
	for i, contact := range c.Contacts {
		if contact.Fields == nil {
			contact.Fields = map[string]string{}
		}
		contacts[i] = contact
	}
	c.Contacts = contacts
	return c
}

// Encode is the call and the parameters as the child wants them.
func (c Call) Encode(params Params) (call, paramsJSON []byte, err error) {
	if params == nil {
		params = Params{}
	}
	if call, err = json.Marshal(c.complete()); err != nil {
		return nil, nil, fmt.Errorf("script: encode the call: %w", err)
	}
	if paramsJSON, err = json.Marshal(params); err != nil {
		return nil, nil, fmt.Errorf("script: encode the parameters: %w", err)
	}
	return call, paramsJSON, nil
}

// IntentType names what a script wishes.
type IntentType string

const (
	OpenURL    IntentType = "openUrl"
	NewContact IntentType = "newContact"
	LaunchApp  IntentType = "launchApp"
	Notify     IntentType = "notify"
)

// Intent is one wish of a script: well formed, but allowed by nobody yet.
type Intent struct {
	Type    IntentType        `json:"type"`
	URL     string            `json:"url,omitempty"`
	Reuse   string            `json:"reuse,omitempty"` // "tab" or "new"
	Prefill map[string]string `json:"prefill,omitempty"`
	App     string            `json:"app,omitempty"`
	Arg     string            `json:"arg,omitempty"`
	Text    string            `json:"text,omitempty"`
}

// Bounds of an intent's parts, in bytes (MaxNotice: characters).
const (
	MaxURL     = 2048
	MaxArg     = 512
	MaxNotice  = 200
	maxPrefill = 32
)

// ErrBadIntent is wrapped by DecodeIntent.
var ErrBadIntent = errors.New("the script returned something that is no intent")

// DecodeIntent reads one element of Result.Intents. Keys that do not belong to
// the type are errors, as is anything too long.
func DecodeIntent(data []byte) (Intent, error) {
	var in Intent
	if err := decodeStrict(data, &in); err != nil {
		return Intent{}, fmt.Errorf("%w: %w", ErrBadIntent, err)
	}
	want, ok := map[IntentType]Intent{
		OpenURL:    {URL: in.URL, Reuse: in.Reuse},
		NewContact: {URL: in.URL, Prefill: in.Prefill},
		LaunchApp:  {App: in.App, Arg: in.Arg},
		Notify:     {Text: in.Text},
	}[in.Type]
	if !ok {
		return Intent{}, fmt.Errorf(`%w: its "type" is none of openUrl, newContact, launchApp, notify`, ErrBadIntent)
	}
	if want.URL != in.URL || want.Reuse != in.Reuse || len(want.Prefill) != len(in.Prefill) ||
		want.App != in.App || want.Arg != in.Arg || want.Text != in.Text {
		return Intent{}, fmt.Errorf("%w: it has keys that %s does not know", ErrBadIntent, in.Type)
	}
	switch {
	case (in.Type == OpenURL || in.Type == NewContact) && in.URL == "":
		return Intent{}, fmt.Errorf("%w: it has no url", ErrBadIntent)
	case in.Type == LaunchApp && in.App == "":
		return Intent{}, fmt.Errorf("%w: it names no app", ErrBadIntent)
	case in.Type == Notify && in.Text == "":
		return Intent{}, fmt.Errorf("%w: its text is empty", ErrBadIntent)
	case in.Reuse != "" && in.Reuse != "tab" && in.Reuse != "new":
		return Intent{}, fmt.Errorf(`%w: "reuse" is neither tab nor new`, ErrBadIntent)
	case len(in.URL) > MaxURL:
		return Intent{}, fmt.Errorf("%w: the url is longer than %d bytes", ErrBadIntent, MaxURL)
	case len(in.Arg) > MaxArg:
		return Intent{}, fmt.Errorf("%w: arg is longer than %d bytes", ErrBadIntent, MaxArg)
	case utf8.RuneCountInString(in.Text) > MaxNotice:
		return Intent{}, fmt.Errorf("%w: the text is longer than %d characters", ErrBadIntent, MaxNotice)
	case len(in.Prefill) > maxPrefill:
		return Intent{}, fmt.Errorf("%w: prefill has more than %d values", ErrBadIntent, maxPrefill)
	}
	return in, nil
}
