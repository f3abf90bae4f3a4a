"""Training, docs: every command of docs/training.md is accepted by the tool that would run it.

A training begins as far as it can without its data. Those for accelerate are held against its own parser by
`make test-training`.
"""

import re
import shlex
from pathlib import Path

import pytest

from generation.training.__main__ import main as training
from tests.training.documented import ROOT, begin, blocks

DOC = ROOT / "docs" / "training.md"
COMMANDS = [line for block in blocks(DOC) if block.kind == "bash" for line in block.text.splitlines() if line]


def test_there_is_a_command_of_each_kind():
    told = "\n".join(COMMANDS)
    for word in ("check dsr-lora", "train dsr-lora", "accelerate launch", "register_model", "serve.sh"):
        assert word in told


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_is_taken_by_its_tool(line: str, tmp_path: Path):
    begin(shlex.split(line), tmp_path)


def test_what_is_said_between_the_blocks_is_there():
    text = DOC.read_text(encoding="utf-8")
    for name in re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE):
        assert (ROOT / f"generation/training/recipes/{name}.yaml").exists(), name
    for link in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert (DOC.parent / link).exists(), link
    assert "`python -m generation.training card RECIPE`" in text


@pytest.mark.parametrize("command", ["check", "train", "card"])
def test_what_is_given_stands_in_for_the_recipes_own(command: str, tmp_path: Path, capsys):
    words = ["--name", "mine", "--model", "m", "--data", str(tmp_path), "--output", str(tmp_path / "out")]
    assert training([command, "dsr-lora", *words]) == 1
    said = capsys.readouterr().err
    assert str(tmp_path) in said
    assert "no finished training" in said if command == "card" else "there is no export here" in said
