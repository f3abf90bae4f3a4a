"""What a study promises its raters and asks of them on the way, read from its stored file."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal

import msgspec

from annotations.models import Criterion, Study, localized
from annotations.spec.mark_kinds import GOOD_LINE, GOOD_LINE_LABEL, PAPER_MARKS
from annotations.spec.values import (
    ChecksSpec,
    CompletionSpec,
    CriterionSpec,
    GuessSpec,
    MarksSpec,
    PaySpec,
    PracticeSpec,
    ProofSpec,
    SittingsSpec,
)
from evalsite.core.digests import json_digest

LETTERS = {"left": "A", "right": "B"}
"""What a script that stands beside another one is called to its reader, by its side."""


def _part[T](study: Study, key: str, kind: type[T]) -> T | None:
    value: Any = study.spec.get(key)
    return msgspec.convert(value, kind) if value else None


def practice_options(study: Study) -> PracticeSpec | None:
    return _part(study, "practice", PracticeSpec)


def check_options(study: Study) -> ChecksSpec | None:
    return _part(study, "checks", ChecksSpec)


def sitting_options(study: Study) -> SittingsSpec | None:
    return _part(study, "sittings", SittingsSpec)


def pay_options(study: Study) -> PaySpec | None:
    return _part(study, "pay", PaySpec)


def practice_pay(study: Study) -> Decimal:
    """What each submitted practice pair pays, in the currency of the study's pay; 0 if practice is unpaid."""
    rule = practice_options(study)
    return Decimal(rule.pay) if rule and rule.pay else Decimal(0)


def guess_options(study: Study) -> GuessSpec | None:
    """None where the study asks for no guesses."""
    found = _part(study, "guess", GuessSpec)
    return found if found and found.when != "never" else None


def mark_options(study: Study) -> MarksSpec | None:
    """None where raters mark nothing."""
    return PAPER_MARKS if study.spec.get("marks") is True else _part(study, "marks", MarksSpec)


def mark_labels(study: Study, language: str) -> dict[str, str]:
    """The labels of everything that raters of this study can mark, by class."""
    found = mark_options(study)
    if found is None:
        return {}
    labels = {kind.slug: kind.label for kind in found.kinds}
    labels |= {GOOD_LINE: GOOD_LINE_LABEL} if found.good_lines else {}
    return {slug: localized(label, language) for slug, label in labels.items()}


def completion_options(study: Study) -> CompletionSpec | None:
    return _part(study, "completion", CompletionSpec)


def proof_options(study: Study, how: Literal["practice_failed", "left"]) -> ProofSpec | None:
    """What the study gives those who end without having finished; None where it gives them nothing."""
    found = completion_options(study)
    return getattr(found, how) if found else None


def debriefing_text(study: Study) -> dict[str, str]:
    return study.spec.get("debriefing") or {}


def questions_digest(criteria: Iterable[Criterion | CriterionSpec]) -> str:
    """Digest of what raters are asked in pairs: of the rows of a study, or of its plan, the same."""
    return json_digest(sorted([each.slug, each.label, each.question, each.guidance] for each in criteria))


def is_single(study: Study) -> bool:
    """Whether scripts are judged one at a time."""
    return bool(study.spec.get("design", {}).get("kind") == "single")
