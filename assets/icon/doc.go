// Package icon knows how the program looks where there is room for a few
// pixels only: the application's icon and the states of the tray.
package icon
