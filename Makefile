# Two commands on a fresh clone: `make demo` and `make test`. Each sets up .venv first.
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: setup demo test test-slow lint format bench lock clean
.DEFAULT_GOAL := test

setup: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	touch $@

demo: setup  ## The main job on digits that come along: prints a table, draws demo.png.
	$(BIN)/integrated-diffusion demo --output demo.png

test: setup  ## The default tests. Their blocks are small, for which one thread of linear algebra is fastest.
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest

test-slow: setup  ## Real data, and limits of time and memory.
	$(BIN)/python -m pytest -m slow

lint: setup  ## Style, types, layers.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup  ## The fit against the dense computation; real files with their time and memory.
	$(BIN)/python benchmarks/against_dense.py
	$(BIN)/python benchmarks/real_files.py

lock:  ## Pin every dependency again: name==version with hashes, no download addresses.
	$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --all-extras --python-version 3.11 --universal \
		--generate-hashes --no-annotate --no-header --output-file requirements.lock

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
