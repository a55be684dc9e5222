package sipline

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"example.org/ctiagent/telephony"
)

// dial is one click-to-dial, in the way that worked on every platform tried; a
// REFER outside a dialog did on none.
//
//	INVITE to the line itself ─▶ the user's phone rings ─▶ 200
//	REFER in that dialog, to the destination ─▶ 202
//	NOTIFY (message/sipfrag) 100, 180, final answer
//	BYE, whatever happened: the user's phone is never left in silence
type dial struct {
	s     *session
	req   telephony.DialRequest
	dlg   *dialogue
	tx    *clientTx
	told  telephony.DialStep
	begun bool // told says something
	over  bool // the final step has been told

	answer   chan<- error // of Dial; nil once it has returned
	own      ownLeg
	wanted   bool // false: to be hung up as soon as that is possible
	order    *inOrder
	limit    *timer
	accepted bool // the phone took the REFER

	cancelled bool   // CANCEL has been sent
	onGone    func() // nil, or who waits for the end of the own leg
}

// ownLeg is where the call to the user's own phone stands.
type ownLeg uint8

const (
	ownCalling ownLeg = iota
	ownUp             // answered: BYE ends it
	ownGone
)

// dial starts a click-to-dial; the answer to the caller of Dial comes when the
// platform has the command or refused it.
func (s *session) dial(req telephony.DialRequest, answer chan<- error) {
	cfg := s.cfg
	switch {
	case s.status.views[viewDialog].stage < stageOK && s.status.views[viewContact].stage < stageOK:
		answer <- telephony.ErrNotReady
		return
	case s.dials[req.ID] != nil:
		answer <- fmt.Errorf("%w: this call is under way already", telephony.ErrConfig)
		return
	case req.Dial == "" || strings.ContainsAny(req.Dial, "\r\n \t<>@"):
		answer <- fmt.Errorf("%w: these digits cannot be dialled", telephony.ErrConfig)
		return
	}
	d := &dial{s: s, req: req, answer: answer, wanted: true, dlg: &dialogue{
		callID: newCallID(), localTag: newTag(),
		local: cfg.aor(), remote: cfg.aor(), target: cfg.aorURI(), routes: s.reg.serviceRoute,
	}}
	d.order = &inOrder{s: s}
	s.dials[req.ID] = d
	invite := d.dlg.request(sip.INVITE,
		sip.NewHeader("Contact", s.contactURI()),
		sip.NewHeader("Allow", allowed),
		sip.NewHeader("User-Agent", cfg.UserAgent),
		sip.NewHeader("Content-Type", "application/sdp"),
	)
	if cfg.AutoAnswer {
		invite.AppendHeader(sip.NewHeader("Call-Info", "<"+cfg.aorURI()+">;answer-after=0"))
		invite.AppendHeader(sip.NewHeader("Alert-Info", "<http://www.notused.com>;info=alert-autoanswer;delay=0"))
	}
	invite.SetBody(offer(s.flow.local()))
	d.tx = s.start(d.dlg, invite, d.provisional, d.answered)
	d.limit = s.after(cfg.OwnRingLimit, func() {
		d.finish(telephony.DialOwnRefused, 408, "your own phone was not answered")
		d.hangUp()
	})
}

// offer describes a medium that nobody will use: the phone is moved on to the
// destination before anyone speaks. The port is "discard".
func offer(local string) []byte {
	host := strings.Trim(local[:strings.LastIndexByte(local, ':')], "[]")
	family := "IP4"
	if strings.Contains(host, ":") {
		family = "IP6"
	}
	return []byte("v=0\r\no=- 1 1 IN " + family + " " + host + "\r\ns=-\r\nc=IN " + family + " " + host +
		"\r\nt=0 0\r\nm=audio 9 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=inactive\r\n")
}

// taken lets the caller of Dial go on.
func (d *dial) taken(err error) {
	if d.answer != nil {
		d.answer <- err
		d.answer = nil
	}
}

func (d *dial) progress(step telephony.DialStep, code int, reason string) {
	if d.over || d.begun && step <= d.told && !step.Final() {
		return
	}
	d.begun, d.told = true, step
	d.over = step.Final()
	d.s.sink.Progress(telephony.Progress{ID: d.req.ID, Step: step, Code: code, Reason: reason})
}

// finish tells the last step, once.
func (d *dial) finish(step telephony.DialStep, code int, reason string) {
	d.taken(nil)
	d.progress(step, code, reason)
}

func (d *dial) provisional(res *sip.Response) {
	d.taken(nil)
	d.progress(telephony.DialSent, 0, "")
	if res.StatusCode > 100 {
		d.progress(telephony.DialOwnRinging, res.StatusCode, "")
	}
	if !d.wanted {
		d.cancelInvite()
	}
}

