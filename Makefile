# How the project is set up, run and checked; `make` alone lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help install demo run test test-quick check bench pictures clean

VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed
# Any Python from 3.11 on will do; `make install PYTHON=/path/to/python` names another.
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
# How many tests run side by side: four fill two cores, since a test waits for its database or a process now and then;
# six made each other slower. Each costs seven seconds of processor time to begin, and half a gigabyte.
WORKERS ?= 4
PYTEST_ARGS ?=

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## sets up .venv and nothing else

demo: $(STAMP) ## runs the whole bot on stand-ins for Telegram and MAX, with a web page; no token needed
	@$(PY) -m bot demo $(DEMO_ARGS)

run: $(STAMP) ## runs the bot with the settings of .env
	@$(PY) -m bot run

# Where Python is told to keep no compiled files, each worker would compile every test and its assertions anew.
test test-quick: export PYTHONDONTWRITEBYTECODE :=

test: $(STAMP) ## runs every test; names the skipped and the failed ones at the end
	$(PY) -m pytest -n $(WORKERS) --dist worksteal -rsfE $(PYTEST_ARGS)

# What the whole run tries on PostgreSQL as well, in a browser, by killing processes or by reading pictures is left to it.
# Few of these tests wait, so that three workers fill two cores.
test-quick: WORKERS := 3
test-quick: $(STAMP) ## runs what is quick: SQLite only, no browser, no process that is killed, two talks of each module
	$(PY) -m pytest -n $(WORKERS) --dist worksteal --quick $(PYTEST_ARGS)

check: $(STAMP) ## lint, form, types, and the layers of imports
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pytest -q tests/test_layers.py

bench: $(STAMP) ## measures speed, memory and losses
	$(PY) -m benchmarks $(BENCH_ARGS)

pictures: $(STAMP) ## makes the pictures of the documentation anew
	$(PY) -m docs.pictures

clean: ## removes .venv and what the tools leave behind; never the data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Some systems ship Python without ensurepip; then virtualenv, uv, or the pip of that Python can fill the folder.
define make_venv
	test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found. Install it or name it: make install PYTHON=..." >&2; exit 1; }; \
	make_one() { rm -rf $(VENV); "$$@" $(VENV) >/dev/null 2>&1 && $(PY) -m pip --version >/dev/null 2>&1; }; \
	bare() { $(PYTHON) -m venv --without-pip "$$1" && $(PYTHON) -m pip --python "$$1/bin/python" install -q pip; }; \
	make_one $(PYTHON) -m venv \
	|| make_one $(PYTHON) -m virtualenv \
	|| make_one uv venv --seed --python "$$(command -v $(PYTHON))" \
	|| make_one bare \
	|| { rm -rf $(VENV); \
	     echo "$(PYTHON) cannot make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
endef

# The stamp is written last, so an installation that broke off is done again; a .venv whose Python is gone, too.
$(STAMP): requirements.txt requirements-dev.txt constraints.txt
	@$(PY) -m pip --version >/dev/null 2>&1 || { $(make_venv); }
	@echo "Installing into $(VENV) (the first time takes a minute or two)"
	@$(PY) -m pip install -q --disable-pip-version-check -c constraints.txt -r requirements.txt -r requirements-dev.txt
	@touch $@
