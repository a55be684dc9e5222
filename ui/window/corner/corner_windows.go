package corner

import (
	"fmt"
	"image"
	"unsafe"

	"fyne.io/fyne/v2/driver"
	"golang.org/x/sys/windows"
)

// Open loads what is needed of user32 and gdi32.
func Open() (Keeper, error) {
	user, gdi := windows.NewLazySystemDLL("user32.dll"), windows.NewLazySystemDLL("gdi32.dll")
	k := &win32{
		getLong: user.NewProc("GetWindowLongPtrW"), setLong: user.NewProc("SetWindowLongPtrW"),
		setPos: user.NewProc("SetWindowPos"), setRegion: user.NewProc("SetWindowRgn"),
		parameters: user.NewProc("SystemParametersInfoW"), roundRect: gdi.NewProc("CreateRoundRectRgn"),
	}
	for _, p := range []*windows.LazyProc{k.getLong, k.setLong, k.setPos, k.setRegion, k.parameters, k.roundRect} {
		if err := p.Find(); err != nil {
			return nowhere{}, fmt.Errorf("corner: %w", err)
		}
	}
	return k, nil
}

type win32 struct {
	getLong, setLong, setPos, setRegion, parameters, roundRect *windows.LazyProc
}

const (
	gwlExStyle     = ^uintptr(19) // -20
	wsExTopmost    = 0x8
	wsExToolWindow = 0x80
	wsExNoActivate = 0x08000000
	hwndTopmost    = ^uintptr(0) // -1
	swpNoSize      = 0x1
	swpNoMove      = 0x2
	swpNoActivate  = 0x10
	spiGetWorkArea = 0x30
)

func (k *win32) Close() {}

// Adopt makes the window one that is never activated, not even by a click,
// and that has no button on the task bar.
func (k *win32) Adopt(native any) error {
	c, ok := native.(driver.WindowsWindowContext)
	if !ok || c.HWND == 0 {
		return nil
	}
	old, _, _ := k.getLong.Call(c.HWND, gwlExStyle)
	k.setLong.Call(c.HWND, gwlExStyle, old|wsExNoActivate|wsExTopmost|wsExToolWindow)
	// Unseen until Settle: the toolkit shows it in the middle of the screen first.
	if nothing, _, _ := k.roundRect.Call(0, 0, 0, 0, 0, 0); nothing != 0 {
		k.setRegion.Call(c.HWND, nothing, 1)
	}
	return nil
}

func (k *win32) Settle(native any, size image.Point, radius int) {
	c, ok := native.(driver.WindowsWindowContext)
	if !ok || c.HWND == 0 {
		return
	}
	k.Raise(native)
	region, _, _ := k.roundRect.Call(0, 0, uintptr(size.X+1), uintptr(size.Y+1), uintptr(2*radius), uintptr(2*radius))
	if region != 0 {
		k.setRegion.Call(c.HWND, region, 1) // the system owns the region now
	}
}

func (k *win32) Raise(native any) {
	if c, ok := native.(driver.WindowsWindowContext); ok && c.HWND != 0 {
		k.setPos.Call(c.HWND, hwndTopmost, 0, 0, 0, 0, swpNoMove|swpNoSize|swpNoActivate)
	}
}

func (k *win32) Area() image.Rectangle {
	var r struct{ Left, Top, Right, Bottom int32 }
	ok, _, _ := k.parameters.Call(spiGetWorkArea, 0, uintptr(unsafe.Pointer(&r)), 0)
	if ok == 0 {
		return image.Rectangle{}
	}
	return image.Rect(int(r.Left), int(r.Top), int(r.Right), int(r.Bottom))
}
