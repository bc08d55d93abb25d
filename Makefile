# The people's door. `make quickstart` and `make test` need Python 3.11+, a C++ compiler and make.
PYTHON ?= python3
SIZE ?= full
VENV := .venv
BIN := $(VENV)/bin
CRASH_TOOLS := strace xfsprogs faketime
CORE := $(shell find cpp -name '*.?pp') CMakeLists.txt pyproject.toml

.PHONY: quickstart test test-slow test-instances test-crash check format lint types bench bench-convergence clean

quickstart: $(VENV)/.built  ## build everything, train a small heads-up blueprint, show it
	$(BIN)/python -m holdem.cli.quickstart

test: $(VENV)/.dev  ## the tests that CI runs
	$(BIN)/python -m pytest -n 2

test-slow: $(VENV)/.dev  ## every test, the ones of minutes included, but for test-crash
	$(BIN)/python -m pytest -n 2 -m 'not crash'

test-instances: $(VENV)/.dev  ## those of several instances, and of how they are resumed
	$(BIN)/python -m pytest tests/mccfr/test_multi_instance.py tests/mccfr/test_multi_instance_resume.py

test-crash: $(VENV)/.dev  ## kills, power cuts, full disks: wants Linux and root, takes minutes
	@if { command -v strace && command -v mkfs.xfs && command -v faketime; } >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq $(CRASH_TOOLS); \
	else echo "test-crash skips what needs a missing tool; install $(CRASH_TOOLS), run as root"; fi
	$(BIN)/python -m pytest -m crash

check: format lint types test  ## format, lint, types, build, tests

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $(filter %.hpp %.cpp,$(CORE))

lint: $(VENV)/.dev
	$(BIN)/ruff check .

types: $(VENV)/.dev
	$(BIN)/python -m nanobind.stubgen -q -m holdem._core -o src/holdem/_core.pyi
	$(BIN)/mypy

bench: $(VENV)/.dev  ## side-by-side measurements; takes a while and wants an idle machine
	$(BIN)/pip install -q -e '.[bench]' --no-build-isolation
	$(BIN)/python benchmarks/all.py

bench-convergence: $(VENV)/.dev  ## exploitability against CPU seconds, about 25 minutes; SIZE=quick: 3
	$(BIN)/pip install -q -e '.[bench]' --no-build-isolation
	cd benchmarks && ../$(BIN)/python -m convergence --$(SIZE)

clean:
	rm -rf $(VENV) build dist src/holdem/_core.pyi

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --upgrade pip

# Without build isolation a rebuild compiles only what changed.
$(VENV)/.built: $(BIN)/python $(CORE)
	$(BIN)/pip install -q 'scikit-build-core>=0.10' 'nanobind>=2.4' cmake ninja
	$(BIN)/pip install -q -e . --no-build-isolation
	touch $@

$(VENV)/.dev: $(VENV)/.built
	$(BIN)/pip install -q -e '.[dev]' --no-build-isolation
	touch $@
