//go:build linux || freebsd || openbsd || netbsd

package corner

import (
	"fmt"
	"image"
	"io"
	"log"
	"slices"

	"fyne.io/fyne/v2/driver"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/shape"
	"github.com/jezek/xgb/xproto"
)

// Open connects to the X server that DISPLAY names. The connection is a second
// one beside the toolkit's: window attributes belong to the server, so both
// see the same window.
func Open() (Keeper, error) {
	xgb.Logger = log.New(io.Discard, "", 0) // it complains of a missing .Xauthority, harmlessly
	conn, err := xgb.NewConn()
	if err != nil {
		return nowhere{}, fmt.Errorf("corner: connect to the X server: %w", err)
	}
	k := &x11{conn: conn, root: xproto.Setup(conn).DefaultScreen(conn).Root}
	k.shape = shape.Init(conn) == nil
	k.randr = randr.Init(conn) == nil
	return k, nil
}

type x11 struct {
	conn         *xgb.Conn
	root         xproto.Window
	shape, randr bool
}

func (k *x11) Close() { k.conn.Close() }

func handle(native any) (xproto.Window, bool) {
	c, ok := native.(driver.X11WindowContext)
	return xproto.Window(c.WindowHandle), ok && c.WindowHandle != 0
}

// Adopt sets override-redirect (ICCCM §4.1.10): the window manager leaves the
// window alone, so it is neither decorated nor given the focus. Until Settle
// the window has an empty shape: the toolkit shows a borderless window in the
// middle of the screen first, and nobody should see that.
func (k *x11) Adopt(native any) error {
	w, ok := handle(native)
	if !ok {
		return nil
	}
	err := xproto.ChangeWindowAttributesChecked(k.conn, w, xproto.CwOverrideRedirect, []uint32{1}).Check()
	if err != nil {
		return fmt.Errorf("corner: take the window from the window manager: %w", err)
	}
	if k.shape {
		shape.Rectangles(k.conn, shape.SoSet, shape.SkBounding, xproto.ClipOrderingUnsorted, w, 0, 0, nil)
		k.conn.Sync()
	}
	return nil
}

func (k *x11) Settle(native any, size image.Point, radius int) {
	w, ok := handle(native)
	if !ok {
		return
	}
	k.Raise(native)
	if k.shape && size.X > 0 && size.Y > 0 {
		rects := rounded(size, radius)
		shape.Rectangles(k.conn, shape.SoSet, shape.SkBounding, xproto.ClipOrderingYXBanded, w, 0, 0, rects)
	}
	k.conn.Sync()
}

func (k *x11) Raise(native any) {
	if w, ok := handle(native); ok {
		xproto.ConfigureWindow(k.conn, w, xproto.ConfigWindowStackMode, []uint32{xproto.StackModeAbove})
	}
}

// rounded is a rectangle with round corners as bands of one pixel's height.
func rounded(size image.Point, radius int) []xproto.Rectangle {
	band := func(y, height, cut int) xproto.Rectangle {
		return xproto.Rectangle{X: int16(cut), Y: int16(y), Width: uint16(max(size.X-2*cut, 1)), Height: uint16(height)} // #nosec G115 -- a window is smaller than a screen, and that has 16 bits
	}
	radius = min(radius, size.X/2, size.Y/2)
	var top, bottom []xproto.Rectangle
	for y := range radius {
		cut := cornerCut(radius, y)
		top = append(top, band(y, 1, cut))
		bottom = append(bottom, band(size.Y-radius+y, 1, cornerCut(radius, radius-1-y)))
	}
	all := append(top, band(radius, size.Y-2*radius, 0))
	return append(all, bottom...)
}

// cornerCut is how many pixels of row y from the edge lie outside the circle.
func cornerCut(radius, y int) int {
	dy := float64(radius) - float64(y) - 0.5
	for x := range radius {
		dx := float64(radius) - float64(x) - 0.5
		if dx*dx+dy*dy <= float64(radius)*float64(radius) {
			return x
		}
	}
	return radius
}

// Area is the primary monitor without the panels of _NET_WORKAREA.
func (k *x11) Area() image.Rectangle {
	area := k.primary()
	if work := k.workArea(); !work.Empty() {
		if both := area.Intersect(work); !both.Empty() {
			area = both
		}
	}
	return area
}

func (k *x11) primary() image.Rectangle {
	screen := xproto.Setup(k.conn).DefaultScreen(k.conn)
	whole := image.Rect(0, 0, int(screen.WidthInPixels), int(screen.HeightInPixels))
	if g, err := xproto.GetGeometry(k.conn, xproto.Drawable(k.root)).Reply(); err == nil {
		whole = image.Rect(0, 0, int(g.Width), int(g.Height))
	}
	if !k.randr {
		return whole
	}
	monitors := k.monitors()
	if len(monitors) == 0 {
		return whole
	}
	return monitors[0]
}

// monitors lists the monitors in use, the primary one first.
func (k *x11) monitors() []image.Rectangle {
	resources, err := randr.GetScreenResourcesCurrent(k.conn, k.root).Reply()
	if err != nil {
		return nil
	}
	var primary randr.Crtc
	if out, err := randr.GetOutputPrimary(k.conn, k.root).Reply(); err == nil && out.Output != 0 {
		if info, err := randr.GetOutputInfo(k.conn, out.Output, 0).Reply(); err == nil {
			primary = info.Crtc
		}
	}
	var list []image.Rectangle
	for _, crtc := range resources.Crtcs {
		c, err := randr.GetCrtcInfo(k.conn, crtc, 0).Reply()
		if err != nil || c.Width == 0 || c.Height == 0 {
			continue
		}
		r := image.Rect(int(c.X), int(c.Y), int(c.X)+int(c.Width), int(c.Y)+int(c.Height))
		if crtc == primary {
			list = slices.Insert(list, 0, r)
		} else {
			list = append(list, r)
		}
	}
	return list
}

// workArea reads _NET_WORKAREA of the current desktop (EWMH 1.5 §3).
func (k *x11) workArea() image.Rectangle {
	areas := k.cardinals("_NET_WORKAREA")
	desktop := 0
	if d := k.cardinals("_NET_CURRENT_DESKTOP"); len(d) > 0 {
		desktop = int(d[0])
	}
	if len(areas) < 4*(desktop+1) {
		desktop = 0
	}
	if len(areas) < 4 {
		return image.Rectangle{}
	}
	a := areas[4*desktop:]
	return image.Rect(int(a[0]), int(a[1]), int(a[0]+a[2]), int(a[1]+a[3]))
}

func (k *x11) cardinals(name string) []uint32 {
	atom, err := xproto.InternAtom(k.conn, true, uint16(len(name)), name).Reply() // #nosec G115 -- our own short names
	if err != nil || atom.Atom == 0 {
		return nil
	}
	p, err := xproto.GetProperty(k.conn, false, k.root, atom.Atom, xproto.AtomCardinal, 0, 256).Reply()
	if err != nil || p.Format != 32 {
		return nil
	}
	var values []uint32
	for i := 0; i+4 <= len(p.Value); i += 4 {
		values = append(values, xgb.Get32(p.Value[i:]))
	}
	return values
}
