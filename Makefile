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
PYTEST := $(PYTHON) -m pytest -n 2 --dist loadfile

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install run test test-slow check bench coverage requirements clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r a b; do \
		printf '%-20s %s\n' "$$a" "$$b"; done

install: $(STAMP) ## Build .venv/ (costs nothing when up to date)

run: $(STAMP) ## Start everything on this machine, demo studies loaded (PORT=8000, ARGS=--no-demo); Ctrl-C stops all of it
	@exec $(PYTHON) -m evalsite.local run --with-parent $(ARGS)

test: $(STAMP) ## Run the tests, without the slow ones
	$(PYTEST) -m "not slow"

test-slow: $(STAMP) ## Run the slow tests
	$(PYTEST) -m slow

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

requirements: $(UV_STAMP) ## Compile requirements/*.txt anew; UPGRADE=1 takes the newest versions
	$(UV) pip compile --universal --python-version 3.12 --generate-hashes --no-emit-index-url $(if $(UPGRADE),--upgrade) \
		--custom-compile-command "make requirements" -q pyproject.toml --group local -o requirements/run.txt
	$(UV) pip compile --universal --python-version 3.12 --generate-hashes --no-emit-index-url $(if $(UPGRADE),--upgrade) \
		--custom-compile-command "make requirements" -q pyproject.toml --group dev -o requirements/dev.txt
	echo 'uv>=0.13' | $(UV) pip compile --universal --python-version 3.9 --generate-hashes --no-emit-index-url \
		$(if $(UPGRADE),--upgrade) --custom-compile-command "make requirements" -q - -o requirements/uv.txt

clean: ## Remove what can be made again; the data in var/ stays
	rm -rf .venv .uv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis htmlcov
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
