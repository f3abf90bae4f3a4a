"""Files of scripts that were written elsewhere, each as a text for a brief: for `import_scripts` and the API.

system = system_for("rival", team=team)
file = read_file(content, "car-two.fountain", brief)          # raises `InputErrors`
store_files([file], system, writer="", told={"rights": "show"}, by="rae")
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.db import transaction

from evalsite.core.errors import InputErrors
from generation.briefs.files import COMMENT, read_script_bytes
from generation.models import Brief, System
from generation.screenplay import check_format, parse
from generation.screenplay.formats import Understood, headed, join, read_script
from generation.services import store_system, taken_slug
from generation.uploads.messages import doubt_of
from generation.uploads.services import cut
from generation.uploads.store import Imported, Provenance, store_imported

TEXTS = (".txt", ".fountain")
TOLD = ("origin", "version", "rights", "credit", "knew")
"""The names of the details that `Provenance` takes."""
_MISSING = frozenset(["no-heading", "no-speech", "no-action"])
_SCENES = re.compile(r"^([0-9]{1,4})(?:-([0-9]{1,4}))?$")


@dataclass(frozen=True, slots=True)
class FileWarning:
    """What a reader was not sure of. `line` is 0 where it is about the whole file."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """A text for a brief and the file that it is from.

    `lines` are those of the file's text where it was cut from it; `scenes` is the number of scenes that were
    found in the file, 0 if they were not searched for.
    """

    brief: Brief
    name: str
    digest: str
    text: str
    format: str
    lines: tuple[int, int] | None = None
    scenes: int = 0
    warnings: tuple[FileWarning, ...] = ()


def read_file(content: bytes, name: str, brief: Brief) -> ScriptFile:
    """Read a whole file. Text in UTF-8 is taken unchanged, as a study takes its own files.

    Raises `InputErrors`.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix in TEXTS and _is_utf8(content):
        text = read_script_bytes(content, name)
        kind = "fountain" if suffix == ".fountain" else "plain"
        found = check_format(parse(text, brief.language))
        warnings = tuple(FileWarning(each.line, str(each.message)) for each in found)
        return ScriptFile(brief, name, _digest(content), text, kind, warnings=warnings)
    understood = read_script(without_head(content, name), name, brief.language)
    last = len(headed(understood.script))
    return _found(understood, content, name, brief, join(understood.script, 1, last), None)


def read_scenes(content: bytes, name: str, brief: Brief, scenes: str = "") -> ScriptFile:
    """Cut scenes (`3`, `2-4`, or all) out of a file.

    Raises `InputErrors`, also for scenes that the file does not have.
    """
    understood = read_script(without_head(content, name), name, brief.language)
    first, to = _scenes(scenes, len(headed(understood.script)), name)
    made = cut(understood, first, to)
    return _found(understood, content, name, brief, made.text, made.lines)


def _found(
    understood: Understood,
    content: bytes,
    name: str,
    brief: Brief,
    text: str,
    lines: tuple[int, int] | None,
) -> ScriptFile:
    return ScriptFile(
        brief=brief,
        name=name,
        digest=_digest(content),
        text=text,
        format=understood.format,
        lines=lines,
        scenes=len(headed(understood.script)),
        warnings=tuple(_warnings(understood)),
    )


def _warnings(understood: Understood) -> Iterator[FileWarning]:
    for line in understood.lost:
        yield FileWarning(line.number, f"not recognized: {line.source:.60}")
    for line in understood.lines:
        if line.warning and not line.lost:
            yield FileWarning(line.number, f"{doubt_of(line.warning)} {line.source:.60}")
    for warned in understood.warnings:
        if warned.code != "not-understood":
            yield FileWarning(warned.number, f"{warned.message}.")
    for problem in check_format(understood.script):
        if problem.code in _MISSING:
            yield FileWarning(problem.line, f"{problem.message}.")


def without_head(content: bytes, name: str) -> bytes:
    """The file's bytes without the lines about it at the head of a text."""
    if PurePath(name).suffix.lower() not in TEXTS:
        return content
    lines = content.split(b"\n")
    while lines and lines[0].lstrip().startswith(COMMENT.encode()):
        lines.pop(0)
    return b"\n".join(lines)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return True


def _scenes(asked: str, last: int, name: str) -> tuple[int, int]:
    if not asked:
        return 1, last
    match = _SCENES.match(asked)
    first, to = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= to <= last:
        message = f"scene {asked} doesn't exist; the file has {last}."
        raise InputErrors.single(name, message, f"use N or N-M from 1 to {last}.")
    return first, to


def system_for(slug: str, *, team: int, name: str = "", human: bool = False) -> System:
    """The system that scripts are imported for, made where there is none.

    Raises `InputErrors` where the slug is another team's, or where scripts by people would get a system that
    isn't human.
    """
    known = System.objects.filter(slug=slug).first()
    if known is not None and known.team_id not in (None, team):
        raise InputErrors([taken_slug(slug)])
    if known is None or (human and known.kind != System.Kind.HUMAN):
        kind = System.Kind.HUMAN if human else System.Kind.IMPORTED
        return store_system(slug=slug, name=name or slug, kind=kind, team=team)
    return known


@transaction.atomic
def store_files(
    files: Sequence[ScriptFile], system: System, *, writer: str, told: Mapping[str, Any], by: str = "console"
) -> list[Imported]:
    """Store the texts of some files for a system, all or none.

    Parameters
    ----------
    files : texts for briefs of one team.
    system : who wrote them.
    writer : a code of the person who wrote them, or nothing.
    told : origin, version, rights, credit and knew, as `Provenance` takes them.
    by : the name of the person who imports them.

    Raises
    ------
    InputErrors
        A text has no script in it.
    """
    stored: list[Imported] = []
    for file in files:
        provenance = Provenance(
            file_name=PurePath(file.name).name,
            file_digest=file.digest,
            format=file.format,
            by=by,
            **told,
        )
        stored += store_imported([(file.brief, file.text, file.lines)], system, writer, provenance)
    return stored
