package window

import (
	_ "embed"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Colours of our own, asked for by name so that a change between light and
// dark reaches what is already drawn.
const (
	colorSurface   fyne.ThemeColorName = "cti.surface"
	colorLine      fyne.ThemeColorName = "cti.line"
	colorText      fyne.ThemeColorName = "cti.text"
	colorMuted     fyne.ThemeColorName = "cti.muted"
	colorAccent    fyne.ThemeColorName = "cti.accent"
	colorOnAccent  fyne.ThemeColorName = "cti.onAccent"
	colorConnected fyne.ThemeColorName = "cti.connected"
	colorHeld      fyne.ThemeColorName = "cti.held"
	colorDanger    fyne.ThemeColorName = "cti.danger"
	colorOnDanger  fyne.ThemeColorName = "cti.onDanger"
	colorChip      fyne.ThemeColorName = "cti.chip"
	colorChipHover fyne.ThemeColorName = "cti.chipHover"
	colorAccentHov fyne.ThemeColorName = "cti.accentHover"
)

// pair is one colour in the light and in the dark theme.
type pair struct{ light, dark color.NRGBA }

// palette holds every colour that is drawn. Text on its ground keeps a
// contrast of 4.5:1 or more; theme_test.go measures it.
var palette = map[fyne.ThemeColorName]pair{
	colorSurface:   {hex(0xffffff), hex(0x1b1e23)},
	colorLine:      {hex(0xe3e6ea), hex(0x2c3138)},
	colorText:      {hex(0x16191d), hex(0xf1f3f5)},
	colorMuted:     {hex(0x5c6570), hex(0xa3acb7)},
	colorAccent:    {hex(0x1d5fd1), hex(0x6aa2ff)},
	colorAccentHov: {hex(0x1850b4), hex(0x86b3ff)},
	colorOnAccent:  {hex(0xffffff), hex(0x0b1526)},
	colorConnected: {hex(0x1a7f4b), hex(0x5bd08f)},
	colorHeld:      {hex(0x9a6200), hex(0xf0b64d)},
	colorDanger:    {hex(0xc0292f), hex(0xff7b7f)},
	colorOnDanger:  {hex(0xffffff), hex(0x2a0c0d)},
	colorChip:      {hex(0xeef1f5), hex(0x262b32)},
	colorChipHover: {hex(0xe2e7ee), hex(0x303640)},

	theme.ColorNameBackground:          {hex(0xf4f5f7), hex(0x111316)},
	theme.ColorNameForeground:          {hex(0x16191d), hex(0xf1f3f5)},
	theme.ColorNamePlaceHolder:         {hex(0x5c6570), hex(0xa3acb7)},
	theme.ColorNameDisabled:            {hex(0x6d7680), hex(0x8d96a1)},
	theme.ColorNameDisabledButton:      {hex(0xeef1f5), hex(0x262b32)},
	theme.ColorNamePrimary:             {hex(0x1d5fd1), hex(0x6aa2ff)},
	theme.ColorNameHyperlink:           {hex(0x1d5fd1), hex(0x6aa2ff)},
	theme.ColorNameForegroundOnPrimary: {hex(0xffffff), hex(0x0b1526)},
	theme.ColorNameButton:              {hex(0xeef1f5), hex(0x262b32)},
	theme.ColorNameHover:               {hex(0xe2e7ee), hex(0x303640)},
	theme.ColorNamePressed:             {hex(0xd5dce6), hex(0x3a414c)},
	theme.ColorNameFocus:               {alpha(0x1d5fd1, 0x55), alpha(0x6aa2ff, 0x66)},
	theme.ColorNameSelection:           {alpha(0x1d5fd1, 0x24), alpha(0x6aa2ff, 0x38)},
	theme.ColorNameInputBackground:     {hex(0xffffff), hex(0x16191d)},
	theme.ColorNameInputBorder:         {hex(0x8a939e), hex(0x69727d)},
	theme.ColorNameMenuBackground:      {hex(0xffffff), hex(0x22262c)},
	theme.ColorNameOverlayBackground:   {hex(0xffffff), hex(0x1b1e23)},
	theme.ColorNameSeparator:           {hex(0xe3e6ea), hex(0x2c3138)},
	theme.ColorNameScrollBar:           {hex(0xa3acb7), hex(0x5c6570)},
	theme.ColorNameScrollBarBackground: {alpha(0, 0), alpha(0, 0)},
	theme.ColorNameHeaderBackground:    {hex(0xffffff), hex(0x1b1e23)},
	theme.ColorNameShadow:              {alpha(0, 0x22), alpha(0, 0x66)},
	theme.ColorNameError:               {hex(0xc0292f), hex(0xff7b7f)},
	theme.ColorNameWarning:             {hex(0x9a6200), hex(0xf0b64d)},
	theme.ColorNameSuccess:             {hex(0x1a7f4b), hex(0x5bd08f)},
}

// sizes are in the toolkit's units: pixels at 100 %.
var sizes = map[fyne.ThemeSizeName]float32{
	theme.SizeNameText:               14,
	theme.SizeNameHeadingText:        20,
	theme.SizeNameSubHeadingText:     16,
	theme.SizeNameCaptionText:        12,
	theme.SizeNamePadding:            4,
	theme.SizeNameInnerPadding:       10,
	theme.SizeNameLineSpacing:        4,
	theme.SizeNameInputRadius:        7,
	theme.SizeNameButtonRadius:       7,
	theme.SizeNameSelectionRadius:    5,
	theme.SizeNameMenuRadius:         7,
	theme.SizeNamePopupRadius:        10,
	theme.SizeNameDialogRadius:       10,
	theme.SizeNameScrollBar:          10,
	theme.SizeNameScrollBarSmall:     4,
	theme.SizeNameInlineIcon:         18,
	theme.SizeNameInputBorder:        1,
	theme.SizeNameSeparatorThickness: 1,
}

//go:embed font/Inter-Regular.otf
var interRegular []byte

//go:embed font/Inter-SemiBold.otf
var interSemiBold []byte

// The faces are Inter, cut down to the alphabets of Europe, its digits of
// equal width by default so that clocks and columns of numbers stand still.
var (
	faceRegular  = fyne.NewStaticResource("Inter-Regular.otf", interRegular)
	faceSemiBold = fyne.NewStaticResource("Inter-SemiBold.otf", interSemiBold)
)

// look is our theme. Forced is "", "light" or "dark"; "" follows the desktop.
type look struct{ forced string }

var _ fyne.Theme = look{}

func (l look) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	switch l.forced {
	case "light":
		v = theme.VariantLight
	case "dark":
		v = theme.VariantDark
	}
	p, ok := palette[name]
	if !ok {
		return theme.DefaultTheme().Color(name, v)
	}
	if v == theme.VariantDark {
		return p.dark
	}
	return p.light
}

func (l look) Size(name fyne.ThemeSizeName) float32 {
	if s, ok := sizes[name]; ok {
		return s
	}
	return theme.DefaultTheme().Size(name)
}

func (l look) Font(s fyne.TextStyle) fyne.Resource {
	switch {
	case s.Monospace, s.Symbol, s.Italic:
		return theme.DefaultTheme().Font(s)
	case s.Bold:
		return faceSemiBold
	default:
		return faceRegular
	}
}

func (l look) Icon(name fyne.ThemeIconName) fyne.Resource {
	return theme.DefaultTheme().Icon(name)
}

func hex(rgb uint32) color.NRGBA { return alpha(rgb, 0xff) }

func alpha(rgb uint32, a uint8) color.NRGBA {
	return color.NRGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: a} // #nosec G115 -- the lowest eight bits are meant
}
