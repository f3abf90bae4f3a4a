"""`plan.yaml`: which corpus, systems and studies, and which systems stand in which table."""

from pathlib import Path

import msgspec
import yaml

from evalsite.core.errors import InputErrors


class TablesPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`paper` are the systems of the main table, among which the best of each scene is found."""

    paper: tuple[str, ...]
    full: str
    ablations: tuple[str, ...]
    human: str


class PaperPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    corpus: str
    recipe: str
    writers: dict[str, str]
    seed: int
    systems: tuple[str, ...]
    single: str
    pairs: str
    qualities: dict[str, float]
    tables: TablesPlan


def read_plan(path: Path) -> PaperPlan:
    """Read plan.yaml. Raises `InputErrors`."""
    try:
        return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), PaperPlan)
    except (OSError, yaml.YAMLError, msgspec.ValidationError) as error:
        message = " ".join(str(error).split())
        raise InputErrors.single(
            str(path), f"{message}.", "compare it with examples/paper-study/plan.yaml."
        ) from None
