"""Scripts that people wrote, from a file to scripts of a system, with where they came from.

    received = receive(content=..., name="pilot.docx", language="", by="rae")     # raises `InputErrors`
    save_scene_briefs(received.upload, {1: "car-two", 2: "car-two"})
    save_metadata(received.upload, {"system": "human", "writer": "w07", ...})
    import_upload(received.upload, by="rae")         # scripts, their sources, the audit trail: all or none

A file is stored as it came, with what a child process made of it, for a long PDF takes seconds; what was
understood of that is remembered for as long as the process lives.
"""

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePath

from django.db import transaction
from django.db.models import Max

from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import User, only_team, record
from evalsite.core.reason_codes import sentence
from generation.access import rows_in, team_key
from generation.blinding import sealed_pairs
from generation.models import Brief, Script, Source, System, Upload
from generation.screenplay import digest, measure, parse, script_text
from generation.screenplay.formats import CutScene, Understood, corrected, headed, join, rows, scenes
from generation.screenplay.formats.reading import read_rows, rows_of
from generation.script_metrics.measures import brief_text, unknown_speakers
from generation.services import store_system, taken_slug
from generation.uploads.store import NAME_LENGTH, Imported, Provenance, store_imported

REMEMBERED = 6
FAR_FROM_TARGET = (0.6, 1.6)
"""A length outside these shares of the brief's target gets a remark."""
FIELDS = ("system", "writer", "origin", "version", "rights", "credit", "knew")


@dataclass(frozen=True, slots=True)
class ParsedUpload:
    """A file as it was understood, and its scenes.

    `changes` are the types that an admin gave to lines, by their number; `before` are the kinds of those
    lines as they were read.
    """

    understood: Understood
    scenes: tuple[CutScene, ...]
    changes: Mapping[int, str] = field(default_factory=dict)
    before: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Received:
    """An upload, and whether the very same file was open already."""

    upload: Upload
    known: bool


@dataclass(frozen=True, slots=True)
class SceneLink:
    """Neighbouring scenes that go to one brief, and what is to be known of them before they are stored.

    `sample` is the number that the script gets; `others` are the numbers in use, `same` the
    script with this very text; all of it is empty where the pair is `sealed`. `ratio` is its length over
    the target; `strangers` are speakers whom the brief does not name.
    """

    brief: Brief
    first: int
    last: int
    text: str
    lines: tuple[int, int]
    length: int
    sample: int
    others: tuple[int, ...] = ()
    same: Script | None = None
    strangers: tuple[str, ...] = ()
    sealed: bool = False

    @property
    def ratio(self) -> float:
        return self.length / self.brief.target_length

    @property
    def far(self) -> bool:
        low, high = FAR_FROM_TARGET
        return not low <= self.ratio <= high


def receive(
    *, content: bytes, name: str, language: str = "", by: User | None = None, team: int | None = None
) -> Received:
    """Read a file and keep it for a team, by default the site's only one. Raises `InputErrors`, and keeps
    nothing then.

    The same file of the team that is still open is taken up where it was left.
    """
    name = _plain_name(name)
    kind, sent = rows_of(content, name)
    understood = read_rows(kind, sent, name, language or None)
    code = hashlib.sha256(content).hexdigest()
    team = only_team() if team is None else team
    known = rows_in(Upload, [team]).filter(file_digest=code, state=Upload.State.OPEN).first()
    if known is not None:
        if known.language != understood.language and language:
            change_language(known, language)
        return Received(known, True)
    upload = Upload(
        team_id=team,
        file_name=name,
        content=content,
        rows=zlib.compress(rows.dump(sent)),
        rows_version=rows.VERSION,
        file_digest=code,
        format=understood.format,
        language=understood.language,
        created_by=by,
    )
    with transaction.atomic():
        upload.save()
        # Without its name, which may be a person's: the trail is for good.
        record(who=_who(by), verb="upload scripts", about=upload.code, format=understood.format)
    return Received(upload, False)


