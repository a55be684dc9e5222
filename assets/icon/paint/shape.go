package paint

import (
	"fmt"
	"math"
	"strings"
)

// All shapes live on a square of 24 by 24 units, y pointing down.
const side = 24.0

// shape is a set of points, and the same in SVG.
type shape interface {
	holds(x, y float64) bool
	svg(fill string) string
}

type disc struct{ cx, cy, r float64 }

func (d disc) holds(x, y float64) bool { return math.Hypot(x-d.cx, y-d.cy) <= d.r }
func (d disc) svg(fill string) string {
	return fmt.Sprintf(`<circle cx="%g" cy="%g" r="%g" fill="%s"/>`, d.cx, d.cy, d.r, fill)
}

// ring is a circle line of a given width.
type ring struct{ cx, cy, r, width float64 }

func (s ring) holds(x, y float64) bool {
	return math.Abs(math.Hypot(x-s.cx, y-s.cy)-s.r) <= s.width/2
}
func (s ring) svg(fill string) string {
	return fmt.Sprintf(`<circle cx="%g" cy="%g" r="%g" fill="none" stroke="%s" stroke-width="%g"/>`, s.cx, s.cy, s.r, fill, s.width)
}

// box is a rectangle with round corners, turned about its middle by turn degrees.
type box struct{ cx, cy, w, h, r, turn float64 }

func (b box) holds(x, y float64) bool {
	x, y = rotate(x-b.cx, y-b.cy, -b.turn)
	dx, dy := math.Abs(x)-b.w/2+b.r, math.Abs(y)-b.h/2+b.r
	return math.Hypot(max(dx, 0), max(dy, 0))+min(max(dx, dy), 0) <= b.r
}
func (b box) svg(fill string) string {
	return fmt.Sprintf(`<rect x="%.5g" y="%.5g" width="%g" height="%g" rx="%g" fill="%s" transform="rotate(%g %.4g %.4g)"/>`,
		b.cx-b.w/2, b.cy-b.h/2, b.w, b.h, b.r, fill, b.turn, b.cx, b.cy)
}

// arc is part of a circle line, from and to in degrees clockwise from the right.
type arc struct{ cx, cy, r, width, from, to float64 }

func (a arc) holds(x, y float64) bool {
	x, y = x-a.cx, y-a.cy
	angle := math.Mod(math.Atan2(y, x)*180/math.Pi-a.from+720, 360)
	return math.Abs(math.Hypot(x, y)-a.r) <= a.width/2 && angle <= a.to-a.from
}
func (a arc) svg(fill string) string {
	x1, y1 := rotate(a.r, 0, a.from)
	x2, y2 := rotate(a.r, 0, a.to)
	return fmt.Sprintf(`<path d="M%.4g %.4gA%g %g 0 0 1 %.4g %.4g" fill="none" stroke="%s" stroke-width="%g"/>`,
		a.cx+x1, a.cy+y1, a.r, a.r, a.cx+x2, a.cy+y2, fill, a.width)
}

// bar is a line with round ends.
type bar struct{ x1, y1, x2, y2, width float64 }

func (b bar) holds(x, y float64) bool {
	dx, dy := b.x2-b.x1, b.y2-b.y1
	t := ((x-b.x1)*dx + (y-b.y1)*dy) / (dx*dx + dy*dy)
	t = min(max(t, 0), 1)
	return math.Hypot(x-b.x1-t*dx, y-b.y1-t*dy) <= b.width/2
}
func (b bar) svg(fill string) string {
	return fmt.Sprintf(`<path d="M%g %gL%g %g" stroke="%s" stroke-width="%g" stroke-linecap="round"/>`, b.x1, b.y1, b.x2, b.y2, fill, b.width)
}

// triangle stands on its base; r rounds its corners outwards.
type triangle struct{ cx, top, base, half, r float64 }

func (t triangle) holds(x, y float64) bool {
	x = math.Abs(x - t.cx)
	if y >= t.top && y <= t.base && x <= t.half*(y-t.top)/(t.base-t.top) {
		return true
	}
	edge := bar{0, t.top, t.half, t.base, 2 * t.r}
	floor := bar{0, t.base, t.half, t.base, 2 * t.r}
	return edge.holds(x, y) || floor.holds(x, y)
}
func (t triangle) svg(fill string) string {
	return fmt.Sprintf(`<path d="M%g %gL%g %gL%g %gZ" fill="%s" stroke="%s" stroke-width="%g" stroke-linejoin="round"/>`,
		t.cx, t.top, t.cx+t.half, t.base, t.cx-t.half, t.base, fill, fill, 2*t.r)
}

// burst is a disc whose edge swings n times about r.
type burst struct {
	cx, cy, r, swing float64
	n                float64
}

func (b burst) radius(angle float64) float64 { return b.r + b.swing*math.Cos(b.n*angle) }
func (b burst) holds(x, y float64) bool {
	x, y = x-b.cx, y-b.cy
	return math.Hypot(x, y) <= b.radius(math.Atan2(y, x))
}
func (b burst) svg(fill string) string {
	var d strings.Builder
	for i := range 180 {
		angle := float64(i) * 2 * math.Pi / 180
		fmt.Fprintf(&d, "%c%.2f %.2f", "ML"[min(i, 1)], b.cx+b.radius(angle)*math.Cos(angle), b.cy+b.radius(angle)*math.Sin(angle))
	}
	return fmt.Sprintf(`<path d="%sZ" fill="%s"/>`, d.String(), fill)
}

// rotate turns a point about the origin, clockwise on the screen.
func rotate(x, y, degrees float64) (float64, float64) {
	s, c := math.Sincos(degrees * math.Pi / 180)
	return x*c - y*s, x*s + y*c
}

// handset is a telephone handset about (cx, cy), scaled: a bow with the two
// cups at its ends, leaning to the left as it lies in a hand.
func handset(cx, cy, scale float64) []shape {
	const lean = -135 // the bow points to the lower left
	cup := func(x, y, turn float64) box {
		x, y = rotate(x*scale, y*scale, lean)
		return box{cx + x, cy + y, 3.7 * scale, 4.3 * scale, 1.25 * scale, lean + turn}
	}
	// In its own frame the handset lies with the bow up; the middle of the
	// bow's circle is below.
	mx, my := rotate(0, 3.1*scale, lean)
	return []shape{
		arc{cx + mx, cy + my, 6.3 * scale, 3.0 * scale, lean - 90 - 52, lean - 90 + 52},
		cup(-5.0, -0.05, -14),
		cup(5.0, -0.05, 14),
	}
}
