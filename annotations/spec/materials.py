"""Briefs and scripts that a study file names. No database: what is stored is asked for by functions.

`briefs` is a path or a pattern, the slug of a stored brief, {series: SLUG} for all stored ones of a series,
or a list of these.
"""

import difflib
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from annotations.spec.reading import StudyFolder
from annotations.spec.values import Materials, ScriptKey, SystemEntry
from evalsite.core.digests import json_digest
from evalsite.core.errors import InputError, InputErrors
from generation.briefs.files import BriefSpec, read_brief, read_script_file
from generation.screenplay import check_format, digest, parse
from generation.yaml_files import SLUG, Node

SUFFIXES = (".txt", ".fountain")
SECOND = ".2"
"""What stands behind a system's name in the file of its second sample."""
MOST_BRIEFS = 500

StoredScript = Callable[[str, str], str | None]
"""The digest of the script to be used for a brief and a system, where it is stored and not in a file."""

StoredBriefs = Callable[[str, Sequence[str]], Sequence[BriefSpec]]
"""Stored briefs by `slug` or by `series`, and which; in story order. What is not there is left out."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Look-ups in the database, so that this package needs none.

    Attributes
    ----------
    script : the digest of the stored script of a brief and a system, for scripts that lie in no file.
    second : the digest of the next sample after it.
    briefs : the briefs with these slugs, or of these series.
    writers : the systems that have a stored script for a brief.
    sealed : those of some (brief, system) pairs that a blinded study has sealed.
    """

    script: StoredScript | None = None
    second: StoredScript | None = None
    briefs: StoredBriefs | None = None
    writers: Callable[[str], Sequence[str]] = lambda brief: ()
    sealed: Callable[[Collection[ScriptKey]], set[ScriptKey]] = lambda pairs: set()


NOTHING = Stored()


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


@dataclass(frozen=True, slots=True)
class _Named:
    """A brief, the item of the study file that named it, and its own file where it has one."""

    brief: BriefSpec
    item: Node
    path: Path | None = None

    def fault(self, key: str, message: str, fix: str) -> None:
        """Where the brief's own file says it, or else where the study file names the brief."""
        if self.path is None:
            self.item.fault(f"brief {self.brief.slug}: {message}", fix)
        else:
            line = _line_of(self.path, key)
            self.item.document.faults.append(InputError(str(self.path), line, 1, message, fix))

    @property
    def called(self) -> str:
        return self.path.name if self.path else f"the stored brief {self.brief.slug}"


def read_briefs(node: Node, place: StudyFolder, stored: StoredBriefs | None = None) -> list[BriefSpec]:
    """Every brief that the paths, patterns, slugs and series name, each once."""
    items = node.sequence(least=1) if isinstance(node.value, list) else [node]
    paths: set[Path] = set()
    found: dict[str, _Named] = {}
    scenes: dict[tuple[str, int], _Named] = {}
    series: dict[str, _Named] = {}
    count = 0
    for item in items:
        for named in _named_by(item, place, paths, stored):
            count += 1
            if count > MOST_BRIEFS:
                node.fault(
                    _("there are more than %(most_briefs)s briefs.") % {"most_briefs": MOST_BRIEFS},
                    _("use at most %(most_briefs)s.") % {"most_briefs": MOST_BRIEFS},
                )
                return []
            if not _fits(named, found, scenes, series):
                continue
            brief = named.brief
            found[brief.slug] = scenes[brief.series_slug, brief.order] = named
            series.setdefault(brief.series_slug, named)
    return [named.brief for named in found.values()]


def _named_by(
    item: Node, place: StudyFolder, paths: set[Path], stored: StoredBriefs | None
) -> Iterator[_Named]:
    """The briefs that one item names; `paths` are those that were read before."""
    if isinstance(item.value, dict):
        yield from _of_series(item, stored)
    elif stored is not None and _is_slug(item, place):
        known = stored("slug", [str(item.value)])
        if not known:
            fix = _("all briefs are listed under Generation, Briefs. To name a file, add its extension.")
            item.fault(_("there is no stored brief %(value)s.") % {"value": item.value}, fix)
        yield from (_Named(brief, item) for brief in known)
    else:
        for path in _matches(item, place):
            if path in paths:
                continue
            paths.add(path)
            try:
                yield _Named(read_brief(path), item, path)
            except InputErrors as refused:
                place.take(refused)


