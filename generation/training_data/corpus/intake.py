"""Works through the browser: files handed in together, read one by one, looked at, then stored, all or none.

intake = receive(told=form.cleaned_data, files=[("one.docx", content), ...], by=user)
read_some(intake)              # reads on for a second or so; whether all are read
store(intake, by="rae")        # raises `InputErrors`, and keeps the files then
"""

import hashlib
import re
import zlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import PurePath
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import User, only_team
from evalsite.core.reason_codes import load, reason_of, sentence
from generation.access import team_key
from generation.models import Series
from generation.screenplay.formats import CutScene, Understood, rows
from generation.screenplay.formats.reading import read_rows, rows_of
from generation.training_data.corpus.cutting import WorkUpload, faults_of
from generation.training_data.corpus.folder import WorkSpec
from generation.training_data.corpus.minhash import REPEATS
from generation.training_data.corpus.services import (
    Changed,
    Imported,
    Replaced,
    changing,
    import_works,
    replacing,
)
from generation.training_data.corpus.similar_scenes import Index, signature_of_text
from generation.training_data.models import Intake, IntakeFile, Scene, Work

AT_ONCE_S = 1.2
"""So long a page may read before it shows how far it is."""
TOLD = ("series", "series_title", "language", "genre", "origin", "version", "rights", "credit")
REFUSED = "refused"
"""A key of the details of files: one of them cannot be taken."""
_KNOWN = ("file_digest", "order", "title")
_NUMBER = re.compile(r"\d{1,4}")


@transaction.atomic
def receive(
    *, told: Mapping[str, str], files: Sequence[tuple[str, bytes]], by: User | None, team: int | None = None
) -> Intake:
    """Keep files as they came, for a team (by default the site's only one). Each gets a place in its series:
    the number in its name, or the next free; one that is stored already keeps its place and title."""
    team = only_team() if team is None else team
    intake = Intake.objects.create(
        team_id=team, told={key: str(told.get(key, "")) for key in TOLD}, created_by=by
    )
    works = Work.objects.filter(series__slug=told["series"], series__team=team)
    taken = set(works.values_list("order", flat=True))
    known = {digest: (order, title) for digest, order, title in works.values_list(*_KNOWN)}
    last = works.aggregate(last=Max("order"))["last"] or 0
    for name, content in sorted(files):
        plain = _plain(name)
        digest = hashlib.sha256(content).hexdigest()
        order, title = known.get(digest, (0, _title(plain)))
        if not order:
            match = _NUMBER.search(PurePath(plain).stem)
            order = int(match[0]) if match and int(match[0]) > 0 and int(match[0]) not in taken else 0
        if not order:
            order = last + 1
        taken.add(order)
        last = max(last, order)
        IntakeFile.objects.create(intake=intake, file_name=plain, content=content, title=title, order=order)
    return intake


def _plain(name: str) -> str:
    bare = "".join(each for each in PurePath(name).name if each.isprintable())
    suffix = PurePath(bare).suffix[:20]
    return bare if len(bare) <= 200 else bare[: 200 - len(suffix)] + suffix


def _title(name: str) -> str:
    stem = re.sub(r"^\d+[\s._-]*", "", PurePath(name).stem)
    words = re.sub(r"[\s_-]+", " ", stem).strip()
    return (words[:1].upper() + words[1:])[:200] or PurePath(name).stem[:200]


def read_some(intake: Intake, seconds: float = AT_ONCE_S) -> bool:
    """Read files that no reader or only an older one has read, for a time; return whether all are read.

    With the last one, whether one of them cannot be taken is stored, so that the list can say so: no
    later entry changes that.
    """
    until = monotonic() + seconds
    older = Q(faults=[]) & ~Q(rows_version=rows.VERSION)
    waiting = list(intake.files.filter(Q(is_read=False) | older).values_list("pk", flat=True))
    for place, key in enumerate(waiting):
        if place and monotonic() > until:
            return False
        _read(IntakeFile.objects.get(pk=key))
    if waiting:
        files = intake.files.defer("content").select_related("intake")
        intake.told[REFUSED] = any(refusals_of(intake, file) for file in files)
        intake.save(update_fields=["told"])
    return True


def _read(file: IntakeFile) -> None:
    file.faults = []
    try:
        file.format, sent = rows_of(bytes(file.content), file.file_name)
        file.rows, file.rows_version = zlib.compress(rows.dump(sent)), rows.VERSION
        file.title = _told_title(file, sent)
    except InputErrors as refused:
        file.faults = [_as_record(fault) for fault in refused.errors]
    file.is_read = True
    file.save(update_fields=["format", "rows", "rows_version", "faults", "is_read", "title"])


