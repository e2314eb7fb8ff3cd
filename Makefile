# Two commands matter: `make run` starts Stacktide, `make test` checks it. Everything else serves them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)

.PHONY: run env dashboard servers test test-servers test-all lint format docs lock bench clean

run: env  ## start everything in one process on http://127.0.0.1:8000
	@$(BIN)/python -m infra.dashboard || echo "Stacktide goes on without it."
	@$(BIN)/stacktide up

dashboard: env  ## build the dashboard where it is not built
	@$(BIN)/python -m infra.dashboard

env: $(VENV)/.ready  ## make the environment in .venv, with .venv/bin/stacktide

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 15) else "Stacktide needs Python 3.11 to 3.14, but " + sys.executable + " is %d.%d. Choose another with: make PYTHON=python3.12 run" % v)'
	@$(PYTHON) -c 'import platform as p, sys; s = (p.system(), p.machine()); sys.exit(0 if s in {("Linux", "x86_64"), ("Darwin", "arm64")} else "Stacktide runs on x86-64 Linux and Apple silicon, where its ClickHouse and Faust wheels exist, and this is %s %s. On Windows use WSL; on other Linux machines use the cluster mode (see README.md, Platforms)." % s)'
	@echo "Making the environment in $(VENV) (once; about 700 MB)..."
ifdef UV
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) $(VENV)
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps -e .
else
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps -e .
endif
	@touch $@

lint: env  ## style and types
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary

format: env
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

test: lint  ## every test that needs nothing but pip packages
	@$(BIN)/python -m pytest -m "not servers" -n 2 --dist loadfile

servers: env  ## start the real servers of the cluster mode; see docs/servers.md
	@$(BIN)/python -m infra.servers

test-servers: env  ## the tests that need other languages' toolchains or real servers
	@$(BIN)/python -m infra.servers --prepare
	@$(BIN)/python -m infra.dashboard
	@output=$$(cd dashboard && { npm run --silent lint && npm test --silent; } 2>&1) || { echo "$$output"; exit 1; }
	@$(BIN)/python -m pytest -m servers -n 2 --dist loadfile

test-all: test test-servers  ## everything

docs: env  ## regenerate what is generated: settings, metrics, topology, schemas
	@$(BIN)/stacktide docs

lock:  ## resolve the newest versions that pyproject.toml allows (needs uv)
	uv pip compile pyproject.toml --quiet --extra dev --universal --generate-hashes --no-emit-index-url --no-header -o requirements.lock

bench: env  ## the whole path and each stage, measured
	@$(BIN)/stacktide bench

clean:
	rm -rf $(VENV) *.egg-info
