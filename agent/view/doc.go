// Package view knows what every face of the agent may see and ask for: the
// immutable snapshots that tray, windows, terminal, command line and tests
// show, and the intents they send back. It holds plain data, no behaviour.
package view
