package sipline

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"example.org/ctiagent/telephony"
)

// subscription keeps one subscription to the line's dialog events alive:
// RFC 6665 (the framework) and RFC 4235 (what is in it).
type subscription struct {
	s     *session
	table *callTable

	dlg     *dialogue // nil: none
	order   *inOrder
	fresh   bool // no document yet: the next one is a snapshot
	version uint64
	seen    bool      // version is valid
	quiet   bool      // the first NOTIFY had no body
	asked   time.Time // when a full document was last asked for

	minimum  time.Duration // Min-Expires the platform insisted on
	failures int           // in a row
	short    int           // 423s in a row
	ends     []time.Time   // of subscriptions that asked for a new one at once
	left     bool          // we are leaving: start no more

	refresh, expiry, timerN, retry *timer
}

func newSubscription(s *session, table *callTable) *subscription {
	return &subscription{s: s, table: table}
}

// start subscribes anew, with a new Call-ID and a snapshot to follow.
func (u *subscription) start() {
	u.stopTimers()
	if u.left {
		return
	}
	cfg := u.s.cfg
	u.dlg = &dialogue{
		callID: newCallID(), localTag: newTag(),
		local: cfg.aor(), remote: cfg.aor(), target: cfg.aorURI(), routes: u.s.reg.serviceRoute,
	}
	u.order = &inOrder{s: u.s}
	u.fresh, u.seen = true, false
	u.s.status.trying(viewDialog)
	u.send(max(cfg.SubscribeExpires, u.minimum))
}

// send sends SUBSCRIBE: the first one, a refresh, or the last one (zero).
func (u *subscription) send(expires time.Duration) {
	dlg := u.dlg
	req := dlg.request(sip.SUBSCRIBE,
		sip.NewHeader("Contact", u.s.contactURI()),
		sip.NewHeader("Event", "dialog"),
		sip.NewHeader("Accept", "application/dialog-info+xml"),
		sip.NewHeader("Expires", seconds(expires)),
		sip.NewHeader("User-Agent", u.s.cfg.UserAgent),
	)
	u.s.start(dlg, req, nil, func(res *sip.Response, err error) {
		if u.dlg == dlg { // else there is a newer subscription
			u.answered(res, err)
		}
	})
}

func (u *subscription) answered(res *sip.Response, err error) {
	first := !u.timing()
	switch {
	case err != nil && res != nil: // a challenge that cannot be answered
		u.s.status.refusedCredentials(viewDialog, err)
		return
	case err != nil:
		u.again(0, "subscription.timeout", "the platform does not answer the request for call events")
		return
	}
	code := res.StatusCode
	switch {
	case code < 300: // 202 is what RFC 3265 peers say
		if u.dlg.remoteTag == "" {
			u.dlg.learn(res)
		} else {
			u.dlg.retarget(res)
		}
		u.failures, u.short = 0, 0
		u.granted(expiresOf(res, u.s.cfg.SubscribeExpires))
		if u.fresh && u.timerN == nil {
			// RFC 6665 §4.1.2.4: no NOTIFY, no subscription.
			u.timerN = u.s.after(timerF, func() {
				u.again(0, "subscription.silent", "the platform accepted the request for call events and then sent none")
			})
		}
	case code == 423 && u.short < maxShort:
		u.short++
		u.minimum = minExpires(res, max(u.minimum, u.s.cfg.SubscribeExpires))
		u.send(u.minimum)
	case code == 481 && !first:
		u.start()
	case !first && !endsSubscription(code):
		// RFC 6665 §4.1.2.2: the old one stays valid until it expires.
		u.refresh = u.s.after(u.s.cfg.backoff(30*time.Second, 5*time.Minute, u.failures), func() { u.send(u.s.cfg.SubscribeExpires) })
		u.failures++
	case code == 408 || code == 480 || code >= 500 && code != 501 && code < 600:
		u.again(retryAfter(res), "subscription.unavailable", "the platform does not offer call events at the moment")
	default:
		u.refused(code)
	}
}

// timing reports that a subscription is established.
func (u *subscription) timing() bool { return u.expiry != nil }

// endsSubscription lists the answers to a refresh that end the subscription,
// RFC 6665 §4.1.2.2.
func endsSubscription(code int) bool {
	switch code {
	case 404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604:
		return true
	}
	return false
}

