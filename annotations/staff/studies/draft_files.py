"""Drafts as one file, to move them from one site to another: a zip archive with a study's folder.

    study.yaml                    the study file, as the study's page offers it
    briefs/BRIEF.yaml
    scripts/BRIEF/SYSTEM.txt      and SYSTEM.2.txt, the second sample
    systems/SYSTEM.yaml           the pipelines
    draft.json                    names that raters read, and where each script came from

The archive is read by the loaders of `load_briefs`, `load_systems`, `import_scripts` and `load_study`. At
the end the study must have the digest that it had on the other site, or nothing is stored.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

import msgspec
from django.db import transaction
from django.db.models import Q

import evalsite
from annotations.errors import WrongState
from annotations.models import Study
from annotations.spec.values import StudySpec, from_json
from annotations.staff.studies.loading import Loaded, load_study, store_writer
from annotations.staff.study_form.new_study import build_study_file, study_file_values
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import only_team
from generation.blinding import sealed_pairs
from generation.briefs.files import brief_yaml, read_brief, read_script_file
from generation.briefs.series_names import cleaned
from generation.briefs.services import BadNames, set_names
from generation.models import Brief, Script, Series, Source, System
from generation.pipelines import SystemSpec, read_system_text, system_yaml
from generation.runs.services import store_pipelines
from generation.services import NewScript, add_scripts, clash_of, store_briefs
from generation.uploads.store import Provenance, store_imported
from generation.yaml_files import read_text

FORMAT = 1
STUDY, RECORD = "study.yaml", "draft.json"
_SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_NAME = re.compile(
    rf"study\.yaml|draft\.json|briefs/{_SLUG}\.yaml|systems/{_SLUG}\.yaml|scripts/{_SLUG}/{_SLUG}(\.2)?\.txt"
)
MOST_FILES, MOST_BYTES = 30_000, 200_000_000
FIX_FILE = "export the draft again with `manage.py export_draft`."

_Short = Annotated[str, msgspec.Meta(max_length=200)]
_Long = Annotated[str, msgspec.Meta(max_length=20_000)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class SourceRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an imported script came from."""

    file_name: _Short
    file_digest: Annotated[str, msgspec.Meta(max_length=64)]
    format: Annotated[str, msgspec.Meta(max_length=20)]
    first_line: _Count | None
    last_line: _Count | None
    origin: Literal["", "commissioned", "aired", "unaired"]
    version: Literal["", "draft", "shooting", "transcript"]
    rights: Literal["show", "redistribute"]
    credit: _Long
    knew: _Long


class ScriptRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One script of the archive; `file` is its name there."""

    file: _Short
    brief: _Short
    system: _Short
    sample: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    writer: Annotated[str, msgspec.Meta(max_length=60)]
    finish_reason: Annotated[str, msgspec.Meta(max_length=40)]
    redraws: _Count
    source: SourceRecord | None


class SystemRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    slug: _Short
    name: _Short
    kind: Literal["pipeline", "imported", "human"]


class DraftRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `draft.json` contains."""

    format: int
    evalsite: str
    study: str
    spec_digest: str
    names: dict[str, list[dict[str, str]]]
    systems: list[SystemRecord]
    scripts: list[ScriptRecord]


# Writing


def write_draft(study: Study, file: Path) -> int:
    """Write a draft with everything that it is made from into a zip archive.

    Parameters
    ----------
    study : a draft.
    file : is replaced when all is written.

    Returns
    -------
    int
        The number of scripts.

    Raises
    ------
    WrongState
        The study is frozen, or one of its scripts is sealed in another study.
    """
    if study.state != Study.State.DRAFT:
        raise WrongState(
            f"study {study.slug} is {study.state}, and only drafts can be exported: duplicate it"
        )
    spec = from_json(study.spec)
    scripts = _scripts_of(spec)
    if sealed := sealed_pairs({(script.brief.slug, script.system.slug) for script in scripts.values()}):
        raise WrongState(
            f"{len(sealed)} scripts of this draft are also in a blinded study, which keeps secret whose they "
            "are: unblind that study first"
        )
    new = file.with_name(f".{file.name}.new")
    try:
        with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in _members(spec, study.spec_digest, scripts):
                archive.writestr(name, text)
        new.replace(file)
    except OSError as error:
        fault = InputError(
            str(file), 1, 1, f"can't be written: {error.strerror or error}.", "choose another."
        )
        raise InputErrors([fault]) from error
    finally:
        new.unlink(missing_ok=True)
    return len(scripts)


