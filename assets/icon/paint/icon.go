package paint

import (
	"fmt"
	"image"
	"image/color"
	"strings"
)

// layer is a shape in one colour; a clear one takes away what is below it.
type layer struct {
	shape shape
	color color.NRGBA
	clear bool
}

// Icon is a picture in no particular size.
type Icon struct{ layers []layer }

// Fill is the colour that most of the icon has.
func (i Icon) Fill() color.NRGBA { return i.layers[0].color }

// The colours of the tray keep a contrast of 3:1 to a light panel, to a dark
// one, and to what is drawn on them in white.
var (
	white  = color.NRGBA{0xff, 0xff, 0xff, 0xff}
	blue   = color.NRGBA{0x2f, 0x6f, 0xe4, 0xff}
	slate  = color.NRGBA{0x5b, 0x76, 0x96, 0xff}
	green  = color.NRGBA{0x23, 0x8a, 0x55, 0xff}
	grey   = color.NRGBA{0x80, 0x87, 0x8f, 0xff}
	amber  = color.NRGBA{0xc7, 0x74, 0x00, 0xff}
	red    = color.NRGBA{0xd2, 0x3a, 0x40, 0xff}
	accent = color.NRGBA{0x1d, 0x5f, 0xd1, 0xff}
)

// Icons are the pictures by name. No two states of the tray share an outline:
// they can be told apart without their colours.
func Icons() map[string]Icon {
	return map[string]Icon{
		"app":       app(),
		"ready":     on(disc{12, 12, 11}, slate, handset(12.2, 11.8, 1.06)),
		"ringing":   on(burst{12, 12, 10.6, 1.3, 9}, blue, handset(12.2, 11.8, 0.94)),
		"busy":      on(box{12, 12, 21.5, 21.5, 4.5, 0}, green, handset(12.2, 11.8, 1.12)),
		"offline":   offline(),
		"attention": attention(),
		"dnd":       on(disc{12, 12, 11}, red, []shape{box{12, 12, 13, 4, 1, 0}}),
	}
}

func on(ground shape, fill color.NRGBA, figure []shape) Icon {
	i := Icon{[]layer{{shape: ground, color: fill}}}
	for _, s := range figure {
		i.layers = append(i.layers, layer{shape: s, color: white})
	}
	return i
}

// app is the handset on a card, with the card's line of text beside it.
func app() Icon {
	return on(box{12, 12, 22, 22, 5, 0}, accent, append(handset(11.4, 12.6, 0.96),
		arc{11.2, 12.8, 6.0, 1.5, -78, -12},
		arc{11.2, 12.8, 2.9, 1.5, -74, -16},
	))
}

// offline is hollow, and crossed out.
func offline() Icon {
	i := Icon{[]layer{{shape: ring{12, 12, 10, 2}, color: grey}}}
	for _, s := range handset(12, 12, 0.98) {
		i.layers = append(i.layers, layer{shape: s, color: grey})
	}
	return Icon{append(i.layers,
		layer{shape: bar{19.2, 4.8, 4.8, 19.2, 4.6}, clear: true},
		layer{shape: bar{19.6, 4.4, 4.4, 19.6, 2.1}, color: grey})}
}

func attention() Icon {
	return on(triangle{12, 3.2, 20.2, 9.2, 2}, amber, []shape{
		bar{12, 8.6, 12, 13.6, 2.4}, disc{12, 18.0, 1.45},
	})
}

// samplesFor is how finely a pixel is looked at, in each direction. Small
// pictures need it most.
func samplesFor(size int) int {
	if size < 64 {
		return 6
	}
	return 3
}

// Draw paints the icon in size by size pixels with smooth edges.
func (i Icon) Draw(size int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	samples := samplesFor(size)
	step := side / float64(size*samples)
	for py := range size {
		for px := range size {
			img.SetNRGBA(px, py, i.pixel(float64(px*samples)*step+step/2, float64(py*samples)*step+step/2, step, samples))
		}
	}
	return img
}

// pixel averages the colours at the points of one pixel, each weighted by how
// solid it is, so that edges do not darken.
func (i Icon) pixel(x0, y0, step float64, samples int) color.NRGBA {
	var r, g, b, solid int
	for sy := range samples {
		for sx := range samples {
			c := i.at(x0+float64(sx)*step, y0+float64(sy)*step)
			if c.A == 0 {
				continue
			}
			r, g, b, solid = r+int(c.R), g+int(c.G), b+int(c.B), solid+1
		}
	}
	if solid == 0 {
		return color.NRGBA{}
	}
	return color.NRGBA{uint8(r / solid), uint8(g / solid), uint8(b / solid), uint8(solid * 255 / (samples * samples))}
}

func (i Icon) at(x, y float64) color.NRGBA {
	for n := len(i.layers) - 1; n >= 0; n-- {
		if l := i.layers[n]; l.shape.holds(x, y) {
			if l.clear {
				return color.NRGBA{}
			}
			return l.color
		}
	}
	return color.NRGBA{}
}

// SVG writes the icon as a drawing. Icons with clear layers cannot be written.
func (i Icon) SVG() string {
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="128" height="128">` + "\n")
	for _, l := range i.layers {
		fmt.Fprintf(&b, "  %s\n", l.shape.svg(fmt.Sprintf("#%02x%02x%02x", l.color.R, l.color.G, l.color.B)))
	}
	b.WriteString("</svg>\n")
	return b.String()
}
