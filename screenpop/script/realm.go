package script

import (
	_ "embed" // the prelude and the declarations
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
)

//go:embed prelude.js
var prelude string

// Declarations are the types that a script's author works against: cti.d.ts.
//
//go:embed cti.d.ts
var Declarations string

const (
	callStack  = 400 // JavaScript calls; natives calling back count too
	sourceName = "script"
)

// realm is one script's world: made once, used once, thrown away.
type realm struct {
	vm   *goja.Runtime
	call goja.Callable // of the prelude: runs onCall, returns what it returns
	take goja.Callable // of the prelude: makes the intents' JSON text of that
	log  goja.Callable // of the prelude: returns the log's JSON text
}

// newRealm makes a world with the language, cti and nothing else.
func newRealm() (*realm, error) {
	vm := goja.New()
	// Without this the parser reads the file a sourceMappingURL names.
	vm.SetParserOptions(parser.WithDisableSourceMaps)
	vm.SetMaxCallStackSize(callStack)
	v, err := vm.RunScript("cti", prelude)
	if err != nil {
		return nil, fmt.Errorf("script: the prelude: %w", err)
	}
	host := v.ToObject(vm)
	r := &realm{vm: vm}
	r.call, _ = goja.AssertFunction(host.Get("call"))
	r.take, _ = goja.AssertFunction(host.Get("take"))
	r.log, _ = goja.AssertFunction(host.Get("log"))
	return r, nil
}

// boundRegexps makes the look-around engine's own limits useless to a script:
// goja reads both its time-out and its full stack as "no match", which would
// let a test that should forbid something pass. So the stack may grow until
// the memory limit ends the process, and the time-out comes only when the
// script's time is over and its answer is thrown away anyway.
func boundRegexps(limit time.Duration) {
	regexp2.DefaultMatchTimeout = limit
	regexp2.DefaultOptimizationOptions.MaxBacktrackingStackSize = -1
}

// run runs one script and never panics.
func (r *realm) run(req request) (a answer) {
	began := time.Now()
	limit := time.Duration(req.Limit) * time.Millisecond
	defer func() {
		if p := recover(); p != nil {
			// goja has built-ins that panic on sizes beyond reason.
			a = answer{Fault: &fault{Limit: LimitCrash}}
		}
		took := time.Since(began)
		if took >= limit {
			// Whatever came out after the deadline may be the product of a
			// regular expression that gave up.
			a = answer{Fault: &fault{Limit: LimitTime}}
		}
		a.Micros = took.Microseconds()
	}()
	timer := time.AfterFunc(limit, func() { r.vm.Interrupt(LimitTime) })
	defer timer.Stop()

	text, err := r.intents(req)
	if err != nil {
		a.Fault = explain(err)
	} else if err := json.Unmarshal([]byte(text), &a.Intents); err != nil {
		a.Fault = &fault{Message: "onCall returned something that is no intent"}
	}
	if v, err := r.log(goja.Undefined()); err == nil {
		_ = json.Unmarshal([]byte(v.String()), &a.Log) // our own text; without it there is no log
	}
	return a
}

// intents runs the script and its onCall and gives the JSON text of the list.
func (r *realm) intents(req request) (string, error) {
	tree, err := parser.ParseFile(nil, sourceName, req.Script, 0, parser.WithDisableSourceMaps)
	if err != nil {
		return "", err
	}
	program, err := goja.CompileAST(tree, false)
	if err != nil {
		return "", err
	}
	if _, err := r.vm.RunProgram(program); err != nil {
		return "", err
	}
	onCall, err := r.vm.RunScript("cti", `typeof onCall === "undefined" ? undefined : onCall`)
	if err != nil {
		return "", err
	}
	result, err := r.call(goja.Undefined(), onCall, r.vm.ToValue(req.Call), r.vm.ToValue(req.Params))
	if err != nil {
		return "", err
	}
	// A Proxy of an array may say one thing of its length and another of its
	// elements; the language itself cannot tell it from what it stands for.
	isProxy := result.ExportType() == reflect.TypeFor[goja.Proxy]()
	v, err := r.take(goja.Undefined(), result, r.vm.ToValue(isProxy))
	if err != nil {
		return "", err
	}
	return v.String(), nil
}

// explain sorts what a run can end with.
func explain(err error) *fault {
	var (
		interrupted *goja.InterruptedError
		overflow    *goja.StackOverflowError
		syntax      parser.ErrorList
		compiler    *goja.CompilerSyntaxError
		reference   *goja.CompilerReferenceError
		thrown      *goja.Exception
	)
	switch {
	case errors.As(err, &interrupted):
		return &fault{Limit: LimitTime}
	case errors.As(err, &overflow):
		return &fault{Limit: LimitStack}
	case errors.As(err, &syntax) && len(syntax) > 0:
		return &fault{Message: "SyntaxError: " + syntax[0].Message, Line: syntax[0].Position.Line, Column: syntax[0].Position.Column}
	case errors.As(err, &compiler):
		return compilerFault("SyntaxError", compiler.CompilerError)
	case errors.As(err, &reference):
		return compilerFault("ReferenceError", reference.CompilerError)
	case errors.As(err, &thrown):
		f := &fault{Message: thrownMessage(thrown)}
		for _, frame := range thrown.Stack() {
			if frame.SrcName() == sourceName {
				p := frame.Position()
				f.Line, f.Column = p.Line, p.Column
				break
			}
		}
		return f
	}
	return &fault{Message: "the script failed"}
}

func compilerFault(kind string, e goja.CompilerError) *fault {
	f := &fault{Message: kind + ": " + e.Message}
	if e.File != nil {
		p := e.File.Position(e.Offset)
		f.Line, f.Column = p.Line, p.Column
	}
	return f
}

// thrownMessage is the script's own text, bounded. It may run script code
// (toString), under the same limits as everything else.
func thrownMessage(e *goja.Exception) string {
	if e.Value() == nil {
		return "unknown error"
	}
	return limitRunes(e.Value().String(), 500)
}

func limitRunes(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i] + "…"
		}
	}
	return s
}
