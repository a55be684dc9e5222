package browser

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

var (
	// ErrRefused is returned for links and programs that are never opened.
	// The words say why and do not repeat the link, which is personal data.
	ErrRefused = errors.New("browser: refused to open")
	// ErrNoOpener is returned when this desktop has no means to open a link.
	ErrNoOpener = errors.New("browser: this desktop has nothing that opens a link")
)

// settle is how long a program may take to say that it cannot do it. One that
// still runs then has taken the order: some browsers run as long as their
// window.
const settle = 400 * time.Millisecond

// Opener opens links and starts applications. Its methods may be called from
// any goroutine.
type Opener struct {
	log *slog.Logger
	wg  sync.WaitGroup // one goroutine per program that runs, to collect it
}

// New makes an Opener.
func New(log *slog.Logger) *Opener { return &Opener{log: log} }

// Open hands a canonical link to the user's browser. It returns when the
// browser's launcher has ended well or has run for a while without
// complaint, at most half a second; it does not wait for anything to be
// visible. Cancelling ctx ends the waiting and not the browser.
func (o *Opener) Open(ctx context.Context, link string) error {
	if err := checkLink(link); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("browser: open: %w", err)
	}
	return o.open(ctx, link)
}

// Launch starts a program by its absolute path with exactly these arguments,
// each one element, without a shell. It returns as Open does.
func (o *Opener) Launch(ctx context.Context, exe string, args []string) error {
	if err := checkProgram(exe, args); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("browser: launch: %w", err)
	}
	return o.start(ctx, exe, args, os.Environ())
}

// Wait returns when every program that was started has ended. Only tests
// have a reason to call it: programs live on when the agent ends.
func (o *Opener) Wait() { o.wg.Wait() }

// start starts a program that outlives this one and waits for an early end.
func (o *Opener) start(ctx context.Context, exe string, args, env []string) error {
	cmd := exec.Command(exe, args...) // #nosec G204 -- the one place; checked by checkLink and checkProgram
	cmd.Env = env
	cmd.SysProcAttr = detached()
	// Standard streams stay nil, so /dev/null: nothing is inherited.
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("browser: start %s: %w", filepath.Base(exe), err)
	}
	ended := make(chan error, 1)
	o.wg.Go(func() { ended <- cmd.Wait() }) // collects the process, whenever it ends
	t := time.NewTimer(settle)
	defer t.Stop()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("browser: %s failed at once: %w", filepath.Base(exe), err)
		}
	case <-t.C:
	case <-ctx.Done():
	}
	o.log.Debug("opened something", "with", filepath.Base(exe))
	return nil
}

const (
	maxLink = 8 << 10 // bytes
	maxArgs = 64
	maxArg  = 8 << 10 // bytes
	// plain are the characters of RFC 3986 §2; all others must be encoded.
	plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#[]@!$&'()*+,;=%"
)

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}

// checkLink holds the invariants of every link that is opened. It repeats the
// policy of screenpop in the small, so that a mistake there opens no file,
// program or share.
func checkLink(link string) error {
	if len(link) > maxLink {
		return refuse("the link is longer than %d bytes", maxLink)
	}
	if i := strings.IndexFunc(link, func(r rune) bool { return !strings.ContainsRune(plain, r) }); i >= 0 {
		return refuse("the link has a character at byte %d that must be encoded", i)
	}
	if !strings.HasPrefix(link, "https://") && !strings.HasPrefix(link, "http://") {
		return refuse("the link does not begin with https://")
	}
	u, err := url.Parse(link)
	if err != nil {
		return refuse("the link cannot be read") // the error would repeat it
	}
	host := u.Hostname()
	switch {
	case host == "" || u.Opaque != "":
		return refuse("the link names no host")
	case u.User != nil || strings.Contains(u.Host, "@"):
		return refuse("the link has a user name before the host")
	case u.String() != link:
		return refuse("the link is not in its canonical form")
	case host != strings.ToLower(host):
		return refuse("the host is not in lower case")
	}
	if strings.HasSuffix(u.Host, ":") {
		return refuse("the link has a colon without a port")
	}
	addr, err := netip.ParseAddr(host)
	isAddr := err == nil && addr.Zone() == ""
	switch {
	case isAddr && addr.String() != host:
		return refuse("the address is not in its canonical form")
	case !isAddr && !hostName(host):
		return refuse("the host is no ordinary name")
	case u.Scheme == "http" && !(isAddr && (addr.IsLoopback() || addr.IsPrivate())):
		return refuse("http is for literal loopback and private addresses only")
	}
	return nil
}

// hostName holds for names of letters, digits and hyphens that no parser
// takes for a number.
func hostName(host string) bool {
	if len(host) > 253 {
		return false
	}
	labels := strings.Split(host, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		for i := range len(l) {
			if c := l[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
				return false
			}
		}
	}
	last := labels[len(labels)-1]
	if net.ParseIP(host) != nil || strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return false // browsers read these as addresses
	}
	return true
}

// scripts are the endings whose programs are run by a shell, which takes
// arguments apart again in its own way.
var scripts = []string{".bat", ".cmd", ".com", ".ps1", ".vbs", ".js", ".lnk", ".url", ".hta", ".msi", ".pif", ".scr", ".desktop"}

func checkProgram(exe string, args []string) error {
	if !filepath.IsAbs(exe) || filepath.Clean(exe) != exe || strings.HasPrefix(exe, `\\`) {
		return refuse("a program is named by its absolute path on this machine")
	}
	if strings.ContainsRune(exe, 0) {
		return refuse("the path of the program has a null character")
	}
	ext := strings.ToLower(filepath.Ext(strings.TrimRight(exe, ". "))) // Windows ignores dots and blanks at the end
	if slices.Contains(scripts, ext) || runtime.GOOS == "windows" && ext != ".exe" {
		return refuse("programs of the kind %q are not started", ext)
	}
	info, err := os.Stat(exe)
	switch {
	case err != nil:
		return fmt.Errorf("browser: the application %s is not there: %w", filepath.Base(exe), err)
	case !info.Mode().IsRegular():
		return refuse("%s is not a program", filepath.Base(exe))
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o111 == 0:
		return refuse("%s is not executable", filepath.Base(exe))
	}
	if len(args) > maxArgs {
		return refuse("more than %d arguments", maxArgs)
	}
	for _, a := range args {
		if len(a) > maxArg {
			return refuse("an argument is longer than %d bytes", maxArg)
		}
		if strings.ContainsFunc(a, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return refuse("an argument has a control character")
		}
	}
	return nil
}
