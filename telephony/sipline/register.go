package sipline

import (
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"example.org/ctiagent/telephony"
)

// registration keeps our second contact registered beside the user's phones
// (RFC 3261 §10, RFC 5626): one binding of our own, named by the instance id,
// so that a new connection replaces it. It never touches anybody else's.
type registration struct {
	s            *session
	dlg          *dialogue
	serviceRoute []string // RFC 3608: Route of our requests outside a dialog
	others       int      // contacts of others in the last answer
	bound        bool
	failures     int
	short        int // 423s in a row
	minimum      time.Duration
	left         bool
	timer        *timer
}

func newRegistration(s *session) *registration {
	cfg := s.cfg
	return &registration{s: s, dlg: &dialogue{
		callID: newCallID(), localTag: newTag(),
		local: cfg.aor(), remote: cfg.aor(), target: cfg.registrarURI(),
	}}
}

func (r *registration) start() {
	r.s.status.trying(viewContact)
	r.send(max(r.s.cfg.RegisterExpires, r.minimum), r.answered)
}

func (r *registration) send(expires time.Duration, final func(*sip.Response, error)) {
	req := r.dlg.request(sip.REGISTER,
		sip.NewHeader("Contact", r.s.contactURI()+`;+sip.instance="<urn:uuid:`+r.s.cfg.InstanceID+`>";reg-id=1;expires=`+seconds(expires)),
		sip.NewHeader("Expires", seconds(expires)),
		sip.NewHeader("Supported", "path, outbound"),
		sip.NewHeader("Allow", allowed),
		sip.NewHeader("User-Agent", r.s.cfg.UserAgent),
	)
	r.s.start(r.dlg, req, nil, final)
}

func (r *registration) answered(res *sip.Response, err error) {
	if r.left {
		return
	}
	switch {
	case err != nil && res != nil:
		r.s.status.refusedCredentials(viewContact, err)
		return
	case err != nil:
		r.again(0, "registration.timeout", "the platform does not answer the registration")
		return
	}
	switch code := res.StatusCode; {
	case code < 300:
		r.registered(res)
	case code == 423 && r.short < maxShort:
		r.short++
		r.minimum = minExpires(res, max(r.minimum, r.s.cfg.RegisterExpires))
		r.send(r.minimum, r.answered)
	case code == 403:
		r.s.status.refused(viewContact, code, "registration.refused",
			"the platform does not let a second device register on this line",
			"Raise the number of devices for this line, or switch the second contact off.")
	case code == 404 || code == 604 || code == 410:
		r.s.status.refused(viewContact, code, "line.unknown",
			"the platform does not know this line", "Check the user name.")
	case code == 408 || code == 480 || code >= 500 && code < 600:
		r.again(retryAfter(res), "registration.unavailable", "the platform takes no registrations at the moment")
	default:
		r.s.status.refused(viewContact, code, "registration.rejected",
			"the platform rejected the registration of the second contact", "Ask the administrator what it objects to.")
	}
}

func (r *registration) registered(res *sip.Response) {
	first := !r.bound
	r.bound, r.failures, r.short = true, 0, 0
	r.serviceRoute = headers(res, "Service-Route")
	if n, err := strconv.Atoi(header(res, "Flow-Timer")); err == nil && n > 0 {
		r.s.alive.within(time.Duration(n) * time.Second)
	}
	expires := expiresOf(res, r.s.cfg.RegisterExpires)
	mine := "urn:uuid:" + r.s.cfg.InstanceID
	found := false
	contacts := headers(res, "Contact")
	for _, c := range contacts {
		a := parseAddress(c)
		instance, _ := param(a.params, "+sip.instance")
		if !strings.EqualFold(strings.Trim(instance, "<>"), mine) && a.uri != parseAddress(r.s.contactURI()).uri {
			continue
		}
		found = true
		if text, ok := param(a.params, "expires"); ok {
			if n, err := strconv.Atoi(text); err == nil && n > 0 {
				expires = time.Duration(min(n, maxExpires)) * time.Second
			}
		}
	}
	r.others = len(contacts)
	if found {
		r.others--
	}
	r.timer.stop()
	r.timer = r.s.after(refreshAfter(expires), r.renew)
	if first {
		// Whatever rang here when the last connection broke is out of sight.
		r.s.sink.Snapshot(telephony.ViewContact, r.s.contact.calls())
	}
	r.s.status.ok(viewContact)
}

// renew renews the binding; the state shown stays until it fails.
func (r *registration) renew() { r.send(max(r.s.cfg.RegisterExpires, r.minimum), r.answered) }

// again follows RFC 5626 §4.5: 30 s, doubled up to 30 min, a part of it by chance.
func (r *registration) again(after time.Duration, code, words string) {
	if after == 0 {
		after = r.s.cfg.backoff(30*time.Second, 30*time.Minute, r.failures)
	}
	r.failures++
	r.s.status.failing(viewContact, code, words)
	r.timer.stop()
	r.timer = r.s.after(after, r.renew)
}

// leave takes our own contact away and calls done when the platform knows.
func (r *registration) leave(done func()) {
	r.left = true
	r.timer.stop()
	if !r.bound {
		done()
		return
	}
	r.send(0, func(*sip.Response, error) { done() })
}
