"""A split in tokens: what fits, what is too long, what cannot be masked. Nothing is ever cut.

Rows go through memory one at a time; a file of tokens is written in the output folder and mapped by every
process.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from generation.training.errors import InputError, InputErrors
from generation.training.exports import Export, Row
from generation.training.masks import Masked, Unmasked, masked
from generation.training.recipe import Recipe

SHOWN = 20
WAIT_S = 6 * 3600.0
"""So long other processes wait for the first to have read everything."""


@dataclass
class Counted:
    """What was found in a split. `too_long` are ids with lengths, `dropped` how many of which series."""

    split: str
    examples: int = 0
    tokens: int = 0
    bearing: int = 0
    longest: int = 0
    longest_id: str = ""
    too_long: list[tuple[str, int]] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)
    unmasked: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, row: Row, found: Masked) -> None:
        self.examples += 1
        self.tokens += len(found.ids)
        self.bearing += found.bearing

    def note_length(self, row: Row, length: int) -> None:
        if length > self.longest:
            self.longest, self.longest_id = length, row.id


Tokenize = Callable[[Row], Masked]


def tokenizing(tokenizer: Any, recipe: Recipe, stops: tuple[int, ...]) -> Tokenize:
    """The function that makes tokens of a row as this recipe has it."""
    return lambda row: masked(tokenizer, row.messages, stops, recipe.model.template)


def fitting(
    rows: Iterator[Row], tokenize: Tokenize, most: int, counted: Counted
) -> Iterator[tuple[Row, Masked]]:
    """The rows that can be trained on, whole; all others are counted in `counted`."""
    for row in rows:
        try:
            found = tokenize(row)
        except Unmasked as fault:
            counted.unmasked.append((row.id, row.line, str(fault)))
            continue
        counted.note_length(row, len(found.ids))
        if len(found.ids) > most:
            counted.too_long.append((row.id, len(found.ids)))
            series = row.series or "(no series named)"
            counted.dropped[series] = counted.dropped.get(series, 0) + 1
            continue
        counted.add(row, found)
        yield row, found


def faults_of(counted: Counted, export: Export, recipe: Recipe) -> list[InputError]:
    """Why a split is refused; an empty list where it is not."""
    path, faults = str(export.files[counted.split]), []
    for name, line, why in counted.unmasked[:SHOWN]:
        faults.append(InputError(path, line, 1, f"example {name}: {why}", ""))
    if len(counted.unmasked) > SHOWN:
        faults.append(InputError(path, 0, 0, f"and {len(counted.unmasked) - SHOWN} more like these.", ""))
    if counted.too_long and recipe.data.too_long == "refuse":
        named = ", ".join(f"{name} ({length:,})" for name, length in counted.too_long)
        faults.append(
            InputError(
                path, 0, 0,
                f"{len(counted.too_long)} of its examples are longer than max_length "
                f"{recipe.data.max_length:,} tokens: {named}.",
                "raise data.max_length, or say data.too_long: drop; nothing is cut.",
            )
        )  # fmt: skip
    if counted.split == "train" and not counted.examples and not faults:
        faults.append(InputError(path, 0, 0, "no example is left to train on.", "raise data.max_length."))
    return faults


def key_of(export: Export, recipe: Recipe, tokenizer: Any) -> str:
    """What decides the tokens, as a short name."""
    told = [
        export.digest,
        export.digests,
        recipe.settings()["data"],
        dict(recipe.model.template),
        str(tokenizer.chat_template),
        hashlib.sha256(tokenizer.backend_tokenizer.to_str().encode()).hexdigest(),
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def stored(
    export: Export, recipe: Recipe, tokenizer: Any, stops: tuple[int, ...], folder: Path, first: bool
) -> tuple[dict[str, Path], dict[str, Counted]]:
    """The files of tokens by split, and what was counted. The `first` process writes them, others wait.

    Raises `InputErrors`: then nothing has been trained.
    """
    home = folder / key_of(export, recipe, tokenizer)
    done = home / "counted.json"
    if first and not done.exists():
        home.mkdir(parents=True, exist_ok=True)
        export.require_whole()
        tokenize, told, faults = (
            tokenizing(tokenizer, recipe, stops),
            dict[str, Counted](),
            list[InputError](),
        )
        for split in ("train", "validation"):
            if split in export.files:
                told[split] = _write(export, split, tokenize, recipe, home)
                faults += faults_of(told[split], export, recipe)
        if faults:
            raise InputErrors(faults, 3 if any(each.unmasked for each in told.values()) else 1)
        part = home / "counted.part"
        part.write_text(json.dumps({name: asdict(each) for name, each in told.items()}), encoding="utf-8")
        part.replace(done)
    _wait_for(done)
    told = {name: _counted(each) for name, each in json.loads(done.read_text(encoding="utf-8")).items()}
    return {name: home / f"{name}.arrow" for name, each in told.items() if each.examples}, told


def _write(export: Export, split: str, tokenize: Tokenize, recipe: Recipe, home: Path) -> Counted:
    from datasets import Features, List, Value
    from datasets.arrow_writer import ArrowWriter

    counted, path = Counted(split), home / f"{split}.arrow"
    kinds = {"id": Value("string"), "input_ids": List(Value("int32")), "labels": List(Value("int32"))}
    with ArrowWriter(path=str(path), features=Features(kinds), writer_batch_size=200) as writer:
        for row, found in fitting(export.rows(split), tokenize, recipe.data.max_length, counted):
            writer.write({"id": row.id, "input_ids": found.ids, "labels": found.labels})
        writer.finalize()
    return counted


def _counted(told: dict[str, Any]) -> Counted:
    return Counted(**{**told, "too_long": [(name, length) for name, length in told["too_long"]]})


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + WAIT_S
    while not path.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{path} was not written")
        time.sleep(1.0)


def rank() -> int:
    """Which of the processes that `accelerate launch` started this one is; 0 where it is the only one."""
    return int(os.environ.get("RANK", "0"))
