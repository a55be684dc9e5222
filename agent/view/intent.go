package view

// Request is what a face asks of the agent: a verb and what it needs. The set
// of verbs is closed; each has its argument and result type here.
type (
	// OpenRecord opens the record of one person of a card.
	OpenRecord struct {
		Card   string `json:"card"`
		Person int    `json:"person"` // index into Card.People
	}
	// CardRef names a card: new contact, private, dismiss, cancel dialling.
	CardRef struct {
		Card string `json:"card"`
	}
	// Dial asks for a call. From a link the table in phone.Decide is stricter.
	Dial struct {
		Text     string `json:"text"`
		FromLink bool   `json:"fromLink,omitempty"`
		Country  string `json:"country,omitempty"` // overrides the site's country
		Ask      bool   `json:"ask,omitempty"`     // ask even where the table would dial at once
		CanAsk   bool   `json:"canAsk,omitempty"`  // whoever sends this can put the question itself
		DryRun   bool   `json:"dryRun,omitempty"`
	}
	// DialResult is the answer to Dial, also printed by --dry-run.
	DialResult struct {
		Action string `json:"action"` // dial, confirm, refuse
		Number string `json:"number"`
		Kind   string `json:"kind"`
		Reason string `json:"reason"`
		Card   string `json:"card,omitempty"`    // when it is being dialled
		Ask    string `json:"confirm,omitempty"` // id of the Confirmation

		Country string `json:"country,omitempty"` // ISO code
		Foreign bool   `json:"foreign,omitempty"` // another country than the site's
		Warn    bool   `json:"warn,omitempty"`    // no is the better answer
		Dropped string `json:"dropped,omitempty"` // digits that will not be dialled
		Extra   string `json:"extra,omitempty"`   // digits that will be dialled afterwards
	}
	// LinkRefused tells of a link that was not dialled; whoever clicked it
	// sees a browser, not the terminal. The link itself is not passed on.
	LinkRefused struct {
		Reason string `json:"reason"` // in the user's language
	}
	// ConfirmDial answers a Confirmation.
	ConfirmDial struct {
		ID     string `json:"id"`
		Accept bool   `json:"accept"`
	}
	// SetDoNotDisturb switches pops off or on.
	SetDoNotDisturb struct {
		On bool `json:"on"`
	}
	// ShowWindow asks for a window, e.g. from the tray or a second start.
	ShowWindow struct {
		Window string `json:"window"`
	}
	// HistoryQuery asks for history, newest first.
	HistoryQuery struct {
		Text   string `json:"text,omitempty"`   // name, company or number, any part
		Filter string `json:"filter,omitempty"` // "", missed, in, out
		Limit  int    `json:"limit,omitempty"`
		Before string `json:"before,omitempty"` // id of the last entry of the page before
	}
	// HistoryPage answers HistoryQuery.
	HistoryPage struct {
		Entries []Entry `json:"entries"`
		More    bool    `json:"more,omitempty"`
		Missed  int     `json:"missed"`         // how many missed ones there are in all
		Off     bool    `json:"off,omitempty"`  // history is switched off
		Days    int     `json:"days,omitempty"` // how long calls are kept
		// Memory says why calls are kept until the program ends only: chosen,
		// session, noKeyring, locked, unlock. "": they are kept on disk.
		Memory     string `json:"memory,omitempty"`
		Unreadable bool   `json:"unreadable,omitempty"` // the key does not fit; VerbHistoryAnew begins anew
		Error      string `json:"error,omitempty"`      // why else the file cannot be opened, in words
	}
	// HistoryForget deletes one entry, or all of one number (Number as in Entry.Number.E164).
	HistoryForget struct {
		ID     string `json:"id,omitempty"`
		Number string `json:"number,omitempty"`
	}
	// Setting is one setting as the settings window shows it.
	Setting struct {
		Key     string   `json:"key"`   // "site.country"
		Value   string   `json:"value"` // as text; bool as "true" or "false"
		Kind    string   `json:"kind"`  // text, bool, int, choice, seconds
		Choices []string `json:"choices,omitempty"`
		Locked  bool     `json:"locked,omitempty"` // by the administrator
		Doc     string   `json:"doc"`
		Default string   `json:"default"`
	}
	// SettingsList answers GetSettings.
	SettingsList struct {
		Settings []Setting `json:"settings"`
	}
	// ChangeSettings writes settings; all or none.
	ChangeSettings struct {
		Values map[string]string `json:"values"`
	}
	// SignIn signs in to the recognition service. The password travels over
	// the owner-only socket and is kept nowhere.
	SignIn struct {
		Address     string `json:"address"` // https://…
		User        string `json:"user"`
		Password    string `json:"password"`
		Fingerprint string `json:"fingerprint,omitempty"` // pinned certificate, if any
		CA          string `json:"ca,omitempty"`          // path of a CA file for this host
	}
	// LineAccount is what the line needs; an empty password keeps the stored one.
	LineAccount struct {
		Connector   string `json:"connector"` // "sip"
		Address     string `json:"address"`   // user@domain
		Server      string `json:"server,omitempty"`
		AuthUser    string `json:"authUser,omitempty"`
		Password    string `json:"password,omitempty"`
		CA          string `json:"ca,omitempty"`
		Fingerprint string `json:"fingerprint,omitempty"`
	}
	// Outcome of SignIn, TestLine and SaveLine: what was done and what is
	// wrong, in words.
	Outcome struct {
		OK    bool   `json:"ok"`
		Steps []Step `json:"steps,omitempty"`
		Error string `json:"error,omitempty"`
		Hint  string `json:"hint,omitempty"`
		// NeedKeyring is set when nothing can keep secrets: the user must
		// choose "session" (ask each time) or "file" with a passphrase.
		NeedKeyring bool `json:"needKeyring,omitempty"`
	}
	// Step is one thing a test did.
	Step struct {
		Text string `json:"text"`
		OK   bool   `json:"ok"`
	}
	// ChooseKeyring answers NeedKeyring.
	ChooseKeyring struct {
		Choice     string `json:"choice"` // session, file
		Passphrase string `json:"passphrase,omitempty"`
	}
	// Diagnostics answers GetDiagnostics; Copyable has no personal data.
	Diagnostics struct {
		Version     string      `json:"version"`
		Items       []DiagItem  `json:"items"`
		Containment []DiagItem  `json:"containment"`
		Errors      []DiagError `json:"errors,omitempty"`
		Copyable    string      `json:"copyable"`
		Goroutines  int         `json:"goroutines"` // of the agent; for measuring
	}
	// DiagItem is one line: what, its state, and words.
	DiagItem struct {
		Name  string `json:"name"`
		State string `json:"state"` // ok, warn, bad, off
		Text  string `json:"text"`
	}
	// DiagError is one recent error with a hint.
	DiagError struct {
		At   string `json:"at"`
		Text string `json:"text"`
		Hint string `json:"hint,omitempty"`
	}
	// Presence tells the agent what the window process is doing.
	Presence struct {
		Windows int    `json:"windows"`           // open windows, cards included
		Drawn   string `json:"drawn,omitempty"`   // card id that has just been drawn
		Backend string `json:"backend,omitempty"` // x11, wayland
	}
)

