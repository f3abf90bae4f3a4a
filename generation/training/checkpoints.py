"""Checkpoints that count only when they are whole, so that a training may be killed at any moment."""

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

from generation.training.errors import refused
from generation.training.recipe import Recipe

WHOLE = "whole.json"
STARTED = "started.json"


def write_json(path: Path, told: dict[str, Any]) -> None:
    """All of the file or nothing of it."""
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8") as handle:
        json.dump(told, handle, ensure_ascii=False, indent=1, sort_keys=True)
        handle.write("\n")
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    told = json.loads(path.read_text(encoding="utf-8"))
    return told if isinstance(told, dict) else {}


def checkpoints(folder: Path) -> list[Path]:
    """Whole checkpoints, the latest last."""
    found = [each for each in folder.glob("checkpoint-*") if (each / WHOLE).exists()]
    return sorted(found, key=lambda each: int(each.name.rsplit("-", 1)[1]))


def drop_parts(folder: Path) -> list[str]:
    """Take away what a killed training was writing; gives the names."""
    parts = [each for each in folder.glob("checkpoint-*") if not (each / WHOLE).exists()]
    for each in parts:
        shutil.rmtree(each)
    return [each.name for each in parts]


def latest(folder: Path) -> Path | None:
    found = checkpoints(folder)
    return found[-1] if found else None


def elapsed(checkpoint: Path | None) -> float:
    """The seconds of work that a checkpoint holds."""
    return float(read_json(checkpoint / WHOLE).get("seconds", 0.0)) if checkpoint else 0.0


def require_same(output: Path, recipe: Recipe, data_digest: str) -> None:
    """What lies in the output folder, if anything, is of this recipe and this data. Raises `InputErrors`."""
    path = output / STARTED
    mine = {"recipe": recipe.digest(), "settings": recipe.settings(), "dataset": data_digest}
    if not path.exists():
        output.mkdir(parents=True, exist_ok=True)
        write_json(path, {**mine, "began": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "starts": 0})
        return
    told = read_json(path)
    if (told.get("recipe"), told.get("dataset")) != (mine["recipe"], mine["dataset"]):
        changed = _changed(told.get("settings", {}), mine["settings"])
        if told.get("dataset") != data_digest:
            changed.append("the dataset's digest")
        raise refused(
            path,
            f"a training by other settings lies in this folder; different: {', '.join(changed) or 'all'}.",
            "name another output, or take that folder away.",
        )
    if not recipe.training.resume:
        raise refused(
            path, "a training lies in this folder, and the recipe says resume: false.", "name another output."
        )


def note_start(output: Path) -> int:
    """Count one more start of this training; gives how many there have been."""
    told = read_json(output / STARTED)
    told["starts"] = int(told.get("starts", 0)) + 1
    write_json(output / STARTED, told)
    return int(told["starts"])


def _changed(old: Any, new: Any, name: str = "") -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        keys = sorted({*old, *new})
        return [
            each for key in keys for each in _changed(old.get(key), new.get(key), f"{name}.{key}".strip("."))
        ]
    return [] if old == new else [name]