// refused ends what cannot work without somebody changing something.
func (u *subscription) refused(code int) {
	u.stopTimers()
	u.dlg = nil
	switch code {
	case 404, 604, 410:
		u.s.status.refused(viewDialog, code, "line.unknown",
			"the platform does not know this line, or has no call events for it",
			"Check the user name; on Asterisk the extension needs a hint.")
	case 489, 405, 501, 416:
		u.s.status.refused(viewDialog, code, "subscription.unsupported",
			"the platform has no call events",
			"Ask whether it offers the dialog event package (busy lamp field).")
	default:
		u.s.status.refused(viewDialog, code, "subscription.rejected",
			"the platform does not let this line subscribe to its call events",
			"Ask the administrator to allow subscriptions (busy lamp field) for this line.")
	}
}

// again tries anew later.
func (u *subscription) again(after time.Duration, code, words string) {
	u.stopTimers()
	u.dlg = nil
	if u.left {
		return
	}
	if after == 0 {
		after = u.s.cfg.backoff(u.s.cfg.RetryMin, 5*time.Minute, u.failures)
	}
	u.failures++
	u.s.status.failing(viewDialog, code, words)
	u.retry = u.s.after(after, u.start)
}

// granted plans refresh and expiry.
func (u *subscription) granted(expires time.Duration) {
	u.refresh.stop()
	u.expiry.stop()
	if expires <= 0 {
		return
	}
	u.refresh = u.s.after(refreshAfter(expires), func() { u.send(max(u.s.cfg.SubscribeExpires, u.minimum)) })
	u.expiry = u.s.after(expires, u.start)
}

// refreshAfter leaves a minute, or half of a short time, before the end.
func refreshAfter(expires time.Duration) time.Duration {
	return max(expires-time.Minute, expires/2)
}

// owns reports that a NOTIFY is for this subscription. It may come before the
// 200 to our SUBSCRIBE, so our own tag is what counts (RFC 6665 §4.4.1).
func (u *subscription) owns(req *sip.Request) bool {
	event, _, _ := strings.Cut(header(req, "Event"), ";")
	return u.dlg != nil && u.dlg.callID == req.CallID().Value() &&
		tagOf(header(req, "To")) == u.dlg.localTag && strings.EqualFold(strings.TrimSpace(event), "dialog")
}

func (u *subscription) notify(req *sip.Request, at time.Time) {
	switch tag := tagOf(header(req, "From")); {
	case u.dlg.remoteTag == "":
		u.dlg.learn(req)
	case tag != u.dlg.remoteTag: // another notifier of a forked SUBSCRIBE
		u.s.send(respond(req, 481, "Subscription Does Not Exist", newTag()))
		return
	default:
		u.dlg.retarget(req)
	}
	defer u.s.send(respond(req, 200, "OK", "")) // the news first
	dlg := u.dlg
	u.order.take(req.CSeq().SeqNo, func() {
		if u.dlg == dlg {
			u.deliver(req, at)
		}
	})
}

// missed takes note of a NOTIFY whose body nobody will read.
func (u *subscription) missed(req *sip.Request) {
	if req.Method == sip.NOTIFY && u.owns(req) {
		u.order.take(req.CSeq().SeqNo, u.askForAll)
	}
}

func (u *subscription) deliver(req *sip.Request, at time.Time) {
	u.timerN.stop()
	value := header(req, "Subscription-State")
	state, params, _ := strings.Cut(value, ";")
	state = strings.ToLower(strings.TrimSpace(state))
	pending := state == "pending"

	if !pending && !(state == "terminated" && u.fresh) {
		u.documents(req, at)
	}
	switch state {
	case "terminated":
		u.terminated(params)
	case "pending":
		u.s.status.pending(viewDialog)
	default:
		if text, ok := param(params, "expires"); ok {
			if n, err := strconv.Atoi(text); err == nil && n > 0 {
				u.granted(time.Duration(min(n, maxExpires)) * time.Second)
			}
		}
		if !u.fresh {
			u.s.status.ok(viewDialog)
		}
	}
}

