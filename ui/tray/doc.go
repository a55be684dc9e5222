// Package tray knows how the agent looks in the desktop's notification area:
// an icon whose shape and colour say how the line is, and a native menu that
// screen readers can read. It needs no window toolkit.
package tray
