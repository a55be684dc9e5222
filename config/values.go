package config

import "time"

// Values is every setting of the client after all layers were applied. The
// tags say everything else about a setting: doc is shown in the settings
// window, by Explain and on the reference page; default is the built-in value;
// kind, choices, min and max say what is accepted.
type Values struct {
	Service      Service      `toml:"service" doc:"The recognition service tells who is calling."`
	Line         Line         `toml:"line" doc:"Your telephone line on the voice platform."`
	Site         Site         `toml:"site" doc:"How numbers are written and dialled where you work."`
	Pop          Pop          `toml:"pop" doc:"What opens by itself when somebody calls."`
	Card         Card         `toml:"card" doc:"The small window that shows a call."`
	History      History      `toml:"history" doc:"The list of past calls on this computer."`
	Notification Notification `toml:"notification" doc:"Messages of the desktop about calls."`
	Start        Start        `toml:"start" doc:"What the agent does for the desktop."`
	Log          Log          `toml:"log" doc:"What is written down for finding faults. Numbers and names never are."`
}

// Service is where callers are recognised.
type Service struct {
	Address     string        `toml:"address" kind:"url" doc:"Address of the recognition service, beginning with https://. Empty: callers are shown by number only." example:"https://recognition.example.org"`
	User        string        `toml:"user" doc:"The name you sign in with. The password is asked for once and kept nowhere." example:"k.jansen"`
	CA          string        `toml:"ca" kind:"path" doc:"File with the certificate authority of this one service, if it is not a public one." example:"/etc/ssl/example-ca.pem"`
	Fingerprint string        `toml:"fingerprint" kind:"fingerprint" doc:"SHA-256 fingerprint of the one certificate this service may show, instead of an authority."`
	LookupBound time.Duration `toml:"lookup_bound" default:"1.5s" min:"200ms" max:"10s" doc:"How long a card waits for the name before it says that none came. The call itself never waits."`
}

// Line is the account on the voice platform.
type Line struct {
	Connector     string `toml:"connector" default:"sip" choices:"sip" doc:"Which kind of voice platform this line is on."`
	Address       string `toml:"address" kind:"line" doc:"Your line, written as user@domain." example:"2107@pbx.example.org"`
	Server        string `toml:"server" kind:"host" doc:"Host of the platform, with :port if it is not the usual one. Empty: found through the domain of the address." example:"pbx.example.org:5061"`
	AuthUser      string `toml:"auth_user" doc:"The name for signing in on the platform, if it differs from the line." example:"2107-desk"`
	CA            string `toml:"ca" kind:"path" doc:"File with the certificate authority of this one platform, if it is not a public one." example:"/etc/ssl/pbx-ca.pem"`
	Fingerprint   string `toml:"fingerprint" kind:"fingerprint" doc:"SHA-256 fingerprint of the one certificate this platform may show, instead of an authority."`
	SecondContact bool   `toml:"second_contact" default:"true" doc:"Register beside your telephone, so that calls are seen even where the platform reports no line events. It never rings or answers."`
	DialogEvents  bool   `toml:"dialog_events" default:"true" doc:"Ask the platform for the events of your line, which also tell when a call was answered on the telephone."`
	DialForm      string `toml:"dial_form" default:"e164" choices:"e164,international,national" doc:"How a number is sent when you dial: e164 is +44…, international is 0044…, national is 020…"`
}

// Site is the dial plan of the place.
type Site struct {
	Country       string `toml:"country" kind:"country" doc:"Two letters of the country you telephone from. Numbers without a country code are read as numbers of this country." example:"GB"`
	AreaCode      string `toml:"area_code" kind:"digits" doc:"Area code of the site without the leading zero, for numbers written without one." example:"20"`
	OutsidePrefix string `toml:"outside_prefix" kind:"dial" doc:"What is dialled before an outside number on this platform. Empty for most hosted platforms." example:"0"`
	InternalMin   int    `toml:"internal_min" min:"0" max:"10" doc:"Number of digits of the shortest internal number. 0: there are no internal numbers." example:"3"`
	InternalMax   int    `toml:"internal_max" min:"0" max:"10" doc:"Number of digits of the longest internal number." example:"4"`
}

// Pop says what may open without being asked for.
type Pop struct {
	Enabled   bool           `toml:"enabled" default:"true" doc:"Open the record of the caller when the organisation's scripts say so."`
	PerCall   int            `toml:"per_call" default:"2" min:"1" max:"5" doc:"How many windows one call may open at most."`
	PerMinute int            `toml:"per_minute" default:"6" min:"1" max:"1000000" doc:"How many windows all calls together may open in one minute."`
	Several   string         `toml:"policy" default:"ask" choices:"first,ask,none" doc:"When several people share the number: ask lets you choose on the card, first opens the first one, none opens nothing."`
	Apps      map[string]App `toml:"apps" doc:"Programs that scripts may start, by the name that scripts call them. A script can start nothing that is not listed here."`
}

// App is one program a script may start, and how.
type App struct {
	Path    string   `toml:"path" kind:"path" doc:"The program, with its full path." example:"/usr/bin/crm"`
	Args    []string `toml:"args" doc:"Its arguments; one that is {arg} stands for what the script gives." example:"[\"--record\", \"{arg}\"]"`
	Pattern string   `toml:"pattern" kind:"regexp" doc:"What the value must look like from its first to its last character, as a regular expression. Empty: scripts may give no value." example:"[0-9]{1,10}"`
}

// Card is how a call is shown.
type Card struct {
	Enabled  bool   `toml:"enabled" default:"true" doc:"Show the call card. Off: calls are shown as notifications only."`
	Corner   string `toml:"corner" default:"bottom-right" choices:"bottom-right,bottom-left,top-right,top-left" doc:"The corner of the screen in which cards appear."`
	Theme    string `toml:"theme" choices:",light,dark" doc:"Light or dark windows. Empty: as the desktop is set."`
	Language string `toml:"language" choices:",en,de,nl" doc:"Language of all texts. Empty: as the desktop is set."`
}

// History is the list of past calls.
type History struct {
	Enabled bool `toml:"enabled" default:"true" doc:"Keep a list of calls on this computer, encrypted. Private calls are never written."`
	Days    int  `toml:"days" default:"90" min:"1" max:"3650" doc:"After how many days a call is forgotten."`
}

// Notification is the desktop's own way to show a call.
type Notification struct {
	Enabled bool `toml:"enabled" default:"true" doc:"Show calls as notifications of the desktop, which screen readers can read."`
}

// Start is what the agent does for the desktop around it.
type Start struct {
	Autostart bool `toml:"autostart" default:"true" doc:"Start when you sign in to the computer."`
	Links     bool `toml:"links" default:"true" doc:"Offer to dial when a telephone link is clicked in any program."`
}

// Log is what is written down.
type Log struct {
	Level string `toml:"level" default:"info" choices:"trace,debug,info,warn,error" doc:"How much is written. trace adds every report of the platform, without secrets and numbers."`
}