def _plain_name(name: str) -> str:
    bare = "".join(each for each in PurePath(name).name if each.isprintable())
    suffix = PurePath(bare).suffix[:20]
    return bare if len(bare) <= NAME_LENGTH else bare[: NAME_LENGTH - len(suffix)] + suffix


def _who(by: User | None) -> str:
    return by.get_username() if by is not None else "console"


def read_upload(upload: Upload) -> ParsedUpload:
    """The file as it is understood. Raises `InputErrors`, for what is read may change with the program."""
    return _read(upload.code, upload.language, tuple(sorted(types_of(upload).items())))


@lru_cache(maxsize=REMEMBERED)
def _read(code: str, language: str, types: tuple[tuple[int, str], ...] = ()) -> ParsedUpload:
    upload = Upload.objects.defer("content").get(code=code)
    if upload.rows_version == rows.VERSION:
        kind, sent = upload.format, rows.load(zlib.decompress(upload.rows))
    else:
        kind, sent = rows_of(bytes(upload.content), upload.file_name)
        packed = zlib.compress(rows.dump(sent))
        Upload.objects.filter(pk=upload.pk, state=Upload.State.OPEN).update(
            rows=packed, rows_version=rows.VERSION
        )
    read = read_rows(kind, sent, upload.file_name, language)
    changes = dict(types)
    understood = corrected(read, changes)
    before = {line.number: line.understood for line in read.lines if line.number in changes}
    return ParsedUpload(understood, scenes(understood.script), changes, before)


def types_of(upload: Upload) -> dict[int, str]:
    """The types that an admin gave to lines of the file, by the line's number."""
    return {int(number): kind for number, kind in upload.metadata.get("types", {}).items()}


@transaction.atomic
def change_types(upload: Upload, types: Mapping[int, str], *, by: User) -> int:
    """Set lines of an open file to types; an empty type takes the line as it was read.

    Returns how many lines changed. Where scenes begin elsewhere now, they lose their briefs. Raises
    `InputErrors`, and `ValueError` for a line or a type that is not known.
    """
    upload = Upload.objects.select_for_update().defer("content", "rows").get(pk=upload.pk)
    if upload.state != Upload.State.OPEN:
        raise InputErrors.single(
            upload.code, sentence("this import is already finished."), sentence("upload the file again.")
        )
    before, read = types_of(upload), read_upload(upload)
    if unknown := set(types) - {line.number for line in read.understood.lines}:
        raise ValueError(f"no such lines: {sorted(unknown)}")
    after = {number: kind for number, kind in {**before, **types}.items() if kind}
    changed = sum(before.get(number, "") != after.get(number, "") for number in {**before, **after})
    if not changed:
        return 0
    again = _read(upload.code, upload.language, tuple(sorted(after.items())))
    if not any(element.printed for element in again.understood.script.elements):
        raise InputErrors.single(
            upload.file_name, sentence("the script has no lines left."), sentence("keep at least one line.")
        )
    told = {**upload.metadata, "types": {str(number): kind for number, kind in after.items()}}
    if [each.heading for each in again.scenes] != [each.heading for each in read.scenes]:
        told.pop("ties", None)
    upload.metadata = told
    upload.save(update_fields=["metadata"])
    record(who=_who(by), verb="change line types", about=upload.code, lines=changed)
    return changed


def change_language(upload: Upload, language: str) -> None:
    """Read the file in the other language: without briefs and types that were chosen.

    Raises `InputErrors`.
    """
    _read(upload.code, language)
    upload.language = language
    upload.metadata = {key: value for key, value in upload.metadata.items() if key not in ("ties", "types")}
    upload.save(update_fields=["language", "metadata"])


def is_under_seal(upload: Upload) -> bool:
    """Whether a blinded study uses this file's text: then no page has it together with its system."""
    pairs = upload.sources.values_list("script__brief__slug", "script__system__slug")
    return bool(sealed_pairs(set(pairs)))


