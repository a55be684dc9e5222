// Package window knows how a call looks: the card in the corner, the
// questions before dialling, history, assistant, settings and diagnostics.
// It shows snapshots (agent/view) and sends requests back; of lines,
// recognition and scripts it knows nothing, so it can crash without losing a
// call and be tested without one.
//
// One goroutine, the toolkit's, owns everything that is drawn. Snapshots and
// answers reach it through loop.go, the only file that names fyne.Do.
package window
