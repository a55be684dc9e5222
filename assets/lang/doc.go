// Package lang knows every word the program says to a person, in English,
// German and Dutch.
//
// The catalogue is one JSON file per language in the form that go-i18n and the
// Fyne toolkit read: a flat key and its text, or an object with the plural
// forms "one" and "other". A text may have places for data, {{.seconds}}; their
// names are lower case. What is put there is never read as a template, and a
// text from outside is never used as a key.
//
// Keys by group (the part before the first dot):
//
//	app        the program's name
//	button     words of buttons in all windows
//	day, month, time
//	card       the call card; card.state.*, card.why.*, card.dial.* (steps of dialling)
//	call       direction and outcome, for the terminal
//	kind       kinds of number as a line of its own; number.kind.* within a line
//	notice     notifications of the desktop
//	confirm    the question before dialling
//	dial       the dial window, and why a call was not made
//	phone      phone.ReasonKey and phone.Decide: why a number is refused or asked about
//	status     status.line.* and status.service.*, one for each view.Status state
//	tray       the menu
//	history    the history window
//	reason     reason.CODE and reason.CODE.hint: why line or service are away, by the
//	           stable code of the report; less exact than the report's own English
//	secrets, signIn, line
//	assistant  the first-run assistant and its errors
//	keyring    the choice where secrets are kept
//	settings   the settings window; setting.KEY and setting.KEY.help for every key of
//	           config, setting.KEY.choice.VALUE for its choices ("auto" for the empty one)
//	about, diag
//	terminal, cli
//	error      whatever else went wrong
package lang