def earlier(upload: Upload) -> Sequence[Source]:
    """What the same file was imported as before, the latest first."""
    own = rows_in(Source, [team_key(upload)])
    rows = own.filter(file_digest=upload.file_digest).exclude(upload=upload)
    found = list(rows.select_related("script__brief", "script__system").order_by("-pk"))
    # An answer that differs for the file of a sealed script would tell whose it is.
    pairs = [(row.script.brief.slug, row.script.system.slug) for row in found]
    sealed = sealed_pairs(pairs)
    return [row for row, pair in zip(found, pairs, strict=True) if pair not in sealed][:5]


def save_scene_briefs(upload: Upload, ties: Mapping[int, str]) -> None:
    """Remember which scenes are for which briefs; those that are not given stay as they are."""
    upload.metadata = {
        **upload.metadata,
        "ties": {**upload.metadata.get("ties", {}), **{str(k): v for k, v in ties.items()}},
    }
    upload.save(update_fields=["metadata"])


def save_metadata(upload: Upload, told: Mapping[str, str]) -> None:
    """Store the form's entries, right or wrong, so that no one has to type them twice."""
    upload.metadata = {**upload.metadata, **{key: str(told.get(key, ""))[:4000] for key in FIELDS}}
    upload.save(update_fields=["metadata"])


def ties_of(upload: Upload) -> dict[int, str]:
    return {int(number): slug for number, slug in upload.metadata.get("ties", {}).items() if slug}


def runs_of(ties: Mapping[int, str]) -> list[tuple[int, int, str]]:
    """Neighbouring scenes for the same brief, joined: first, last, slug."""
    found: list[tuple[int, int, str]] = []
    for number in sorted(ties):
        if found and found[-1][1] == number - 1 and found[-1][2] == ties[number]:
            found[-1] = (found[-1][0], number, ties[number])
        else:
            found.append((number, number, ties[number]))
    return found


def pieces(read: ParsedUpload, ties: Mapping[int, str], system: str, team: int) -> list[SceneLink]:
    """What would be stored, in the order of the file. Ties to what the team does not have are left out."""
    last = len(read.scenes)
    language = read.understood.language
    briefs = {
        brief.slug: brief
        for brief in rows_in(Brief, [team])
        .filter(slug__in=set(ties.values()), language=language)
        .select_related("series")
    }
    whole = {number: slug for number, slug in ties.items() if 1 <= number <= last and slug in briefs}
    sealed = {slug for slug, _system in sealed_pairs({(slug, system) for slug in whole.values()})}
    return [
        _piece(read, first, to, briefs[slug], system, slug in sealed) for first, to, slug in runs_of(whole)
    ]


@dataclass(frozen=True, slots=True)
class Cut:
    """Scenes cut out, and the lines of the text that they were cut from."""

    text: str
    lines: tuple[int, int]


def cut(understood: Understood, first: int, last: int) -> Cut:
    script, known = understood.script, headed(understood.script)
    start = script.elements[known[first - 1].first].line
    end = script.elements[known[last - 1].last - 1]
    return Cut(join(script, first, last), (start, end.line + end.text.count("\n")))


def _piece(read: ParsedUpload, first: int, last: int, brief: Brief, system: str, sealed: bool) -> SceneLink:
    made = cut(read.understood, first, last)
    counted = measure(parse(made.text, brief.language))
    # Whether a text is known as that of a system says whose it is.
    known = Script.objects.none() if sealed else Script.objects.filter(brief=brief, system__slug=system)
    samples = tuple(known.order_by("sample").values_list("sample", flat=True))
    return SceneLink(
        brief=brief,
        first=first,
        last=last,
        text=made.text,
        lines=made.lines,
        length=counted.length,
        sample=(known.aggregate(last=Max("sample"))["last"] or 0) + 1,
        others=samples,
        same=known.filter(digest=digest(script_text(made.text))).first(),
        strangers=unknown_speakers(counted.speakers, brief_text(brief.content())),
        sealed=sealed,
    )


