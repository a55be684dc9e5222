//go:build linux || freebsd || openbsd || netbsd

package corner

import (
	"image"
	"testing"
)

// The bands of a rounded window cover it from top to bottom without a gap and
// are the same seen from below.
func TestRounded(t *testing.T) {
	for _, tt := range []struct {
		size   image.Point
		radius int
	}{
		{image.Pt(360, 190), 10}, {image.Pt(720, 380), 20}, {image.Pt(20, 10), 10}, {image.Pt(3, 1), 10}, {image.Pt(100, 40), 0},
	} {
		bands := rounded(tt.size, tt.radius)
		y := 0
		for i, b := range bands {
			mirror := bands[len(bands)-1-i]
			if int(b.Y) != y || b.X < 0 || int(b.X)+int(b.Width) > tt.size.X || b.X != mirror.X {
				t.Errorf("%v: band %d is %+v at row %d", tt.size, i, b, y)
			}
			y += int(b.Height)
		}
		if y != tt.size.Y {
			t.Errorf("%v: the bands end at %d", tt.size, y)
		}
	}
	if cut := cornerCut(10, 0); cut < 5 || cut > 7 {
		t.Errorf("the first row of a corner of 10 begins at %d", cut)
	}
}

func TestSystem(t *testing.T) {
	if got := System(nil); got != None || CanPlace(got) || CanPlace(Wayland) || CanPlace(MacOS) || !CanPlace(X11) {
		t.Errorf("System(nil) = %q", got)
	}
}

// Without an X server there is an error to log and a Keeper to go on with.
func TestNoServer(t *testing.T) {
	t.Setenv("DISPLAY", ":4711")
	k, err := Open()
	if err == nil || k == nil {
		t.Fatalf("Open() = %v, %v", k, err)
	}
	if err := k.Adopt(nil); err != nil || !k.Area().Empty() {
		t.Error("the Keeper of no window system does something")
	}
	k.Close()
}
