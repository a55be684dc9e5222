package ctiagent_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
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
	tests   bool // their tests must not either
}

var bans = []ban{
	{
		who:     []string{"*"},
		except:  []string{"ui/window", "ui/configwizard", "cmd/ctiwindow", "cmd/cticonfig"},
		reach:   []string{"fyne.io/fyne/v2"},
		because: "the agent runs and is tested without a screen, OpenGL or cgo",
		tests:   true,
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
		tests:   true,
	},
	{
		who:     []string{"*"},
		except:  []string{"screenpop/script"},
		reach:   []string{"=github.com/dop251/goja"},
		because: "there is one sandbox",
		tests:   true,
	},
	{
		who:     []string{"*"},
		except:  []string{"telephony/sipline", "telephony/simulator", "telephony/voicelab"},
		reach:   []string{"=github.com/emiago/sipgo"},
		because: "there is one SIP stack in one place",
		tests:   true,
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
	ImportPath   string
	Imports      []string
	Deps         []string
	TestImports  []string
	XTestImports []string
}

// platforms are where programs are built, each with all files that any build
// there can hold. What needs a toolkit is looked at where it is built.
var platforms = []struct{ goos, tags, cgo string }{
	{"linux", "system,gles", "1"},
	{"windows", "", "0"},
	{"darwin", "", "0"},
}

// load lists the module as a platform sees it. Nothing is compiled, and what
// could not be (-e) is still listed with its imports.
func load(t *testing.T, goos, tags, cgo string) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-tags="+tags, "-json=ImportPath,Imports,Deps,TestImports,XTestImports", "./...")
	cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED="+cgo)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list for %s: %v", goos, err)
	}
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// testOf is what the tests of p link besides p itself, as a package.
func testOf(p pkg, all []pkg) pkg {
	imports := slices.Concat(p.TestImports, p.XTestImports)
	deps := slices.Clone(imports)
	for _, other := range all {
		if other.ImportPath != p.ImportPath && slices.Contains(imports, other.ImportPath) {
			deps = append(deps, other.Deps...)
		}
	}
	return pkg{ImportPath: p.ImportPath + " (tests)", Imports: imports, Deps: deps}
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
	for _, on := range platforms {
		t.Run(on.goos, func(t *testing.T) {
			t.Parallel()
			packages := load(t, on.goos, on.tags, on.cgo)
			if len(packages) < 10 {
				t.Fatalf("go list found %d packages only", len(packages))
			}
			for _, b := range bans {
				for _, breach := range b.breaches(packages) {
					t.Errorf("%s when built for %s: not allowed, because %s", breach, on.goos, b.because)
				}
			}
		})
	}
}

// breaches says in words which packages break the rule.
func (b ban) breaches(packages []pkg) (list []string) {
	for _, p := range packages {
		own := strings.TrimPrefix(p.ImportPath, module)
		applies := slices.ContainsFunc(b.who, func(w string) bool { return w == "*" || under(own, w) })
		excepted := slices.ContainsFunc(b.except, func(e string) bool { return under(own, e) })
		if !applies || excepted {
			continue
		}
		held := []pkg{p}
		if b.tests {
			held = append(held, testOf(p, packages))
		}
		for _, h := range held {
			for _, target := range b.reach {
				if d := reaches(h, target); d != "" {
					list = append(list, strings.TrimPrefix(h.ImportPath, module)+" reaches "+d)
				}
			}
		}
	}
	return list
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

// TestBansReachTests proves that a ban on tests sees direct and indirect imports.
func TestBansReachTests(t *testing.T) {
	packages := []pkg{
		{ImportPath: module + "agent", TestImports: []string{"github.com/dop251/goja"}, XTestImports: []string{module + "agent", module + "ui/window"}},
		{ImportPath: module + "ui/window", Deps: []string{"fyne.io/fyne/v2"}},
	}
	for _, b := range bans {
		want := []string(nil)
		switch b.because {
		case "there is one sandbox":
			want = []string{"agent (tests) reaches github.com/dop251/goja"}
		case "the agent runs and is tested without a screen, OpenGL or cgo":
			want = []string{"agent (tests) reaches fyne.io/fyne/v2"}
		}
		if got := b.breaches(packages); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", b.because, got, want)
		}
	}
}
