# run · test · check · bench · lock · clean: each works on a fresh checkout (Python 3.11+, git, make).
.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON  ?= python3
VENV    := .venv
PY      := $(VENV)/bin/python
UV      := $(VENV)/bin/uv
DATA    ?= data
ARGS    ?=
AGAIN   ?=
CONSOLE := src/clockhouse/console/index.html
CONSOLE_SOURCES := $(shell find console -path console/node_modules -prune -o -type f -print 2>/dev/null)

# Where it is set, every process of a server and of a test compiles all that it loads: twice the time of a start.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run test machine rules-python rules-console rules-generated test-long check bench chaos lock clean verify

help:
	@echo "make run    start Clockhouse (data in ./$(DATA)); it prints the address that signs you in"
	@echo "make test   every test: Python, types, rules, console, stories in a real browser"
	@echo "make test-long  the stories that take longest, and properties with many more examples"
	@echo "make check  the fast part of it"
	@echo "make bench  measure, beside a floor"
	@echo "make chaos  kill, freeze and cut off servers for minutes, and see what became of each occurrence"
	@echo "make verify generated files are fresh"
	@echo "make lock   renew the locked dependencies"
	@echo "make clean  remove what was built (not ./$(DATA))"

$(UV): requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Clockhouse needs Python 3.11 or newer; set PYTHON=/path/to/python3.11 and run make again." >&2; exit 1; }
	@echo "Setting up Python in $(VENV) …"
	@$(PYTHON) -m venv $(VENV) || { echo "Python cannot make virtual environments here; on Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/uv.txt
	@touch $@

$(VENV)/.server: $(UV) requirements/server.txt pyproject.toml hatch_build.py
	@echo "Installing what the server needs …"
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements/server.txt
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.server requirements/dev.txt
	@echo "Installing what the tests need …"
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements/dev.txt
	@touch $@

$(CONSOLE): $(VENV)/.server $(CONSOLE_SOURCES)
	@echo "Building the web console; the first time takes about a minute …"
	@VIRTUAL_ENV=$(VENV) $(PY) hatch_build.py

run: $(VENV)/.server $(CONSOLE)
	@exec $(VENV)/bin/clockhouse serve --data $(DATA) $(ARGS)

check: $(VENV)/.dev
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(PY) -m pytest -q -n 2 -m "not slow and not browser"

test:
	@$(MAKE) --no-print-directory --jobs 3 --output-sync=line machine rules-python rules-console rules-generated
	@$(PY) -m pytest -q -n 3 --dist worksteal -m "not long" $(AGAIN)

machine:
	@.ci/browser
	@.ci/docker

rules-python: $(VENV)/.dev
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

rules-console: $(VENV)/.dev $(CONSOLE)
	@$(PY) hatch_build.py test

rules-generated: $(VENV)/.dev $(CONSOLE)
	@$(MAKE) --no-print-directory verify

test-long: machine $(VENV)/.dev $(CONSOLE)
	@CLOCKHOUSE_THOROUGH=1 $(PY) -m pytest -q -n 2 -m "long or thorough"

bench: $(VENV)/.dev
	@$(PY) -m benchmarks $(ARGS)

chaos: $(VENV)/.dev
	@$(PY) -m tests.chaos $(ARGS)

lock: $(UV)
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url pyproject.toml --extra server requirements/build.in -o requirements/server.txt $(ARGS)
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url pyproject.toml --extra server --extra http --extra sql --extra s3 --extra sftp --group dev requirements/build.in -c requirements/server.txt -o requirements/dev.txt $(ARGS)
	@grep -A99 '^uv==' requirements/server.txt | awk 'NR == 1 || /^ /{print; next} {exit}' > requirements/uv.txt

verify: $(VENV)/.dev
	@$(PY) -m tests.support.generated --check

clean:
	rm -rf $(VENV) console/node_modules src/clockhouse/console artifacts dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
