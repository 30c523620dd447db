# Two commands on a fresh clone: `make demo` and `make test`. Each sets up .venv first.
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: setup demo test test-slow test-browser lint format bench bench-stages peers figures figures-quick evaluation figure4 docs notebooks lock clean
.DEFAULT_GOAL := test

setup: .venv/.ready

# All but torch come from the lock; the second line adds torch, in the build that this machine's pip finds.
.venv/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --editable ".[experiments]"
	touch $@

demo: setup  ## The main job on digits that come along: prints a table, draws demo.png.
	$(BIN)/integrated-diffusion demo --output demo.png

test: setup  ## The default tests, a process a core. Their blocks are small, for which one thread of linear algebra is fastest.
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadscope

test-slow: setup  ## Real data, and limits of time and memory.
	$(BIN)/python -m pytest -m slow

test-browser: setup  ## The report in a real browser: Debian's Chromium, driven by Playwright.
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -m browser

lint: setup  ## Style, types, layers.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup  ## The fit against the dense computation; real files; what choosing costs; pairs; denoising to disk; bandwidth.
	$(BIN)/python -m benchmarks.against_dense
	$(BIN)/python -m benchmarks.real_files
	$(BIN)/python -m benchmarks.selection_cost
	$(BIN)/python -m benchmarks.association
	$(BIN)/python -m benchmarks.denoising_to_disk
	$(BIN)/python -m benchmarks.bandwidth

bench-stages: setup  ## Time and memory of each stage of the published method.
	$(BIN)/python -m experiments.performance.measures.stages

peers: setup  ## This package and its peers from a thousand samples to a million: docs/performance.md; goes on where it was stopped.
	$(BIN)/python -m experiments.performance

figures: setup  ## The paper's simulations: tables, pictures and docs/reproduction.md; goes on where it was stopped.
	$(BIN)/python -m experiments.reproduction

figures-quick: setup  ## The same on small data that come along, into build/quick/.
	$(BIN)/python -m experiments.reproduction --quick

evaluation: setup  ## The default settings against every baseline: tables, pictures and docs/choosing.md; goes on where it was stopped.
	$(BIN)/python -m experiments.evaluation

figure4: setup  ## Figure 4 on public data sets: tables, pictures and docs/single_cell.md; goes on where it was stopped.
	$(BIN)/python -m experiments.single_cell

docs: setup  ## The site, into build/docs/: a warning is an error; needs neither network nor data.
	$(BIN)/sphinx-build --quiet --nitpicky --fail-on-warning --keep-going docs build/docs

notebooks: setup  ## The tutorials again, on the real data, with what they print and draw.
	$(BIN)/python docs/execute.py

lock:  ## Pin every dependency but torch again: name==version with hashes, no download addresses.
	$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --all-extras --python-version 3.11 --universal \
		--fork-strategy fewest --no-emit-package torch \
		--generate-hashes --no-annotate --no-header --output-file requirements.lock

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
