package sipline

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestHostileDocuments reads what a hostile or broken platform may send: all
// are refused or read harmlessly, and fast.
func TestHostileDocuments(t *testing.T) {
	const ns = `<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="1" state="full">`
	fill := func(unit string, n int) string { return strings.Repeat(unit, n) }
	for name, tt := range map[string]struct {
		body string
		ok   bool
	}{
		"billion laughs":         {`<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>` + ns + `<dialog id="&b;"/></dialog-info>`, false},
		"external entity":        {`<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + ns + `<dialog id="1"><state>&x;</state></dialog></dialog-info>`, false},
		"doctype alone":          {`<!DOCTYPE dialog-info>` + ns + `</dialog-info>`, false},
		"deep":                   {ns + fill("<a>", 20000), false},
		"deep and closed":        {ns + fill("<a>", 9000) + fill("</a>", 9000) + `</dialog-info>`, false},
		"very many dialogs":      {ns + fill("<dialog/>", 7000) + `</dialog-info>`, false},
		"a megabyte of dialogs":  {ns + fill("<dialog/>", 1<<20/9) + `</dialog-info>`, false},
		"many attributes":        {ns + `<dialog ` + fill(`a="b" `, 9000) + `/></dialog-info>`, true},
		"trailing document":      {ns + `</dialog-info>` + ns + `</dialog-info>`, false},
		"trailing text":          {ns + `</dialog-info>` + "\r\n\x00", false},
		"unfinished":             {ns + `<dialog id="1">`, false},
		"something else":         {`<html><body/></html>`, false},
		"empty":                  {``, false},
		"many ampersands":        {ns + `<dialog id="1"><remote><identity display="` + fill("&", 20000) + `">sip:1@x</identity></remote></dialog></dialog-info>`, true},
		"many quotes":            {ns + `<dialog id="1"><remote><identity display="` + fill(`"`, 10000) + `">sip:1@x</identity></remote></dialog></dialog-info>`, true},
		"not UTF-8":              {ns + "<dialog id=\"1\"><remote><identity display=\"M\xfcller\">sip:1@x</identity></remote><state>early</state></dialog></dialog-info>", true},
		"Latin-1 said so":        {`<?xml version="1.0" encoding="ISO-8859-1"?>` + ns + "<dialog id=\"1\"><state>early</state></dialog></dialog-info>", true},
		"no namespace":           {`<dialog-info version="1" state="full"><dialog id="1"><state>early</state></dialog></dialog-info>`, true},
		"prefix":                 {`<d:dialog-info xmlns:d="urn:ietf:params:xml:ns:dialog-info" version="1" state="full"><d:dialog id="1"><d:state>early</d:state></d:dialog></d:dialog-info>`, true},
		"name as ten kilobytes":  {ns + `<dialog id="1"><remote><identity display="` + fill("\u202eA", 2500) + `">sip:1@x</identity></remote></dialog></dialog-info>`, true},
		"16 MB":                  {ns + fill("<dialog/>", 16<<20/9) + `</dialog-info>`, false},
		"unfinished declaration": {`<?xml version="1.0"`, false},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			doc, err := parseDialogInfo([]byte(tt.body))
			if took := time.Since(began); took > 50*time.Millisecond*raceFactor {
				t.Errorf("it took %v", took)
			}
			if (err == nil) != tt.ok {
				t.Errorf("error %v", err)
			}
			if err != nil && !errors.Is(err, errDialogInfo) {
				t.Errorf("an error of its own kind: %v", err)
			}
			if doc != nil {
				newCallTable("100", testPlan).apply(doc, time.Time{})
			}
		})
	}
}

func TestDialogInfoList(t *testing.T) {
	part := func(kind, body string) string {
		return "--x\r\nContent-Type: " + kind + "\r\n\r\n" + body + "\r\n"
	}
	body := part("application/rlmi+xml", "<list/>") + part("application/dialog-info+xml", "<a/>") + part("application/dialog-info+xml", "<b/>") + "--x--\r\n"
	got, err := dialogInfoBodies(`multipart/related;type="application/rlmi+xml";boundary="x"`, []byte(body))
	if err != nil || len(got) != 2 || string(got[0]) != "<a/>" || string(got[1]) != "<b/>" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := dialogInfoBodies("application/pidf+xml", []byte("<presence/>")); !errors.Is(err, errDialogInfo) {
		t.Errorf("another kind of body: %v", err)
	}
	if got, err := dialogInfoBodies("", []byte(" \r\n")); len(got) != 0 || err != nil {
		t.Errorf("an empty body: %q %v", got, err)
	}
}

func FuzzDialogInfo(f *testing.F) {
	files, _ := filepath.Glob("testdata/dialoginfo/*.txt")
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, doc := range bytes.Split(b, []byte("-- next --\n")) {
			f.Add(doc)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := parseDialogInfo(body)
		if err != nil {
			return
		}
		table := newCallTable("100", testPlan)
		for _, c := range table.apply(doc, time.Unix(1, 0)) {
			if len(c.Remote.Name) > 256 {
				t.Errorf("a name of %d bytes", len(c.Remote.Name))
			}
		}
		table.apply(&document{full: true}, time.Unix(2, 0))
		if n := len(table.live()); n != 0 {
			t.Errorf("%d calls without an end", n)
		}
	})
}