// answered takes the final answer to the INVITE.
func (d *dial) answered(res *sip.Response, err error) {
	if d.own != ownCalling {
		return
	}
	switch {
	case err != nil && res == nil:
		d.taken(fmt.Errorf("%w: %w", telephony.ErrNotReady, err))
		d.progressOver(telephony.DialFailed, 408, "the platform did not answer")
		d.gone()
	case err != nil:
		d.taken(fmt.Errorf("%w: calling your own phone", telephony.ErrRefused))
		d.progressOver(telephony.DialFailed, res.StatusCode, "the platform refused the credentials")
		d.gone()
	case res.StatusCode >= 300:
		step, reason := ownRefusal(res.StatusCode)
		if !d.wanted {
			step, reason = telephony.DialCancelled, ""
		}
		d.finish(step, res.StatusCode, reason)
		d.gone()
	default:
		d.ownAnswered(res)
	}
}

// progressOver tells a last step only when something was told before: else
// Dial itself returns the error.
func (d *dial) progressOver(step telephony.DialStep, code int, reason string) {
	if d.begun {
		d.progress(step, code, reason)
	}
	d.over = true
}

// ownRefusal says what a refusal by the user's own phone means.
func ownRefusal(code int) (telephony.DialStep, string) {
	switch code {
	case 404, 480, 410, 488:
		return telephony.DialOwnRefused, "none of your phones is registered"
	case 486, 600:
		return telephony.DialOwnRefused, "your own phone is busy"
	case 603:
		return telephony.DialOwnRefused, "your own phone declined"
	case 408, 487:
		return telephony.DialOwnRefused, "your own phone was not answered"
	}
	return telephony.DialFailed, "the platform does not let this line call its own phone"
}

func (d *dial) ownAnswered(res *sip.Response) {
	s := d.s
	d.taken(nil)
	d.dlg.learn(res)
	d.dlg.mute = true
	d.own = ownUp
	d.limit.stop()
	seq, _, _ := strings.Cut(header(d.tx.req, "CSeq"), " ")
	n, _ := strconv.ParseUint(seq, 10, 32)
	s.sendOnce(d.dlg.requestWithCSeq(sip.ACK, uint32(n)))
	if !d.wanted {
		d.hangUp()
		return
	}
	d.progress(telephony.DialOwnAnswered, res.StatusCode, "")
	refer := d.dlg.request(sip.REFER,
		sip.NewHeader("Contact", s.contactURI()),
		sip.NewHeader("Refer-To", "<sip:"+escapeUser(d.req.Dial)+"@"+s.cfg.host()+">"),
		sip.NewHeader("Referred-By", s.cfg.aor()),
		sip.NewHeader("User-Agent", s.cfg.UserAgent),
	)
	s.start(d.dlg, refer, nil, d.referred)
	d.limit = s.after(s.cfg.answerLimit, func() {
		d.finish(telephony.DialNoAnswer, 408, "")
		d.hangUp()
	})
}

func (d *dial) referred(res *sip.Response, err error) {
	if d.own != ownUp {
		return
	}
	if err != nil || res.StatusCode >= 300 { // a challenge, too: see dialogue.mute
		code := 0
		if res != nil {
			code = res.StatusCode
		}
		d.finish(telephony.DialFailed, code, "your own phone cannot be asked to call somebody")
		d.hangUp()
		return
	}
	d.accepted = true
	d.progress(telephony.DialTrying, res.StatusCode, "")
}

// dialNotify takes the progress of a REFER, RFC 3515 §2.4.4; false when the
// NOTIFY is for nobody.
func (s *session) dialNotify(req *sip.Request) bool {
	event, _, _ := strings.Cut(header(req, "Event"), ";")
	if !strings.EqualFold(strings.TrimSpace(event), "refer") {
		return false
	}
	for _, d := range s.dials {
		if d.owns(req) {
			s.send(respond(req, 200, "OK", ""))
			d.order.take(req.CSeq().SeqNo, func() { d.notified(req) })
			return true
		}
	}
	return false
}

// owns reports that a request belongs to the dialogue with the user's phone.
func (d *dial) owns(req *sip.Request) bool {
	return d.dlg.callID == req.CallID().Value() && tagOf(header(req, "To")) == d.dlg.localTag &&
		(d.dlg.remoteTag == "" || tagOf(header(req, "From")) == d.dlg.remoteTag)
}

func (d *dial) notified(req *sip.Request) {
	code, ok := parseSipfrag(req.Body())
	if !ok {
		return
	}
	switch {
	case code < 180:
		d.progress(telephony.DialTrying, code, "")
	case code < 200:
		d.progress(telephony.DialRinging, code, "")
	case code < 300:
		d.finish(telephony.DialConnected, code, "")
	default:
		d.finish(farRefusal(code))
	}
	if code >= 200 {
		d.hangUp()
	}
}

// farRefusal says what a refusal by the destination means.
func farRefusal(code int) (telephony.DialStep, int, string) {
	switch code {
	case 486, 600:
		return telephony.DialBusy, code, ""
	case 603, 403:
		return telephony.DialDeclined, code, ""
	case 408, 480, 487:
		return telephony.DialNoAnswer, code, ""
	case 404, 410, 484, 604:
		return telephony.DialFailed, code, "there is no such number"
	}
	return telephony.DialFailed, code, "the platform could not reach the destination"
}

