package terminal

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"example.org/ctiagent/agent/view"
)

// Face is the agent as a face sees it; *localapi.Client is one.
type Face interface {
	Snapshots() <-chan view.Snapshot
	Do(ctx context.Context, verb string, request, result any) error
}

// Texts are the words of the catalogue.
type Texts interface {
	T(key string, data ...map[string]any) string
	Language() string
}

const requestLimit = 30 * time.Second

// Terminal prints what happens and takes typed commands.
type Terminal struct {
	face  Face
	texts Texts
	out   io.Writer
	now   func() time.Time

	latest view.Snapshot
	said   map[string]string // card id → the last line about it
	asked  string            // id of the confirmation that is on the screen
	line   string
	next   string // the last step that was asked for
}

// New makes a terminal face that writes to out.
func New(face Face, texts Texts, out io.Writer) *Terminal {
	return &Terminal{face: face, texts: texts, out: out, now: time.Now, said: make(map[string]string)}
}

// Run prints until ctx ends or the agent has gone. Commands come from in, one
// a line; nil means nobody types. The goroutine that reads in ends with in
// itself: a terminal cannot be told to stop waiting for a key.
func (t *Terminal) Run(ctx context.Context, in io.Reader) {
	var typed chan string
	if in != nil {
		typed = make(chan string)
		go func() {
			defer close(typed)
			for s := bufio.NewScanner(in); s.Scan(); {
				select {
				case typed <- s.Text():
				case <-ctx.Done():
					return
				}
			}
		}()
		fmt.Fprintln(t.out, t.texts.T("terminal.help"))
	}
	for {
		select {
		case <-ctx.Done():
			return
		case snap, ok := <-t.face.Snapshots():
			if !ok {
				return
			}
			t.show(snap)
		case text, ok := <-typed:
			if !ok {
				typed = nil // nobody types any more; calls still come
				continue
			}
			t.command(ctx, strings.TrimSpace(text))
		}
	}
}

func (t *Terminal) show(s view.Snapshot) {
	t.latest = s
	if line := lineText(t.texts, s.Line); line != t.line {
		t.line = line
		t.say(line)
	}
	if next := nextStep(t.texts, s); next != t.next {
		t.next = next
		if next != "" {
			t.say(next)
		}
	}
	present := make(map[string]bool, len(s.Cards))
	for _, c := range s.Cards {
		present[c.ID] = true
		if line := cardText(t.texts, c); line != t.said[c.ID] {
			t.said[c.ID] = line
			t.say(line)
		}
	}
	for id := range t.said {
		if !present[id] {
			delete(t.said, id)
		}
	}
	if c := s.Confirm; c != nil && c.ID != t.asked {
		t.asked = c.ID
		t.say(questionText(t.texts, *c))
	} else if c == nil {
		t.asked = ""
	}
}

func (t *Terminal) say(line string) {
	fmt.Fprintf(t.out, "%s  %s\n", t.now().Format("15:04:05"), line)
}

// command carries out one typed line.
func (t *Terminal) command(ctx context.Context, text string) {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	word, rest, _ := strings.Cut(text, " ")
	var err error
	switch strings.ToLower(word) {
	case "":
		return
	case "y", "yes", "j", "ja", "n", "no", "nein", "nee":
		if t.asked == "" {
			t.say(t.texts.T("terminal.nothingAsked"))
			return
		}
		accept := strings.ContainsAny(strings.ToLower(word[:1]), "yj")
		err = t.face.Do(ctx, view.VerbConfirmDial, view.ConfirmDial{ID: t.asked, Accept: accept}, nil)
	case "dial", "d":
		var r view.DialResult
		if err = t.face.Do(ctx, view.VerbDial, view.Dial{Text: rest}, &r); err == nil && r.Action == "refuse" {
			t.say(r.Reason)
		}
	case "open", "o":
		err = t.onNewest(ctx, view.VerbOpenRecord)
	case "new":
		err = t.onNewest(ctx, view.VerbNewContact)
	case "quit", "q":
		err = t.face.Do(ctx, view.VerbQuit, nil, nil)
	default:
		t.say(t.texts.T("terminal.help"))
	}
	if err != nil {
		t.say(err.Error())
	}
}

// onNewest does something with the newest call.
func (t *Terminal) onNewest(ctx context.Context, verb string) error {
	if len(t.latest.Cards) == 0 {
		t.say(t.texts.T("terminal.noCall"))
		return nil
	}
	id := t.latest.Cards[len(t.latest.Cards)-1].ID
	if verb == view.VerbOpenRecord {
		return t.face.Do(ctx, verb, view.OpenRecord{Card: id}, nil)
	}
	return t.face.Do(ctx, verb, view.CardRef{Card: id}, nil)
}
