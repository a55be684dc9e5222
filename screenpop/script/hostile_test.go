package script

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// hostile are scripts that hang, swallow memory, recurse or kill their
// interpreter. Each is the body of onCall.
var hostile = []struct{ name, body string }{
	{"endless loop", `for (;;) {}`},
	{"endless loop that catches everything", `for (;;) { try { for (;;) {} } catch (e) {} finally { continue } }`},
	{"recursion", `function f() { return f() + 1 } return f()`},
	{"recursion through a comparison", `const o = {toString() { return "" + o }}; return [o, o].sort() && "" + o`},
	{"recursion through map", `function f() { return [1].map(f) } return f()`},
	{"repeat 2^30", `return "x".repeat(2 ** 30).length && undefined`},
	{"repeat 2^40", `return "x".repeat(2 ** 40).length && undefined`},
	{"repeat beyond a length", `return "ab".repeat(2 ** 62)`},
	{"doubling a text", `let s = "x"; for (;;) s += s`},
	{"array without end", `const a = []; for (;;) a.push({a: 1, b: [2, 3]})`},
	{"filling a billion", `return new Array(1e9).fill(0) && undefined`},
	{"joining four billion holes", `return new Array(4e9).join("xx") && undefined`},
	{"eight gigabytes of bytes", `return new Uint8Array(2 ** 33) && undefined`},
	{"a petabyte of bytes", `return new Uint8Array(2 ** 50) && undefined`},
	{"look-ahead backtracking", `return /(?=x)?(a+)+$/.test("a".repeat(40) + "b") ? null : {type: "notify", text: "fail open"}`},
	{"back-reference backtracking", `return /^(a+)+\1$/.test("a".repeat(60) + "b") ? null : {type: "notify", text: "fail open"}`},
	{"linear regular expression", `/(a+)+$/.test("a".repeat(500000) + "b"); for (;;) {}`},
	{"sort with a slow toString", `const a = []; for (let i = 0; i < 1e5; i++) a.push({toString() { let s = ""; for (let j = 0; j < 50; j++) s += j; return s + i }}); a.sort(); return a.sort() && undefined`},
	{"exponential JSON", `let o = {}; for (let i = 0; i < 40; i++) o = {a: o, b: o}; return JSON.stringify(o) && undefined`},
	{"JSON nested ten million deep", `return JSON.parse("[".repeat(1e7)) && undefined`},
	{"flat of a deep array", `let a = []; for (let i = 0; i < 2e4; i++) a = [a, a]; return a.flat(Infinity) && undefined`},
	{"indexOf over 2^53", `return Array.prototype.indexOf.call(new Proxy({length: 2 ** 53 - 1}, {has: () => true, get: (t, k) => k === "length" ? 2 ** 53 - 1 : k}), NaN)`},
	{"includes over 2^53", `return Array.prototype.includes.call({length: 2 ** 53 - 1}, 1)`},
	{"a million parentheses", `return eval("(".repeat(1e6))`},
	{"three million exclamation marks", `return eval("!".repeat(3e6) + "1")`},
	{"a power of a power", `return 2n ** (2n ** 32n)`},
	{"a shift of 2^36", `return 1n << 2n ** 36n`},
	{"multiplying for ever", `let b = 3n; for (;;) b *= b`},
	{"promises for ever", `const f = () => Promise.resolve().then(f); f()`},
	{"replaceAll growth", `let s = "aa"; for (let i = 0; i < 40; i++) s = s.replaceAll("a", "aaaa")`},
	{"padEnd 2^31", `return "x".padEnd(2 ** 31, "abc").length && undefined`},
	{"a getter for a length", `return Array.prototype.join.call({get length() { return 2 ** 32 }}, "x") && undefined`},
	{"two billion arguments", `return String.fromCharCode.apply(null, {length: 2 ** 31}) && undefined`},
	{"a proxy that is its own prototype", `const p = new Proxy({}, {getPrototypeOf: () => p}); Object.setPrototypeOf(Object.prototype, null); const q = Object.create(new Proxy({}, {get: (t, k, r) => Reflect.get(r, k, r)})); return q.x`},
	{"spreading an endless generator", `return [...(function* () { for (;;) yield 1 })()]`},
	{"an endless iterator", `return Array.from({[Symbol.iterator]: () => ({next: () => ({value: 1, done: false})})})`},
	{"filling a map", `const m = new Map(); for (let i = 0; ; i++) m.set(i, {i})`},
	{"a chain of proxies", `let p = {}; for (;;) { p = new Proxy(p, {}); }`},
	{"a chain of bound functions", `let f = () => 1; for (;;) f = f.bind(null, f)`},
	{"a getter inside JSON", `const o = {get a() { return JSON.stringify(o) }}; return JSON.stringify(o) && undefined`},
	{"splitting fifty million characters", `return "x".repeat(5e7).split("") && undefined`},
	{"sorting thirty million", `return Array(3e7).fill(1).sort() && undefined`},
	{"parsing fifty million numbers", `return JSON.parse("[" + "1,".repeat(5e7) + "1]") && undefined`},
	{"encoding a hundred million", `return encodeURIComponent("€".repeat(1e8)) && undefined`},
	{"look-ahead with two stars", `return /(?=a)(a*)*b/.test("a".repeat(40)) ? null : {type: "notify", text: "fail open"}`},
	// Beyond the first measurement.
	{"a getter that never answers", `return {type: "openUrl", get url() { for (;;) {} }}`},
	{"a proxy that never answers", `return new Proxy({}, {ownKeys() { for (;;) {} }})`},
	{"an error that never tells", `throw {toString() { for (;;) {} }}`},
	{"a full backtracking stack", `return /^(?:(?=a)a|b)*c/.test("a".repeat(1e6)) ? null : {type: "notify", text: "x"}; `},
	{"an answer of ten megabytes", `return {type: "notify", text: "x".repeat(1e7)}`},
}

