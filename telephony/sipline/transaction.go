package sipline

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// timerF is how long a request may stay without a final answer, and an INVITE
// without any: 64*T1, RFC 3261 §17.1.
const timerF = 32 * time.Second

var (
	errTimeout     = errors.New("the platform did not answer in time")
	errCredentials = errors.New("the platform refused user name or password")
)

// dialogue holds what the requests of one SIP dialog share (RFC 3261 §12); one
// without a remote tag stands for requests outside a dialog.
type dialogue struct {
	callID    string
	local     string // From of our requests, without tag
	localTag  string
	remote    string // To of our requests, without tag
	remoteTag string
	target    string   // Request-URI
	routes    []string // Route headers, in order
	cseq      uint32   // of our last request

	// mute means that no challenge is answered. Requests inside a call reach
	// whoever answered it: challenges to those are how digests are stolen.
	mute bool
}

func newTag() string    { return strings.ToLower(rand.Text()[:16]) }
func newCallID() string { return strings.ToLower(rand.Text()) }

// request makes the next request of the dialogue; Via is added when it is sent.
func (d *dialogue) request(method sip.RequestMethod, extra ...sip.Header) *sip.Request {
	d.cseq++
	return d.requestWithCSeq(method, d.cseq, extra...)
}

func (d *dialogue) requestWithCSeq(method sip.RequestMethod, cseq uint32, extra ...sip.Header) *sip.Request {
	var uri sip.Uri
	if err := sip.ParseUri(d.target, &uri); err != nil {
		// The target came from a Contact we accepted; never here in practice.
		uri = sip.Uri{Scheme: "sip", Host: "invalid"}
	}
	req := sip.NewRequest(method, uri)
	for _, r := range d.routes {
		req.AppendHeader(sip.NewHeader("Route", r))
	}
	req.AppendHeader(sip.NewHeader("Max-Forwards", "70"))
	req.AppendHeader(sip.NewHeader("From", d.local+";tag="+d.localTag))
	to := d.remote
	if d.remoteTag != "" {
		to += ";tag=" + d.remoteTag
	}
	req.AppendHeader(sip.NewHeader("To", to))
	req.AppendHeader(sip.NewHeader("Call-ID", d.callID))
	req.AppendHeader(sip.NewHeader("CSeq", strconv.FormatUint(uint64(cseq), 10)+" "+string(method)))
	for _, h := range extra {
		req.AppendHeader(h)
	}
	return req
}

// learn takes remote tag, target and route set from the message that creates
// the dialogue. Routes come in Record-Route order from a request and reversed
// from a response, RFC 3261 §12.1.
func (d *dialogue) learn(m sip.Message) {
	routes := headers(m, "Record-Route")
	if res, ok := m.(*sip.Response); ok {
		d.remoteTag = tagOf(header(res, "To"))
		for i, j := 0, len(routes)-1; i < j; i, j = i+1, j-1 {
			routes[i], routes[j] = routes[j], routes[i]
		}
	} else {
		d.remoteTag = tagOf(header(m, "From"))
	}
	d.routes = routes
	d.retarget(m)
}

// retarget follows a new Contact, if it is one we can send to.
func (d *dialogue) retarget(m sip.Message) {
	contacts := headers(m, "Contact")
	if len(contacts) == 0 {
		return
	}
	uri := parseAddress(contacts[0]).uri
	var parsed sip.Uri
	if sip.ParseUri(uri, &parsed) == nil && (parsed.Scheme == "sip" || parsed.Scheme == "sips") && parsed.Host != "" {
		d.target = uri
	}
}

// clientTx is one request under way. Over TLS nothing is repeated
// (RFC 3261 §17.1.2.2), so it is little more than a timer and two functions.
type clientTx struct {
	s           *session
	req         *sip.Request
	dlg         *dialogue
	branch      string
	attempts    int // answered challenges
	provisional func(*sip.Response)
	final       func(*sip.Response, error)
	timer       *timer
	limit       time.Duration
	proceeding  bool // a provisional answer came
	noAuth      bool // a challenge is answer enough
}

// start sends req. provisional may be nil. final is called once, on the
// session's goroutine, unless the session ends first; challenges have been
// answered by then. For INVITE only, final is called again for every further
// 2xx of a forked call.
func (s *session) start(dlg *dialogue, req *sip.Request, provisional func(*sip.Response), final func(*sip.Response, error)) *clientTx {
	tx := &clientTx{s: s, req: req, dlg: dlg, provisional: provisional, final: final, limit: timerF}
	tx.transmit()
	return tx
}

