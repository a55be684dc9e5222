//go:build system

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"example.org/ctiagent/agent/localapi"
	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/desktop/instance"
)

// patience is how long a test waits for a condition before it fails. Software
// OpenGL on a busy machine needs some.
const patience = 40 * time.Second

// The screen at 100 %; FYNE_SCALE=2 makes it twice as wide and high.
const screenWidth, screenHeight = 1280, 800

func screenScale() int {
	if os.Getenv("FYNE_SCALE") == "2" {
		return 2
	}
	return 1
}

// desk is a screen of its own with a window manager, an agent that says what
// the test wants, and the window program as it is built.
type desk struct {
	t       *testing.T
	display string
	runtime string
	server  *localapi.Server
	rev     uint64
	snap    view.Snapshot

	mu       sync.Mutex
	requests []request
	came     chan struct{}
	answers  map[string]any
	stderr   *lockedBuffer
	window   *exec.Cmd
	leash    io.Closer // its standard input
	exited   chan error
	hangUp   func()
}

type request struct {
	Verb string
	Body json.RawMessage
	At   time.Time
}

// binary builds the program once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "ctiwindow")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "ctiwindow")
	out, err := exec.Command("go", "build", "-tags", "gles", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func need(t *testing.T, program, pkg string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("this test needs %s: install the Debian package %s", program, pkg)
	}
}

func newDesk(t *testing.T) *desk { return newDeskWith(t, "openbox") }

// newDeskWith makes a desk with a window manager, or with none ("").
func newDeskWith(t *testing.T, manager string) *desk {
	t.Helper()
	need(t, "Xvfb", "xvfb")
	need(t, "openbox", "openbox")
	need(t, "xdotool", "xdotool")
	need(t, "import", "imagemagick")
	d := &desk{t: t, runtime: t.TempDir(), came: make(chan struct{}, 1), answers: map[string]any{}, stderr: &lockedBuffer{}}
	d.startScreen(manager)
	d.startAgent()
	return d
}

func (d *desk) startScreen(manager string) {
	r, w, err := os.Pipe()
	if err != nil {
		d.t.Fatal(err)
	}
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", screenWidth*screenScale(), screenHeight*screenScale()), "-nolisten", "tcp")
	x.ExtraFiles = []*os.File{w}
	d.start(x)
	w.Close()
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		d.t.Fatal("Xvfb gives no display: ", err)
	}
	d.display = ":" + strings.TrimSpace(number)
	if manager == "" {
		return
	}
	wm := exec.Command(manager)
	wm.Env = d.environ()
	d.start(wm)
	d.wait("a window manager", func() bool {
		return strings.Contains(d.output("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"), "window id")
	})
}

// paint gives the screen one colour.
func (d *desk) paint(rgb uint32) {
	d.t.Helper()
	c, err := xgb.NewConnDisplay(d.display)
	if err != nil {
		d.t.Fatal(err)
	}
	defer c.Close()
	root := xproto.Setup(c).DefaultScreen(c).Root
	xproto.ChangeWindowAttributes(c, root, xproto.CwBackPixel, []uint32{rgb})
	if err := xproto.ClearAreaChecked(c, false, root, 0, 0, 0, 0).Check(); err != nil {
		d.t.Fatal(err)
	}
}

// start runs a helper until the test ends.
func (d *desk) start(c *exec.Cmd) {
	d.t.Helper()
	if err := c.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
}

func (d *desk) environ(extra ...string) []string {
	env := []string{
		"DISPLAY=" + d.display, "LANG=en_US.UTF-8", "FYNE_THEME=light", "PATH=" + os.Getenv("PATH"),
		"HOME=" + d.runtime, "XDG_RUNTIME_DIR=" + d.runtime, "XDG_CONFIG_HOME=" + d.runtime, "XDG_CACHE_HOME=" + os.Getenv("HOME") + "/.cache",
		"DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent",
	}
	return append(env, extra...)
}

func (d *desk) startAgent() {
	d.t.Setenv("XDG_RUNTIME_DIR", d.runtime)
	inst, err := instance.Acquire("ctiagent")
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	d.hangUp = cancel
	d.server = localapi.NewServer(d.handle, slog.New(slog.NewTextHandler(io.Discard, nil)))
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.server.Serve(ctx, inst.Listener())
	}()
	d.t.Cleanup(func() {
		cancel()
		<-done
		inst.Close()
	})
}

