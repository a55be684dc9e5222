package paint

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestSVGIsWellFormed(t *testing.T) {
	for name, icon := range Icons() {
		d := xml.NewDecoder(strings.NewReader(icon.SVG()))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
}

func TestDrawKeepsCornersFree(t *testing.T) {
	for name, icon := range Icons() {
		img := icon.Draw(48)
		if a := img.NRGBAAt(0, 0).A; a != 0 {
			t.Errorf("%s: the corner is painted (%d)", name, a)
		}
		if img.NRGBAAt(24, 24).A == 0 {
			t.Errorf("%s: the middle is empty", name)
		}
	}
}
