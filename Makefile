# Forwards to Meson and the scripts; `make help` lists what there is.
DB     ?= sqlite:./data/guanxi.db
LISTEN ?= 127.0.0.1:8080
MESON  := -Ddebug=false

all: build ## build build/guanxi with the web interface inside

build: deps web build/build.ninja
	@ninja -C build --quiet guanxi

run: build ## install what is missing, build, load the demonstration, serve
	@scripts/run.sh "$(DB)" "$(LISTEN)"

test: deps-test ## everything, in sanitizers and a browser, on both databases
	@tests/run full

quick: deps ## the tests of half a minute
	@tests/run quick

deb: build ## build/guanxi_VERSION_ARCH.deb
	@scripts/make-deb.sh build

bench: build ## the benchmark table of docs/performance.md from this machine
	@bench/run

torture: deps-test ## the long fault tests
	@tests/run torture

lint: ## house rules and formatting
	@node tools/lint.mjs
	@scripts/format.sh --check

tidy: deps-test ## clang-tidy and cppcheck
	@scripts/tidy.sh

fmt: ## format C sources
	@scripts/format.sh

clean: ## remove what was built; data stays
	rm -rf build build-* web/dist

help:
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

deps:
	@scripts/install-deps.sh build

deps-test:
	@scripts/install-deps.sh test

build/build.ninja: | deps
	@meson setup build $(MESON) >build.log || { cat build.log; exit 1; }
	@rm -f build.log

web: deps
	@scripts/build-web.sh

.PHONY: all build web run test quick bench deb torture lint tidy fmt clean help deps \
	deps-test
