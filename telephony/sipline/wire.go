package sipline

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

const (
	maxHead = 64 << 10 // bytes of start line and headers
	maxBody = 64 << 10 // bytes of a body that is looked at
	maxSkip = 64 << 20 // bytes of a larger body that is passed over
)

// errFraming means that nobody can tell where the next message begins; the
// connection is of no further use.
var errFraming = errors.New("the platform sent something that is not SIP")

// readHead reads up to and including the empty line that ends the headers.
func readHead(r *bufio.Reader) ([]byte, error) {
	var head []byte
	for {
		line, err := r.ReadSlice('\n')
		head = append(head, line...)
		if len(head) > maxHead {
			return nil, fmt.Errorf("%w: headers longer than %d bytes", errFraming, maxHead)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil {
			return nil, err
		}
		if bytes.HasSuffix(head, []byte("\r\n\r\n")) {
			return head, nil
		}
	}
}

// contentLength finds the length of the body before the message is parsed, so
// that a message with one bad header costs that message and not the connection.
func contentLength(head []byte) (int, error) {
	length, seen := 0, false
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		name = bytes.TrimSpace(name)
		if !bytes.EqualFold(name, []byte("Content-Length")) && !bytes.EqualFold(name, []byte("l")) {
			continue
		}
		n, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 31)
		if err != nil || n > maxSkip {
			return 0, fmt.Errorf("%w: unusable Content-Length", errFraming)
		}
		if seen && int(n) != length {
			return 0, fmt.Errorf("%w: two different Content-Length", errFraming)
		}
		length, seen = int(n), true
	}
	return length, nil
}

// readMessage reads one message from a stream, RFC 3261 §18.3. A body above
// maxBody is passed over and tooLarge set. A message that cannot be parsed is
// returned as a nil message with a nil error: the stream is still in step.
func readMessage(r *bufio.Reader, p *sip.Parser) (msg sip.Message, tooLarge bool, err error) {
	head, err := readHead(r)
	if err != nil {
		return nil, false, err
	}
	n, err := contentLength(head)
	if err != nil {
		return nil, false, err
	}
	var body []byte
	if n > maxBody {
		tooLarge = true
		if _, err := io.CopyN(io.Discard, r, int64(n)); err != nil {
			return nil, false, err
		}
	} else if n > 0 {
		body = make([]byte, n)
		if _, err := io.ReadFull(r, body); err != nil {
			return nil, false, err
		}
	}
	return parseMessage(p, head, body), tooLarge, nil
}

// parseMessage turns one framed message into sipgo's form; nil when it is not
// a message this room can work with.
func parseMessage(p *sip.Parser, head, body []byte) (msg sip.Message) {
	// The parser has been fuzzed, and still it reads what strangers wrote.
	defer func() {
		if recover() != nil {
			msg = nil
		}
	}()
	m, _, err := p.ParseHeaders(head, false)
	if err != nil || m == nil {
		return nil
	}
	m.SetBody(body)
	if m.CallID() == nil || m.CSeq() == nil {
		return nil
	}
	for _, name := range []string{"Via", "From", "To"} {
		if header(m, name) == "" {
			return nil
		}
	}
	return m
}

// newParser gives sipgo's parser with few typed headers: addresses are read
// leniently by this room, so that one odd header does not lose a call, and
// compact forms (RFC 3261 §7.3.3 and the event and refer extensions) get their
// long names.
func newParser() *sip.Parser {
	std := sip.DefaultHeadersParser()
	m := map[string]sip.HeaderParser{
		"call-id": std["call-id"], "i": std["call-id"],
		"cseq": lenientCSeq(std["cseq"]),
	}
	raw := map[string]string{
		"via": "Via", "v": "Via", "from": "From", "f": "From", "to": "To", "t": "To",
		"contact": "Contact", "m": "Contact", "event": "Event", "o": "Event",
		"supported": "Supported", "k": "Supported", "content-type": "Content-Type", "c": "Content-Type",
		"content-encoding": "Content-Encoding", "e": "Content-Encoding", "subject": "Subject", "s": "Subject",
		"refer-to": "Refer-To", "r": "Refer-To", "referred-by": "Referred-By", "b": "Referred-By",
		"allow-events": "Allow-Events", "u": "Allow-Events", "accept-contact": "Accept-Contact", "a": "Accept-Contact",
		"content-length": "X-Content-Length", "l": "X-Content-Length",
	}
	for key, name := range raw {
		m[key] = func(_ []byte, value string) (sip.Header, error) { return sip.NewHeader(name, value), nil }
	}
	return sip.NewParser(sip.WithHeadersParsers(m))
}

// lenientCSeq lets several blanks stand between number and method.
func lenientCSeq(std sip.HeaderParser) sip.HeaderParser {
	return func(name []byte, value string) (sip.Header, error) {
		return std(name, strings.Join(strings.Fields(value), " "))
	}
}

// header gives the value of the first header of that name, or "".
func header(m sip.Message, name string) string {
	if hs := m.GetHeaders(name); len(hs) > 0 {
		return hs[0].Value()
	}
	return ""
}

// headers gives the values of all headers of that name, comma lists taken
// apart, in their order.
func headers(m sip.Message, name string) []string {
	var out []string
	for _, h := range m.GetHeaders(name) {
		out = append(out, splitList(h.Value())...)
	}
	return out
}

// respond makes the answer to a request, RFC 3261 §8.2.6.
func respond(req *sip.Request, code int, reason, toTag string, extra ...sip.Header) *sip.Response {
	res := sip.NewResponse(code, reason)
	for _, h := range req.GetHeaders("Via") {
		res.AppendHeader(sip.NewHeader("Via", h.Value()))
	}
	for _, h := range req.GetHeaders("Record-Route") {
		res.AppendHeader(sip.NewHeader("Record-Route", h.Value()))
	}
	res.AppendHeader(sip.NewHeader("From", header(req, "From")))
	to := header(req, "To")
	if toTag != "" && code > 100 && tagOf(to) == "" {
		to += ";tag=" + toTag
	}
	res.AppendHeader(sip.NewHeader("To", to))
	res.AppendHeader(sip.NewHeader("Call-ID", req.CallID().Value()))
	res.AppendHeader(sip.NewHeader("CSeq", req.CSeq().Value()))
	for _, h := range extra {
		res.AppendHeader(h)
	}
	res.SetBody(nil)
	return res
}