def _is_slug(item: Node, place: StudyFolder) -> bool:
    """Whether an item can only be the slug of a stored brief: it looks like one, and no file is called so."""
    name = item.value
    if not isinstance(name, str) or not SLUG.match(name):
        return False
    return place.folder is None or not (place.folder / name).exists()


def _of_series(item: Node, stored: StoredBriefs | None) -> Iterator[_Named]:
    fields = item.mapping(required=("series",))
    if "series" not in fields:
        return
    node = fields["series"]
    for each in node.sequence(least=1) if isinstance(node.value, list) else [node]:
        slug = each.slug()
        known = stored("series", [slug]) if stored is not None and slug else []
        if slug and not known:
            fix = _("all briefs are listed under Generation, Briefs.")
            each.fault(_("series %(slug)s has no stored briefs.") % {"slug": slug}, fix)
        yield from (_Named(brief, each) for brief in known)


def _matches(item: Node, place: StudyFolder) -> list[Path]:
    pattern = place.path(item)
    if pattern is None or place.folder is None:
        return []
    if not any(character in pattern.name + str(pattern.parent) for character in "*?["):
        return [pattern]
    relative = str(Path(str(item.value)))
    found = sorted(path for path in place.folder.glob(relative) if path.is_file())
    if not found:
        item.fault(
            _("no file matches %(value)s.") % {"value": item.value}, _("check the pattern and the folder.")
        )
    return found


def _fits(
    named: _Named,
    found: dict[str, _Named],
    scenes: dict[tuple[str, int], _Named],
    series: dict[str, _Named],
) -> bool:
    """Whether a brief goes with those before it; one that is named twice counts once."""
    brief = named.brief
    if other := found.get(brief.slug):
        if named.path is None and other.path is None:
            return False
        fix = _("give each brief a different slug.")
        named.fault(
            "slug",
            _("%(called)s also has the slug %(slug)s.") % {"called": other.called, "slug": brief.slug},
            fix,
        )
        return False
    if scene := scenes.get((brief.series_slug, brief.order)):
        message = _("%(slug)s also has order %(order)s in series %(series_slug)s.") % {
            "slug": scene.brief.slug,
            "order": brief.order,
            "series_slug": brief.series_slug,
        }
        named.fault("order", message, _("number the scenes of a series in story order."))
        return False
    first = series.get(brief.series_slug)
    known = (first.brief.series_title, first.brief.language) if first else None
    if first and known != (brief.series_title, brief.language):
        message = _("series %(series_slug)s has a different title or language in brief %(slug)s.") % {
            "series_slug": brief.series_slug,
            "slug": first.brief.slug,
        }
        named.fault("series", message, _("give the series one title and one language."))
        return False
    return True


def _line_of(path: Path, key: str) -> int:
    text = path.read_text(encoding="utf-8", errors="replace")
    match = re.search(rf"^{key}\s*:", text, re.MULTILINE)
    return text.count("\n", 0, match.start()) + 1 if match else 1


def read_scripts(
    node: Node | None,
    place: StudyFolder,
    briefs: Sequence[BriefSpec],
    systems: Sequence[SystemEntry],
    *,
    missing_script: str,
    stored: Stored,
) -> Texts:
    """Each system's script for each brief: `FOLDER/BRIEF/SYSTEM.txt` or `.fountain`, else the stored one.

    `missing_script` is the plan's word for what becomes of one that is not there.
    """
    folder = place.path(node) if node is not None else None
    if node is not None and folder is not None and not folder.is_dir():
        node.fault(
            _("there is no folder %(value)s.") % {"value": node.value},
            _("create it, with a folder for each brief."),
        )
        folder = None
    texts = Texts()
    if node is not None and folder is None:
        return texts
    for brief in briefs:
        _read_scripts_of(brief, folder, place, systems, texts, missing_script=missing_script, stored=stored)
    if missing_script == "loss" and not place.document.faults:
        _check_losses(texts, systems, place)
    return texts


