"""Briefs and scripts that a study file names. No database: stored scripts are asked for by a function."""

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from annotations.spec import Materials, SystemEntry
from annotations.spec_reading import Place
from evalsite.core.digests import json_digest
from evalsite.core.faults import Fault, Refused
from generation.files import Node
from generation.reading import BriefSpec, read_brief, read_script_file
from generation.screenplay import check_format, digest, parse

SUFFIXES = (".txt", ".fountain")
MOST_BRIEFS = 500

StoredScript = Callable[[str, str], str | None]
"""The digest of the script to be used for a brief and a system, where it is stored and not in a file."""


@dataclass(frozen=True, slots=True)
class ScriptFile:
    path: Path
    text: str


@dataclass(slots=True)
class Texts:
    """Briefs in the order of their files; texts of scripts that lie in files, digests of all."""

    briefs: list[BriefSpec] = field(default_factory=list)
    scripts: dict[tuple[str, str], ScriptFile] = field(default_factory=dict)
    digests: dict[str, dict[str, str]] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)

    def materials(self) -> Materials:
        return Materials(
            briefs={brief.slug: json_digest(brief.content()) for brief in self.briefs}, scripts=self.digests
        )


def read_briefs(node: Node, place: Place) -> list[BriefSpec]:
    """Every brief that the paths and patterns name."""
    items = [node] if isinstance(node.value, str) else node.sequence(least=1)
    paths = list(dict.fromkeys(path for item in items for path in _matches(item, place)))
    if len(paths) > MOST_BRIEFS:
        node.fault(f"these are {len(paths)} briefs.", f"keep to {MOST_BRIEFS}.")
        return []
    found: dict[str, BriefSpec] = {}
    scenes: dict[tuple[str, int], BriefSpec] = {}
    series: dict[str, BriefSpec] = {}
    for path in paths:
        try:
            brief = read_brief(path)
        except Refused as refused:
            place.take(refused)
            continue
        if not _fits(brief, path, found, scenes, series, place):
            continue
        found[brief.slug] = brief
        scenes[brief.series_slug, brief.order] = brief
        series.setdefault(brief.series_slug, brief)
    return list(found.values())


def _matches(item: Node, place: Place) -> list[Path]:
    pattern = place.path(item)
    if pattern is None:
        return []
    if not any(character in pattern.name + str(pattern.parent) for character in "*?["):
        return [pattern]
    relative = str(Path(str(item.value)))
    found = sorted(path for path in place.folder.glob(relative) if path.is_file())
    if not found:
        item.fault(f"no file matches {item.value}.", "check the pattern and the folder.")
    return found


def _fits(
    brief: BriefSpec,
    path: Path,
    found: dict[str, BriefSpec],
    scenes: dict[tuple[str, int], BriefSpec],
    series: dict[str, BriefSpec],
    place: Place,
) -> bool:
    def fault(key: str, message: str, mend: str) -> bool:
        place.document.faults.append(Fault(str(path), _line_of(path, key), 1, message, mend))
        return False

    if brief.slug in found:
        other = Path(found[brief.slug].path).name
        return fault("slug", f"the slug {brief.slug} is that of {other} too.", "give each brief its own.")
    if other_scene := scenes.get((brief.series_slug, brief.order)):
        return fault(
            "order",
            f"order {brief.order} of series {brief.series_slug} is that of {other_scene.slug} too.",
            "number the scenes of a series as the story goes.",
        )
    first = series.get(brief.series_slug)
    if first and (first.series_title, first.language) != (brief.series_title, brief.language):
        return fault(
            "series",
            f"series {brief.series_slug} has another title or language in {first.slug}.",
            "give one series one title and one language.",
        )
    return True


