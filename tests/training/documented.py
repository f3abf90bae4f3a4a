"""The commands of a document, and whether those that cannot be run here would at least begin."""

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.core.management import get_commands, load_command_class

from generation.training.__main__ import main as training

ROOT = Path(__file__).parents[2]
OPTIONS = frozenset((ROOT / "tests/deploy/vllm-0.32.0-options.txt").read_text().split())
TRAINING = ["-m", "generation.training"]
_BLOCK = re.compile(r"(?:<!-- ([^>]*) -->\n)?```(\w+)\n(.*?)\n```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    note: str
    kind: str
    text: str


def blocks(document: Path) -> Iterator[Block]:
    for note, kind, text in _BLOCK.findall(document.read_text(encoding="utf-8")):
        yield Block(note, kind, text)


def begin(words: list[str], away: Path) -> None:
    """A command that needs what is not here: its options are those that its tool takes, and a training gets
    as far as its data. `away` is a folder with nothing in it."""
    if words[0] == "export":
        names = {word.partition("=")[0] for word in words[1:]}
        known = (ROOT / "deploy/vllm/serve.sh").read_text()
        assert all(f"${{{name}:-" in known for name in names), names
    elif words[0] == "make":
        makefiles = [ROOT / "Makefile", *(ROOT / "make").glob("*.mk")]
        assert any(re.search(rf"^{words[1]}:", file.read_text(), re.MULTILINE) for file in makefiles)
    elif words[0] == "deploy/vllm/serve.sh":
        assert {word for word in words[1:] if word.startswith("--")} <= OPTIONS
    elif words[:2] == [".venv/bin/python", "manage.py"]:
        parser = load_command_class(get_commands()[words[2]], words[2]).create_parser("manage.py", words[2])
        parser.parse_args(words[3:])
    else:
        assert words[0] in (".training/env/bin/python", ".training/env/bin/accelerate"), words
        if "--config_file" in words:
            assert (ROOT / words[words.index("--config_file") + 1]).exists()
        begin_training(words[words.index(TRAINING[0]) :], away)


def begin_training(words: list[str], away: Path) -> None:
    """`main` itself takes all words, finds the recipe, and stops where the data should be."""
    assert words[:2] == TRAINING, words
    said = io.StringIO()
    with contextlib.chdir(away), contextlib.redirect_stderr(said):
        assert training(words[2:]) == 1
    assert "there is no export here" in said.getvalue(), said.getvalue()