def read_warmup_scripts(
    node: Node | None,
    place: StudyFolder,
    briefs: Sequence[BriefSpec],
    system: str,
    *,
    stored: Stored,
) -> Texts:
    """One system's script for each brief of practice or checks; all of them must be there."""
    folder = place.path(node) if node is not None else None
    texts = Texts()
    if node is not None and (folder is None or not folder.is_dir()):
        return texts  # told by `read_scripts`
    systems = [SystemEntry(slug=system, name={"en": system}, kind="")]
    for brief in briefs:
        _read_scripts_of(brief, folder, place, systems, texts, missing_script="refuse", stored=stored)
    return texts


def read_second_samples(
    node: Node | None,
    place: StudyFolder,
    texts: Texts,
    systems: Sequence[SystemEntry],
    *,
    stored: Stored,
) -> Texts:
    """Second samples: `FOLDER/BRIEF/SYSTEM.2.txt` or `.fountain`, else the stored one with the next number.
    None need be there.
    """
    folder = place.path(node) if node is not None else None
    found = Texts()
    for brief in texts.briefs:
        for system in (each.slug for each in systems if each.slug in texts.digests.get(brief.slug, {})):
            path = _script_path(folder, brief.slug, f"{system}{SECOND}", place)
            text = _script_text(path, brief.language, place) if path is not None else None
            if path is not None and text is not None:
                found.scripts[brief.slug, system] = ScriptFile(path, text)
            if text is not None:
                known: str | None = digest(text)
            else:
                known = stored.second(brief.slug, system) if stored.second else None
            if known and known in texts.digests[brief.slug].values():
                if path is not None:
                    fault = InputError(
                        str(path),
                        1,
                        1,
                        _("another script for this brief has the same text."),
                        _("use a different script."),
                    )
                    place.document.faults.append(fault)
            elif known:
                found.digests.setdefault(brief.slug, {})[system] = known
    return found


def _check_losses(texts: Texts, systems: Sequence[SystemEntry], place: StudyFolder) -> None:
    """What is no loss but a mistake: a system without any script, a study in which nothing can be shown."""
    where = str(place.document.path)
    for system in systems:
        if not any(system.slug in digests for digests in texts.digests.values()):
            message = _("system %(slug)s has no script for any brief.") % {"slug": system.slug}
            fix = _("check the spelling, or remove the system.")
            place.document.faults.append(InputError(where, 1, 1, message, fix))
    if all(len(digests) < 2 for digests in texts.digests.values()):
        message = _("no brief has two scripts, so there is nothing to compare.")
        place.document.faults.append(
            InputError(where, 1, 1, message, _("write or generate the missing scripts."))
        )


def _read_scripts_of(
    brief: BriefSpec,
    folder: Path | None,
    place: StudyFolder,
    systems: Sequence[SystemEntry],
    texts: Texts,
    *,
    missing_script: str,
    stored: Stored,
) -> None:
    digests: dict[str, str] = {}
    scripts: dict[tuple[str, str], ScriptFile] = {}
    missing: list[InputError] = []
    faults_before = len(place.document.faults)
    for system in systems:
        path = _script_path(folder, brief.slug, system.slug, place)
        if path is not None:
            text = _script_text(path, brief.language, place)
            if text is not None:
                scripts[brief.slug, system.slug] = ScriptFile(path, text)
                digests[system.slug] = digest(text)
        elif stored.script is not None and (known := stored.script(brief.slug, system.slug)):
            digests[system.slug] = known
        else:
            missing.append(_missing(folder, brief.slug, system.slug, place, stored.writers(brief.slug)))
    if missing and missing_script == "drop":
        texts.dropped.append(brief.slug)
        return
    if missing_script != "loss" or _strays(folder, brief.slug, systems):
        place.document.faults.extend(missing)
    if len(place.document.faults) == faults_before:
        # Of a sealed script this fault would confirm a guess about whose text it is.
        sealed = stored.sealed({(brief.slug, system) for system in digests})
        known_to_all = {name: each for name, each in digests.items() if (brief.slug, name) not in sealed}
        _refuse_twins(folder, brief.slug, known_to_all, place)
    texts.briefs.append(brief)
    texts.scripts |= scripts
    texts.digests[brief.slug] = digests


