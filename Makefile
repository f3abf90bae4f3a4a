# `make` alone lists what there is. Needed: python3 (3.9 or newer, with its venv module), make and git; the project
# itself runs on Python 3.12 to 3.14. Everything is installed into two folders here, .uv/ and .venv/.

PORT ?= 8000
export PORT
export PYTHONUNBUFFERED := 1
# Python keeps compiled modules, whatever the environment says: commands and tests start many processes, and
# compiling takes each of them longer than importing.
unexport PYTHONDONTWRITEBYTECODE

PYTHON := .venv/bin/python
STAMP := .venv/installed.stamp
# One more than there are processors where CI runs: slow tests often wait for a browser or a server.
WORKERS ?= 3
test: WORKERS = auto
# Whole files, in the order of tests/conftest.py.
PYTEST := $(PYTHON) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install run paper-study test test-slow test-all try-fresh size fuzz-api check bench load chaos coverage screenshots try-server clean

help: ## List these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r a b; do \
		printf '%-20s %s\n' "$$a" "$$b"; done

install: $(STAMP) ## Build .venv/ (costs nothing when up to date)

run: $(STAMP) ## Start everything on this machine with demo studies (PORT=8000, ARGS=--no-demo); stop with Ctrl-C
	@exec $(PYTHON) -m evalsite.local run --with-parent $(ARGS)

paper-study: $(STAMP) ## Run the paper's study with canned scripts and simulated raters; takes minutes (ARGS="--scenes 2")
	@exec $(PYTHON) -m evalsite.local paper-study --with-parent $(ARGS)

test: $(STAMP) ## Run the tests for each commit: no browser, no started site; takes up to 5 minutes (TEST_SEED=1 sets the order)
	$(PYTEST) -m "not slow" $(ARGS)

test-slow: $(STAMP) ## Run all other tests, and the properties of `make test` with all their examples
	$(PYTEST) -m "slow or property" $(ARGS)

test-all: $(STAMP) ## Run all tests at once
	$(PYTEST) $(ARGS)

try-fresh: ## Try the commands of README in a bare Debian 13, as root; takes about 15 minutes
	@make/try_fresh

fuzz-api: $(STAMP) ## Send 50 random requests to each operation of the API in three roles; takes minutes
	FUZZ_EXAMPLES=50 $(PYTEST) tests/api/test_fuzz.py -o faulthandler_timeout=3600

check: $(STAMP) ## Run linters and type checks; check import contracts, migrations, translations and the size of the tree
	$(PYTHON) make/size.py
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) .venv/bin/lint-imports --no-logo
	$(PYTHON) -m djlint --lint templates
	$(PYTHON) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(PYTHON) manage.py compile_translations --check

size: $(STAMP) ## Lower the numbers in size.txt to the size of the tree
	$(PYTHON) make/size.py --lower

bench: $(STAMP) ## Run the benchmarks
	@$(PYTHON) -m bench.run

load: $(STAMP) ## Measure how long up to 500 raters wait, into docs/reliability.md; takes 8 minutes (ARGS="--raters 200")
	@$(PYTHON) -m bench.reliability.load $(ARGS)

chaos: $(STAMP) ## Break things while 30 raters judge, into docs/reliability.md; takes 12 minutes (ARGS="--rounds 1")
	@$(PYTHON) -m bench.reliability.chaos $(ARGS)

coverage: $(STAMP) ## Simulate how often the intervals contain the true value; takes minutes (ARGS="--studies 200 --only scores")
	@OPENBLAS_NUM_THREADS=1 $(PYTHON) -m analysis.stats.coverage $(ARGS)

screenshots: $(STAMP) ## Take the screenshots of docs/desk.md; takes minutes, needs Chromium (ARGS="--out /tmp/shots" keeps all of them)
	@$(PYTHON) -m tests.screenshots $(ARGS)

try-server: ## Try deploy/server in a booted Debian 13, as root; takes about 15 minutes
	@deploy/server/try_in_container

clean: ## Remove everything that can be rebuilt; keeps var/
	rm -rf .venv .uv .vllm .training .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis htmlcov
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

include make/uv.mk make/vllm.mk make/training.mk make/audit.mk make/fonts.mk
