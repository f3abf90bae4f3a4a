# The environment .training/, and the tests that train an adapter in it.

TRAINING := .training

.PHONY: test-training training-env

test-training: $(STAMP) $(VLLM)/env.stamp $(TRAINING)/env.stamp $(TRAINING)/model/made ## Train an adapter on the sample corpus's dataset and serve it, on processors (about 7 minutes)
	$(PYTHON) -m pytest -c tests/training/training.ini $(or $(ARGS),tests/training)

training-env: $(TRAINING)/env.stamp ## Install what training needs into .training/env (6 GB); see docs/training.md

# Training pins much that neither the site nor vLLM does. The usual build of torch, which runs on GPUs and processors.
$(TRAINING)/env.stamp: requirements/training.txt $(UV_STAMP)
	@$(TRAINING)/env/bin/python -c '' 2>/dev/null || $(UV) python find --no-project --system '$(PYTHON_WANTED)' \
		>/dev/null 2>&1 || { echo "No Python $(PYTHON_WANTED) here. On Debian 13: apt install python3" >&2; exit 3; }
	@$(TRAINING)/env/bin/python -c '' 2>/dev/null || { echo "Making $(TRAINING)/env"; \
		$(UV) venv --no-project --quiet --clear --python '$(PYTHON_WANTED)' $(TRAINING)/env; }
	@echo "Installing the packages of requirements/training.txt into $(TRAINING)/env (6 GB)"
	@$(UV) pip sync --quiet --require-hashes --python $(TRAINING)/env/bin/python requirements/training.txt
	@touch $@

$(TRAINING)/model/made: $(addprefix tests/training/,lessons.py make_model.py) $(addprefix tests/vllm/,lessons.py make_model.py scenes.py) $(wildcard tests/vllm/briefs/*) $(wildcard generation/prompts/dsr/*.md) generation/training_data/synthesis/canned.py $(STAMP) $(TRAINING)/env.stamp
	@echo "Making a small model in $(TRAINING)/model (about a minute)"
	@mkdir -p $(TRAINING)
	@$(PYTHON) -m tests.training.lessons $(TRAINING)/lessons.json
	@OMP_WAIT_POLICY=PASSIVE $(TRAINING)/env/bin/python -m tests.training.make_model $(TRAINING)/lessons.json $(TRAINING)/model
