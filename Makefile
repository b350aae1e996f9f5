# make demo    index real pictures, search with altered copies, show what was found
# make quick   lint, types and the tests without servers, in two minutes; see CONTRIBUTING.md
# make test    every check and every test, in 18 minutes
# make faults  kill, cut, fill and forbid on purpose, and print what was lost, in half an hour
# make bench   recall, speed and equality beside others; see benchmarks/README.md
# make docs    the documentation, into build/site; make docs-serve shows it while one writes
# make release VERSION=…   check, build, install, tag; see CONTRIBUTING.md
# make servers start real databases to play with, until Ctrl-C
# make coverage  which lines of the core its tests reach
# make format  what the linters can mend

PYTHON ?= python3
BIN := .venv/bin
# The distributions beside the core, each with tests of its own.
DRIVERS := drivers/postgres drivers/mongodb drivers/elasticsearch
PACKAGES := conformance server examples/imagematch-duckdb $(DRIVERS)
# The tests start hundreds of processes, each of which would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE
# Started once for the tests that need them.
SERVERS := postgresql postgresql-16 mongodb mongodb-standalone elasticsearch elasticsearch-8

.PHONY: demo quick quick-tests test lint unit packages programs databases drivers acceptance certify faults bench docs docs-serve release servers coverage format clean

demo: .venv/demo
	$(BIN)/python examples/demo.py

quick: .venv/dev
	$(MAKE) --jobs --output-sync=target lint quick-tests

quick-tests: .venv/dev
	$(BIN)/pytest -q -n auto -m "not slow"

# Half of it waits: for time-outs, for processes that are killed, for disks. A server of a few minutes
# is not worth the second compiler of Java.
test: export IMAGEMATCH_TEST_JAVA_OPTIONS = -XX:TieredStopAtLevel=1
test: .venv/oldest programs
	$(MAKE) --jobs --output-sync=target databases unit packages lint

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	set -e; for package in $(PACKAGES); do $(BIN)/mypy $$package/imagematch_*; done
	$(BIN)/lint-imports
	$(BIN)/codespell *.md docs conformance devtools drivers examples imagematch_core server benchmarks/README.md

unit: .venv/dev programs
	$(BIN)/pytest -n auto

packages: .venv/dev programs
	$(BIN)/pytest -n 4 --dist loadgroup $(addsuffix /tests,$(filter-out $(DRIVERS),$(PACKAGES)))

databases: .venv/dev .venv/oldest
	$(BIN)/python -m devtools.servers run $(SERVERS) -- $(MAKE) --jobs=1 drivers acceptance certify

# What no Python package brings: says what is missing, and as root what it installs.
programs: .venv/dev
	$(BIN)/python -m devtools.debian

# One driver's tests change settings of its whole server, so they run one after the other.
drivers: .venv/dev programs
	$(MAKE) --jobs --output-sync=target $(DRIVERS:=/tests)

.PHONY: $(DRIVERS:=/tests)
$(DRIVERS:=/tests):
	$(BIN)/pytest $@

acceptance: .venv/dev .venv/oldest
	$(BIN)/pytest acceptance

# With CERTIFY=--keep the certificates beside the drivers are renewed.
certify: .venv/dev .venv/oldest
	$(BIN)/python -m devtools.certify $(CERTIFY)

faults: .venv/dev programs
	$(BIN)/python -m devtools.faults

bench: .venv/bench/bin/python
	.venv/bench/bin/python -m benchmarks.equality
	.venv/bench/bin/python -m benchmarks.speed
	.venv/bench/bin/python -m benchmarks.judge
	.venv/bench/bin/python -m benchmarks.kinds
	.venv/bench/bin/python -m benchmarks.folder
	.venv/bench/bin/python -m benchmarks.newcomer
	.venv/bench/bin/python -m benchmarks.million
	.venv/bench/bin/python -m benchmarks.imports

docs: .venv/dev
	$(BIN)/python -m devtools.site build/site

docs-serve: .venv/dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

release: .venv/dev
	$(BIN)/python -m devtools.release $(VERSION)

servers: .venv/dev
	$(BIN)/python -m devtools.servers

coverage: .venv/dev
	$(BIN)/pytest -n auto --cov --cov-report=term:skip-covered

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
	.venv/bench/bin/pip install --quiet --editable . $(addprefix --editable ./,$(DRIVERS)) \
		-r benchmarks/requirements.txt
	.venv/bench/bin/pip install --quiet --no-deps image-match==1.1.2 imagededup==0.3.3.post2

# With the oldest libraries that are allowed.
.venv/oldest: .venv/dev
	$(PYTHON) -m venv .venv/oldest
	$(BIN)/uv pip install --quiet --python .venv/oldest/bin/python --resolution lowest-direct \
		--editable '.[remote]' $(addprefix --editable ./,$(PACKAGES)) --group servers
	touch $@

.venv/dev: pyproject.toml $(PACKAGES:=/pyproject.toml) | .venv/bin/pip
	$(BIN)/pip install --quiet --editable . $(addprefix --editable ./,$(PACKAGES)) --group dev
	touch $@
