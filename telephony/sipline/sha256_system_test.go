//go:build system

package sipline

import (
	"context"
	"testing"

	"example.org/ctiagent/telephony"
	"example.org/ctiagent/telephony/voicelab"
)

// TestKamailioSHA256 runs the main stories on a platform that takes no digest
// but SHA-256; its telephones are built on sipgo, baresip knows only MD5.
func TestKamailioSHA256(t *testing.T) {
	p := voicelab.Start(t, voicelab.Options{SHA256: true})
	c, r, _ := runLine(t, labConfig(p, "100"))
	r.awaitLink(telephony.LinkLive, 1)
	desk, far := p.SoftPhone(t, "100"), p.SoftPhone(t, "200")

	far.DialAside("100")
	desk.Await("incoming", 1)
	r.awaitCall("ringing", is(seenByDialog, telephony.Ringing, "200"))
	r.awaitCall("ringing at the contact", is(seenByContact, telephony.Ringing, "200"))
	desk.Accept()
	r.awaitCall("speech", is(seenByDialog, telephony.Connected, "200"))
	r.awaitCall("answered elsewhere at the contact", ended(seenByContact, telephony.EndAnsweredElsewhere, "200"))
	far.Await("established", 1)
	far.Hangup()
	r.awaitCall("the end", ended(seenByDialog, telephony.EndNormal, "200"))

	if err := c.Dial(context.Background(), dialTo("200")); err != nil {
		t.Fatal(err)
	}
	desk.Await("incoming", 2)
	desk.Accept()
	far.Await("incoming", 1)
	far.Accept()
	r.awaitStep("dial-1", telephony.DialConnected)
	desk.Await("closed", 1) // the own leg is not left up
}
