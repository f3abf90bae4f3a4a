"""The interpreters and folders of these tests, one export for all of them, and a summary of what was seen.

A plugin and no conftest.py, so that no other run of pytest meets it. Loaded before Django is set up.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from evalsite.local.paths import REPOSITORY

HOME = REPOSITORY / ".training"
PYTHON = HOME / "env/bin/python"
VLLM_PYTHON = REPOSITORY / ".vllm/env/bin/python"
MODEL = HOME / "model"
EXPORT = HOME / "export"
LAST = HOME / "last"
"""What the last tests left: adapters, logs, TensorBoard's files, histories."""


def pytest_configure() -> None:
    if not (MODEL / "made").exists():
        pytest.exit("There is no model here. `make test-training` installs all and makes one first.", 3)
    if not os.environ.get("KEEP"):  # KEEP=1 tries a single test again on what the last run trained.
        shutil.rmtree(LAST, ignore_errors=True)
    LAST.mkdir(exist_ok=True)


def environment() -> dict[str, str]:
    """What a training gets: offline, on two processors, nothing of the site. Threads that wait for each other
    give the processor away: where others want it too, all goes ten times as fast."""
    ours = ("DATABASE_URL", "BROKER_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | {
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "2",
        "OMP_WAIT_POLICY": "PASSIVE",
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONPATH": str(REPOSITORY),
    }


def command(*words: object) -> list[str]:
    """`python -m generation.training` in its own environment."""
    return [str(PYTHON), "-m", "generation.training", *map(str, words)]


def training(*words: object, timeout: float = 1800) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        command(*words), env=environment(), cwd=REPOSITORY, timeout=timeout, capture_output=True, text=True
    )


def asked(script: str, *words: object, timeout: float = 900) -> str:
    """What a script beside these tests prints in the training environment."""
    done = subprocess.run(
        [str(PYTHON), "-m", f"tests.training.{script}", *map(str, words)],
        env=environment(), cwd=REPOSITORY, timeout=timeout, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def recipe_file(file: Path, shipped: str = "small-cpu", /, **changes: str) -> Path:
    """A shipped recipe with some of its lines changed, written to a file."""
    text = (REPOSITORY / f"generation/training/recipes/{shipped}.yaml").read_text("utf-8")
    lines = []
    for line in text.splitlines():
        name = line.split(":")[0].strip()
        indent = line[: len(line) - len(line.lstrip())]
        lines.append(f"{indent}{name}: {changes.pop(name)}" if name in changes and ":" in line else line)
    assert not changes, f"no such lines: {changes}"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def tiny() -> Path:
    """A model that knows nothing and is trained in seconds."""
    asked("make_tiny", MODEL / "base", LAST / "tiny")
    return LAST / "tiny"


@pytest.fixture
def dataset(transactional_db: None) -> object:
    """The sample corpus as a dataset in this test's database; always the same, digest and all."""
    from tests.training.material import make_dataset

    return make_dataset()


@pytest.fixture
def briefs(transactional_db: None) -> list:
    """One in each language, of no series in the sample corpus, stored."""
    from generation.briefs.files import read_brief
    from generation.services import store_briefs

    paths = sorted((REPOSITORY / "tests/vllm/briefs").glob("*.yaml"))
    return [each.brief for each in store_briefs([read_brief(path) for path in paths])]
