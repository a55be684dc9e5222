# make demo   builds everything and plays the main job on loopback
# make test   installs what it needs and passes the tests
# make help   lists the rest

GO      ?= go
BIN     := bin
# The small OpenGL ES binding makes a cold build of the windows five times shorter.
WINTAGS := gles
STATIC  := ctiagent ctiserver ctidemo
TRIM    := -trimpath -ldflags='-s -w'

.PHONY: help build windows static demo demo-headless test test-core cross lint fuzz bench setup clean

help:
	@sed -n 's/^# \(make .*\)/\1/p; s/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' Makefile

build: static windows ## all programs into bin/

static: ## the programs that need no graphics
	@mkdir -p $(BIN)
	CGO_ENABLED=0 $(GO) build $(TRIM) -o $(BIN)/ $(STATIC:%=./cmd/%)

windows: ## the window program (needs a C compiler and the libraries of scripts/setup)
	@scripts/setup build
	@mkdir -p $(BIN)
	CGO_ENABLED=1 $(GO) build $(TRIM) -tags $(WINTAGS) -o $(BIN)/ ./cmd/ctiwindow

demo: build ## the main job, end to end, on this machine alone
	$(BIN)/ctidemo

demo-headless: static ## the same without a display, ending by itself
	$(BIN)/ctidemo --headless

setup: ## the system packages of build and test
	@scripts/setup test

# The tests of the whole drive the programs as built.
test: setup build cross ## everything, against real peers
	CGO_ENABLED=1 $(GO) tool gotestsum --format pkgname -- -race -shuffle=on -timeout 15m -tags system,$(WINTAGS) ./...

test-core: ## the tests that need Go alone
	CGO_ENABLED=0 $(GO) tool gotestsum --format pkgname -- -shuffle=on $$($(GO) list ./... | grep -v /cmd/ctiwindow)

# Everything but the Fyne windows is compiled for Windows, and what needs no cgo
# is vetted for macOS (where the tray does).
PACKAGES = $(GO) list -e -f '{{if .GoFiles}}{{.ImportPath}}{{end}}' ./...

cross: ## compile for Windows, vet for macOS
	GOOS=windows CGO_ENABLED=0 $(GO) build -o /dev/null $$(GOOS=windows CGO_ENABLED=0 $(PACKAGES) | grep -v -e /cmd/ctiwindow -e /ui/window)
	GOOS=darwin CGO_ENABLED=0 $(GO) vet $$(GOOS=darwin CGO_ENABLED=0 $(PACKAGES) | grep -v -e /ui/ -e /cmd/ctiwindow -e /cmd/ctiagent -e /cmd/ctidemo -e /e2e)

lint: ## gofmt, vet, staticcheck, govulncheck, gosec
	scripts/lint

fuzz: ## every fuzz test for FUZZTIME (10s)
	scripts/fuzz $(or $(FUZZTIME),10s)

bench: build ## the figures, each with its ratio
	scripts/bench

clean:
	rm -rf $(BIN)
