package phone

import (
	"strings"

	"github.com/nyaruka/phonenumbers/v2"
)

// Source is who asks for a call.
type Source uint8

const (
	// FromPerson: typed, or chosen on a card, in the history or a menu.
	FromPerson Source = iota
	// FromLink: handed over by a web page, which may have been written by
	// anybody and opened without a click; RFC 3966 §11.
	FromLink
)

// Action is what is to be done with a request to dial.
type Action string

const (
	ActionDial    Action = "dial"
	ActionConfirm Action = "confirm"
	ActionRefuse  Action = "refuse"
)

// Decision answers a request to dial.
type Decision struct {
	Action    Action
	Number    Number // what to dial; from a link without extension and post-dial digits
	Reason    string // why, in a sentence for the user
	ReasonKey string // the same for the catalogue of texts

	Foreign   bool   // of another country: show which, large
	Warn      bool   // Cancel is the primary button
	Emergency bool   // one key confirms; never held back otherwise
	Dropped   string // extension and post-dial digits that a link asked for and does not get
	Extra     string // extension and post-dial digits that are sent when the person confirms
}

// The reasons for anything but a refusal; refusals bring their own.
var reasons = map[string]string{
	"phone.dial.ordinary":       "This is an ordinary number.",
	"phone.dial.foreign":        "This is an ordinary number in another country.",
	"phone.confirm.link":        "A link asks for this call.",
	"phone.confirm.foreign":     "A link asks for a call to another country.",
	"phone.confirm.premium":     "Calls to this number are charged at a premium rate.",
	"phone.confirm.sharedCost":  "Calls to this number may cost more than ordinary ones.",
	"phone.confirm.personal":    "This number follows a person and may cost more than an ordinary one.",
	"phone.confirm.pager":       "This number belongs to a pager.",
	"phone.confirm.short":       "This is a short number; it may cost more than an ordinary one.",
	"phone.confirm.unknown":     "No number range like this is known.",
	"phone.confirm.emergency":   "This is an emergency number.",
	"phone.confirm.featureCode": "This is an order to the telephone system; it may divert or change calls.",
	"phone.confirm.extra":       "More digits are sent after the call is answered.",
}

// Decide reads text or a URI and says whether it may be dialled at once, after
// a question, or not at all. A URI is judged as a link whoever brings it.
func Decide(text string, plan DialPlan, src Source) Decision {
	asRead := text
	if src == FromPerson {
		asRead = strings.TrimSpace(plain(text))
	}
	switch scheme, rest := splitScheme(asRead); {
	case scheme != "" && src == FromPerson && isLabel(scheme, rest):
	case scheme != "":
		src = FromLink
	case src == FromLink && text != "":
		return refuse(refuseScheme)
	}
	if hasControl(text) {
		return refuse(refuseControl)
	}
	read := Parse
	if src == FromLink {
		read = ParseURI
	}
	n, err := read(asRead, plan)
	if err != nil {
		return refuseError(err)
	}
	return DecideNumber(n, plan, src)
}

// isLabel tells "Tel: 020 …", which people paste, from a link: a link has no
// blank behind its colon, and labels are words that we know.
func isLabel(word, rest string) bool {
	switch word {
	case "tel", "callto", "sip", "sips":
		return strings.HasPrefix(rest, " ")
	case "fax":
		return false
	}
	return label.MatchString(word + ":")
}

// DecideNumber is Decide for a number that was read before: from a card, the
// history, a recognised contact.
func DecideNumber(n Number, plan DialPlan, src Source) Decision {
	switch {
	case n.Withheld():
		return refuse(refuseWithheld)
	case n.IsZero():
		return refuse(refuseEmpty)
	}
	d := Decision{Action: ActionConfirm, Number: n}
	kind := n.Kind()
	switch kind {
	case Fixed, Mobile, FixedOrMobile, TollFree, VoIP, UAN, Internal:
		d.Foreign = kind != Internal && n.foreign(plan)
		switch {
		case src == FromPerson && d.Foreign:
			d.Action, d.ReasonKey = ActionDial, "phone.dial.foreign"
		case src == FromPerson:
			d.Action, d.ReasonKey = ActionDial, "phone.dial.ordinary"
		case d.Foreign:
			d.ReasonKey = "phone.confirm.foreign"
		default:
			d.ReasonKey = "phone.confirm.link"
		}
	case FeatureCode:
		if src == FromLink {
			d = refuse(refuseFeatureLink)
			d.Number = n.base() // to be shown beside the advice
			return d
		}
		d.ReasonKey = "phone.confirm.featureCode"
	case Emergency:
		d.Emergency = true
		d.Warn = src == FromLink
		d.ReasonKey = "phone.confirm.emergency"
	default:
		d.Foreign = n.foreign(plan)
		d.Warn = src == FromLink
		d.ReasonKey = "phone.confirm." + string(kind)
	}
	if extra := extra(n); extra != "" {
		if src == FromLink {
			d.Number, d.Dropped = n.base(), extra
		} else {
			d.Extra = extra
			if d.Action == ActionDial {
				d.Action, d.ReasonKey = ActionConfirm, "phone.confirm.extra"
			}
		}
	}
	d.Reason = reasons[d.ReasonKey]
	return d
}

// foreign reports a number of another country. Countries with one calling code
// share ranges, as the toll-free ones of North America; those are at home in
// each of them.
func (n Number) foreign(plan DialPlan) bool {
	p := n.open()
	return p.e164 != "" && p.country != plan.region() &&
		!phonenumbers.IsValidNumberForRegion(p.library(), plan.region())
}

// extra is what would be sent after the answer, as a person can read it.
func extra(n Number) string {
	extra := n.PostDial()
	if n.Extension() != "" {
		extra = strings.TrimSpace("ext. " + n.Extension() + " " + extra)
	}
	return extra
}

func refuse(why refusal) Decision {
	d := Decision{Action: ActionRefuse, ReasonKey: string(why)}
	switch why {
	case refuseFeatureLink:
		d.Reason = "A link may not give orders to the telephone system. If you want this, type the code into the dialling field yourself."
	case refuseWithheld:
		d.Reason = "The caller withheld the number, so there is none to dial."
	case refuseScheme:
		d.Reason = "This cannot be dialled: " + clauses[why] + "."
	default:
		d.Reason = "This is not a telephone number: " + clauses[why] + "."
	}
	return d
}

func refuseError(err error) Decision {
	if key := ReasonKey(err); key != "" {
		return refuse(refusal(key))
	}
	return Decision{Action: ActionRefuse, Reason: err.Error()}
}

// Answer is a decision as the command line prints it.
type Answer struct {
	Action Action `json:"action"`
	Number string `json:"number"`
	Kind   Kind   `json:"kind"`
	Reason string `json:"reason"`
}

// Answer writes the decision out, digits included.
func (d Decision) Answer() Answer {
	a := Answer{Action: d.Action, Reason: d.Reason, Kind: d.Number.Kind(), Number: d.Number.E164()}
	if a.Number == "" {
		a.Number = d.Number.Local()
	}
	return a
}
