package sipline

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strconv"
	"strings"
)

// document is one dialog-info document, RFC 4235 §4.
type document struct {
	version uint64
	full    bool
	entity  string
	dialogs []dialogInfo
}

// dialogInfo is one <dialog> as the platform wrote it, with the differences of
// spelling between platforms taken out and nothing else.
type dialogInfo struct {
	id        string
	callID    string
	direction string // "initiator", "recipient" or "": lower case
	state     string // lower case
	event     string // lower case, on terminated only
	code      int    // SIP code behind the event, 0 if none
	local     participant
	remote    participant
	replaces  bool
}

// participant is <local> or <remote>.
type participant struct {
	identity string // URI
	display  string
	target   string // URI
	held     bool   // +sip.rendering=no
}

const (
	maxElements = 4096 // of a document within maxBody; a real one has a few dozen
	maxDepth    = 32
)

// errDialogInfo is wrapped by every error of parseDialogInfo.
var errDialogInfo = errors.New("unusable dialog-info document")

// parseDialogInfo reads a document. Display names that were not escaped
// (FreeSWITCH copies them as they are) are mended on a second try.
func parseDialogInfo(body []byte) (*document, error) {
	if len(body) > maxBody {
		return nil, fmt.Errorf("%w: longer than %d bytes", errDialogInfo, maxBody)
	}
	doc, err := decodeDialogInfo(body)
	if err != nil && !errors.Is(err, errForbidden) {
		if mended := mend(body); !bytes.Equal(mended, body) {
			if again, err2 := decodeDialogInfo(mended); err2 == nil {
				return again, nil
			}
		}
	}
	return doc, err
}

// errForbidden marks what is refused rather than mended.
var errForbidden = errors.New("forbidden")

func decodeDialogInfo(body []byte) (*document, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var (
		doc      *document
		cur      *dialogInfo
		side     *participant
		depth    int
		elements int
		text     strings.Builder
		ended    bool
	)
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errDialogInfo, err)
		}
		switch t := tok.(type) {
		case xml.Directive:
			return nil, fmt.Errorf("%w: %w: document type declaration", errDialogInfo, errForbidden)
		case xml.StartElement:
			if elements++; elements > maxElements {
				return nil, fmt.Errorf("%w: %w: too many elements", errDialogInfo, errForbidden)
			}
			if depth++; depth > maxDepth {
				return nil, fmt.Errorf("%w: %w: nested too deeply", errDialogInfo, errForbidden)
			}
			if ended {
				return nil, fmt.Errorf("%w: something follows the document", errDialogInfo)
			}
			text.Reset()
			switch name := strings.ToLower(t.Name.Local); {
			case depth == 1:
				if name != "dialog-info" {
					return nil, fmt.Errorf("%w: it is something else", errDialogInfo)
				}
				doc = newDocument(t)
			case depth == 2 && name == "dialog":
				doc.dialogs = append(doc.dialogs, newDialogInfo(t))
				cur = &doc.dialogs[len(doc.dialogs)-1]
			case cur == nil:
			case depth == 3:
				side = cur.child(name, t)
			case side != nil:
				side.child(name, t)
			}
		case xml.CharData:
			if depth == 3 || depth == 4 {
				text.Write(t)
			}
		case xml.EndElement:
			value := strings.TrimSpace(text.String())
			text.Reset()
			name := strings.ToLower(t.Name.Local)
			switch {
			case depth == 3 && cur != nil && name == "state":
				cur.state = strings.ToLower(value)
			case depth == 4 && side != nil && name == "identity":
				side.identity = value
			}
			if depth == 3 {
				side = nil
			}
			if depth == 2 {
				cur = nil
			}
			if depth--; depth == 0 {
				ended = true
			}
		}
	}
	if doc == nil {
		return nil, fmt.Errorf("%w: it is empty", errDialogInfo)
	}
	return doc, nil
}

func newDocument(t xml.StartElement) *document {
	doc := &document{full: true}
	for _, a := range t.Attr {
		switch strings.ToLower(a.Name.Local) {
		case "version":
			doc.version, _ = strconv.ParseUint(strings.TrimSpace(a.Value), 10, 32)
		case "state":
			doc.full = !strings.EqualFold(strings.TrimSpace(a.Value), "partial")
		case "entity":
			doc.entity = a.Value
		}
	}
	return doc
}

func newDialogInfo(t xml.StartElement) dialogInfo {
	var d dialogInfo
	for _, a := range t.Attr {
		switch strings.ToLower(a.Name.Local) {
		case "id":
			d.id = a.Value
		case "call-id":
			d.callID = a.Value
		case "direction":
			d.direction = strings.ToLower(strings.TrimSpace(a.Value))
		}
	}
	return d
}