def _line_of(path: Path, key: str) -> int:
    match = re.search(rf"^{key}\s*:", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    return (
        path.read_text(encoding="utf-8", errors="replace").count("\n", 0, match.start()) + 1 if match else 1
    )


def read_scripts(
    node: Node | None,
    place: Place,
    briefs: Sequence[BriefSpec],
    systems: Sequence[SystemEntry],
    *,
    drop: bool,
    stored: StoredScript | None,
) -> Texts:
    """Each system's script for each brief: `FOLDER/BRIEF/SYSTEM.txt` or `.fountain`, else the stored one."""
    folder = place.path(node) if node is not None else None
    if node is not None and folder is not None and not folder.is_dir():
        node.fault(f"there is no folder {node.value}.", "make it, with a folder for each brief in it.")
        folder = None
    texts = Texts()
    if node is not None and folder is None:
        return texts
    for brief in briefs:
        _read_scripts_of(brief, folder, place, systems, texts, drop=drop, stored=stored)
    return texts


def _read_scripts_of(
    brief: BriefSpec,
    folder: Path | None,
    place: Place,
    systems: Sequence[SystemEntry],
    texts: Texts,
    *,
    drop: bool,
    stored: StoredScript | None,
) -> None:
    digests: dict[str, str] = {}
    scripts: dict[tuple[str, str], ScriptFile] = {}
    missing: list[Fault] = []
    faults_before = len(place.document.faults)
    for system in systems:
        path = _script_path(folder, brief.slug, system.slug, place)
        if path is not None:
            text = _script_text(path, brief.language, place)
            if text is not None:
                scripts[brief.slug, system.slug] = ScriptFile(path, text)
                digests[system.slug] = digest(text)
        elif stored is not None and (known := stored(brief.slug, system.slug)):
            digests[system.slug] = known
        else:
            missing.append(_missing(folder, brief.slug, system.slug, place))
    if missing and drop:
        texts.dropped.append(brief.slug)
        return
    place.document.faults.extend(missing)
    if len(place.document.faults) == faults_before:
        _refuse_twins(folder, brief.slug, digests, place)
    texts.briefs.append(brief)
    texts.scripts |= scripts
    texts.digests[brief.slug] = digests


def _script_path(folder: Path | None, brief: str, system: str, place: Place) -> Path | None:
    if folder is None:
        return None
    found = [path for suffix in SUFFIXES if (path := folder / brief / f"{system}{suffix}").exists()]
    if len(found) > 1:
        place.document.faults.append(
            Fault(
                str(found[1]), 1, 1, f"{system} has two scripts for brief {brief}.", "keep one of the files."
            )
        )
    return found[0] if found else None


def _script_text(path: Path, language: str, place: Place) -> str | None:
    try:
        text = read_script_file(path)
    except Refused as refused:
        place.take(refused)
        return None
    for problem in check_format(parse(text, language)):
        if problem.code in ("empty", "unreadable"):
            mend = "write a scene in the layout of its language."
            place.document.faults.append(
                Fault(str(path), max(problem.line, 1), 1, f"{problem.message}.", mend)
            )
            return None
    return text


def _missing(folder: Path | None, brief: str, system: str, place: Place) -> Fault:
    message = f"system {system} has no script for brief {brief}."
    if folder is None:
        where = str(place.document.path)
        return Fault(
            where, 1, 1, message, "name a folder in scripts:, or import one: import_scripts, or generate."
        )
    wanted = folder / brief / f"{system}{SUFFIXES[0]}"
    there = [path.name for path in sorted((folder / brief).glob("*"))] if (folder / brief).is_dir() else []
    near = difflib.get_close_matches(wanted.name, there, n=1)
    hint = f" (there is {near[0]})" if near else ""
    mend = f"write that file{hint}, or say plan: missing_script: drop, which leaves the brief out for all."
    return Fault(str(wanted), 1, 1, message, mend)


def _refuse_twins(folder: Path | None, brief: str, digests: dict[str, str], place: Place) -> None:
    """One text by two systems cannot be compared with itself."""
    owner: dict[str, str] = {}
    for system, known in digests.items():
        if other := owner.get(known):
            where = str(folder / brief) if folder is not None else str(place.document.path)
            place.document.faults.append(
                Fault(
                    where,
                    1,
                    1,
                    f"{other} and {system} have the same script for brief {brief}.",
                    "give each system its own, or name one system only.",
                )
            )
        owner.setdefault(known, system)