def _strays(folder: Path | None, brief: str, systems: Sequence[SystemEntry]) -> list[Path]:
    """Files of a brief that are no system's: one of them may be the script that is thought to be missing."""
    if folder is None:
        return []
    known = {system.slug for system in systems}
    found = [path for suffix in SUFFIXES for path in (folder / brief).glob(f"*{suffix}")]
    return sorted(path for path in found if path.stem.removesuffix(SECOND) not in known)


def _script_path(folder: Path | None, brief: str, system: str, place: StudyFolder) -> Path | None:
    if folder is None:
        return None
    found = [path for suffix in SUFFIXES if (path := folder / brief / f"{system}{suffix}").exists()]
    if len(found) > 1:
        place.document.faults.append(
            InputError(
                str(found[1]),
                1,
                1,
                _("%(system)s has two scripts for brief %(brief)s.") % {"system": system, "brief": brief},
                _("keep one of the files."),
            )
        )
    return found[0] if found else None


def _script_text(path: Path, language: str, place: StudyFolder) -> str | None:
    try:
        text = read_script_file(path)
    except InputErrors as refused:
        place.take(refused)
        return None
    for problem in check_format(parse(text, language)):
        if problem.code in ("empty", "unreadable"):
            fix = _("write a scene in the script format of its language.")
            place.document.faults.append(
                InputError(str(path), max(problem.line, 1), 1, f"{problem.message}.", fix)
            )
            return None
    return text


def _missing(
    folder: Path | None, brief: str, system: str, place: StudyFolder, writers: Sequence[str]
) -> InputError:
    """The fault of a missing script, with the systems that have one stored and the one that may be meant."""
    message = _("system %(system)s has no script for brief %(brief)s.") % {"system": system, "brief": brief}
    if writers:
        close = difflib.get_close_matches(system, writers, n=1)
        if close:
            message += " " + _("Did you mean %(name)s?") % {"name": close[0]}
        message += " " + _("Systems with stored scripts: %(names)s.") % {"names": ", ".join(writers)}
    if folder is None:
        where = str(place.document.path)
        fix = _(
            "generate or import it, or set missing_script to drop (leave the brief out) or loss (count it "
            "as a loss)."
        )
        return InputError(where, 1, 1, message, fix)
    wanted = folder / brief / f"{system}{SUFFIXES[0]}"
    there = {path.stem: path.name for path in sorted((folder / brief).glob("*"))}
    near = difflib.get_close_matches(system, there, n=1)
    hint = " " + _("(found: %(name)s)") % {"name": there[near[0]]} if near else ""
    fix = _(
        "add that file%(hint)s, or set missing_script to drop (leave the brief out) or loss (count it "
        "as a loss)."
    ) % {"hint": hint}
    return InputError(str(wanted), 1, 1, message, fix)


def _refuse_twins(folder: Path | None, brief: str, digests: dict[str, str], place: StudyFolder) -> None:
    """One text by two systems cannot be compared with itself."""
    owner: dict[str, str] = {}
    for system, known in digests.items():
        if other := owner.get(known):
            where = str(folder / brief) if folder is not None else str(place.document.path)
            place.document.faults.append(
                InputError(
                    where,
                    1,
                    1,
                    _("%(other)s and %(system)s have the same script for brief %(brief)s.")
                    % {"other": other, "system": system, "brief": brief},
                    _("give each system its own script, or remove one system."),
                )
            )
        owner.setdefault(known, system)
