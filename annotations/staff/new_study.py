"""A study made in the browser: what it can be made of, and its file, which is what is read and kept.

The form gives a study file and nothing else. `check_study_file` and `create_study` take the file as
`load_study` does. So there is one validation, and the plan stays a file.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from django.db import transaction
from django.db.models import Count
from ruamel.yaml import YAML

from annotations.spec.reading import language_of
from annotations.spec.values import StudySpec, from_json
from annotations.staff.loading import Loaded, load_study_text
from evalsite.core.errors import InputError, InputErrors
from generation.models import System

MOST_BYTES = 400_000
_TOP = re.compile(r"^([a-z_]+):")
WIDTH = 100
PEOPLE = {"en": "Screenwriters", "zh": "编剧"}


def list_systems() -> list[tuple[System, int]]:
    """Every system with how many scripts it has, those that have written first. Recipes write no scripts."""
    rows = System.objects.exclude(kind=System.Kind.RECIPE).annotate(written=Count("scripts")).order_by("slug")
    return sorted(((row, int(row.written)) for row in rows), key=lambda found: not found[1])


def build_study_file(given: Mapping[str, Any]) -> str:
    """The study file that says what a form gave; `given` has the keys of a study file, in plain values."""
    writer = YAML()
    writer.default_flow_style = False
    writer.width = WIDTH
    writer.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    writer.dump(dict(given), out)
    return out.getvalue()


def system_item(system: System) -> dict[str, Any]:
    """A stored system as a study file names it."""
    return {"slug": system.slug, "name": _names(system), "kind": system.kind}


def _names(system: System) -> dict[str, str]:
    """A system's name in the languages in which it has one; people who were given none are screenwriters."""
    if system.kind == System.Kind.HUMAN and system.name in ("", system.slug):
        return dict(PEOPLE)
    return system.names or {language_of(system.name): system.name}


@dataclass(frozen=True, slots=True)
class Checked:
    """What a study file would give: the study, whether it is new, and what would be left out or changed.

    Briefs are `dropped` for a script that is missing, and `kept_out` for one that the draft has rejected.
    """

    spec: StudySpec
    outcome: str
    changed: Sequence[str]
    dropped: Sequence[str]
    kept_out: Sequence[str]

    @property
    def seats(self) -> int:
        return sum(group.count for group in self.spec.design.seats)

    @property
    def pairings(self) -> int:
        """Of each brief."""
        count = len(self.spec.systems)
        return count * (count - 1) // 2


def check_study_file(text: str, name: str, *, by: str) -> Checked:
    """Do all that making it does, and undo it. Raises `InputErrors` with every fault."""
    with transaction.atomic():
        loaded = load_study_text(text, name, by=by)
        spec = from_json(loaded.study.spec)
        found = Checked(spec, loaded.outcome, loaded.changed, loaded.dropped, loaded.kept_out)
        transaction.set_rollback(True)
    return found


def create_study(text: str, name: str, *, by: str) -> Loaded:
    """The study of a file, as a draft. Raises `InputErrors`, and stores nothing then."""
    return load_study_text(text, name, by=by)


@dataclass(frozen=True, slots=True)
class QuotedError:
    """A fault with the part of the file in which it is and the line that it is about; a remedy beside it."""

    key: str
    line: int
    quoted: str
    message: str
    fix: str


def quoted_errors(text: str, refused: InputErrors) -> list[QuotedError]:
    lines = text.split("\n")
    return [_shown(lines, fault) for fault in refused.errors]


def _shown(lines: Sequence[str], fault: InputError) -> QuotedError:
    message, fix = (text[:1].upper() + text[1:] for text in (fault.message, fault.fix))
    if (fault.line, fault.column) == (1, 1) or fault.line > len(lines):
        return QuotedError("", 0, "", message, fix)
    above = (_TOP.match(line) for line in reversed(lines[: fault.line]))
    key = next((match[1] for match in above if match), "")
    return QuotedError(key, fault.line, lines[fault.line - 1].strip(), message, fix)
