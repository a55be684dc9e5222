package window

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// hostile are texts that have broken layouts.
var hostile = []string{
	"", "a", strings.Repeat("W", 10_000), strings.Repeat("name ", 2_000), "<b>bold</b>",
	"\u202Egnp.exe\u202C" + strings.Repeat("\u0301", 500), "名前" + strings.Repeat("字", 300), "\x00\x01\t\n", "👩‍👩‍👧‍👦",
}

func TestLinesFit(t *testing.T) {
	themed(t)
	for _, text := range hostile {
		for _, width := range []float32{0, 12, 328} {
			short := ellipsis(clip(text), styleName, width)
			if got := measure(short, styleName); got > width+1 {
				t.Errorf("%.20q… is %v wide, the line %v", text, got, width)
			}
		}
	}
}

func TestProseFits(t *testing.T) {
	themed(t)
	for _, text := range hostile {
		for _, l := range wrap(text, styleBody, 200) {
			if got := measure(l, styleBody); got > 201 {
				t.Errorf("%.20q… has a line of %v", text, got)
			}
		}
	}
	p := newProse("one two three four five six seven eight nine ten", styleBody, 60)
	p.max = 2
	if got := len(p.lines()); got != 2 {
		t.Errorf("%d lines, want 2", got)
	}
}

func FuzzLines(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, uint16(100))
	}
	themed(f)
	f.Fuzz(func(t *testing.T, s string, width uint16) {
		w := float32(width % 500)
		if got := measure(ellipsis(clip(s), styleBody, w), styleBody); got > w+1 {
			t.Errorf("%q is %v wide, the line %v", s, got, w)
		}
	})
}

// TestContrast holds the palette to WCAG 2.1: 4.5:1 for text, 3:1 for marks.
func TestContrast(t *testing.T) {
	for _, tt := range []struct {
		ink, ground fyne.ThemeColorName
		least       float64
	}{
		{colorText, colorSurface, 7}, {colorText, theme.ColorNameBackground, 7}, {colorText, colorChip, 7},
		{colorMuted, colorSurface, 4.5}, {colorMuted, theme.ColorNameBackground, 4.5}, {colorMuted, colorChipHover, 4.5},
		{colorAccent, colorSurface, 4.5}, {colorConnected, colorSurface, 4.5}, {colorHeld, colorSurface, 4.5},
		{colorDanger, colorSurface, 4.5}, {colorDanger, theme.ColorNameBackground, 4.5},
		{colorOnAccent, colorAccent, 4.5}, {colorOnAccent, colorAccentHov, 4.5}, {colorOnDanger, colorDanger, 4.5},
		{theme.ColorNamePlaceHolder, theme.ColorNameInputBackground, 4.5},
		{theme.ColorNameInputBorder, colorSurface, 3}, {theme.ColorNameInputBorder, theme.ColorNameBackground, 2.8},
	} {
		for _, v := range []fyne.ThemeVariant{theme.VariantLight, theme.VariantDark} {
			a, b := look{}.Color(tt.ink, v), look{}.Color(tt.ground, v)
			if got := contrast(a, b); got < tt.least {
				t.Errorf("%s on %s (variant %d): %.2f:1, want %.1f:1", tt.ink, tt.ground, v, got, tt.least)
			}
		}
	}
}