func (tx *clientTx) transmit() {
	tx.branch = "z9hG4bK" + newTag()
	tx.proceeding = false
	tx.req.PrependHeader(sip.NewHeader("Via", "SIP/2.0/TLS "+tx.s.flow.local()+";branch="+tx.branch+";rport"))
	tx.req.SetBody(tx.req.Body())
	tx.s.txs[tx.branch] = tx
	tx.timer = tx.s.after(tx.limit, func() {
		tx.forget()
		tx.final(nil, errTimeout)
	})
	tx.s.send(tx.req)
}

func (tx *clientTx) forget() {
	tx.timer.stop()
	delete(tx.s.txs, tx.branch)
}

// handleResponse finds the transaction by branch and method, RFC 3261 §17.1.3.
func (s *session) handleResponse(res *sip.Response) {
	via := header(res, "Via")
	_, params, _ := strings.Cut(via, ";")
	branch, _ := param(params, "branch")
	tx := s.txs[branch]
	if tx == nil || res.CSeq().MethodName != tx.req.Method {
		s.strayResponse(res)
		return
	}
	invite := tx.req.Method == sip.INVITE
	if res.StatusCode < 200 {
		if invite && !tx.proceeding {
			tx.timer.stop() // from here on the caller's own limit counts
		}
		tx.proceeding = true
		if tx.provisional != nil {
			tx.provisional(res)
		}
		return
	}
	tx.forget()
	if invite && res.StatusCode >= 300 {
		s.ackRefusal(tx, res)
	}
	if (res.StatusCode == 401 || res.StatusCode == 407) && !tx.noAuth && !tx.dlg.mute {
		if err := tx.answerChallenge(res); err != nil {
			tx.final(res, err)
		}
		return
	}
	tx.final(res, nil)
}

// answerChallenge sends the request again with credentials. A second challenge
// is answered only when the server calls the first nonce stale: anything else
// means that the password is wrong, and trying on would lock the account. An
// INVITE gets no second chance: who is called could ask for it, too.
func (tx *clientTx) answerChallenge(res *sip.Response) error {
	s := tx.s
	ch, err := chooseChallenge(res, s.realm)
	if err != nil {
		return err
	}
	if tx.attempts > 0 && (!ch.Stale || tx.attempts > 1 || tx.req.Method == sip.INVITE) {
		return errCredentials
	}
	tx.attempts++
	old := tx.req
	req := tx.dlg.request(old.Method)
	for _, h := range old.Headers() {
		switch name := h.Name(); strings.ToLower(name) {
		case "via", "route", "max-forwards", "from", "to", "call-id", "cseq", "content-length", "authorization", "proxy-authorization":
		default:
			req.AppendHeader(sip.NewHeader(name, h.Value()))
		}
	}
	req.SetBody(old.Body())
	cred, err := ch.credentials(string(req.Method), req.Recipient.String(), s.cfg.authUser(), s.cfg.Password.Reveal())
	if err != nil {
		return fmt.Errorf("%w: %w", errNoDigest, err)
	}
	s.realm = ch.Realm
	req.AppendHeader(cred)
	tx.req = req
	tx.transmit()
	return nil
}

// ackRefusal acknowledges a final answer above 2xx inside its transaction,
// RFC 3261 §17.1.1.3.
func (s *session) ackRefusal(tx *clientTx, res *sip.Response) {
	ack := sip.NewRequest(sip.ACK, tx.req.Recipient)
	ack.AppendHeader(sip.NewHeader("Via", header(tx.req, "Via")))
	for _, h := range tx.req.GetHeaders("Route") {
		ack.AppendHeader(sip.NewHeader("Route", h.Value()))
	}
	ack.AppendHeader(sip.NewHeader("Max-Forwards", "70"))
	ack.AppendHeader(sip.NewHeader("From", header(tx.req, "From")))
	ack.AppendHeader(sip.NewHeader("To", header(res, "To")))
	ack.AppendHeader(sip.NewHeader("Call-ID", header(tx.req, "Call-ID")))
	seq, _, _ := strings.Cut(header(tx.req, "CSeq"), " ")
	ack.AppendHeader(sip.NewHeader("CSeq", seq+" ACK"))
	ack.SetBody(nil)
	s.send(ack)
}

// sendOnce sends a request that gets no answer (ACK) in a new branch.
func (s *session) sendOnce(req *sip.Request) {
	req.PrependHeader(sip.NewHeader("Via", "SIP/2.0/TLS "+s.flow.local()+";branch=z9hG4bK"+newTag()+";rport"))
	req.SetBody(req.Body())
	s.send(req)
}
