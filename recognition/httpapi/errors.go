package httpapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"example.org/ctiagent/recognition"
)

// Error is what went wrong between client and service, in words for the person
// who can mend it. It wraps one of the errors of package recognition.
type Error struct {
	kind       error // what it is to a caller: recognition.ErrUnreachable …
	cause      error
	text       string
	hint       string
	code       string
	temporary  bool
	retryAfter time.Duration
}

func (e *Error) Error() string   { return e.kind.Error() + ": " + e.text }
func (e *Error) Unwrap() []error { return []error{e.kind, e.cause} }

// Text is what is wrong, without the sentinel's words before it.
func (e *Error) Text() string { return e.text }

// Hint is what the user can do.
func (e *Error) Hint() string { return e.hint }

// Code is the stable name of the error for health entries: "tls.unknown-ca".
func (e *Error) Code() string { return e.code }

// Temporary reports that trying again later may help without anybody's doing.
func (e *Error) Temporary() bool { return e.temporary }

// RetryAfter is how long the service asked to be left alone; 0: it did not.
func (e *Error) RetryAfter() time.Duration { return e.retryAfter }

// errPin is given by the certificate check of a pinned connection.
var errPin = errors.New("the certificate is not the pinned one")

var errPinExpired = errors.New("the pinned certificate is not valid at this time")

// Windows has its own numbers for these (Winsock 10000 and up), which package
// syscall does not name; no other system uses numbers that large.
var (
	refused = []error{syscall.ECONNREFUSED, syscall.Errno(10061)}
	noRoute = []error{syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN,
		syscall.Errno(10050), syscall.Errno(10051), syscall.Errno(10065)}
)

func isAny(err error, targets []error) bool {
	return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
}

// classify gives words to a request that had no answer. host is the address as
// it was configured.
func classify(err error, host string) *Error {
	e := &Error{kind: recognition.ErrUnreachable, cause: err, temporary: true}
	var (
		unknownCA x509.UnknownAuthorityError
		wrongName x509.HostnameError
		invalid   x509.CertificateInvalidError
		network   *net.OpError
		notTLS    tls.RecordHeaderError
		dns       *net.DNSError
		timeout   net.Error
	)
	fatal := func(code, text, hint string) *Error {
		e.code, e.text, e.hint, e.temporary = code, text, hint, false
		return e
	}
	away := func(code, text, hint string) *Error {
		e.code, e.text, e.hint = code, text, hint
		return e
	}
	switch {
	case errors.Is(err, errPin):
		return fatal("tls.pin-mismatch", host+" shows another certificate than the one whose fingerprint is configured",
			"Ask the service's administrator for the present fingerprint. If it did not change, somebody may stand in between.")
	case errors.Is(err, errPinExpired):
		return fatal("tls.expired", "the certificate of "+host+" is not valid at this time", "Check this computer's clock; if it is right, the service's administrator must renew the certificate.")
	case errors.As(err, &unknownCA):
		return fatal("tls.unknown-ca", "the certificate of "+host+" is signed by an authority that is not trusted here",
			"Configure the CA file of the service, or the fingerprint of its certificate; ask its administrator.")
	case errors.As(err, &wrongName):
		return fatal("tls.wrong-name", "the certificate of the service is not for "+host, "Check the address of the service; it must be the name that the certificate carries.")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fatal("tls.expired", "the certificate of "+host+" is not valid at this time", "Check this computer's clock; if it is right, the service's administrator must renew the certificate.")
	case errors.As(err, &invalid):
		return fatal("tls.bad-certificate", "the certificate of "+host+" cannot be used for a server", "The service's administrator must install a proper server certificate.")
	case errors.As(err, &notTLS), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return fatal("tls.none", host+" does not speak TLS at this port", "Check the port in the address of the service.")
	case errors.As(err, &network) && network.Op == "remote error", strings.Contains(err.Error(), "tls: server selected unsupported protocol version"):
		return fatal("tls.handshake", host+" does not speak TLS 1.2 or newer with this computer", "The service's administrator must allow TLS 1.2 or 1.3.")
	case errors.As(err, &dns) && dns.IsNotFound:
		return away("net.unknown-host", "the name "+host+" is not known", "Check the address of the service and the network connection.")
	case errors.As(err, &dns):
		return away("net.dns", "the name "+host+" could not be looked up", "Check the network connection.")
	case isAny(err, refused):
		return away("net.refused", host+" refuses connections: the service does not run there", "Check address and port; otherwise wait until the service is started again.")
	case isAny(err, noRoute):
		return away("net.unreachable", "there is no way to "+host+" in the network", "Check the network connection or VPN.")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return away("net.timeout", host+" does not answer in time", "The service or the network is slow; it is tried again by itself.")
	}
	return away("net.broken", "the connection to "+host+" broke", "It is tried again by itself.")
}

// fromProblem gives words to an answer that is a refusal.
func fromProblem(status int, p problem, retryAfter time.Duration) *Error {
	e := &Error{code: "service." + p.Code, retryAfter: retryAfter, text: words(p, status), cause: fmt.Errorf("HTTP status %d", status)}
	switch {
	case p.Code == codeRefused:
		e.kind, e.hint = recognition.ErrRefused, "Check the user name and whether Caps Lock is on."
	case p.Code == codeWait:
		e.kind, e.temporary = recognition.ErrRefused, true
		e.text = fmt.Sprintf("too many wrong passwords; the next try is possible in %v", retryAfter)
		e.hint = "Wait, then try again; the administrator can reset the password."
	case status == 401:
		e.kind, e.hint = recognition.ErrSignedOut, "Sign in to the recognition service again."
	case status == 403:
		e.kind, e.hint = recognition.ErrForbidden, "Ask the administrator for the right."
	case status == 404 && p.Code == codeNotFound:
		e.kind = recognition.ErrNoScript
	case p.Code == codeBadRecord:
		e.kind = recognition.ErrBadRecord
	case status == 429 || status == 502 || status == 503 || status == 504:
		e.kind, e.temporary, e.hint = recognition.ErrUnreachable, true, "The service is busy; it is tried again by itself."
	case status >= 500:
		e.kind, e.temporary, e.hint = recognition.ErrUnreachable, true, "Tell the service's administrator if it stays."
	default:
		e.kind, e.hint = recognition.ErrUnreachable, "Check the address; agent and service may be of very different versions."
	}
	return e
}

func words(p problem, status int) string {
	switch {
	case p.Detail != "":
		return p.Detail
	case p.Title != "":
		return p.Title
	}
	return fmt.Sprintf("the service answered with HTTP status %d", status)
}
