package corner

import (
	"image"

	"fyne.io/fyne/v2/driver"
)

// Names of window systems, as view.Presence reports them.
const (
	X11     = "x11"
	Wayland = "wayland"
	Windows = "windows"
	MacOS   = "macos"
	None    = "none" // the test driver, or not yet known
)

// Keeper keeps windows in their corner. Its methods are called from the
// toolkit's goroutine with the native context the toolkit gives
// (driver.NativeWindow); contexts of another window system are ignored.
type Keeper interface {
	// Adopt readies a window that was never shown: when it appears it takes
	// no focus and no window manager moves it.
	Adopt(native any) error
	// Settle raises a window above the others and rounds its corners.
	// Radius is in pixels of the screen, like size.
	Settle(native any, size image.Point, radius int)
	// Raise puts a window above the others again; a window manager may have
	// put a person's window over it meanwhile.
	Raise(native any)
	// Area is where windows may stand, in pixels: the screen without panels.
	// An empty area means that nobody knows.
	Area() image.Rectangle
	// Close gives back what Open took.
	Close()
}

// System names the window system a native context belongs to.
func System(native any) string {
	switch native.(type) {
	case driver.X11WindowContext, *driver.X11WindowContext:
		return X11
	case driver.WaylandWindowContext, *driver.WaylandWindowContext:
		return Wayland
	case driver.WindowsWindowContext, *driver.WindowsWindowContext:
		return Windows
	case driver.MacWindowContext, *driver.MacWindowContext:
		return MacOS
	}
	return None
}

// CanPlace tells whether programs may choose where their windows stand.
func CanPlace(system string) bool { return system == X11 || system == Windows }

// nowhere is the Keeper of systems where a window cannot be placed.
type nowhere struct{}

func (nowhere) Adopt(any) error              { return nil }
func (nowhere) Settle(any, image.Point, int) {}
func (nowhere) Raise(any)                    {}
func (nowhere) Area() image.Rectangle        { return image.Rectangle{} }
func (nowhere) Close()                       {}
