package simulator

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// entry is one dialog element of a dialog-info document (RFC 4235 §4.1).
type entry struct {
	id, callID, ourTag, theirTag string
	recipient, undirected        bool
	state                        string
	event                        string
	held                         bool
	remote                       Caller
	anyRemote                    bool // the remote element is there
	local                        string
	display                      bool // with display names
}

// entries is what the platform's dialect tells of a line's calls.
func (p *Platform) entries(user string) []entry {
	if p.opts.Style == Asterisk {
		return p.oneLine(user)
	}
	var list []entry
	for _, c := range p.calls {
		if c.User != user {
			continue
		}
		e := entry{
			id: c.dialogID, state: string(c.state), recipient: !c.out, remote: c.remote, anyRemote: true,
			local: orDefault(c.remote.Called, user),
		}
		switch p.opts.Style {
		case Kamailio:
			e.callID = c.callID
			if c.state != trying {
				e.ourTag, e.theirTag = c.ourTag, c.theirTag
			} else if p.mischief.CapitalTrying {
				e.state = "Trying"
			}
		case FreeSWITCH:
			e.display, e.held = true, c.held
			if c.out && c.state == early {
				e.state = string(confirmed)
			}
		case BroadWorks:
			e.callID, e.ourTag, e.theirTag = c.callID, c.ourTag, c.theirTag
			e.display, e.held, e.event = true, c.held, c.event
		}
		list = append(list, e)
	}
	for _, leg := range p.dials {
		if leg.user != user || leg.over {
			continue
		}
		// The line calls itself: the same dialog seen from both its ends.
		leg.flip = !leg.flip
		list = append(list, entry{
			id: leg.dialogID, callID: leg.callID, ourTag: leg.ours, theirTag: leg.theirs, recipient: leg.flip,
			state: string(leg.state), remote: Caller{Number: user}, anyRemote: true, local: user,
		})
	}
	return list
}

// oneLine is how Asterisk sees it: the state of the extension, and the number
// only while an incoming call rings.
func (p *Platform) oneLine(user string) []entry {
	e := entry{id: user, state: string(terminated), undirected: true, local: user, display: true}
	for _, c := range p.calls {
		switch {
		case c.User != user || c.state == terminated:
		case c.state == confirmed || c.out:
			e = entry{id: user, state: string(confirmed), undirected: true, local: user, held: c.heldByRemote}
			return []entry{e}
		case e.state == string(terminated):
			e.state, e.recipient, e.undirected, e.remote, e.anyRemote = string(early), true, false, c.remote, true
		}
	}
	for _, leg := range p.dials {
		switch {
		case leg.user != user || leg.over:
		case leg.state == confirmed:
			return []entry{{id: user, state: string(confirmed), undirected: true, local: user}}
		default:
			e.state, e.recipient, e.undirected, e.remote, e.anyRemote = string(early), true, false, Caller{Number: user}, true
		}
	}
	return []entry{e}
}

// document renders entries for one subscription; nil when the dialect sends
// no body at all.
func (p *Platform) document(s *subscription, entries []entry) []byte {
	version := s.version
	s.version++
	if p.mischief.EmptyBody {
		return nil
	}
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?>` + "\n")
	fmt.Fprintf(&b, `<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="%d" state="full" entity="sip:%s@%s">`+"\n",
		version, s.user, p.opts.Domain)
	for _, e := range entries {
		p.element(&b, e)
	}
	b.WriteString("</dialog-info>\n")
	doc := b.String()
	if p.mischief.BrokenXML {
		doc = strings.Replace(doc, "</dialog>", "</dialgo>", 1)
		doc = strings.Replace(doc, "<state>", `<state note="fish & chips <3">`, 1)
	}
	return []byte(doc)
}

func (p *Platform) element(b *strings.Builder, e entry) {
	fmt.Fprintf(b, `<dialog id="%s"`, e.id)
	for _, a := range [][2]string{{"call-id", e.callID}, {"local-tag", e.ourTag}, {"remote-tag", e.theirTag}} {
		if a[1] != "" {
			fmt.Fprintf(b, ` %s="%s"`, a[0], a[1])
		}
	}
	if !e.undirected {
		fmt.Fprintf(b, ` direction="%s"`, map[bool]string{true: "recipient", false: "initiator"}[e.recipient])
	}
	b.WriteString(">\n<state")
	if e.event != "" && e.state == string(terminated) {
		fmt.Fprintf(b, ` event="%s"`, e.event)
	}
	fmt.Fprintf(b, ">%s</state>\n", e.state)
	if e.anyRemote {
		uri := "sip:" + e.remote.Number + "@" + p.opts.Domain
		if e.remote.Anonymous {
			uri = "sip:anonymous@anonymous.invalid"
		}
		b.WriteString("<remote><identity")
		if name := e.remote.shown(); e.display && name != "" {
			if p.opts.Style != FreeSWITCH { // which forgets to escape
				name = escape(name)
			}
			fmt.Fprintf(b, ` display="%s"`, name)
		}
		fmt.Fprintf(b, `>%s</identity><target uri="%s"/></remote>`+"\n", escape(uri), escape(uri))
	}
	local := escape("sip:" + e.local + "@" + p.opts.Domain)
	fmt.Fprintf(b, `<local><identity>%s</identity><target uri="%s"`, local, local)
	if e.held {
		value := "pval"
		if p.opts.Style == Asterisk || p.opts.Style == FreeSWITCH {
			value = "pvalue" // not what RFC 4235 §4.1.6.2 says
		}
		fmt.Fprintf(b, `><param pname="+sip.rendering" %s="no"/></target>`, value)
	} else {
		b.WriteString("/>")
	}
	b.WriteString("</local>\n</dialog>\n")
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}