// child notes a child of <dialog> and returns the participant it opens.
func (d *dialogInfo) child(name string, t xml.StartElement) *participant {
	switch name {
	case "state":
		for _, a := range t.Attr {
			switch strings.ToLower(a.Name.Local) {
			case "event":
				d.event = strings.ToLower(strings.TrimSpace(a.Value))
			case "code":
				d.code, _ = strconv.Atoi(strings.TrimSpace(a.Value))
			}
		}
	case "replaces":
		d.replaces = true
	case "local":
		return &d.local
	case "remote":
		return &d.remote
	}
	return nil
}

// child notes an element inside <local> or <remote>, at any depth.
func (p *participant) child(name string, t xml.StartElement) {
	attr := func(names ...string) string {
		for _, a := range t.Attr {
			for _, n := range names {
				if strings.EqualFold(a.Name.Local, n) {
					return strings.TrimSpace(a.Value)
				}
			}
		}
		return ""
	}
	switch name {
	case "identity":
		p.display = attr("display")
	case "target":
		p.target = attr("uri")
	case "param":
		// RFC 4235 §4.1.6.2 says pval; Asterisk and FreeSWITCH write pvalue.
		if strings.EqualFold(attr("pname"), "+sip.rendering") {
			p.held = strings.EqualFold(attr("pval", "pvalue"), "no")
		}
	}
}

// mend escapes "&" that begins no entity, "<" that begins no tag and quotes
// inside a value, and replaces what is not UTF-8.
func mend(body []byte) []byte {
	body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	out := make([]byte, 0, len(body)+64)
	inTag := false
	var quote byte
	for i := 0; i < len(body); i++ {
		c := body[i]
		switch {
		case c == '&' && !beginsEntity(body[i:]):
			out = append(out, "&amp;"...)
			continue
		case quote != 0 && c == '<':
			out = append(out, "&lt;"...)
			continue
		case quote != 0 && c == quote && endsValue(body[i+1:]):
			quote = 0
		case quote != 0 && c == quote:
			out = append(out, "&quot;"...) // a quote inside the value
			continue
		case quote != 0:
		case c == '<' && !beginsTag(body[i:]):
			out = append(out, "&lt;"...)
			continue
		case c == '<':
			inTag = true
		case c == '>':
			inTag = false
		case inTag && (c == '"' || c == '\''):
			quote = c
		}
		out = append(out, c)
	}
	return out
}

func beginsEntity(b []byte) bool {
	end := bytes.IndexByte(b[:min(len(b), 12)], ';')
	if end < 2 {
		return false
	}
	switch name := string(b[1:end]); name {
	case "amp", "lt", "gt", "quot", "apos":
		return true
	default:
		return name[0] == '#'
	}
}

func beginsTag(b []byte) bool {
	if len(b) < 2 {
		return false
	}
	c := b[1]
	return c == '/' || c == '?' || c == '!' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// endsValue reports whether what follows a quote looks like the rest of a tag
// rather than the rest of an attribute value.
func endsValue(rest []byte) bool {
	trimmed := bytes.TrimLeft(rest, " \t\r\n")
	if len(trimmed) == 0 {
		return true
	}
	switch c := trimmed[0]; {
	case c == '>' || c == '?':
		return true
	case c == '/':
		return len(trimmed) > 1 && trimmed[1] == '>'
	case len(trimmed) == len(rest):
		return false // no blank before the next attribute
	}
	name, _, ok := bytes.Cut(trimmed, []byte("="))
	return ok && len(name) > 0 && len(name) < 64 && !bytes.ContainsAny(name, " \t\r\n\"'<>")
}

// dialogInfoBodies finds the dialog-info documents of a NOTIFY: the body
// itself, or for a list subscription (RFC 4662, BroadWorks) the parts of it.
func dialogInfoBodies(contentType string, body []byte) ([][]byte, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || !strings.HasPrefix(media, "multipart/") {
		if contentType != "" && err == nil && media != "application/dialog-info+xml" {
			return nil, fmt.Errorf("%w: the body is %s", errDialogInfo, media)
		}
		return [][]byte{body}, nil
	}
	var out [][]byte
	r := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for len(out) < 256 {
		part, err := r.NextRawPart()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, fmt.Errorf("%w: %w", errDialogInfo, err)
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if kind != "application/dialog-info+xml" {
			continue
		}
		b, err := io.ReadAll(io.LimitReader(part, maxBody+1))
		if err != nil {
			return out, fmt.Errorf("%w: %w", errDialogInfo, err)
		}
		out = append(out, b)
	}
	return out, nil
}
