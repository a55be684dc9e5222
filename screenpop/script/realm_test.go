package script

import (
	"math/rand/v2"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

// TestNothingOfGoIsInTheRealm walks everything that a script can reach from
// its globals and fails on any value that is Go's and not the language's.
func TestNothingOfGoIsInTheRealm(t *testing.T) {
	r, err := newRealm()
	if err != nil {
		t.Fatal(err)
	}
	native := reflect.TypeFor[func(goja.FunctionCall) goja.Value]()
	plain := []reflect.Type{
		nil, native,
		reflect.TypeFor[map[string]any](), reflect.TypeFor[[]any](),
		reflect.TypeFor[string](), reflect.TypeFor[int64](), reflect.TypeFor[float64](), reflect.TypeFor[bool](),
		reflect.TypeFor[goja.ArrayBuffer](), reflect.TypeFor[[][2]any](),
	}
	seen := map[*goja.Object]bool{}
	var walk func(path string, v goja.Value)
	walk = func(path string, v goja.Value) {
		if v == nil {
			return
		}
		o, isObject := v.(*goja.Object)
		if isObject && (o == nil || seen[o]) {
			return
		}
		ok := false
		for _, p := range plain {
			ok = ok || v.ExportType() == p
		}
		if !ok {
			if _, symbol := v.(*goja.Symbol); symbol {
				return
			}
			t.Errorf("%s is a Go %v", path, v.ExportType())
			return
		}
		if !isObject {
			return
		}
		seen[o] = true
		walk(path+".[[Prototype]]", o.Prototype())
		for _, name := range o.GetOwnPropertyNames() {
			if ex := r.vm.Try(func() { walk(path+"."+name, o.Get(name)) }); ex != nil {
				continue // a getter that wants another receiver
			}
		}
		for _, s := range o.Symbols() {
			if ex := r.vm.Try(func() { walk(path+"."+s.String(), o.GetSymbol(s)) }); ex != nil {
				continue
			}
		}
	}
	walk("globalThis", r.vm.GlobalObject())
	if len(seen) < 300 {
		t.Errorf("only %d objects were seen: the walk does not see the realm", len(seen))
	}
	for _, name := range []string{"GoError", "console", "require", "process", "fetch", "setTimeout"} {
		if r.vm.GlobalObject().Get(name) != nil {
			t.Errorf("%s is there", name)
		}
	}

	// The walk must be able to fail.
	if err := r.vm.Set("leak", &struct{ Password string }{"x"}); err != nil {
		t.Fatal(err)
	}
	if v := r.vm.Get("leak"); v.ExportType().Kind() != reflect.Pointer {
		t.Errorf("a leaked struct looks like %v: the walk would miss it", v.ExportType())
	}
}

// TestScriptsThatLie gives the prelude objects that are not what they seem.
func TestScriptsThatLie(t *testing.T) {
	const ok = `{"type":"notify","text":"a"}`
	for _, c := range []struct{ name, body, want, message string }{
		{"getter", `return {type: "notify", get text() { return "a" }}`, "", "not a plain value"},
		{"toJSON is not asked", `return {type: "notify", text: "a", toJSON() { return 1 }}`, "", "no intent"},
		{"toJSON of texts is not asked", `String.prototype.toJSON = () => "b"; Object.prototype.toJSON = () => "b"; return {type: "notify", text: "a"}`, ok, ""},
		{"proxy", `return new Proxy({type: "notify", text: "a"}, {get: () => "b"})`, ok, ""},
		{"inherited", `return Object.create({type: "notify", text: "a"})`, `{}`, ""},
		{"cyclic", `const o = {type: "notify"}; o.text = o; return o`, "", "no intent"},
		{"deep", `return {type: "newContact", url: "u", prefill: {a: {b: {}}}}`, "", "no intent"},
		{"text object", `return {type: "notify", text: new String("a")}`, `{"type":"notify","text":{"0":"a"}}`, ""},
		{"symbol", `return {type: "notify", text: Symbol("a")}`, "", "no intent"},
		{"bigint", `return {type: "notify", text: 1n}`, "", "no intent"},
		{"function", `return () => 1`, "", "no intent"},
		{"array of arrays", `return [[{type: "notify", text: "a"}]]`, "", "no intent"},
		{"too many", `return Array(17).fill({type: "notify", text: "a"})`, "", "more than 16"},
		{"holes", `return [, {type: "notify", text: "a"}]`, "", "not a plain value"},
		{"a Proxy for an array", `return new Proxy([], {get: (_, k) => k === "length" ? 1 : {type: "notify", text: "a"}})`, "", "a Proxy of an array"},
		{"a Proxy with a false length", `return new Proxy([], {getOwnPropertyDescriptor: () => ({value: "1", writable: true, enumerable: false, configurable: false})})`, "", "a Proxy of an array"},
		{"a thousand keys", `const o = {}; for (let i = 0; i < 1000; i++) o["k" + i] = ""; return o`, "", "too many keys"},
		{"built-ins replaced", `JSON.parse = JSON.stringify = Object.keys = Array.isArray = () => { throw 1 }; Object.getOwnPropertyDescriptor = () => 7; Function.prototype.call = null; return {type: "notify", text: "a"}`, ok, ""},
		{"iterator replaced", `Array.prototype[Symbol.iterator] = null; String.prototype.charCodeAt = null; return [{type: "notify", text: "a"}]`, ok, ""},
		{"lone surrogate", `return {type: "notify", text: "a\ud83d"}`, `{"type":"notify","text":"a` + "\ufffd" + `"}`, ""},
		{"JSON in a text", `return {type: "notify", text: '"},{"type":"openUrl"'}`, `{"type":"notify","text":"\"},{\"type\":\"openUrl\""}`, ""},
		{"cti replaced", `globalThis.cti = {url: () => "x"}; return {type: "notify", text: cti.url` + "`a`" + `}`, ok, ""},
		{"cti changed", `"use strict"; cti.url = 1`, "", "TypeError"},
		{"message with a getter", `throw {get message() { return 1 }, toString() { return "odd" }}`, "", "odd"},
		{"nothing", `return null`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := newRealm()
			if err != nil {
				t.Fatal(err)
			}
			a := r.run(request{Script: "function onCall(call, params) {" + c.body + "\n}", Call: ringing, Params: "{}", Limit: 5000})
			var got []string
			for _, i := range a.Intents {
				got = append(got, string(i))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			switch {
			case c.message == "" && a.Fault != nil:
				t.Errorf("fault %+v", a.Fault)
			case c.message != "" && (a.Fault == nil || !strings.Contains(a.Fault.Message, c.message)):
				t.Errorf("fault %+v, want %q", a.Fault, c.message)
			}
		})
	}
}

// TestScriptsKnowNothingOfTheMachine: dates are in UTC and no file is read.
func TestScriptsKnowNothingOfTheMachine(t *testing.T) {
	h := newHost(t, patient)
	got, err := run(t, h, `function onCall() { return {type: "notify", text: "" + new Date(0).getTimezoneOffset() + typeof require + typeof GoError} }
//# sourceMappingURL=file:///etc/passwd`)
	if err != nil || got != `{"type":"notify","text":"0undefinedundefined"}` {
		t.Errorf("%v %s", err, got)
	}
}

// names makes caller names of the worst sort.
func names(n int) []string {
	rng := rand.New(rand.NewPCG(1, 2))
	parts := []string{"x", ",", "=", "^", "&", "%", "%2C", "OwnerId=", "#", "?", "/", "..", "\\", "'", "\"", "<b>", "(", ")", "!", "*", " ", "+",
		"é", "李", "😀", "\u202e", "^sys_id=1", "\u00a0", "~", "_", "-", ".", ";", "|", "{e164}", "${x}", "`"}
	out := make([]string, n)
	for i := range out {
		for range rng.IntN(8) {
			out[i] += parts[rng.IntN(len(parts))]
		}
	}
	return out
}

// TestEncodersKeepTheStructure: whatever the values hold, the link has exactly
// the expected keys and gives the values back.
func TestEncodersKeepTheStructure(t *testing.T) {
	r, err := newRealm()
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.vm.RunString(`(v) => {
		const sn = v.includes("^") || v.includes("=") ? "" : cti.encode.snQuery({name: v, phone: "1"});
		return [
			cti.url` + "`https://h.example.org/${v}/a?n=${v}&m=1#${v}`" + `,
			cti.url` + "`https://h.example.org/?d=${cti.encode.sfDefaults({LastName: v, Phone: \"+1\"})}`" + `,
			cti.url` + "`https://h.example.org/?d=${cti.encode.extraqs({lastname: v, telephone1: \"+1\"})}`" + `,
			cti.url` + "`https://h.example.org/?d=${sn}`" + `,
		].join("\n")
	}`)
	if err != nil {
		t.Fatal(err)
	}
	build, _ := goja.AssertFunction(v)
	pairs := func(text, separator string, decode bool) map[string]string {
		m := map[string]string{}
		for pair := range strings.SplitSeq(text, separator) {
			key, value, ok := strings.Cut(pair, "=")
			if decode {
				value, err = url.PathUnescape(value)
				ok = ok && err == nil
			}
			if _, twice := m[key]; twice || !ok {
				t.Fatalf("%q splits badly by %q", text, separator)
			}
			m[key] = value
		}
		return m
	}
	for _, name := range names(2000) {
		out, err := build(goja.Undefined(), r.vm.ToValue(name))
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		links := strings.Split(out.String(), "\n")
		if len(links) != 4 {
			t.Fatalf("%q makes a new line", name)
		}
		u, err := url.Parse(links[0])
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if got := u.Query(); u.Host != "h.example.org" || len(got) != 2 || got.Get("n") != name ||
			u.Path != "/"+name+"/a" || u.Fragment != name || strings.ContainsAny(links[0], `'"<>\^ {}|`+"`") {
			t.Fatalf("%q became %s", name, links[0])
		}
		d := func(i int) string {
			u, err := url.Parse(links[i])
			if err != nil || len(u.Query()) != 1 {
				t.Fatalf("%q became %s", name, links[i])
			}
			return u.Query().Get("d")
		}
		if m := pairs(d(1), ",", true); len(m) != 2 || m["LastName"] != name || m["Phone"] != "+1" {
			t.Fatalf("%q became %s", name, d(1))
		}
		if m := pairs(d(2), "&", true); len(m) != 2 || m["lastname"] != name || m["telephone1"] != "+1" {
			t.Fatalf("%q became %s", name, d(2))
		}
		if sn := d(3); sn != "" {
			if m := pairs(sn, "^", false); len(m) != 2 || m["name"] != name || m["phone"] != "1" {
				t.Fatalf("%q became %s", name, sn)
			}
		}
	}
}

func TestEncodersRefuse(t *testing.T) {
	r, err := newRealm()
	if err != nil {
		t.Fatal(err)
	}
	for _, expression := range []string{
		`cti.encode.snQuery({name: "a^b"})`, `cti.encode.snQuery({name: "a=b"})`, `cti.encode.snQuery({name: "a\nb"})`,
		`cti.encode.snQuery({"a^b": "c"})`, `cti.encode.sfDefaults({"a,b": "c"})`, `cti.encode.sfDefaults({Name: "a\u0000"})`,
		`cti.encode.sfDefaults({Name: 1})`, `cti.encode.extraqs({"a&b": "c"})`, `cti.encode.extraqs(null)`, `cti.encode.extraqs({a: null})`,
		"cti.url`${undefined}`", "cti.url`${null}`", "cti.url`${{}}`", "cti.url`${[1]}`", "cti.url`${true}`",
	} {
		if v, err := r.vm.RunString(expression); err == nil {
			t.Errorf("%s gave %v", expression, v)
		}
	}
}
