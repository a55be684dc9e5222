package notification

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestPusherHoldsBackForTheName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type shown struct {
			key, title string
			at         time.Duration
		}
		var got []shown
		start := time.Now()
		var failed []error
		o := Options{
			Failed: func(_ string, err error) { failed = append(failed, err) },
			Sent:   func(string, time.Time, time.Time) {},
		}
		p := newPusher(o, holdForTest, Capabilities{}, func(key string, n Notice) error {
			got = append(got, shown{key, n.Title, time.Since(start)})
			if key == "bad" {
				return errors.New("refused")
			}
			return nil
		}, func() {})
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(p.Show("1", Notice{Title: "number"}))
		must(p.Show("2", Notice{Title: "answered at once"}))
		must(p.Show("3", Notice{Title: "other"}))
		time.Sleep(holdForTest / 2)
		must(p.Show("1", Notice{Title: "name"}))
		must(p.Withdraw("2"))
		time.Sleep(holdForTest)
		must(p.Show("1", Notice{Title: "later"}))
		must(p.Show("bad", Notice{Title: "bad"}))
		time.Sleep(2 * holdForTest)
		synctest.Wait()
		want := []shown{
			{"1", "name", holdForTest},
			{"3", "other", holdForTest},
			{"1", "later", 5 * holdForTest / 2},
			{"bad", "bad", 5 * holdForTest / 2},
		}
		if len(got) != len(want) {
			t.Fatalf("shown: %v", got)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%d: %v, want %v", i, got[i], want[i])
			}
		}
		if len(failed) != 1 {
			t.Errorf("failures: %v", failed)
		}
		p.invoked(Invoked{Key: "1", Action: "open"})
		if i := <-p.Actions(); i.Key != "1" {
			t.Errorf("got %+v", i)
		}
		p.setAbsent(ErrNoServer)
		if err := p.Show("1", Notice{Title: "x"}); !errors.Is(err, ErrNoServer) || p.Ready() == nil {
			t.Errorf("Show without a service: %v", err)
		}
		must(p.Close())
		must(p.Close())
		if _, ok := <-p.Actions(); ok {
			t.Error("the channel of actions is open after Close")
		}
		if err := p.Show("1", Notice{Title: "x"}); !errors.Is(err, ErrClosed) {
			t.Errorf("Show after Close: %v", err)
		}
	})
}

const holdForTest = 100 * time.Millisecond

func TestToastXML(t *testing.T) {
	n, err := prepare("call 1&x", Notice{
		Title:   `$(calc) ]]> <img src="x"/> & "Anna"`,
		Body:    "</text><actions/>\nAcme “GmbH”",
		Urgency: Critical,
		Actions: []Action{{"default", "Open"}, {"open", `"/><evil a="`}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := toastXML("call 1&x", n, `C:\icons\a&b.png`)
	if err != nil {
		t.Fatal(err)
	}
	want := `<toast launch="action=default&amp;key=call+1%26x" duration="long"><visual><binding template="ToastGeneric">` +
		`<image placement="appLogoOverride" src="C:\icons\a&amp;b.png"></image>` +
		`<text>$(calc) ]]&gt; &lt;img src=&#34;x&#34;/&gt; &amp; &#34;Anna&#34;</text>` +
		`<text>&lt;/text&gt;&lt;actions/&gt;&#xA;Acme “GmbH”</text></binding></visual>` +
		`<actions><action content="&#34;/&gt;&lt;evil a=&#34;" activationType="foreground" arguments="action=open&amp;key=call+1%26x"></action></actions>` +
		`<audio silent="true"></audio></toast>`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func FuzzToastXML(f *testing.F) {
	f.Add("key", "</text>", "]]>\x00\x1b", "\"'")
	f.Fuzz(func(t *testing.T, key, title, body, label string) {
		n, err := prepare(key, Notice{Title: title, Body: body, Actions: []Action{{"a", label}}})
		if err != nil {
			return
		}
		doc, err := toastXML(key, n, "")
		if err != nil {
			t.Fatal(err)
		}
		elements := 0
		d := xml.NewDecoder(strings.NewReader(doc))
		for {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v in %q", err, doc)
			}
			if _, ok := tok.(xml.StartElement); ok {
				elements++
			}
		}
		if elements > 8 {
			t.Fatalf("text became elements: %q", doc)
		}
		if i, ok := parseToastArguments(toastArguments(key, "a")); !ok || i.Key != key || i.Action != "a" {
			t.Fatalf("the arguments came back as %+v", i)
		}
	})
}

func FuzzParseToastArguments(f *testing.F) {
	f.Add("key=1&action=open")
	f.Add("key=1&key=2&action=%zz")
	f.Fuzz(func(t *testing.T, s string) {
		if i, ok := parseToastArguments(s); ok && (i.Key == "" || i.Action == "") {
			t.Fatalf("%q gave %+v", s, i)
		}
	})
}
