// Command ctiwindow shows the agent's windows: the call card, the questions
// before dialling, history, assistant, settings and diagnostics. ctiagent
// starts it when there is something to show; it connects back over the
// owner-only socket and goes when the agent closes that connection.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"github.com/go-gl/glfw/v3.4/glfw"

	"example.org/ctiagent/agent/localapi"
	"example.org/ctiagent/assets/icon"
	"example.org/ctiagent/assets/lang"
	"example.org/ctiagent/desktop/instance"
	"example.org/ctiagent/ui/window"
	"example.org/ctiagent/ui/window/corner"
)

// Exit codes. The agent starts a window process again that has crashed, but
// not one that says there is no display.
const (
	exitOK        = 0
	exitFailed    = 1 // crashed, or the agent cannot be reached
	exitUsage     = 2
	exitNoDisplay = 3
)

// connectTime is how long the agent may take to answer: it runs already.
const connectTime = 5 * time.Second

func main() {
	os.Exit(run(os.Args[1:], os.Stderr))
}

func run(args []string, stderr io.Writer) (code int) {
	flags := flag.NewFlagSet("ctiwindow", flag.ContinueOnError)
	flags.SetOutput(stderr)
	name := flags.String("instance", "ctiagent", "name under which the agent listens")
	checkThreads := flags.Bool("check-threads", false, "report drawing from a wrong goroutine (for tests)")
	verbose := flags.Bool("verbose", false, "log more")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return exitUsage
	}
	level := slog.LevelWarn
	if *verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))

	if !hasDisplay() {
		fmt.Fprintln(stderr, "ctiwindow: there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set. Start it from a desktop session; calls are announced without it.")
		return exitNoDisplay
	}
	// The toolkit panics where the display or OpenGL fails; the agent needs
	// an exit code and a sentence.
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintln(stderr, "ctiwindow: the windows cannot be shown:", p)
			code = exitNoDisplay
			if !isDisplayFailure(p) { // a mistake of ours: say where
				_, _ = stderr.Write(debug.Stack())
				code = exitFailed
			}
		}
	}()

	ctx, cancel := context.WithTimeout(context.Background(), connectTime)
	conn, err := instance.Connect(ctx, *name)
	cancel()
	if err != nil {
		fmt.Fprintln(stderr, "ctiwindow: reach the agent:", err)
		return exitFailed
	}
	client, err := localapi.NewClient(conn, true)
	if err != nil {
		fmt.Fprintln(stderr, "ctiwindow:", err)
		return exitFailed
	}
	defer client.Close()
	go leash(client) // ends with the program

	keeper, err := corner.Open()
	if err != nil {
		log.Info("cards cannot be placed", "error", err) // Wayland without X
	}
	defer keeper.Close()
	app.SetMetadata(fyne.AppMetadata{
		ID: "org.example.ctiagent", Name: "ctiagent",
		Migrations: map[string]bool{"fyneDo": !*checkThreads},
	})
	desktop := app.NewWithID("org.example.ctiagent")
	desktop.SetIcon(fyne.NewStaticResource("app.png", icon.PNG(icon.App, 128)))
	ui := window.New(window.Options{
		App:       desktop,
		Agent:     client,
		Texts:     func(l string) window.Texts { return lang.New(append([]string{l}, lang.Desktop()...)...) },
		Unfocused: unfocused,
		Keeper:    keeper,
		Log:       log,
	})
	ui.Run()
	return exitOK
}

// leash lets go of the agent, and so ends the windows, when the agent closes our
// standard input: the one way to ask that every system has.
func leash(client *localapi.Client) {
	if info, err := os.Stdin.Stat(); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return // started by hand
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // whatever ends it, it has ended
	_ = client.Close()                   // the process ends with it
}

// unfocused makes a window without a claim to the keyboard (Windows: shown
// without being activated; X11: the focus is not moved to it). The hint is
// GLFW's and holds for windows made while it is set.
func unfocused(create func()) {
	glfw.WindowHint(glfw.FocusOnShow, glfw.False)
	glfw.WindowHint(glfw.Focused, glfw.False)
	defer glfw.WindowHint(glfw.FocusOnShow, glfw.True)
	defer glfw.WindowHint(glfw.Focused, glfw.True)
	create()
}

func hasDisplay() bool {
	switch runtime.GOOS {
	case "windows", "darwin":
		return true
	}
	return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// isDisplayFailure tells the window library's own failures from ours.
func isDisplayFailure(p any) bool {
	err, ok := p.(error)
	var g *glfw.Error
	return ok && errors.As(err, &g)
}
