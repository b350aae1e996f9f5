# make demo    index real pictures, search with altered copies, show what was found
# make test    every check and every test
# make bench   recall, speed and equality beside others; see benchmarks/README.md
# make servers start real databases to play with, until Ctrl-C
# make format  what the linters can mend

PYTHON ?= python3
BIN := .venv/bin
# The distributions beside the core, each with tests of its own.
PACKAGES := conformance examples/imagematch-duckdb

.PHONY: demo test lint unit certify bench servers format clean

demo: .venv/demo
	$(BIN)/python examples/demo.py

test: lint unit certify

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	set -e; for package in $(PACKAGES); do $(BIN)/mypy $$package/imagematch_*; done
	$(BIN)/lint-imports

unit: .venv/dev
	$(BIN)/coverage erase
	$(BIN)/pytest --cov --cov-report=term:skip-covered
	set -e; for package in $(PACKAGES); do $(BIN)/pytest $$package/tests; done

certify: .venv/dev
	$(BIN)/python -m devtools.certify memory sqlite duckdb

bench: .venv/bench/bin/python
	.venv/bench/bin/python -m benchmarks.equality
	.venv/bench/bin/python -m benchmarks.speed
	.venv/bench/bin/python -m benchmarks.judge
	.venv/bench/bin/python -m benchmarks.scale
	.venv/bench/bin/python -m benchmarks.imports

servers: .venv/dev
	$(BIN)/python -m devtools.servers

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv demo build dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache

.venv/bin/pip:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade "pip>=25.1"

.venv/demo: pyproject.toml | .venv/bin/pip
	$(BIN)/pip install --quiet --editable . --group demo
	touch $@

.venv/bench/bin/python: benchmarks/requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv/bench
	.venv/bench/bin/pip install --quiet --editable . -r benchmarks/requirements.txt
	.venv/bench/bin/pip install --quiet --no-deps image-match==1.1.2 imagededup==0.3.3.post2

.venv/dev: pyproject.toml $(PACKAGES:=/pyproject.toml) | .venv/bin/pip
	$(BIN)/pip install --quiet --editable . $(addprefix --editable ./,$(PACKAGES)) --group dev
	touch $@
