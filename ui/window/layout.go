package window

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

// column stacks what is visible, each as wide as the column.
func column(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(columnLayout(gap), objects...)
}

type columnLayout float32

func (gap columnLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		if size.Height > 0 && m.Height > 0 {
			size.Height += float32(gap)
		}
		size.Height += m.Height
		size.Width = max(size.Width, m.Width)
	}
	return size
}

func (gap columnLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	var y float32
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		h := o.MinSize().Height
		if y > 0 && h > 0 {
			y += float32(gap)
		}
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, h))
		y += h
	}
}

// row puts objects side by side, centred in height. The object at grow takes
// what is left over (-1: none). Keyboard order is the order of the objects.
func row(gap float32, grow int, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(rowLayout{gap: gap, grow: grow}, objects...)
}

type rowLayout struct {
	gap  float32
	grow int
}

func (l rowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	first := true
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		if !first {
			size.Width += l.gap
		}
		first = false
		size.Width += m.Width
		size.Height = max(size.Height, m.Height)
	}
	return size
}

func (l rowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	spare := size.Width - l.MinSize(objects).Width
	var x float32
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		if i == l.grow {
			m.Width += spare
		}
		o.Move(fyne.NewPos(x, (size.Height-m.Height)/2))
		o.Resize(fyne.NewSize(max(m.Width, 0), m.Height))
		x += m.Width + l.gap
	}
}

// inset keeps a margin around one object.
func inset(top, right, bottom, left float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(insetLayout{top, right, bottom, left}, o)
}

type insetLayout struct{ top, right, bottom, left float32 }

func (l insetLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	m := objects[0].MinSize()
	return fyne.NewSize(m.Width+l.left+l.right, m.Height+l.top+l.bottom)
}

func (l insetLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(l.left, l.top))
	objects[0].Resize(fyne.NewSize(size.Width-l.left-l.right, size.Height-l.top-l.bottom))
}

// sized gives one object a fixed or least size; a zero leaves the object's.
func sized(w, h float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(sizedLayout{w, h}, o)
}

type sizedLayout struct{ w, h float32 }

func (l sizedLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	m := objects[0].MinSize()
	if l.w > 0 {
		m.Width = l.w
	}
	if l.h > 0 {
		m.Height = l.h
	}
	return m
}

func (l sizedLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(size)
}

// frame is a page: a head above, a foot below and a body that takes the rest.
// Unlike the toolkit's border layout, keyboard order follows the eye.
func frame(head, body, foot fyne.CanvasObject) *fyne.Container {
	objects := []fyne.CanvasObject{head, body}
	if foot != nil {
		objects = append(objects, foot)
	}
	return container.New(frameLayout{}, objects...)
}

type frameLayout struct{}

func (frameLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return columnLayout(0).MinSize(objects)
}

func (frameLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	spare := size.Height - columnLayout(0).MinSize(objects).Height
	var y float32
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		h := o.MinSize().Height
		if i == 1 {
			h += max(spare, 0)
		}
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, h))
		y += h
	}
}

// belowLayout keeps a margin above what is visible and vanishes with it.
type belowLayout struct{ top float32 }

func (l belowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	m := fyne.Size{}
	if objects[0].Visible() {
		m = objects[0].MinSize()
	}
	if m.Height > 0 {
		m.Height += l.top
	}
	return m
}

func (l belowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(0, l.top))
	objects[0].Resize(fyne.NewSize(size.Width, max(size.Height-l.top, 0)))
}

// gap is room of a height.
func gap(h float32) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(0, h))
	return r
}

// visible shows or hides an object, and draws nothing where nothing changes.
func visible(o fyne.CanvasObject, on bool) {
	if o.Visible() == on {
		return
	}
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}