// parseSipfrag reads the status line of a message/sipfrag body, RFC 3420.
func parseSipfrag(body []byte) (code int, ok bool) {
	line, _, _ := strings.Cut(strings.TrimLeft(string(body[:min(len(body), 1024)]), " \t\r\n"), "\n")
	fields := strings.Fields(line)
	if len(fields) < 2 || !strings.EqualFold(fields[0], "SIP/2.0") {
		return 0, false
	}
	code, err := strconv.Atoi(fields[1])
	if err != nil || code < 100 || code > 699 {
		return 0, false
	}
	return code, true
}

// bye ends the own leg from the other side.
func (s *session) bye(req *sip.Request) {
	for _, d := range s.dials {
		if !d.owns(req) {
			continue
		}
		s.send(respond(req, 200, "OK", ""))
		d.own = ownGone
		d.byeReceived()
		return
	}
	s.send(respond(req, 481, "Call/Transaction Does Not Exist", newTag()))
}

// byeReceived waits a moment for the last NOTIFY: a back-to-back user agent
// (Asterisk) ends our leg by itself once the destination has it, and which of
// the two comes first is chance.
func (d *dial) byeReceived() {
	d.limit.stop()
	if d.over {
		d.gone()
		return
	}
	wait := 2 * time.Second
	d.limit = d.s.after(wait, func() {
		if d.told == telephony.DialRinging || d.accepted && d.told == telephony.DialTrying {
			d.finish(telephony.DialFailed, 0, "the platform ended the call without saying how it went on")
		} else {
			d.finish(telephony.DialCancelled, 0, "your own phone hung up")
		}
		d.gone()
	})
}

// reinvite answers a re-INVITE in the own leg: nothing changes there.
func (s *session) reinvite(req *sip.Request) {
	for _, d := range s.dials {
		if d.owns(req) && d.own == ownUp {
			s.send(respond(req, 488, "Not Acceptable Here", ""))
			return
		}
	}
	s.send(respond(req, 481, "Call/Transaction Does Not Exist", newTag()))
}

// cancelDial gives up a click-to-dial.
func (s *session) cancelDial(id telephony.DialID) {
	if d := s.dials[id]; d != nil && !d.over {
		d.finish(telephony.DialCancelled, 0, "")
		d.hangUp()
	}
}

// hangUp ends the own leg in whatever way its state allows.
func (d *dial) hangUp() {
	d.wanted = false
	d.limit.stop()
	switch d.own {
	case ownCalling:
		if d.tx.proceeding {
			d.cancelInvite()
		} // else when the first answer comes, RFC 3261 §9.1
	case ownUp:
		d.own = ownGone
		d.s.start(d.dlg, d.dlg.request(sip.BYE), nil, func(*sip.Response, error) { d.gone() })
	case ownGone:
		d.gone()
	}
}

func (d *dial) cancelInvite() {
	if d.cancelled {
		return
	}
	d.cancelled = true
	req := d.tx.req
	cancel := sip.NewRequest(sip.CANCEL, req.Recipient)
	for _, name := range []string{"Via", "Route", "Max-Forwards", "From", "To", "Call-ID"} {
		for _, h := range req.GetHeaders(name) {
			cancel.AppendHeader(sip.NewHeader(name, h.Value()))
			if name == "Via" {
				break
			}
		}
	}
	seq, _, _ := strings.Cut(header(req, "CSeq"), " ")
	cancel.AppendHeader(sip.NewHeader("CSeq", seq+" CANCEL"))
	cancel.SetBody(nil)
	d.s.send(cancel)
	d.limit.stop()
	// RFC 3261 §9.1: without a final answer within 64*T1 it counts as cancelled.
	d.limit = d.s.after(timerF, d.gone)
}

// gone forgets the dial.
func (d *dial) gone() {
	d.own = ownGone
	d.limit.stop()
	d.order.stop()
	d.tx.forget() // an answer that comes all the same is hung up as a stray
	if d.onGone != nil {
		d.onGone()
		d.onGone = nil
	}
	if s := d.s; s.dials[d.req.ID] == d {
		delete(s.dials, d.req.ID)
		// The dialog events about the own leg come by another way, and later.
		s.pastDials[d.req.ID] = d
		s.after(pastDial, func() { delete(s.pastDials, d.req.ID) })
	}
}

// pastDial is how long after its end a click-to-dial still claims its legs.
const pastDial = 5 * time.Second

// abandonDials tells the end of what the lost connection took with it.
func (s *session) abandonDials() {
	for _, d := range s.dials {
		d.taken(telephony.ErrNotReady)
		if d.begun {
			d.progress(telephony.DialFailed, 0, "the connection to the platform was lost")
		}
		d.limit.stop()
	}
	clear(s.dials)
}