def _scripts_of(spec: StudySpec) -> dict[str, Script]:
    """All scripts of a draft by their name in the archive."""
    materials = spec.materials
    wanted = {
        (brief, system, digest): f"scripts/{brief}/{system}{ending}.txt"
        for found, ending in ((materials.scripts, ""), (materials.second, ".2"))
        for brief, digests in found.items()
        for system, digest in digests.items()
    }
    wanted |= {
        (slug, text.system, text.script): f"scripts/{slug}/{text.system}.txt"
        for slug, text in materials.warmup.items()
    }
    rows = Script.objects.filter(Q(digest__in={digest for _brief, _system, digest in wanted}))
    rows = rows.select_related("brief", "system", "source").order_by("brief", "system", "sample", "pk")
    named = ((wanted.get((row.brief.slug, row.system.slug, row.digest)), row) for row in rows)
    return {name: row for name, row in named if name is not None}


def _members(spec: StudySpec, digest: str, scripts: Mapping[str, Script]) -> Iterator[tuple[str, str]]:
    briefs = [*spec.materials.briefs, *spec.materials.warmup]
    yield STUDY, _study_file(spec)
    for brief in Brief.objects.filter(slug__in=briefs).select_related("series").order_by("slug"):
        yield f"briefs/{brief.slug}.yaml", brief_yaml(brief.content(), brief.series.aliases)
    writers = {script.system.slug for script in scripts.values()} | {each.slug for each in spec.systems}
    systems = list(System.objects.filter(slug__in=writers).order_by("slug"))
    for system in systems:
        if system.kind == System.Kind.PIPELINE and system.spec:
            yield f"systems/{system.slug}.yaml", system_yaml(SystemSpec.from_record(system.spec))
    for name, script in scripts.items():
        yield name, f"{script.text}\n"
    record = DraftRecord(
        format=FORMAT,
        evalsite=evalsite.__version__,
        study=spec.slug,
        spec_digest=digest,
        names={slug: list(rows) for slug, rows in spec.materials.names.items()},
        systems=[msgspec.convert(each, SystemRecord, from_attributes=True) for each in systems],
        scripts=[_script_record(name, script) for name, script in scripts.items()],
    )
    yield RECORD, msgspec.json.format(msgspec.json.encode(record)).decode()


def _study_file(spec: StudySpec) -> str:
    """The study file with its briefs and scripts in files, so that `load_study` reads the folder as well."""
    values = study_file_values(spec)
    values["briefs"] = [f"briefs/{slug}.yaml" for slug in values["briefs"]]
    for part in ("practice", "checks"):
        if part in values:
            files = [f"briefs/{slug}.yaml" for slug in values[part]["briefs"]]
            values[part] = {**values[part], "briefs": files}
    return build_study_file({**values, "scripts": "scripts"})


def _script_record(name: str, script: Script) -> ScriptRecord:
    source: Source | None = getattr(script, "source", None)
    return ScriptRecord(
        file=name,
        brief=script.brief.slug,
        system=script.system.slug,
        sample=script.sample,
        writer=script.writer,
        finish_reason=script.finish_reason,
        redraws=script.redraws,
        source=msgspec.convert(source, SourceRecord, from_attributes=True) if source else None,
    )


# Reading


def load_draft(file: Path, *, by: str = "console", team: int | None = None) -> Loaded:
    """Store the draft of an archive, with its briefs, systems and scripts.

    Parameters
    ----------
    file : an archive by `write_draft`. It may come from anywhere.
    by : the name of the user, or `console`.
    team : the key of the team; by default the site's only one.

    Raises
    ------
    InputErrors
        The archive, or something in it, is refused; or the study would not be the same here. Nothing is
        stored.
    """
    with _unpacked(file) as folder:
        try:
            with transaction.atomic():
                return _store(folder, file, by, only_team() if team is None else team)
        except InputErrors as refused:
            raise InputErrors([_in_archive(fault, folder, file) for fault in refused.errors]) from refused


def _in_archive(fault: InputError, folder: Path, file: Path) -> InputError:
    """The fault at its place in the archive, and not in the folder that it was unpacked into."""
    shown = fault.path.removeprefix(f"{folder}/")
    return replace(fault, path=f"{file}/{shown}" if shown != fault.path else fault.path)


def _store(folder: Path, file: Path, by: str, team: int) -> Loaded:
    record = _read_record(folder / RECORD)
    _store_pipelines(folder, team)
    specs = [read_brief(path) for path in sorted((folder / "briefs").glob("*.yaml"))]
    briefs = {each.brief.slug: each.brief for each in store_briefs(specs, by=by, team=team)}
    for series, names in record.names.items():
        _set_names(series, names, folder, by, team)
    systems = {each.slug: store_writer(each.slug, each.name, each.kind, team) for each in record.systems}
    _store_scripts(record, folder, briefs, systems, by)
    loaded = load_study(folder / STUDY, by=by, team=team)
    if loaded.study.spec_digest != record.spec_digest:
        message = f"study {loaded.study.slug} would differ from the one that was exported."
        fix = (
            f"use evalsite {record.evalsite} on both sites, and compare the name maps of the series and the "
            "rejected scripts of a draft that this site has."
        )
        raise InputErrors([InputError(str(file), 1, 1, message, fix)])
    return loaded


