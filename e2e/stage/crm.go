package stage

import (
	"context"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"example.org/ctiagent/recognition"
)

// CRM is a small web application with a page for each record and a form for
// new contacts. It remembers which pages were opened.
type CRM struct {
	Base string // "http://127.0.0.1:PORT"

	contacts map[string]recognition.Record
	mu       sync.Mutex
	visits   []Visit
	changed  chan struct{} // closed and renewed with every visit
	ring     func(number, name string)
}

// Visit is one page that a browser asked for.
type Visit struct {
	At  time.Time
	URL string // path and query
}

// startCRM serves until ctx ends.
func startCRM(ctx context.Context, wg *sync.WaitGroup, contacts []recognition.Record) (*CRM, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &CRM{Base: "http://" + l.Addr().String(), contacts: map[string]recognition.Record{}, changed: make(chan struct{})}
	for _, r := range contacts {
		c.contacts[r.ID] = r
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /contacts/new", c.newForm)
	mux.HandleFunc("GET /contacts/{id}", c.record)
	mux.HandleFunc("GET /{$}", c.home)
	mux.HandleFunc("POST /ring", c.ringNumber)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	wg.Go(func() { _ = server.Serve(l) }) // ends with Shutdown below
	wg.Go(func() {
		<-ctx.Done()
		_ = server.Close()
	})
	return c, nil
}

// OnRing lets the home page ring any number.
func (c *CRM) OnRing(ring func(number, name string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ring = ring
}

// Visits are the pages opened so far.
func (c *CRM) Visits() []Visit {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Visit(nil), c.visits...)
}

// Await waits for the n-th visit, counted from 0.
func (c *CRM) Await(ctx context.Context, n int) (Visit, error) {
	for {
		c.mu.Lock()
		visits, changed := c.visits, c.changed
		c.mu.Unlock()
		if len(visits) > n {
			return visits[n], nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Visit{}, ctx.Err()
		}
	}
}

func (c *CRM) visited(r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.visits = append(c.visits, Visit{At: time.Now(), URL: r.URL.RequestURI()})
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *CRM) record(w http.ResponseWriter, r *http.Request) {
	rec, ok := c.contacts[r.PathValue("id")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	c.visited(r)
	render(w, recordPage, rec)
}

func (c *CRM) newForm(w http.ResponseWriter, r *http.Request) {
	c.visited(r)
	render(w, newPage, r.URL.Query())
}

func (c *CRM) home(w http.ResponseWriter, _ *http.Request) { render(w, homePage, nil) }

// ringNumber is the button of the home page; only the page itself may press it.
func (c *CRM) ringNumber(w http.ResponseWriter, r *http.Request) {
	origin, err := url.Parse(r.Header.Get("Origin"))
	if err != nil || "http://"+origin.Host != c.Base {
		http.Error(w, "only the page itself may ring", http.StatusForbidden)
		return
	}
	c.mu.Lock()
	ring := c.ring
	c.mu.Unlock()
	if number := strings.TrimSpace(r.FormValue("number")); ring != nil {
		ring(number, r.FormValue("name"))
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func render(w http.ResponseWriter, t *template.Template, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")
	if err := t.Execute(w, data); err != nil {
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
	}
}

const pageHead = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Demo CRM</title><style>
:root{color-scheme:light dark;--bg:#f4f5f7;--surface:#fff;--line:#e3e6ea;--text:#16191d;--muted:#5c6570;--accent:#1d5fd1;--on:#fff}
@media(prefers-color-scheme:dark){:root{--bg:#111316;--surface:#1b1e23;--line:#2c3138;--text:#f1f3f5;--muted:#a3acb7;--accent:#6aa2ff;--on:#111316}}
body{margin:0;background:var(--bg);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{max-width:36rem;margin:3rem auto;padding:1.5rem 2rem;background:var(--surface);border:1px solid var(--line);border-radius:10px}
header{color:var(--muted);font-size:.85rem}h1{margin:.2rem 0 1rem;font-size:1.6rem}
dl{display:grid;grid-template-columns:10rem 1fr;gap:.4rem 1rem;margin:0}dt{color:var(--muted)}dd{margin:0}
label{display:block;margin:.8rem 0 .2rem;color:var(--muted)}input{width:100%;box-sizing:border-box;padding:.5rem .7rem;font:inherit;color:inherit;background:var(--bg);border:1px solid var(--line);border-radius:7px}
button{margin-top:1rem;padding:.5rem 1.1rem;font:inherit;color:var(--on);background:var(--accent);border:0;border-radius:7px}a{color:var(--accent)}
</style><main><header>Demo CRM · made-up people only</header>`

var (
	recordPage = template.Must(template.New("record").Parse(pageHead + `<h1>{{.Name}}</h1><dl>
{{range .Fields}}<dt>{{.Label}}</dt><dd>{{.Value}}</dd>{{end}}
{{range .Numbers}}<dt>{{.Field}}</dt><dd><a href="tel:{{.E164}}">{{.E164}}</a></dd>{{end}}</dl></main>`))
	newPage = template.Must(template.New("new").Parse(pageHead + `<h1>New contact</h1><form>
<label for="name">Name</label><input id="name" value="{{.Get "name"}}">
<label for="phone">Telephone</label><input id="phone" value="{{.Get "phone"}}">
<button type="button">Save</button></form></main>`))
	homePage = template.Must(template.New("home").Parse(pageHead + `<h1>Ring the agent</h1>
<p>Type any number; the agent's phone rings and the card appears.</p><form method="post" action="/ring">
<label for="number">Number</label><input id="number" name="number" value="+442079460123">
<label for="name">Name the network shows</label><input id="name" name="name">
<button>Ring</button></form><p>Or click a link and be asked before it dials: <a href="tel:+442079460188">+44 20 7946 0188</a></p></main>`))
)
