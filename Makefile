# `make help` lists the targets. Each may be run again at any time, from a path with blanks in it too.
IMAGE ?= backend-enterprise-service
BASE ?= python:3.13-slim

python := .venv/bin/python
pytest := $(python) -m pytest

.DEFAULT_GOAL := help
.PHONY: help venv dev run test tests check lint types imports spelling format unit contract decisions laws http \
        faults architecture docs servers soak laws-long fuzz coverage bench-first bench-management bench-store reference lock image clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F '|' '{ printf "%-17s %s\n", $$1, $$2 }'

venv: ## make .venv with what the service runs with
	@ops/venv.sh

dev: ## make .venv with what the tests need too
	@ops/venv.sh dev

run: venv ## start the service with sample data (PORT=3018 for another port)
	@exec $(python) ops/run.py

test: dev ## check everything, then run all tests
	@ops/test-needs.sh
	@ops/test-servers.sh $(MAKE) --no-print-directory check tests

check: lint types imports spelling ## everything that reads the code without running it

lint: dev ## ruff: rules and format
	@$(python) -m ruff check
	@$(python) -m ruff format --check

types: dev ## mypy, strict
	@$(python) -m mypy

imports: dev ## import-linter: the direction of the layers
	@.venv/bin/lint-imports --no-logo

spelling: dev ## codespell
	@.venv/bin/codespell

format: dev ## write the format and the repairs that are safe
	@$(python) -m ruff check --fix-only
	@$(python) -m ruff format

tests: dev ## all tests, without the checks
	@ops/tests.sh $(python)

unit: dev ## tests of single parts
	@$(pytest) tests/unit

contract: dev ## the promises of the ports, on every adapter
	@$(pytest) tests/contract

decisions: dev ## the cases of policies/tests
	@$(pytest) tests/decisions

laws: dev ## what holds for every policy
	@$(pytest) tests/laws

http: dev ## the HTTP contract, on every way in
	@$(pytest) tests/http

faults: dev ## what happens when something breaks
	@$(pytest) tests/faults

architecture: dev ## the shape of the code and of the package
	@$(pytest) tests/architecture

docs: dev ## what the documents say is true
	@$(pytest) tests/docs

servers: dev ## install the servers that the tests need, and say which they are
	@$(python) -m tests.support.servers

soak: dev ## faults for SOAK_SECONDS=900 (SOAK_SEED=), then each at length, then SIMULATION_SEEDS=10000
	@THOROUGH=1 SIMULATION_SEEDS=$(or $(SIMULATION_SEEDS),10000) $(pytest) --capture=no \
	  tests/faults/soak.py tests/faults/test_*_faults.py tests/simulation

laws-long: dev ## the laws with many more policies; takes as long as it takes
	@$(pytest) tests/laws --hypothesis-profile=long --timeout=0

fuzz: dev ## calls made up from the OpenAPI document, many of them; takes as long as it takes
	@$(pytest) tests/http/test_fuzz.py --hypothesis-profile=long --timeout=0

coverage: dev ## all tests, and the branches that none of them takes
	@$(pytest) --cov --cov-report=term

bench-first: venv ## how fast deciding is, beside pycasbin and nginx (needs nginx and wrk)
	@$(python) -m bench.first

bench-management: venv ## how fast managing is, beside bare INSERTs, and pages at few and many clinics (needs wrk)
	@$(python) -m bench.management

bench-store: dev ## MongoDB and Redis: a million rules loaded, changes followed and appended (BENCH_RULES= for fewer)
	@$(python) -m bench.store_scale

reference: venv ## write docs/reference/management-api.md anew, from the OpenAPI document
	@$(python) ops/reference.py

lock: ## write both locks anew (UPGRADE=1 takes the newest versions)
	@ops/lock.sh $(if $(UPGRADE),--upgrade)

image: ## build the container image (IMAGE=, BASE=)
	@if docker info >/dev/null 2>&1; then \
	  docker build --build-arg BASE='$(BASE)' --tag '$(IMAGE)' .; \
	elif command -v buildah >/dev/null; then \
	  buildah build --build-arg BASE='$(BASE)' --tag '$(IMAGE)' .; \
	else \
	  echo 'image: needs a running docker, or buildah; type: sudo apt-get install buildah' >&2; exit 2; \
	fi

clean: ## remove .venv and everything that can be made again; var/ stays
	@rm -rf .venv .venv.lock build dist .coverage .coverage.* htmlcov .hypothesis .import_linter_cache \
	  .mypy_cache .pytest_cache .ruff_cache .tools src/*.egg-info
	@find adapters bench ops src tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
