# Klantkaart. `make` prints this list.

SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help run test generate lint check bench chaos trials explorer clean

# Arguments of the programs: make run ARGS="--listen 127.0.0.1:9000"
ARGS ?=

# What the race detector does not watch: SQLite, which is C translated to Go below a driver that is watched, and the
# function that is slow on purpose. They would take most of the time, and tell nothing of ours.
UNWATCHED := $(foreach package,modernc.org/sqlite/lib modernc.org/libc golang.org/x/crypto/argon2,-gcflags=$(package)=-race=false)

help: ## print every target with what it does
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

run: ## start the server with the demo office on embedded SQLite (ARGS are its flags)
	go run ./server $(ARGS)

test: ## run every Go test with the race detector, on SQLite, PostgreSQL and Redis
	.ci/engines -memory go test -race $(UNWATCHED) -count=1 -timeout 40m $(or $(ARGS),./...)

generate: ## write the Go code that follows from schema/ and gqlgen.yml
	go run ./graph/gen

lint: .tools/golangci-lint ## read the code: the style, the arrows between packages, the usual mistakes
	.tools/golangci-lint run ./...

check: lint ## prove that generated code is current, modules tidy, the arrows and the schema in order
	.ci/unchanged 'make generate' graph
	go mod tidy -diff
	go vet ./...
	go test ./schema/...
	cd tools && go test -count=1 ./...

bench: ## measure the server against hand-written SQL behind net/http (ARGS are the flags of bench)
	.ci/engines go run ./bench $(ARGS)

chaos: ## break everything under the live feed, long, and demand that defects built in are found (ARGS are the flags of chaos)
	.ci/engines go run ./chaos $(ARGS)
	.ci/engines go run ./chaos -defects $(ARGS)

trials: ## run the clients that others wrote (Apollo, urql, Relay, graphql-ws, GraphiQL …) against the server
	command -v chromium >/dev/null || .ci/install chromium
	cd trials && npm ci --no-audit --no-fund && ../.ci/engines npm test

explorer: ## bundle GraphiQL anew from web/explorer/src (needs Node)
	cd web/explorer && npm ci --no-audit --no-fund && npm run build

clean: ## remove the compiled tools and the fetched packages
	rm -rf .tools trials/node_modules trials/build trials/genqlient/card web/explorer/node_modules

# The linter comes from its own module, compiled once: a minute or two.
.tools/golangci-lint: tools/go.mod tools/go.sum
	cd tools && go build -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
