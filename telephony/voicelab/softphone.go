package voicelab

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// SoftPhone is a telephone on sipgo, for platforms that ask for digests which
// baresip does not know. It has no sound.
type SoftPhone struct {
	User string

	t       testing.TB
	p       *Platform
	client  *sipgo.Client
	servers *sipgo.DialogServerCache
	clients *sipgo.DialogClientCache
	ctx     context.Context
	work    sync.WaitGroup // every goroutine started here

	mu   sync.Mutex
	call *sipgo.DialogServerSession // the last call that came in
	out  *sipgo.DialogClientSession // the last call made
	act  chan int                   // the answer to call
	news chan struct{}
	seen map[string]int
}

// SoftPhone registers a phone of a user; it ends with the test.
func (p *Platform) SoftPhone(t testing.TB, user string) *SoftPhone {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := socket.LocalAddr().(*net.UDPAddr)
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	ua, err := sipgo.NewUA(sipgo.WithUserAgent(user), sipgo.WithUserAgentHostname(Domain))
	if err != nil {
		t.Fatal(err)
	}
	client, err := sipgo.NewClient(ua, sipgo.WithClientHostname("127.0.0.1"), sipgo.WithClientPort(addr.Port),
		sipgo.WithClientConnectionAddr(addr.String()), sipgo.WithClientLogger(quiet))
	if err != nil {
		t.Fatal(err)
	}
	server, err := sipgo.NewServer(ua, sipgo.WithServerLogger(quiet))
	if err != nil {
		t.Fatal(err)
	}
	contact := sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: user, Host: "127.0.0.1", Port: addr.Port}}
	ctx, cancel := context.WithCancel(context.Background())
	ph := &SoftPhone{User: user, t: t, p: p, client: client, ctx: ctx,
		servers: sipgo.NewDialogServerCache(client, contact), clients: sipgo.NewDialogClientCache(client, contact),
		news: make(chan struct{}), seen: map[string]int{}}
	server.OnInvite(ph.onInvite)
	server.OnAck(func(req *sip.Request, tx sip.ServerTransaction) { _ = ph.servers.ReadAck(req, tx) })
	server.OnBye(ph.onBye)
	server.OnRefer(ph.onRefer)
	ph.work.Go(func() { _ = server.ServeUDP(socket) }) // ends when the socket is closed
	for deadline := time.Now().Add(5 * time.Second); ua.TransportLayer().Pool("udp").Size() == 0; {
		if time.Now().After(deadline) {
			t.Fatal("the soft phone's socket is not served")
		}
		time.Sleep(time.Millisecond)
	}
	t.Cleanup(func() {
		cancel()
		_ = ua.Close()
		_ = socket.Close()
		ph.work.Wait()
	})
	ph.register(contact)
	return ph
}

func (p *SoftPhone) register(contact sip.ContactHeader) {
	p.t.Helper()
	own := sip.Uri{Scheme: "sip", User: p.User, Host: Domain}
	req := sip.NewRequest(sip.REGISTER, sip.Uri{Scheme: "sip", Host: Domain})
	req.AppendHeader(&sip.FromHeader{Address: own, Params: sip.HeaderParams{{K: "tag", V: sip.GenerateTagN(8)}}})
	req.AppendHeader(&sip.ToHeader{Address: own})
	req.AppendHeader(&contact)
	req.AppendHeader(sip.NewHeader("Expires", "300"))
	req.SetDestination(p.p.UDP)
	ctx, cancel := context.WithTimeout(p.ctx, 10*time.Second)
	defer cancel()
	res, err := p.client.Do(ctx, req)
	if err == nil && res.StatusCode == 401 {
		res, err = p.client.DoDigestAuth(ctx, req, res, sipgo.DigestAuth{Username: p.User, Password: Password(p.User)})
	}
	if err != nil || res.StatusCode != 200 {
		p.t.Fatalf("soft phone %s does not register: %v %v", p.User, res, err)
	}
}

func (p *SoftPhone) note(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[what]++
	close(p.news)
	p.news = make(chan struct{})
}

// Await waits until "incoming", "established" or "closed" has happened n times.
func (p *SoftPhone) Await(what string, n int) {
	p.t.Helper()
	deadline := time.After(15 * time.Second)
	for {
		p.mu.Lock()
		seen, news := p.seen[what], p.news
		p.mu.Unlock()
		if seen >= n {
			return
		}
		select {
		case <-news:
		case <-deadline:
			p.t.Fatalf("soft phone %s: %s did not happen %d times", p.User, what, n)
		}
	}
}

