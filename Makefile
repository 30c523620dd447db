# Two commands on a fresh clone: `make demo` and `make test`. Each sets up .venv first.
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: setup demo test test-slow lint bench lock clean
.DEFAULT_GOAL := test

setup: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	touch $@

lock:  ## Pin every dependency again: name==version with hashes, no download addresses.
	$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --all-extras --python-version 3.11 --universal \
		--generate-hashes --no-annotate --no-header --output-file requirements.lock

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