func (d *desk) handle(_ context.Context, verb string, body json.RawMessage) (any, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.requests = append(d.requests, request{verb, body, time.Now()})
	select {
	case d.came <- struct{}{}:
	default:
	}
	return d.answers[verb], nil
}

// run starts the window program.
func (d *desk) run(env ...string) time.Time {
	d.t.Helper()
	path, err := binary()
	if err != nil {
		d.t.Fatal("build ctiwindow: ", err)
	}
	d.window = exec.Command(path, "-check-threads")
	d.window.Env = d.environ(env...)
	d.window.Stderr = d.stderr
	if d.leash, err = d.window.StdinPipe(); err != nil {
		d.t.Fatal(err)
	}
	started := time.Now()
	if err := d.window.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.exited = make(chan error, 1)
	go func() { d.exited <- d.window.Wait() }()
	d.t.Cleanup(func() {
		d.window.Process.Kill()
		if s := d.stderr.String(); strings.Contains(s, "Error in Fyne call thread") || d.t.Failed() {
			d.t.Error("the program said:\n" + s)
		}
	})
	return started
}

func (d *desk) publish(change func(*view.Snapshot)) time.Time {
	d.rev++
	change(&d.snap)
	d.snap.Rev = d.rev
	now := time.Now()
	d.server.Publish(d.snap)
	return now
}

// asked waits for a request that match accepts.
func (d *desk) asked(what string, match func(request) bool) request {
	d.t.Helper()
	deadline := time.After(patience)
	seen := 0
	for {
		d.mu.Lock()
		for ; seen < len(d.requests); seen++ {
			if match(d.requests[seen]) {
				r := d.requests[seen]
				d.mu.Unlock()
				return r
			}
		}
		d.mu.Unlock()
		select {
		case <-d.came:
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			d.t.Fatalf("the window did not ask for %s", what)
		}
	}
}

// drawn waits until the window says that it has drawn a card.
func (d *desk) drawn(card string) time.Time {
	d.t.Helper()
	return d.asked("presence of "+card, func(r request) bool {
		var p view.Presence
		return r.Verb == view.VerbPresence && json.Unmarshal(r.Body, &p) == nil && p.Drawn == card
	}).At
}

func (d *desk) wait(what string, is func() bool) {
	d.t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			d.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// output runs a program on the screen and returns what it prints.
func (d *desk) output(name string, args ...string) string {
	c := exec.Command(name, args...)
	c.Env = d.environ()
	out, _ := c.CombinedOutput()
	return strings.TrimSpace(string(out))
}

// picture stores a window ("root" is the screen), or a part of it such as
// "400x300+10+10".
func (d *desk) picture(path, window, crop string) {
	d.t.Helper()
	args := []string{"-window", window}
	if crop != "" {
		args = append(args, "-crop", crop, "+repage")
	}
	args = append(args, "+dither", "-colors", "200", "PNG8:"+path)
	if out := d.output("import", args...); out != "" {
		d.t.Log(out)
	}
}

// still waits until the screen has stopped changing.
func (d *desk) still() {
	d.t.Helper()
	before := ""
	d.wait("the screen to stand still", func() bool {
		c := exec.Command("import", "-window", "root", "rgb:-")
		c.Env = d.environ()
		out, _ := c.Output()
		now := fmt.Sprint(crc32.ChecksumIEEE(out))
		same := now == before
		before = now
		return same
	})
}

// windowOf waits for the window of a title and gives its id.
func (d *desk) windowOf(title string) string {
	d.t.Helper()
	id := ""
	d.wait("the window "+title, func() bool {
		id, _, _ = strings.Cut(d.output("xdotool", "search", "--onlyvisible", "--name", "^"+title+"$"), "\n")
		return id != "" && !strings.Contains(id, " ")
	})
	return id
}

// gone waits until no window of that title is to be seen.
func (d *desk) gone(title string) {
	d.t.Helper()
	d.wait(title+" to go", func() bool {
		return d.output("xdotool", "search", "--onlyvisible", "--name", "^"+title+"$") == ""
	})
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
