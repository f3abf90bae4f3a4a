"""Training data, docs: every command of docs/synthesis.md runs, in its order, with the fake server.

Other tools' commands are held against their parsers. Files, keys and links that it names exist.
"""

import argparse
import json
import re
import shlex
import subprocess
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command, load_command_class
from django.core.management.base import CommandError

from evalsite.core.models import User
from generation.backends.server import FakeServer
from generation.models import Run, Script
from generation.training.__main__ import _parser as training_parser
from generation.training.card import CARD
from generation.training.work import WEIGHTS
from generation.training_data.datasets.building import find_dataset
from generation.training_data.datasets.reviewing import decide, queue_of
from generation.training_data.models import Candidate, TrainedModel
from generation.training_data.synthesis.recipe import FilterSpec, find_recipe
from tests.factories import person
from tests.training.documented import ROOT, Block, begin, blocks

DOC = ROOT / "docs" / "synthesis.md"
PAUSED = "exit code 1"
TRAINED, REVIEWED, NOT_HERE, BESIDE = "after training", "after the reviews", "not run here", "kept running"


@dataclass(slots=True)
class Reader:
    """Somebody who follows the document: `var/` is a folder of its own, the address that of a server here."""

    place: Path
    url: str
    done: int = 0
    training: argparse.Namespace | None = None

    def put(self, text: str) -> str:
        return re.sub(r"\bvar/", f"{self.place}/", text).replace("http://127.0.0.1:8001/v1", self.url)

    def follow(self, block: Block) -> None:
        if block.kind == "yaml":
            self.write(block.text)
        if block.kind != "bash":
            return
        if block.note.startswith(REVIEWED):
            review_all(Run.objects.get())
        if block.note.startswith(TRAINED):
            assert self.training is not None, "the training is told before its model is registered"
            train(self.training)
        for line in block.text.splitlines():
            self.run(line, block.note)
            self.done += 1

    def write(self, text: str) -> None:
        """A file whose first line names it; the trained model is the one that was registered."""
        name = re.match(r"# (var/\S+)\n", text)
        if name:
            slug = TrainedModel.objects.get().slug
            Path(self.put(name[1])).write_text(self.put(text).replace("my-novel-0123abcd", slug))

    def run(self, line: str, note: str) -> None:
        words = shlex.split(self.put(line))
        if note.startswith(NOT_HERE):
            # A test below holds it against its tool.
            if words[3:4] == ["train"]:
                self.training = training_parser().parse_args(words[3:])
        elif words[:2] != [".venv/bin/python", "manage.py"]:
            subprocess.run(words, cwd=ROOT, check=True)
        elif note.startswith(BESIDE):
            load_command_class("generation", words[2]).create_parser("manage.py", words[2]).parse_args(
                words[3:]
            )
        elif note.startswith(PAUSED):
            with pytest.raises(CommandError, match="paused") as stopped:
                call_command(*words[2:])
            assert stopped.value.returncode == 1
        else:
            call_command(*words[2:])


def review_all(run: Run) -> None:
    """Accept whatever waits, as two people and a third between them."""
    for name in ("nora", "piet", "suki"):
        user = person(name, role=User.Role.RESEARCHER)
        for key in queue_of(run, user).waiting:
            candidate = Candidate.objects.select_related("run").get(pk=key)
            decide(candidate=candidate, reviewer=user, decision="accept")


def train(given: argparse.Namespace) -> None:
    """In place of a training: a card where its command would leave one, for the folder that it would read."""
    recipe = named_recipe(given.recipe)
    told = json.loads((Path(given.data) / "manifest.json").read_text())
    assert (Path(given.data) / "chat" / "dsr" / "train.jsonl").exists(), "there is something to learn from"
    card = {"name": given.name, "weights_sha256": "ab" * 32, "base_model": "base", "dataset": told["dataset"]}
    folder = Path(given.output) / WEIGHTS[str(recipe["method"])]
    folder.mkdir(parents=True)
    (folder / CARD).write_text(
        json.dumps(card | {"variant": "dsr", "settings": {"lr": 1e-4}, "versions": {"torch": "2"}})
    )


def served_models() -> tuple[str, ...]:
    """The names under which the fake server of the document answers."""
    block = next(each for each in blocks(DOC) if each.note.startswith(BESIDE))
    words = shlex.split(block.text)
    return tuple(given for option, given in pairwise(words) if option == "--model")


def named_recipe(name: str) -> dict[str, object]:
    """A shipped recipe of training, as it stands in its file."""
    return yaml.safe_load((ROOT / f"generation/training/recipes/{name}.yaml").read_text())


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_command_does_what_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with FakeServer(keep=False, models=served_models()) as server:
        reader = Reader(tmp_path, server.url)
        for block in blocks(DOC):
            reader.follow(block)
    said = capsys.readouterr().out
    assert reader.done > 25
    run = Run.objects.get(kind=Run.Kind.SYNTHESIZE)
    assert run.state == Run.State.DONE
    dataset = find_dataset("my-data")
    assert dataset.run == run
    assert dataset.digest in said
    assert "reviews" in dataset.recipe
    assert dataset.recipe["reviews"] == "complete"
    script = Script.objects.get(brief__slug="car-two", system__slug="my-dsr")
    stage = script.system.spec["stages"][0]
    assert TrainedModel.objects.get(slug=stage["trained_model"]).dataset == dataset


def test_commands_that_are_not_run_say_why_and_would_begin(tmp_path: Path) -> None:
    for block in blocks(DOC):
        if block.kind == "bash" and block.note.startswith(NOT_HERE):
            assert "needs" in block.note
            for line in block.text.splitlines():
                begin(shlex.split(line), tmp_path)
        elif block.kind == "bash":
            assert block.note == "" or block.note.startswith((PAUSED, TRAINED, REVIEWED, BESIDE)), block.note


def test_all_keys_of_a_filter_and_all_links_are_there() -> None:
    text = DOC.read_text(encoding="utf-8")
    told = set(re.findall(r"\| `filter: (\w+)`", text))
    known = {"length", "profile_scenes", "alike", "marks", "questions", "people", "balance", "splits"}
    assert told == known
    for name in ("share", "twice", "series", "genre", "validation", "test"):
        assert name in FilterSpec.__slots__
        assert f"`{name}`" in text
    for link in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert (DOC.parent / link).exists(), link


def test_one_model_may_answer_under_the_first_of_three_names() -> None:
    """vLLM signs each answer with the first name that it serves, whatever name was asked for."""
    for spec in find_recipe("dsr-data").specs:
        for stage in spec.stages:
            assert "annotator" in (stage.model, *stage.answers_as)
