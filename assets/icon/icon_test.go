package icon

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	ico "github.com/sergeymakinen/go-ico"

	"example.org/ctiagent/assets/icon/paint"
)

var update = flag.Bool("update", false, "paint the pictures anew")

func TestPicturesAreCurrent(t *testing.T) {
	for _, name := range Names() {
		drawn, ok := paint.Icons()[name]
		if !ok {
			t.Fatalf("there is no drawing of %s", name)
		}
		for _, size := range Sizes(name) {
			want := drawn.Draw(size)
			if *update {
				var b bytes.Buffer
				if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, want); err != nil {
					t.Fatal(err)
				}
				save(t, filepath.Join("png", fmt.Sprintf("%s-%d.png", name, size)), b.Bytes())
				continue
			}
			// Pixels, not bytes: another release may compress otherwise.
			got := decode(PNG(name, size))
			if !bytes.Equal(got.Pix, want.Pix) {
				t.Errorf("%s-%d.png is not what the drawing gives; run go generate ./assets/icon", name, size)
			}
		}
	}
	svg := paint.Icons()[App].SVG()
	if *update {
		save(t, "app.svg", []byte(svg))
	} else if string(SVG()) != svg {
		t.Error("app.svg is not what the drawing gives; run go generate ./assets/icon")
	}
}

func save(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTray(t *testing.T) {
	for _, state := range append(Names(), "something new") {
		b := Tray(state)
		if runtime.GOOS == "windows" {
			continue // TestICO reads those
		}
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil || img.Bounds().Dx() != 48 {
			t.Errorf("%s: %v", state, err)
		}
	}
	if !bytes.Equal(Tray("something new"), Tray(Attention)) {
		t.Error("an unknown state does not ask for attention")
	}
}

func TestICO(t *testing.T) {
	for _, name := range Names() {
		images, err := ico.DecodeAll(bytes.NewReader(ICO(name)))
		if err != nil {
			t.Fatal(err)
		}
		if len(images) != 4 {
			t.Fatalf("%s: %d pictures in the icon", name, len(images))
		}
		for _, img := range images {
			size := img.Bounds().Dx()
			want := decode(PNG(name, size))
			for y := range size {
				for x := range size {
					if got := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA); got.A != want.NRGBAAt(x, y).A {
						t.Fatalf("%s, %d pixels: (%d,%d) is %v, want %v", name, size, x, y, got, want.NRGBAAt(x, y))
					}
				}
			}
		}
	}
}

// A person who sees no colours must tell the states apart, in the smallest
// size and on any panel: in grey, a good part of the pixels must differ.
func TestStatesDifferWithoutColour(t *testing.T) {
	states := Names()[1:]
	for i, a := range states {
		for _, b := range states[i+1:] {
			for panel, ground := range map[string]float64{"light": 0.9, "dark": 0.015} {
				if d := difference(decode(PNG(a, 22)), decode(PNG(b, 22)), ground); d < 0.08 {
					t.Errorf("%s and %s differ in %.0f %% of the picture on a %s panel", a, b, 100*d, panel)
				}
			}
		}
	}
}

func difference(a, b *image.NRGBA, ground float64) float64 {
	differ := 0
	bounds := a.Bounds()
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			if math.Abs(grey(a.NRGBAAt(x, y), ground)-grey(b.NRGBAAt(x, y), ground)) > 0.1 {
				differ++
			}
		}
	}
	return float64(differ) / float64(bounds.Dx()*bounds.Dy())
}

// grey is the relative luminance (WCAG 2.2) of a pixel over a panel.
func grey(c color.NRGBA, ground float64) float64 {
	alpha := float64(c.A) / 255
	return alpha*luminance(c) + (1-alpha)*ground
}

func luminance(c color.NRGBA) float64 {
	channel := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(c.R) + 0.7152*channel(c.G) + 0.0722*channel(c.B)
}

func TestContrastToPanels(t *testing.T) {
	panels := map[string]color.NRGBA{
		"light": {0xf4, 0xf5, 0xf7, 0xff},
		"dark":  {0x1b, 0x1e, 0x23, 0xff},
	}
	for _, state := range Names()[1:] {
		fill := luminance(paint.Icons()[state].Fill())
		for name, panel := range panels {
			ground := luminance(panel)
			if ratio := (max(fill, ground) + 0.05) / (min(fill, ground) + 0.05); ratio < 3 {
				t.Errorf("%s has a contrast of %.2f:1 to a %s panel, wants 3:1", state, ratio, name)
			}
		}
	}
}
