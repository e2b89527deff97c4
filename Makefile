# Two commands set everything up: `make compile`, then `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# A file stays with one worker, which compiles its specs once. tests/README.md has the tiers. Made for two cores; a slow
# test waits for an emulator or an installation most of its time.
WORKERS := 2
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations=10

.PHONY: compile test test-slow soak bench lint format goldens clean

$(VENV)/installed: pyproject.toml constraints.txt compiler/__init__.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $@

compile: $(VENV)/installed
	$(BIN)/dr-compile specs/dr-topology.yaml

test: lint
	$(PYTEST)

test-slow: WORKERS := 3
test-slow: $(VENV)/installed-test
	$(PYTEST) -m slow

# Run by hand: what takes long, and every property with twenty times the examples, drawn anew each time.
soak: $(VENV)/installed-test
	DR_EXAMPLES=20 $(PYTEST) -m "soak or hypothesis"

# Prints what is measured beside its goals; never part of a test run, never a verdict.
bench: $(VENV)/installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,bench]'
	$(BIN)/python -m tests.bench

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/installed-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What is generated and committed: the editor schema, docs, and the expected trees of tests/golden.
goldens: $(VENV)/installed-test
	$(BIN)/python -m tests.generate
	$(BIN)/dr-compile specs/dr-topology.yaml

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
