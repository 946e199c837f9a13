# The commands of syncd. `make run` and `make test` need Python 3.11 or newer and nothing else.
PYTHON ?= python3
VENV   ?= .venv
PORT   ?= 8000
STATE  ?= ./var
BIN    := $(VENV)/bin
PIP    := PIP_ROOT_USER_ACTION=ignore $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet --quiet

# Tests start many interpreters; without bytecode beside the sources each of them would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run setup test test-fast test-slow check screenshots bench lock clean

# A sample desk on this machine; PORT and STATE (a folder) can be set. Ctrl-C stops it, the next run goes on.
run: $(VENV)/.run
	@$(BIN)/syncd run --demo --port $(PORT) --state $(STATE)

setup: $(VENV)/.dev

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "syncd needs Python 3.11 or newer; name one: make PYTHON=python3.12 …" >&2; exit 1; }
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.lock pyproject.toml | $(BIN)/python
	@echo "installing what syncd needs (a minute or two, once)"
	@$(PIP) install --require-hashes -r requirements/run.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.lock pyproject.toml | $(BIN)/python
	@echo "installing what syncd and its tests need (some minutes, once)"
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run

test: setup
	$(BIN)/python -m pytest -n 2 --dist worksteal

test-fast: setup
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

test-slow: setup
	$(BIN)/python -m pytest -n 2 --dist worksteal -m slow

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The pictures in docs/pictures, drawn by the system's Chromium.
screenshots: setup
	$(BIN)/python -m tests.browser.pictures

bench: setup
	$(BIN)/python -m tests.bench $(GOAL)

# Needs `uv` (pip install uv); the lock names no index.
LOCK = uv pip compile pyproject.toml --all-extras --group build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet
lock:
	$(LOCK) --group test --output-file requirements/dev.lock
	$(LOCK) --output-file requirements/run.lock --constraints requirements/dev.lock

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
