# `make` lists the targets. Each one sets up its own virtual environment when it is missing; only Python 3.11+ and make are needed.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV ?= .venv
TRACKERS ?= .venv-trackers
INSPECT ?= .venv-inspect
TRACKER_TESTS := $(addprefix tests/tools/,test_trackers.py test_wandb_api.py formats/test_databases.py formats/test_fixtures.py)
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
WORKERS ?= 2
FUZZ_SECONDS ?= 600

.PHONY: help chat test browser axe trackers inspect check format bench sweep evals fuzz samples docs clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "runwhy needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..." >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing (on Debian: apt install python3-venv)" >&2; rm -rf $(VENV); exit 2; }

$(VENV)/.installed: $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	@echo "installing runwhy into $(VENV) (first time: two minutes)"
	@$(PIP_INSTALL) --editable '.[sweep]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	@echo "installing runwhy and its test tools into $(VENV) (first time: two minutes)"
	@$(PIP_INSTALL) --editable '.[dev]'
	@touch $@ $(VENV)/.installed

$(TRACKERS)/.installed: tests/trackers.txt
	@echo "installing the trackers' libraries into $(TRACKERS) (first time: three minutes)"
	@$(PYTHON) -m venv $(TRACKERS)
	@$(TRACKERS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/trackers.txt
	@touch $@

$(VENV)/.installed-bench: $(VENV)/.installed-dev
	@$(PIP_INSTALL) --editable '.[bench,dev]'
	@touch $@

chat: $(VENV)/.installed ## Open the browser chat over the bundled sample runs
	$(BIN)/runwhy chat

test: $(VENV)/.installed-dev ## Run the tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not browser and not guards"

browser: $(VENV)/.installed-dev ## Run the tests that drive the chat in Chromium (skipped with a reason where it is not installed)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile tests/browser

tests/output/axe/package/axe.min.js:
	@mkdir -p tests/output/axe
	@cd tests/output/axe && npm pack --silent axe-core@4.14.1 >/dev/null && tar xzf axe-core-4.14.1.tgz

axe: tests/output/axe/package/axe.min.js ## Fetch what checks the accessibility of the chat (needs npm; without it that test is skipped)

trackers: $(TRACKERS)/.installed ## Run the tests against MLflow's server, wandb and aim, in an environment of their own
	PYTHONPATH=. $(TRACKERS)/bin/python -m pytest $(TRACKER_TESTS)

check: $(VENV)/.installed-dev ## Formatting, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .

format: $(VENV)/.installed-dev ## Put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.installed-bench ## Speed, as ratios against a reference measured in the same run
	$(BIN)/python -m evals.bench
	$(BIN)/python -m evals.bench_chat

sweep: $(VENV)/.installed-bench ## Judge 10,000 runs of ten metrics by a thousand steps; takes some minutes and a gigabyte
	$(BIN)/python -m evals.bench_sweep

evals: $(VENV)/.installed-dev ## Score findings and answers, write docs/SCORECARD.md; fails below the stored baseline
	$(BIN)/python -m pytest -n $(WORKERS) -m guards
	$(BIN)/runwhy eval --scorecard docs/SCORECARD.md

$(VENV)-fuzz/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -m venv $(VENV)-fuzz
	@$(VENV)-fuzz/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[excel,fuzz,zstd]'
	@touch $@

fuzz: $(VENV)-fuzz/.installed ## Feed damaged logs to every reader for FUZZ_SECONDS (default 600), guided by coverage
	$(VENV)-fuzz/bin/python -m evals.fuzz $(FUZZ_SECONDS) evals/output/fuzz

$(INSPECT)/.installed: pyproject.toml constraints.txt
	@echo "installing runwhy with Inspect AI into $(INSPECT) (first time: three minutes)"
	@$(PYTHON) -m venv $(INSPECT)
	@grep -v '^python-dateutil==' constraints.txt >$(INSPECT)/constraints.txt
	@$(INSPECT)/bin/python -m pip install --quiet --disable-pip-version-check --constraint $(INSPECT)/constraints.txt \
		--editable '.[inspect]' pytest pytest-asyncio pytest-timeout
	@touch $@

inspect: $(INSPECT)/.installed ## The cases as a task of Inspect AI, in an environment of its own; inspect view shows the log
	$(INSPECT)/bin/python -m pytest tests/evals/test_inspect_task.py
	INSPECT_LOG_DIR=evals/output/inspect $(INSPECT)/bin/inspect eval evals/inspect_task.py --model none

docs: $(VENV)/.installed-dev ## Rewrite the lists of the README, docs/FORMATS.md and docs/FINDINGS.md
	$(BIN)/python -m agent.docs

samples: $(VENV)/.installed-dev ## Train the bundled sample runs again
	$(BIN)/python -m evals.samples.train

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) $(VENV)-fuzz $(TRACKERS) $(INSPECT) .pytest_cache .mypy_cache .ruff_cache .hypothesis tests/output evals/output
