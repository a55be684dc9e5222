package voicelab

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Telephone is a running baresip, registered as one user.
type Telephone struct {
	User string

	t    testing.TB
	proc *process
	ctrl net.Conn

	mu     sync.Mutex
	events []string // as they came: "CALL_INCOMING", …
	news   chan struct{}
}

// Telephone starts a phone of a user and waits until it is registered; it
// stops with the test.
func (p *Platform) Telephone(t testing.TB, user string) *Telephone {
	t.Helper()
	need(t, "baresip", "baresip-core")
	dir := t.TempDir()
	sip := freePorts(t, 14) // and the next one, for TLS
	ctrl, rtp := sip+2, sip+4
	write(t, filepath.Join(dir, "accounts"), fmt.Sprintf(
		"<sip:%s@%s>;auth_user=%s;auth_pass=%s;outbound=\"sip:%s;transport=udp\";regint=300;answermode=manual\n",
		user, Domain, user, Password(user), p.UDP))
	write(t, filepath.Join(dir, "contacts"), "")
	write(t, filepath.Join(dir, "config"), fmt.Sprintf(`poll_method epoll
sip_listen 127.0.0.1:%d
call_local_timeout 120
call_max_calls 4
audio_player aubridge,%[2]s
audio_source aubridge,%[2]s
audio_alert aubridge,alert%[2]s
audio_level no
rtp_ports %d-%d
module_path %s
module g711.so
module aubridge.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:%d
`, sip, user, rtp, rtp+9, modules(t, "baresip"), ctrl))
	ph := &Telephone{User: user, t: t, news: make(chan struct{})}
	ph.proc = run(t, filepath.Join(dir, "log"), "baresip", "-f", dir)
	t.Cleanup(ph.Stop)
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(ctrl))
	ph.proc.until(t, "telephone "+user+" to register", func() bool {
		return strings.Contains(ph.proc.log(), "200 OK")
	})
	ph.proc.until(t, "telephone "+user+" to take commands", func() bool {
		c, err := net.Dial("tcp", addr)
		ph.ctrl = c
		return err == nil
	})
	go ph.read() // ends when the connection is closed by Stop
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("telephone %s told %v", user, ph.Events())
		}
	})
	return ph
}

// Stop ends the phone without a word to the platform.
func (p *Telephone) Stop() {
	if p.ctrl != nil {
		_ = p.ctrl.Close()
	}
	p.proc.stop()
}

// Dial calls another user or any SIP user part.
func (p *Telephone) Dial(user string) { p.t.Helper(); p.Press("dial", "sip:"+user+"@"+Domain) }

// Accept answers the call that rings.
func (p *Telephone) Accept() { p.t.Helper(); p.Press("accept", "") }

// Hangup ends or declines the current call.
func (p *Telephone) Hangup() { p.t.Helper(); p.Press("hangup", "") }

// Press runs a command of the phone's menu.
func (p *Telephone) Press(command, params string) {
	p.t.Helper()
	msg, err := json.Marshal(map[string]string{"command": command, "params": params, "token": command})
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(p.ctrl, "%d:%s,", len(msg), msg); err != nil {
		p.t.Fatalf("telephone %s: %v", p.User, err)
	}
}

// read takes the phone's events; they come as netstrings.
func (p *Telephone) read() {
	r := bufio.NewReader(p.ctrl)
	for {
		length, err := r.ReadString(':')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
		if err != nil || n > 1<<20 {
			return
		}
		body := make([]byte, n+1) // and the comma
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		var event struct {
			Event bool
			Type  string
		}
		if json.Unmarshal(body[:n], &event) == nil && event.Event {
			p.mu.Lock()
			p.events = append(p.events, event.Type)
			close(p.news)
			p.news = make(chan struct{})
			p.mu.Unlock()
		}
	}
}

// Events are the events of the phone so far.
func (p *Telephone) Events() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.events...)
}

// Await waits until the phone has told an event for the nth time, e.g.
// "CALL_INCOMING", "CALL_ESTABLISHED", "CALL_CLOSED".
func (p *Telephone) Await(event string, nth int) {
	p.t.Helper()
	deadline := time.After(15 * time.Second)
	for {
		p.mu.Lock()
		seen, news := 0, p.news
		for _, e := range p.events {
			if e == event {
				seen++
			}
		}
		p.mu.Unlock()
		if seen >= nth {
			return
		}
		select {
		case <-news:
		case <-deadline:
			p.t.Fatalf("telephone %s: no %s; it told %v\n%s", p.User, event, p.Events(), p.proc.log())
		}
	}
}