// TestHostileScriptsAreContained runs each hostile script and then a benign
// one: the first must be over in time and in its memory, the second be right.
func TestHostileScriptsAreContained(t *testing.T) {
	if len(hostile) < 45 {
		t.Fatalf("%d hostile scripts, want at least 45", len(hostile))
	}
	h := newHost(t, Limits{})
	var mu sync.Mutex
	var peak int64
	h.reaped = func(c *contained) {
		mu.Lock()
		defer mu.Unlock()
		peak = max(peak, peakMemory(c.cmd.ProcessState))
	}
	const benign = `function onCall(call) { return {type: "notify", text: call.number.e164} }`
	for _, s := range hostile {
		t.Run(s.name, func(t *testing.T) {
			mu.Lock()
			peak = 0
			mu.Unlock()
			// A busy machine only ever adds time: the best of three counts.
			var took time.Duration
			var err error
			for range 3 {
				took, err = runHostile(t, h, s.body)
				if took <= 300*time.Millisecond {
					break
				}
			}
			var contained *ContainedError
			var thrown *ThrownError
			outcome := "gave an answer"
			switch {
			case errors.As(err, &contained):
				outcome = string(contained.Limit)
			case errors.As(err, &thrown):
				outcome = "threw"
			}
			if took > 300*time.Millisecond {
				t.Errorf("took %v", took)
			}
			mu.Lock()
			t.Logf("%-14s %4d ms %4d MB", outcome, took.Milliseconds(), peak>>20)
			if peak > 200<<20 {
				t.Errorf("the child held %d MB", peak>>20)
			}
			mu.Unlock()
			if err == nil {
				t.Errorf("it was believed")
			}
			var got string
			for range 3 { // as above
				if got, err = run(t, h, benign); !errors.As(err, &contained) {
					break
				}
			}
			if err != nil || got != `{"type":"notify","text":"+442079460123"}` {
				t.Errorf("the next script: %v %s", err, got)
			}
		})
	}
}

// runHostile runs a script in a child that is ready (its start does not count)
// and returns when the process is gone.
func runHostile(t *testing.T, h *Host, body string) (time.Duration, error) {
	c, err := h.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_, err = h.runIn(context.Background(), c, []byte("function onCall(call) {"+body+"\n}"), []byte(ringing), []byte("{}"))
	took := time.Since(began)
	<-c.done
	return took, err
}