def faults_of(found: Sequence[SceneLink], system: str, team: int) -> list[InputError]:
    """What keeps scripts from being stored: nothing tied, a brief twice, a pair under seal, a machine."""
    if not found:
        return [
            InputError(
                "",
                1,
                1,
                sentence("no scene has a brief yet."),
                sentence("choose a brief for at least one scene."),
            )
        ]
    slugs = [each.brief.slug for each in found]
    twice = sorted({slug for slug in slugs if slugs.count(slug) > 1})
    faults = [
        InputError(
            slug,
            1,
            1,
            sentence("the scenes for brief %(slug)s aren't adjacent.", slug=slug),
            sentence("choose adjacent scenes, or import the others separately."),
        )
        for slug in twice
    ]
    faults += sealed_faults(slugs, system)
    known = System.objects.filter(slug=system).first()
    if known is not None and known.team_id not in (None, team):
        faults.append(taken_slug(system))
    elif known is not None and known.kind != System.Kind.HUMAN:
        message = sentence("%(system)s isn't a human system.", system=system)
        faults.append(
            InputError(system, 1, 1, message, sentence("choose another system name for these scripts."))
        )
    return faults


def sealed_faults(briefs: Iterable[str], system: str) -> list[InputError]:
    """What keeps scripts of a system for these briefs (slugs) from being stored while a study runs blind."""
    fix = sentence("import it after unblinding, or as another system.")
    return [
        InputError(
            slug,
            1,
            1,
            sentence(
                "a blinded study has sealed the scripts by %(system)s for brief %(slug)s.",
                system=name,
                slug=slug,
            ),
            fix,
        )
        for slug, name in sorted(sealed_pairs({(slug, system) for slug in briefs}))
    ]


@transaction.atomic
def import_upload(upload: Upload, *, by: User) -> list[Imported]:
    """Make scripts of what was tied to briefs. Raises `InputErrors`; the upload stays open then."""
    upload = Upload.objects.select_for_update().defer("content", "rows").get(pk=upload.pk)
    if upload.state != Upload.State.OPEN:
        raise InputErrors.single(
            upload.code, sentence("this import is already finished."), sentence("upload the file again.")
        )
    told = upload.metadata
    found = pieces(read_upload(upload), ties_of(upload), told.get("system", ""), team_key(upload))
    if faults := faults_of(found, told.get("system", ""), team_key(upload)):
        raise InputErrors(faults)
    provenance = Provenance(
        file_name=upload.file_name,
        file_digest=upload.file_digest,
        format=upload.format,
        origin=told.get("origin", ""),
        version=told.get("version", ""),
        rights=told.get("rights") or Source.Rights.SHOW,
        credit=told.get("credit", ""),
        knew=told.get("knew", ""),
        by=by.get_username(),
        upload=upload,
    )
    system = store_system(slug=told["system"], name=told["system"], kind=System.Kind.HUMAN)
    rows = [(each.brief, each.text, each.lines) for each in found]
    imported = store_imported(rows, system, told.get("writer", ""), provenance)
    upload.state = Upload.State.TAKEN
    upload.save(update_fields=["state"])
    return imported


@transaction.atomic
def drop(upload: Upload, *, by: User) -> bool:
    """Forget an open file: its content is emptied. Says whether it was open."""
    upload = Upload.objects.select_for_update().defer("content", "rows").get(pk=upload.pk)
    if upload.state != Upload.State.OPEN:
        return False
    upload.state, upload.metadata = Upload.State.DROPPED, {}
    upload.content, upload.rows = b"", b""
    upload.save(update_fields=["state", "metadata", "content", "rows"])
    record(who=by.get_username(), verb="drop upload", about=upload.code)
    _read.cache_clear()
    return True
