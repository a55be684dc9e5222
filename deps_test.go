package ctiagent_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "example.org/ctiagent/"

// A ban says which packages must not reach others, and why. A package matches
// its own path and everything below it.
type ban struct {
	who     []string // packages of this module; "*" is all of them
	except  []string // of those, the ones that may
	reach   []string // packages of this module, or import paths
	because string
}

var bans = []ban{
	{
		who:     []string{"*"},
		except:  []string{"ui/window", "ui/configwizard", "cmd/ctiwindow", "cmd/cticonfig"},
		reach:   []string{"fyne.io/fyne/v2"},
		because: "the agent runs and is tested without a screen, OpenGL or cgo",
	},
	{
		who:     []string{"cmd/ctiagent", "cmd/ctiwindow"},
		reach:   []string{"recognition/store", "recognition/account", "recognition/service", "modernc.org/sqlite", "zombiezen.com/go/sqlite"},
		because: "a desktop program carries no server database",
	},
	{
		who:     []string{"ui/window", "cmd/ctiwindow"},
		reach:   []string{"agent", "telephony", "recognition", "screenpop"},
		except:  nil,
		because: "windows show snapshots (agent/view) and send requests (agent/localapi), nothing else",
	},
	{
		who:     []string{"cmd/ctiserver", "cmd/ctisync"},
		reach:   []string{"telephony", "ui", "screenpop", "agent"},
		because: "the server never sees a call",
	},
	{
		who:     []string{"cmd/ctisync"},
		reach:   []string{"recognition/store"},
		because: "it runs at the customer's site and speaks only the API",
	},
	{
		who:     []string{"telephony"},
		reach:   []string{"recognition", "screenpop", "ui", "agent"},
		because: "a connector reports; it does not decide",
	},
	{
		who:     []string{"*"},
		except:  []string{"phone"},
		reach:   []string{"=github.com/nyaruka/phonenumbers/v2"},
		because: "there is one meaning of \"normalised\"",
	},
	{
		who:     []string{"*"},
		except:  []string{"screenpop/script"},
		reach:   []string{"=github.com/dop251/goja"},
		because: "there is one sandbox",
	},
	{
		who:     []string{"*"},
		except:  []string{"telephony/sipline", "telephony/simulator", "telephony/voicelab"},
		reach:   []string{"=github.com/emiago/sipgo"},
		because: "there is one SIP stack in one place",
	},
	{
		who:     []string{"recognition/httpapi"},
		reach:   []string{"recognition/store", "recognition/account", "recognition/datasubject"},
		because: "the client links this package too",
	},
	{
		who:     []string{"phone", "credstore", "config", "diag", "assets"},
		reach:   []string{"agent", "telephony", "recognition", "screenpop", "ui", "cmd"},
		because: "ground rooms know nothing of those that stand on them",
	},
	{
		who:     []string{"agent/view", "agent/localapi"},
		reach:   []string{"telephony", "recognition", "screenpop"},
		because: "every face links them, and faces link neither connectors nor scripts",
	},
}

// exceptFor lists what a ban's reach does not mean: windows may reach the two
// contract packages below agent.
var exceptFor = map[string][]string{
	"agent": {"agent/view", "agent/localapi"},
}

type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func load(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,Deps", "./...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func under(path, root string) bool {
	return path == root || strings.HasPrefix(path, root+"/")
}

// reaches says which dependency of p breaks the rule. "=" in front of a path
// bans importing it directly; otherwise the whole tree below p counts.
func reaches(p pkg, target string) string {
	deps := p.Deps
	if direct, ok := strings.CutPrefix(target, "="); ok {
		deps, target = p.Imports, direct
	}
	for _, d := range deps {
		own, isOwn := strings.CutPrefix(d, module)
		if isOwn {
			allowed := slices.ContainsFunc(exceptFor[target], func(ok string) bool { return under(own, ok) })
			if under(own, target) && !allowed {
				return d
			}
		} else if under(d, target) {
			return d
		}
	}
	return ""
}

func TestImports(t *testing.T) {
	packages := load(t)
	if len(packages) < 10 {
		t.Fatalf("go list found %d packages only", len(packages))
	}
	for _, b := range bans {
		for _, p := range packages {
			own := strings.TrimPrefix(p.ImportPath, module)
			applies := slices.ContainsFunc(b.who, func(w string) bool { return w == "*" || under(own, w) })
			excepted := slices.ContainsFunc(b.except, func(e string) bool { return under(own, e) })
			if !applies || excepted {
				continue
			}
			for _, target := range b.reach {
				if d := reaches(p, target); d != "" {
					t.Errorf("%s reaches %s: not allowed, because %s", own, d, b.because)
				}
			}
		}
	}
}

// TestBansBite proves that the test above can fail.
func TestBansBite(t *testing.T) {
	p := pkg{ImportPath: module + "ui/window", Imports: []string{"github.com/dop251/goja"},
		Deps: []string{module + "agent/view", module + "agent", "github.com/dop251/goja", "fyne.io/fyne/v2/widget"}}
	for target, want := range map[string]string{
		"agent":                   module + "agent",
		"=github.com/dop251/goja": "github.com/dop251/goja",
		"fyne.io/fyne/v2":         "fyne.io/fyne/v2/widget",
		"telephony":               "",
	} {
		if got := reaches(p, target); got != want {
			t.Errorf("reaching %s: got %q, want %q", target, got, want)
		}
	}
}
