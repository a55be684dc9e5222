package icon

import (
	"bytes"
	"embed"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"runtime"
)

//go:generate go test -run TestPicturesAreCurrent -update .

// States of the tray.
const (
	Ready     = "ready"
	Ringing   = "ringing"
	Busy      = "busy" // in a call
	Offline   = "offline"
	Attention = "attention" // a person must mend something
	DND       = "dnd"       // calls are shown, nothing is opened
)

// App is the application's own icon.
const App = "app"

//go:embed png
var pictures embed.FS

//go:embed app.svg
var appSVG []byte

// Names are all pictures there are.
func Names() []string { return []string{App, Ready, Ringing, Busy, Offline, Attention, DND} }

// Sizes are the edge lengths in pixels that there are; App also has 128.
func Sizes(name string) []int {
	sizes := []int{16, 22, 24, 32, 48}
	if name == App {
		sizes = append(sizes, 128)
	}
	return sizes
}

// PNG gives a picture in one of its sizes, nil if there is none.
func PNG(name string, size int) []byte {
	b, err := pictures.ReadFile(fmt.Sprintf("png/%s-%d.png", name, size))
	if err != nil {
		return nil
	}
	return b
}

// SVG is the application's icon for desktops that scale it themselves.
func SVG() []byte { return appSVG }

// Tray gives the icon for a state in the form that the tray of this system
// takes: PNG of 48 pixels, which panels scale down, or ICO with every size on
// Windows. An unknown state looks like one that needs attention.
func Tray(state string) []byte {
	if PNG(state, 48) == nil {
		state = Attention
	}
	if runtime.GOOS == "windows" {
		return ICO(state)
	}
	return PNG(state, 48)
}

// ICO gives every size of a picture up to 48 pixels in one Windows icon. The
// pictures in it are bitmaps: some readers take PNG only from 256 pixels on.
func ICO(name string) []byte {
	var entries, bodies bytes.Buffer
	sizes := []int{16, 24, 32, 48}
	for _, size := range sizes {
		body := bitmap(decode(PNG(name, size)))
		offset := 6 + 16*len(sizes) + bodies.Len()
		write(&entries, uint8(size), uint8(size), uint16(0), uint16(1), uint16(32), uint32(len(body)), uint32(offset))
		bodies.Write(body)
	}
	var ico bytes.Buffer
	write(&ico, uint16(0), uint16(1), uint16(len(sizes)))
	ico.Write(entries.Bytes())
	ico.Write(bodies.Bytes())
	return ico.Bytes()
}

// decode reads one of our own pictures.
func decode(b []byte) *image.NRGBA {
	src, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		panic(err) // it is embedded, and tested
	}
	img := image.NewNRGBA(src.Bounds())
	draw.Draw(img, img.Bounds(), src, image.Point{}, draw.Src)
	return img
}

// bitmap writes a BITMAPINFOHEADER, the pixels from the bottom up as BGRA, and
// the mask that readers from before alpha want; it is left empty.
func bitmap(img *image.NRGBA) []byte {
	size := img.Bounds().Dx()
	maskRow := (size + 31) / 32 * 4
	var b bytes.Buffer
	write(&b, uint32(40), int32(size), int32(2*size), uint16(1), uint16(32), uint32(0),
		uint32(4*size*size+maskRow*size), int32(0), int32(0), uint32(0), uint32(0))
	for y := size - 1; y >= 0; y-- {
		for x := range size {
			c := img.NRGBAAt(x, y)
			b.Write([]byte{c.B, c.G, c.R, c.A})
		}
	}
	b.Write(make([]byte, maskRow*size))
	return b.Bytes()
}

func write(b *bytes.Buffer, values ...any) {
	for _, v := range values {
		// A bytes.Buffer takes everything, and all values have fixed sizes.
		_ = binary.Write(b, binary.LittleEndian, v)
	}
}