// Verbs of the local API: request type → result type.
const (
	VerbOpenRecord     = "openRecord"     // OpenRecord → nothing
	VerbNewContact     = "newContact"     // CardRef
	VerbPrivate        = "private"        // CardRef
	VerbDismiss        = "dismiss"        // CardRef
	VerbCancelDial     = "cancelDial"     // CardRef
	VerbDial           = "dial"           // Dial → DialResult
	VerbLinkRefused    = "linkRefused"    // LinkRefused
	VerbConfirmDial    = "confirmDial"    // ConfirmDial
	VerbDoNotDisturb   = "doNotDisturb"   // SetDoNotDisturb
	VerbShowWindow     = "showWindow"     // ShowWindow
	VerbHistory        = "history"        // HistoryQuery → HistoryPage
	VerbHistoryForget  = "historyForget"  // HistoryForget
	VerbHistoryClear   = "historyClear"   // nothing
	VerbHistorySeen    = "historySeen"    // nothing: missed calls were looked at
	VerbHistoryAnew    = "historyAnew"    // nothing: the unreadable file is set aside
	VerbGetSettings    = "getSettings"    // nothing → SettingsList
	VerbChangeSettings = "changeSettings" // ChangeSettings → SettingsList
	VerbSignIn         = "signIn"         // SignIn → Outcome
	VerbSignOut        = "signOut"        // nothing
	VerbTestLine       = "testLine"       // LineAccount → Outcome
	VerbSaveLine       = "saveLine"       // LineAccount → Outcome
	VerbGetLine        = "getLine"        // nothing → LineAccount without password
	VerbChooseKeyring  = "chooseKeyring"  // ChooseKeyring → Outcome
	VerbDiagnostics    = "diagnostics"    // nothing → Diagnostics
	VerbPresence       = "presence"       // Presence
	VerbQuit           = "quit"           // nothing
)