// documents applies the body of a NOTIFY.
func (u *subscription) documents(req *sip.Request, at time.Time) {
	bodies, err := dialogInfoBodies(header(req, "Content-Type"), req.Body())
	if err == nil && len(bodies) == 0 {
		// An empty NOTIFY says that there are no dialogs (Kamailio).
		u.quiet = u.fresh
		u.apply(&document{full: true}, at)
		return
	}
	for _, body := range bodies {
		var doc *document
		if doc, err = parseDialogInfo(body); err != nil {
			break
		}
		switch {
		case u.seen && doc.version < u.version:
			continue // old news, RFC 4235 §4.3
		case u.seen && !doc.full && doc.version > u.version+1, !u.seen && !doc.full:
			// Something is missing in between: ask for the whole.
			u.askForAll()
		}
		if len(bodies) == 1 {
			u.version, u.seen = doc.version, true
		}
		u.apply(doc, at)
	}
	if err != nil {
		// Not the error itself: it may quote a caller's name.
		u.s.log.Warn("call events could not be read", "bytes", len(req.Body()))
		u.askForAll()
	}
}

// askForAll refreshes early to get a full document, but not in a storm.
func (u *subscription) askForAll() {
	if now := time.Now(); u.timing() && now.Sub(u.asked) > 10*time.Second {
		u.asked = now
		u.send(max(u.s.cfg.SubscribeExpires, u.minimum))
	}
}

func (u *subscription) apply(doc *document, at time.Time) {
	if u.fresh {
		u.fresh = false
		u.table.restart(doc)
		u.table.apply(doc, at)
		calls := u.table.live()
		for i := range calls {
			u.finishCall(&calls[i], at)
		}
		u.s.sink.Snapshot(telephony.ViewDialog, calls)
		return
	}
	for _, c := range u.table.apply(doc, at) {
		u.finishCall(&c, at)
		u.s.sink.Call(c)
	}
}

// finishCall adds what the document does not tell.
func (u *subscription) finishCall(c *telephony.Call, at time.Time) {
	c.Received = at
	c.Origin = u.s.originOf(c)
	if d := u.s.dials[c.Origin]; d != nil && d.accepted && c.Phase == telephony.Alerting && d.calls(c.Remote.Number) {
		d.progress(telephony.DialRinging, 0, "") // not every phone says so itself
	}
}

// terminated follows RFC 6665 §4.1.3: what to do depends on the reason.
func (u *subscription) terminated(params string) {
	reason, _ := param(params, "reason")
	wait, _ := param(params, "retry-after")
	n, _ := strconv.Atoi(wait)
	after := time.Duration(min(max(n, 0), maxExpires)) * time.Second
	u.stopTimers()
	u.dlg = nil
	if u.left {
		return
	}
	switch afterTermination(reason) {
	case resubscribeNow:
		now := time.Now()
		u.ends = slices.DeleteFunc(append(u.ends, now), func(t time.Time) bool { return now.Sub(t) > time.Minute })
		if len(u.ends) <= 3 {
			u.start()
			return
		}
		// It may say so for ever. Backing off by how often it has of late.
		u.failures = max(u.failures, len(u.ends))
		u.again(after, "subscription.unstable", "the platform ends the subscription to call events again and again")
	case resubscribeLater:
		u.again(after, "subscription.ended", "the platform has stopped its call events for now")
	case giveUp:
		u.s.status.refused(viewDialog, 0, "subscription."+strings.ToLower(reason),
			"the platform has ended the subscription to this line's call events for good",
			"Ask the administrator whether this line may still be observed.")
	}
}

// leave ends the subscription and calls done when the platform knows.
func (u *subscription) leave(done func()) {
	u.left = true
	established := u.dlg != nil && u.dlg.remoteTag != ""
	u.stopTimers()
	if !established {
		done()
		return
	}
	req := u.dlg.request(sip.SUBSCRIBE,
		sip.NewHeader("Contact", u.s.contactURI()),
		sip.NewHeader("Event", "dialog"),
		sip.NewHeader("Accept", "application/dialog-info+xml"),
		sip.NewHeader("Expires", "0"),
	)
	u.s.start(u.dlg, req, nil, func(*sip.Response, error) { done() })
}

func (u *subscription) stopTimers() {
	for _, t := range []**timer{&u.refresh, &u.expiry, &u.timerN, &u.retry} {
		(*t).stop()
		*t = nil
	}
	if u.order != nil {
		u.order.stop()
	}
}
