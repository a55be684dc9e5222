package simulator

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"strings"
)

// message is one SIP message. The simulator parses only what well-behaved
// clients send; whatever else arrives ends the connection.
type message struct {
	method, uri string // of a request
	code        int    // of a response
	phrase      string
	headers     []header
	body        []byte
}

type header struct{ name, value string }

var compact = map[string]string{
	"v": "Via", "f": "From", "t": "To", "i": "Call-Id", "m": "Contact", "l": "Content-Length",
	"c": "Content-Type", "o": "Event", "u": "Allow-Events", "k": "Supported", "r": "Refer-To", "b": "Referred-By",
}

func canonical(name string) string {
	if full, ok := compact[strings.ToLower(name)]; ok {
		return full
	}
	return textproto.CanonicalMIMEHeaderKey(name)
}

var errPing = errors.New("keep-alive ping")

// readMessage reads the next message, or errPing for a CRLF keep-alive.
func readMessage(r *bufio.Reader) (*message, error) {
	line, err := readLine(r)
	if err != nil {
		return nil, err
	}
	if line == "" {
		// RFC 5626 §3.5.1: a double CRLF between messages is a ping.
		if next, err := readLine(r); err != nil || next != "" {
			return nil, fmt.Errorf("simulator: stray line between messages: %w", err)
		}
		return nil, errPing
	}
	m := &message{}
	first, rest, _ := strings.Cut(line, " ")
	second, third, _ := strings.Cut(rest, " ")
	if first == "SIP/2.0" {
		if m.code, err = strconv.Atoi(second); err != nil {
			return nil, fmt.Errorf("simulator: bad status line: %w", err)
		}
		m.phrase = third
	} else {
		if third != "SIP/2.0" {
			return nil, errors.New("simulator: bad request line")
		}
		m.method, m.uri = first, second
	}
	for {
		line, err := readLine(r)
		if err != nil {
			return nil, err
		}
		if line == "" {
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			if len(m.headers) == 0 {
				return nil, errors.New("simulator: bad header")
			}
			m.headers[len(m.headers)-1].value += " " + strings.TrimSpace(line)
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, errors.New("simulator: bad header")
		}
		m.headers = append(m.headers, header{canonical(strings.TrimSpace(name)), strings.TrimSpace(value)})
		if len(m.headers) > 200 {
			return nil, errors.New("simulator: too many headers")
		}
	}
	n := 0
	if l := m.get("Content-Length"); l != "" {
		if n, err = strconv.Atoi(l); err != nil || n < 0 || n > 1<<20 {
			return nil, errors.New("simulator: bad Content-Length")
		}
	}
	m.body = make([]byte, n)
	_, err = io.ReadFull(r, m.body)
	return m, err
}

func readLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

// get is the first value of a header, "" if it is not there.
func (m *message) get(name string) string {
	name = canonical(name)
	for _, h := range m.headers {
		if h.name == name {
			return h.value
		}
	}
	return ""
}

func (m *message) all(name string) (values []string) {
	name = canonical(name)
	for _, h := range m.headers {
		if h.name == name {
			values = append(values, h.value)
		}
	}
	return values
}

func (m *message) add(name, value string) *message {
	m.headers = append(m.headers, header{name, value})
	return m
}

func (m *message) withBody(contentType string, body []byte) *message {
	m.body = body
	return m.add("Content-Type", contentType)
}

// cseq is the number and the method of the CSeq header.
func (m *message) cseq() (int, string) {
	number, method, _ := strings.Cut(m.get("CSeq"), " ")
	n, _ := strconv.Atoi(number)
	return n, strings.TrimSpace(method)
}

func (m *message) bytes() []byte {
	var b bytes.Buffer
	if m.method != "" {
		fmt.Fprintf(&b, "%s %s SIP/2.0\r\n", m.method, m.uri)
	} else {
		fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", m.code, m.phrase)
	}
	for _, h := range m.headers {
		fmt.Fprintf(&b, "%s: %s\r\n", h.name, h.value)
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n", len(m.body))
	b.Write(m.body)
	return b.Bytes()
}

var phrases = map[int]string{
	100: "Trying", 180: "Ringing", 200: "OK", 202: "Accepted", 400: "Bad Request", 401: "Unauthorized",
	403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 407: "Proxy Authentication Required",
	408: "Request Timeout", 423: "Interval Too Brief", 480: "Temporarily Unavailable",
	481: "Call/Transaction Does Not Exist", 486: "Busy Here", 487: "Request Terminated", 489: "Bad Event",
	503: "Service Unavailable", 603: "Decline",
}

// reply makes a response to a request; tag is added to To where there is none.
func (m *message) reply(code int, tag string) *message {
	r := &message{code: code, phrase: phrases[code]}
	for _, name := range []string{"Via", "Record-Route"} {
		for _, v := range m.all(name) {
			r.add(name, v)
		}
	}
	to := m.get("To")
	if tag != "" && param(to, "tag") == "" {
		to += ";tag=" + tag
	}
	return r.add("From", m.get("From")).add("To", to).add("Call-ID", m.get("Call-ID")).add("CSeq", m.get("CSeq"))
}

// param is a parameter of a header value, outside the angle brackets.
func param(value, name string) string {
	if i := strings.LastIndexByte(value, '>'); i >= 0 {
		value = value[i:]
	}
	for _, p := range strings.Split(value, ";")[1:] {
		k, v, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.Trim(strings.TrimSpace(v), `"`)
		}
	}
	return ""
}

// address is the URI in a From, To, Contact or Refer-To value.
func address(value string) string {
	if i := strings.IndexByte(value, '<'); i >= 0 {
		if j := strings.IndexByte(value[i:], '>'); j > 0 {
			return value[i+1 : i+j]
		}
	}
	uri, _, _ := strings.Cut(value, ";")
	return strings.TrimSpace(uri)
}

// userOf is the user part of a SIP URI, "" if there is none.
func userOf(uri string) string {
	_, rest, _ := strings.Cut(uri, ":")
	rest, _, _ = strings.Cut(rest, ";")
	user, _, ok := strings.Cut(rest, "@")
	if !ok {
		return ""
	}
	return user
}
