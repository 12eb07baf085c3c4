# Everything a developer does here, by name. `make` alone prints this list; docs/development.md tells more.

SHELL := /bin/bash
GO ?= go
CONTAINER_IMAGE ?= $(shell scripts/database image)

.DEFAULT_GOAL := help
.PHONY: help run test test-go test-clients test-console test-graphiql test-containers bench bench-smoke fuzz measure flaky upgrade vulncheck generate lint build console graphiql db-up db-down db-status psql clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## start the database and usagegraph on :8080, with demo data the first time
	@scripts/run

test: ## check and test everything, as CI does
	@scripts/test lint go clients console graphiql smoke

test-go: ## run the Go tests; PKG=./tsdb/... narrows them
	@scripts/test go

test-clients: ## run the clients' tests, with a real server that is killed meanwhile
	@scripts/test clients

test-console: ## run the console's tests
	@scripts/test console

test-graphiql: ## run GraphiQL in a headless Chromium
	@scripts/test graphiql

test-containers: ## run the Go tests in a TimescaleDB container; CONTAINER_IMAGE chooses the image
	@CONTAINER_IMAGE='$(CONTAINER_IMAGE)' scripts/test containers

bench: ## measure each row of bench/results.md beside its baseline, 40 minutes; BENCH=Debits runs that benchmark alone
	@scripts/test bench

bench-smoke: ## measure some rows in short; fails where one is off by a factor 2
	@scripts/test smoke

measure: ## beside a running `make run`: time the whole page and an import
	@scripts/measure page
	@scripts/measure import

flaky: ## run the tests again and again on a busy machine; FLAKY_TIMES=20, PKG=./tsdb narrows them
	@scripts/flaky $(PKG)

fuzz: ## run every fuzz target; FUZZTIME=20s each
	@scripts/test fuzz

upgrade: ## show that a database of an earlier version keeps its balances and charts; COMMIT chooses it
	@scripts/upgrade $(COMMIT)

vulncheck: ## ask vuln.go.dev what is known of the modules; needs the internet
	@scripts/test vulncheck

generate: ## write graph/generated and graph/model from schema.graphqls
	@$(GO) generate ./...

lint: ## check gofmt, go vet, staticcheck, shellcheck, TypeScript and that generated code is fresh
	@scripts/test lint

build: console graphiql ## build bin/usagegraph with the console and GraphiQL in it
	@$(GO) build -o bin/usagegraph ./cmd/usagegraph

console: ## build the console, which the binary embeds
	@scripts/console build

graphiql: ## build GraphiQL, which the binary embeds
	@scripts/graphiql build

db-up: ## find or start the database and print its DATABASE_URL
	@scripts/database up

db-down: ## stop the database; its data stay
	@scripts/database down

db-status: ## say which database is used and whether it answers
	@scripts/database status

psql: ## open psql on the database
	@scripts/database psql

clean: ## remove what was built; the database under .local/ stays
	@rm -rf bin console/dist server/graphiql/dist