def _told_title(file: IntakeFile, sent: rows.Sent) -> str:
    """The title from the title page, unless a person has entered another; else from the file's name."""
    own = Work.objects.filter(series__team=file.intake.team_id)
    stored = own.filter(series__slug=file.intake.told["series"], file_digest=_digest(file))
    if file.title != _title(file.file_name) or stored.exists():
        return file.title
    try:
        told = read_rows(file.format, sent, file.file_name, file.intake.told["language"]).title
    except InputErrors:  # the file's own page lists these
        return file.title
    return told or file.title


def _as_record(fault: InputError) -> dict[str, object]:
    return {
        "line": fault.line,
        "column": fault.column,
        "message": reason_of(fault.message).as_record(),
        "fix": reason_of(fault.fix).as_record(),
    }


def _from_record(file: IntakeFile, record: Mapping[str, Any]) -> InputError:
    texts = {name: load(record[name]) for name in ("message", "fix")}
    return InputError(file.file_name, record["line"], record["column"], **texts)


def understood_of(file: IntakeFile) -> Understood:
    """What was understood of a file that was read. Raises `InputErrors`."""
    if file.faults:
        raise InputErrors([_from_record(file, each) for each in file.faults])
    sent = rows.load(zlib.decompress(bytes(file.rows)))
    return read_rows(file.format, sent, file.file_name, file.intake.told["language"])


def spec_of(intake: Intake, file: IntakeFile) -> WorkSpec:
    told = intake.told
    return WorkSpec(
        slug=f"{told['series']}-{file.order}",
        series_slug=told["series"],
        series_title=told["series_title"],
        title=file.title,
        order=file.order,
        path=file.file_name,
        told_at=(file.file_name, 1, 1),
        **{key: told[key] for key in ("language", "rights", "credit", "genre", "origin", "version")},
    )


def replaced_of(intake: Intake, file: IntakeFile) -> Replaced | None:
    """The stored work that a file would take the place of."""
    return replacing(spec_of(intake, file), _digest(file), team_key(intake))


def changes_of(intake: Intake, file: IntakeFile) -> Changed | None:
    """The details that would change of the stored work that a file is."""
    return changing(spec_of(intake, file), _digest(file), team_key(intake))


def repeats_of(intake: Intake, file: IntakeFile, cut: Sequence[CutScene], index: Index) -> int:
    """How many scenes of a file repeat a stored one of another work, so that runs leave them out."""
    language = intake.told["language"]
    own = set(Scene.objects.filter(work__slug=spec_of(intake, file).slug).values_list("pk", flat=True))
    near = (index.nearest(signature_of_text(scene.text, language), REPEATS) for scene in cut)
    return sum(any(key not in own for key, _share in each) for each in near)


def refusals_of(intake: Intake, file: IntakeFile) -> list[InputError]:
    """What keeps one file from being a work, whatever else is handed in with it."""
    try:
        return faults_of(understood_of(file), spec_of(intake, file), file.file_name)
    except InputErrors as refused:
        return list(refused.errors)


@transaction.atomic
def store(intake: Intake, *, by: str, replace: bool = False, change_rights: bool = False) -> Imported:
    """Store all files as works, and forget them. Raises `InputErrors`, also of works that would be replaced,
    or get other rights, where no one has allowed it.
    """
    intake = Intake.objects.select_for_update().get(pk=intake.pk)
    read_some(intake, seconds=600)
    files = list(intake.files.select_related("intake"))
    if faults := _same_place(intake, files):
        raise InputErrors(faults)
    given = [
        WorkUpload(
            spec_of(intake, file),
            file.file_name,
            partial(_content, file),
            partial(_understood, file),
        )
        for file in files
    ]
    imported = import_works(given, by=by, replace=replace, change_rights=change_rights, team=intake.team_id)
    intake.delete()
    return imported


def _content(file: IntakeFile) -> bytes:
    return bytes(file.content)


def _digest(file: IntakeFile) -> str:
    return hashlib.sha256(_content(file)).hexdigest()


def _understood(file: IntakeFile, _content: bytes) -> Understood:
    return understood_of(file)


def _same_place(intake: Intake, files: Sequence[IntakeFile]) -> list[InputError]:
    seen: set[int] = set()
    faults = []
    for file in files:
        if file.order in seen:
            message = sentence(
                "series %(series)s has two works in position %(order)s.",
                series=intake.told["series"],
                order=file.order,
            )
            faults.append(
                InputError(file.file_name, 1, 1, message, sentence("give each file a different position."))
            )
        seen.add(file.order)
    return faults


def series_known(team: int) -> list[Series]:
    return list(Series.objects.filter(team=team).order_by("title", "slug"))
