package sipline

import (
	"github.com/emiago/sipgo/sip"

	"example.org/ctiagent/phone"
	"example.org/ctiagent/telephony"
)

// This file recognises our own calls where they come back to us: as answers
// of further phones, as INVITEs to our second contact, as dialog events.

// strayResponse takes what belongs to no transaction any more: a second phone
// that answered the forked INVITE must be hung up (RFC 3261 §13.2.2.4).
func (s *session) strayResponse(res *sip.Response) {
	if res.StatusCode < 200 || res.StatusCode >= 300 || res.CSeq().MethodName != sip.INVITE {
		return
	}
	from := parseAddress(header(res, "From"))
	tag, _ := param(from.params, "tag")
	leg := &dialogue{
		callID: res.CallID().Value(), localTag: tag,
		local: s.cfg.aor(), remote: s.cfg.aor(), target: s.cfg.aorURI(), cseq: res.CSeq().SeqNo, mute: true,
	}
	leg.learn(res)
	s.sendOnce(leg.requestWithCSeq(sip.ACK, leg.cseq))
	for _, d := range s.dials {
		if d.dlg.callID == leg.callID && d.dlg.remoteTag == leg.remoteTag {
			return // the same answer again
		}
	}
	s.start(leg, leg.request(sip.BYE), nil, func(*sip.Response, error) {})
}

// isOwnCall reports that an INVITE to our second contact is our own
// click-to-dial: a proxy keeps our Call-ID, a back-to-back user agent shows
// the line calling itself.
func (s *session) isOwnCall(req *sip.Request) bool {
	for _, d := range s.dials {
		if d.dlg.callID == req.CallID().Value() {
			return true
		}
		if d.own == ownCalling && uriUser(parseAddress(header(req, "From")).uri) == s.cfg.User {
			return true
		}
	}
	return false
}

// originOf ties a leg in the dialog events to the click-to-dial it belongs to.
func (s *session) originOf(c *telephony.Call) telephony.DialID {
	for _, dials := range []map[telephony.DialID]*dial{s.dials, s.pastDials} {
		for id, d := range dials {
			switch {
			case c.SignallingID != "" && c.SignallingID == d.dlg.callID,
				c.Remote.Number.Raw() == s.cfg.User,
				c.Direction == telephony.Outgoing && d.calls(c.Remote.Number):
				return id
			}
		}
	}
	return c.Origin
}

// calls reports that n is the destination, as the platform may write it.
func (d *dial) calls(n phone.Number) bool {
	return n.Raw() == d.req.Dial || n.Key() != "" && n.Key() == d.req.Number.Key()
}
