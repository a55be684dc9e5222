package window

import (
	"fmt"
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// contrast is the ratio of WCAG 2.1 §1.4.3.
func contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	lin := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(r) + 0.7152*lin(g) + 0.0722*lin(b)
}

// themed is an application on the test driver with our theme.
func themed(t testing.TB) {
	t.Helper()
	app := test.NewApp()
	app.Settings().SetTheme(look{forced: "light"})
	t.Cleanup(func() { test.NewApp() })
}

// nameOf is what a person would call a widget that has the keyboard.
func nameOf(f fyne.Focusable) string {
	switch w := f.(type) {
	case *button:
		switch w.mark {
		case dotsMark:
			return "⋯"
		case crossMark:
			return "✕"
		}
		return w.label
	case *input:
		if w.PlaceHolder != "" {
			return "entry " + w.PlaceHolder
		}
		return "entry"
	case *widget.Check:
		return "check " + w.Text
	case *widget.Select:
		return "select " + w.Selected
	case *callList:
		return "list"
	}
	return fmt.Sprintf("%T", f)
}
