# Two commands on a fresh clone: `make demo` and `make test`. Each sets up what it needs in .venv first.
VENV ?= .venv
# The newest CPython of 3.13, 3.12 and 3.11 that runs here (tools/find-python); or name one, PYTHON=/path/to/python.
PYTHON ?= newest
# torch, MOFA, muon and scvi-tools have an environment of their own, of the oldest: on its releases the pages' figures were measured.
EXPERIMENTS ?= .venv-experiments
EXPERIMENTS_PYTHON ?= oldest
BIN := $(VENV)/bin
LOCKED := requirements.lock pyproject.toml tools/install tools/find-python

.PHONY: setup demo test test-slow test-browser test-oldest test-experiments lint format bench bench-stages peers figures \
	figures-quick evaluation comparison figure4 generative docs dist lock clean
.DEFAULT_GOAL := test
.NOTPARALLEL:

setup: $(VENV)/.run $(VENV)/.test $(VENV)/.dev $(VENV)/.docs  ## All of .venv: whatever tests, lint and docs need.

# Beside the run-time dependencies, one extra of pyproject.toml each.
$(VENV)/.run: $(LOCKED)
	tools/install $(VENV) $(PYTHON)
	touch $@

$(VENV)/.test $(VENV)/.dev $(VENV)/.docs: $(VENV)/.%: $(VENV)/.run
	tools/install $(VENV) $(PYTHON) $*
	touch $@

$(EXPERIMENTS)/.ready: $(LOCKED) tools/install-torch
	tools/install $(EXPERIMENTS) $(EXPERIMENTS_PYTHON) test experiments
	tools/install-torch $(EXPERIMENTS)
	touch $@

demo: $(VENV)/.run  ## Integrated diffusion of 800 blood cells: prints a table, draws demo.png.
	$(BIN)/integrated-diffusion demo --output demo.png --overwrite

test: $(VENV)/.test  ## The default tests, a process a core. Their blocks are small, for which one thread of linear algebra is fastest.
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadscope

test-slow: $(VENV)/.test $(VENV)/.docs $(EXPERIMENTS)/.ready  ## Real data, and limits of time and memory.
	$(BIN)/python -m pytest -m slow
	$(EXPERIMENTS)/bin/python -m pytest -m slow tests/experiments

test-browser: $(VENV)/.test  ## The report in a real browser: Debian's Chromium, driven by Playwright.
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -m browser

test-oldest:  ## What every interpreter has to do (fit, command line, scverse, files), on the oldest.
	$(MAKE) VENV=build/oldest PYTHON=oldest build/oldest/.test
	OPENBLAS_NUM_THREADS=1 build/oldest/bin/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadscope tests/test_smoke.py tests/io tests/scverse

test-experiments: $(EXPERIMENTS)/.ready  ## The tests that `make test` skips where torch, MOFA or muon are missing.
	OPENBLAS_NUM_THREADS=1 $(EXPERIMENTS)/bin/python -m pytest tests/experiments tests/scverse

lint: $(VENV)/.dev  ## Style, types, layers.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.test  ## The fit against the dense computation; real files; what choosing costs; pairs; denoising to disk; bandwidth.
	$(BIN)/python -m benchmarks.against_dense
	$(BIN)/python -m benchmarks.real_files
	$(BIN)/python -m benchmarks.selection_cost
	$(BIN)/python -m benchmarks.association
	$(BIN)/python -m benchmarks.denoising_to_disk
	$(BIN)/python -m benchmarks.bandwidth

bench-stages: $(VENV)/.test  ## Time and memory of each stage of the published method.
	$(BIN)/python -m experiments.performance.measures.stages

peers: $(EXPERIMENTS)/.ready  ## This package and its peers from a thousand samples to a million: docs/performance.md; goes on where it was stopped.
	$(EXPERIMENTS)/bin/python -m experiments.performance

figures: $(EXPERIMENTS)/.ready  ## The paper's simulations: tables, pictures and docs/reproduction.md; goes on where it was stopped.
	$(EXPERIMENTS)/bin/python -m experiments.reproduction

figures-quick: $(EXPERIMENTS)/.ready  ## The same on small data in the repository, into build/quick/.
	$(EXPERIMENTS)/bin/python -m experiments.reproduction --quick

evaluation: $(EXPERIMENTS)/.ready  ## The default settings against all baselines: tables, pictures, docs/choosing.md and comparison.md; goes on where it was stopped.
	$(EXPERIMENTS)/bin/python -m experiments.evaluation

comparison: $(EXPERIMENTS)/.ready  ## The default beside every other method on all data sets: docs/comparison.md; goes on where it was stopped.
	$(EXPERIMENTS)/bin/python -m experiments.evaluation --comparison

figure4: $(EXPERIMENTS)/.ready  ## Figure 4 on public data sets: tables, pictures and docs/single_cell.md; goes on where it was stopped.
	$(EXPERIMENTS)/bin/python -m experiments.single_cell

generative: $(EXPERIMENTS)/.ready  ## The default beside totalVI and MultiVI: tables and docs/generative.md; goes on where it was stopped.
	$(EXPERIMENTS)/bin/python -m experiments.generative

docs: $(VENV)/.test $(VENV)/.docs  ## The site, into build/docs/: a warning is an error; needs neither network nor data.
	$(BIN)/sphinx-build --quiet --nitpicky --fail-on-warning --keep-going docs build/docs

dist: $(VENV)/.dev  ## The wheel and the sdist, checked, and the demonstration run from the wheel in an empty environment.
	rm -rf dist
	$(BIN)/python -m hatchling build
	tools/check-dist $(BIN)/uv $(PYTHON)

# A newer library for a newer Python: the lock says which release goes with which. pandas 3.1 announces the end of an option
# that anndata 0.13 asks for at every turn.
lock: $(VENV)/.dev  ## Pin every dependency but torch again: name==version with hashes, no download addresses.
	echo "pandas<3.1" | $(BIN)/uv pip compile pyproject.toml --constraint - --quiet --upgrade --all-extras \
		--python-version 3.11 --universal --no-emit-package torch \
		--generate-hashes --no-annotate --no-header --output-file requirements.lock

clean:
	rm -rf .venv .venv-experiments build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
