// Package window knows how a call looks: the card in the corner, the
// questions before dialling, history, assistant, settings and diagnostics.
// It shows snapshots (agent/view) and sends requests back; of lines,
// recognition and scripts it knows nothing, so it can crash without losing a
// call and be tested without one.
//
// One goroutine, the toolkit's, owns everything that is drawn. Snapshots and
// answers reach it through loop.go, the only file that names fyne.Do.
//
// A card passes through three files: face.go turns a call into words, without
// a widget; cardview.go draws them; cards.go gives each card a window. The
// other windows have a file each. They share a small set of widgets (text,
// prose, button, form, icons, layout, theme), which is why this room is larger
// than others: apart from each other they would be no smaller, and nobody else
// uses them.
package window