// Accept answers the call that rings; Decline refuses it with 486.
func (p *SoftPhone) Accept()  { p.answer(200) }
func (p *SoftPhone) Decline() { p.answer(486) }

func (p *SoftPhone) answer(code int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.act <- code
}

func (p *SoftPhone) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	call, err := p.servers.ReadInvite(req, tx)
	if err != nil {
		return
	}
	act := make(chan int, 1)
	p.mu.Lock()
	p.call, p.act = call, act
	p.mu.Unlock()
	if call.Respond(180, "Ringing", nil) != nil {
		return
	}
	p.note("incoming")
	select {
	case code := <-act:
		if code == 200 {
			if call.RespondSDP(session) == nil {
				p.note("established")
			}
			return
		}
		_ = call.Respond(code, "Busy Here", nil)
	case <-tx.Done():
	case <-p.ctx.Done():
	}
	p.note("closed")
}

func (p *SoftPhone) onBye(req *sip.Request, tx sip.ServerTransaction) {
	if p.servers.ReadBye(req, tx) != nil {
		if p.clients.ReadBye(req, tx) != nil {
			return
		}
	}
	p.note("closed")
}

// Dial calls a user; it returns when the other end has answered or refused.
func (p *SoftPhone) Dial(user string) error {
	req := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", User: user, Host: Domain})
	req.AppendHeader(&sip.FromHeader{Address: sip.Uri{Scheme: "sip", User: p.User, Host: Domain}, Params: sip.HeaderParams{{K: "tag", V: sip.GenerateTagN(8)}}})
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(session)
	req.SetDestination(p.p.UDP)
	out, err := p.clients.WriteInvite(p.ctx, req)
	if err != nil {
		return err
	}
	if err := out.WaitAnswer(p.ctx, sipgo.AnswerOptions{Username: p.User, Password: Password(p.User)}); err != nil {
		return err
	}
	if err := out.Ack(p.ctx); err != nil {
		return err
	}
	p.mu.Lock()
	p.out = out
	p.mu.Unlock()
	p.note("established")
	return nil
}

// DialAside is Dial without waiting for the outcome.
func (p *SoftPhone) DialAside(user string) {
	p.work.Go(func() { _ = p.Dial(user) }) // ends with the answer or the test
}

// Hangup ends the call this phone made, once it is established.
func (p *SoftPhone) Hangup() {
	p.t.Helper()
	p.mu.Lock()
	out := p.out
	p.mu.Unlock()
	if out == nil {
		p.t.Fatalf("soft phone %s has made no call", p.User)
	}
	if err := out.Bye(p.ctx); err != nil {
		p.t.Fatalf("soft phone %s: %v", p.User, err)
	}
}

// onRefer calls whom the other end of the last call names, and reports.
func (p *SoftPhone) onRefer(req *sip.Request, tx sip.ServerTransaction) {
	p.mu.Lock()
	call := p.call
	p.mu.Unlock()
	_ = tx.Respond(sip.NewResponseFromRequest(req, 202, "Accepted", nil))
	target := ""
	if to := req.ReferTo(); to != nil {
		target = to.Address.User
	}
	report := func(state, line string) {
		n := sip.NewRequest(sip.NOTIFY, req.Contact().Address)
		n.AppendHeader(sip.NewHeader("Event", "refer"))
		n.AppendHeader(sip.NewHeader("Subscription-State", state))
		n.AppendHeader(sip.NewHeader("Content-Type", "message/sipfrag"))
		n.SetBody([]byte(line))
		_, _ = call.Do(p.ctx, n)
	}
	p.work.Go(func() { // ends with the answer or the test
		report("active;expires=60", "SIP/2.0 100 Trying")
		line := "SIP/2.0 200 OK"
		if err := p.Dial(target); err != nil {
			line = "SIP/2.0 486 Busy Here"
			if strings.Contains(err.Error(), "404") {
				line = "SIP/2.0 404 Not Found"
			}
		}
		report("terminated;reason=noresource", line)
	})
}

// session is a description of sound that nobody sends.
var session = fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\na=inactive\r\n")