def _read_record(path: Path) -> DraftRecord:
    content = path.read_bytes()
    try:
        if b"\\u0000" in content:
            raise msgspec.ValidationError("it contains a NUL character")
        record = msgspec.json.decode(content, type=DraftRecord)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputErrors([InputError(str(path), 1, 1, f"this is no draft: {error}.", FIX_FILE)]) from error
    if record.format != FORMAT:
        fix = f"install evalsite {record.evalsite} here."
        raise InputErrors([InputError(str(path), 1, 1, "a later version exported this draft.", fix)])
    return record


def _store_pipelines(folder: Path, team: int) -> None:
    """Store the pipelines that this site lacks. One that it has must be the same; its address stays."""
    new, faults = [], []
    for path in sorted((folder / "systems").glob("*.yaml")):
        try:
            spec = read_system_text(read_text(path))
        except InputErrors as refused:
            faults += [replace(fault, path=str(path)) for fault in refused.errors]
            continue
        if not System.objects.filter(slug=spec.slug).exists():
            new.append(spec)
        elif fault := clash_of(spec, team):
            faults.append(replace(fault, path=str(path)))
    if faults:
        raise InputErrors(faults)
    store_pipelines(new, team=team)


def _set_names(slug: str, names: list[dict[str, str]], folder: Path, by: str, team: int) -> None:
    series = Series.objects.filter(slug=slug, team=team).first()
    try:
        if series is not None:
            set_names(series=series, names=cleaned(names), by=by)
    except BadNames as bad:
        fault = InputError(str(folder / RECORD), 1, 1, f"the names of series {slug}: {bad}", FIX_FILE)
        raise InputErrors([fault]) from bad


def _store_scripts(
    record: DraftRecord, folder: Path, briefs: Mapping[str, Brief], systems: Mapping[str, System], by: str
) -> None:
    """Generated scripts together, imported ones each with where it came from."""
    generated: list[NewScript] = []
    for each in record.scripts:
        path = folder / each.file
        if (
            each.brief not in briefs
            or each.system not in systems
            or not (_allowed(each.file) and path.exists())
        ):
            message = f"{each.file} is listed without its file, brief or system."
            raise InputErrors([InputError(str(folder / RECORD), 1, 1, message, FIX_FILE)])
        brief, system, text = briefs[each.brief], systems[each.system], read_script_file(path)
        if each.source is None:
            generated.append(
                NewScript(
                    brief=brief,
                    system=system,
                    text=text,
                    sample=each.sample,
                    writer=each.writer,
                    path=str(path),
                    finish_reason=each.finish_reason,
                    redraws=each.redraws,
                )
            )
            continue
        details = msgspec.structs.asdict(each.source)
        first, last = details.pop("first_line"), details.pop("last_line")
        lines = (first, last) if first is not None and last is not None else None
        store_imported([(brief, text, lines)], system, each.writer, Provenance(**details, by=by))
    if faults := [each for each in add_scripts(generated) if isinstance(each, InputError)]:
        raise InputErrors(faults)


def _allowed(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


@contextmanager
def _unpacked(file: Path) -> Iterator[Path]:
    """The archive in a temporary folder. Everything is checked from its list of contents before."""
    try:
        with zipfile.ZipFile(file) as archive, TemporaryDirectory(prefix="evalsite-draft-") as temporary:
            members = archive.infolist()
            if message := _refusal(members):
                raise InputErrors([InputError(str(file), 1, 1, message, FIX_FILE)])
            folder = Path(temporary)
            for member in members:
                target = folder / member.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                # Names are plain, and no more is read than the list says.
                target.write_bytes(archive.read(member))
            yield folder
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        fault = InputError(str(file), 1, 1, f"this is no readable zip archive: {error}.", FIX_FILE)
        raise InputErrors([fault]) from error


def _refusal(members: list[zipfile.ZipInfo]) -> str:
    """Why an archive is refused; empty for a good one."""
    names = [member.filename for member in members]
    if len(names) > MOST_FILES:
        return f"it contains {len(names):,} files, and at most {MOST_FILES:,} are allowed."
    if odd := next((name for name in names if not _allowed(name)), None):
        return f"{odd!r:.80} doesn't belong in a draft."
    if len({*names}) < len(names):
        return "it contains two files with the same name."
    if (total := sum(member.file_size for member in members)) > MOST_BYTES:
        return f"its files have {total:,} bytes, and at most {MOST_BYTES:,} are allowed."
    if not {STUDY, RECORD} <= {*names}:
        return f"it has no {STUDY} or no {RECORD}."
    return ""
