// Package paint knows the shapes of the icons, as geometry: it draws them in
// any size and writes the application's icon as SVG. Only the generator and the
// tests of package icon use it; the program carries finished pictures.
package paint
