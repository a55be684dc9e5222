package sipline

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"example.org/ctiagent/phone"
	"example.org/ctiagent/telephony"
)

// callerOf reads who calls from an INVITE: the network's own word
// (P-Asserted-Identity, RFC 3325) before Remote-Party-ID before From, and
// whether the caller hides the number (Privacy, RFC 3323).
func callerOf(req sip.Message, plan phone.DialPlan) telephony.Party {
	from := parseAddress(header(req, "From"))
	best := from
	private := false
	if pai := headers(req, "P-Asserted-Identity"); len(pai) > 0 {
		best = parseAddress(pai[0])
		// Two values are one sip and one tel URI of the same caller (RFC 3325
		// §9.1): take the one with a number, and a name from wherever it is.
		for _, v := range pai[1:] {
			other := parseAddress(v)
			if best.display == "" {
				best.display = other.display
			}
			if !looksLikeNumber(uriUser(best.uri)) && looksLikeNumber(uriUser(other.uri)) {
				best.uri = other.uri
			}
		}
	} else {
		for _, v := range headers(req, "Remote-Party-ID") {
			rpid := parseAddress(v)
			if party, ok := param(rpid.params, "party"); ok && !strings.EqualFold(party, "calling") {
				continue
			}
			if p, ok := param(rpid.params, "privacy"); ok && !strings.EqualFold(p, "off") && !strings.EqualFold(p, "no") {
				private = true
			}
			best = rpid
			break
		}
	}
	if best.display == "" && uriUser(best.uri) == uriUser(from.uri) {
		best.display = from.display
	}
	for _, p := range req.GetHeaders("Privacy") {
		for _, v := range strings.FieldsFunc(p.Value(), func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
			switch strings.ToLower(v) {
			case "id", "user", "header", "full":
				private = true
			}
		}
	}
	if private {
		return telephony.Party{Number: phone.WithheldNumber(phone.Anonymous)}
	}
	return partyFrom(best.uri, best.display, plan)
}

func looksLikeNumber(user string) bool {
	user = strings.TrimPrefix(user, "+")
	return user != "" && strings.Trim(user, "0123456789-.()") == ""
}

// redirectedFrom reads who diverted the call to us: the last diverter of
// Diversion (RFC 5806, topmost), else of History-Info (RFC 7044, the entry
// before the last one that has a cause).
func redirectedFrom(req sip.Message, plan phone.DialPlan) telephony.Party {
	if d := headers(req, "Diversion"); len(d) > 0 {
		a := parseAddress(d[0])
		if p, ok := param(a.params, "privacy"); ok && !strings.EqualFold(p, "off") {
			return telephony.Party{Number: phone.WithheldNumber(phone.Anonymous)}
		}
		return partyFrom(a.uri, a.display, plan)
	}
	history := headers(req, "History-Info")
	for i := len(history) - 1; i > 0; i-- {
		if historyCause(history[i]) {
			a := parseAddress(history[i-1])
			uri, _, _ := strings.Cut(a.uri, "?")
			if strings.Contains(strings.ToLower(a.uri), "privacy=history") {
				return telephony.Party{Number: phone.WithheldNumber(phone.Anonymous)}
			}
			return partyFrom(uri, a.display, plan)
		}
	}
	return telephony.Party{}
}

// historyCause reports that a History-Info entry was reached by a diversion:
// RFC 4458 puts "cause" into the URI, older equipment into an escaped Reason.
func historyCause(entry string) bool {
	a := parseAddress(entry)
	if _, ok := param(a.params, "cause"); ok {
		return true
	}
	uri, heads, _ := strings.Cut(a.uri, "?")
	_, params, _ := strings.Cut(uri, ";")
	if _, ok := param(params, "cause"); ok {
		return true
	}
	return strings.Contains(strings.ToLower(heads), "cause")
}

// cancelReason reads why an INVITE to the second contact was cancelled,
// RFC 3326. Several reasons may come in several headers or in one.
func cancelReason(req sip.Message) telephony.EndReason {
	reason := telephony.EndMissed
	for _, v := range headers(req, "Reason") {
		protocol, params, _ := strings.Cut(v, ";")
		text, _ := param(params, "cause")
		cause, err := strconv.Atoi(text)
		if err != nil {
			continue
		}
		switch strings.ToUpper(strings.TrimSpace(protocol)) {
		case "SIP":
			switch cause {
			case 200:
				return telephony.EndAnsweredElsewhere
			case 486, 600, 603:
				reason = telephony.EndDeclined
			}
		case "Q.850":
			switch cause {
			case 26: // non-selected user clearing
				return telephony.EndAnsweredElsewhere
			case 17, 21: // user busy, call rejected
				reason = telephony.EndDeclined
			}
		}
	}
	return reason
}
