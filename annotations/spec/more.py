"""Texts besides the compared ones: briefs of practice and checks with their scripts, second samples.
No database."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from annotations.spec.extras import Outside
from annotations.spec.materials import ScriptFile, StoredScript, Texts, read_outside, read_second
from annotations.spec.reading import Place
from annotations.spec.values import OutsideText, SystemEntry
from evalsite.core.digests import json_digest
from generation.files import Node
from generation.reading import BriefSpec


@dataclass(slots=True)
class MoreTexts:
    """`scripts` are those of `briefs` that lie in files, `second_files` the second samples that do."""

    briefs: list[BriefSpec] = field(default_factory=list)
    outside: dict[str, OutsideText] = field(default_factory=dict)
    scripts: dict[tuple[str, str], ScriptFile] = field(default_factory=dict)
    second: dict[str, dict[str, str]] = field(default_factory=dict)
    second_files: dict[tuple[str, str], ScriptFile] = field(default_factory=dict)


def more_texts(
    folder: Node | None,
    place: Place,
    groups: Sequence[Outside],
    *,
    stored: StoredScript | None,
) -> MoreTexts:
    """The briefs of practice and checks, each with one script, which must be there."""
    more = MoreTexts()
    for group in groups:
        texts = read_outside(folder, place, group.briefs, group.system, stored=stored)
        more.scripts |= texts.scripts
        for brief in texts.briefs:
            more.briefs.append(brief)
            if script := texts.digests[brief.slug].get(group.system):
                digest = json_digest(brief.content())
                more.outside[brief.slug] = OutsideText(brief=digest, script=script, system=group.system)
    return more


def add_second(
    more: MoreTexts,
    folder: Node | None,
    place: Place,
    texts: Texts,
    systems: Sequence[SystemEntry],
    *,
    stored: StoredScript | None,
) -> None:
    """Second samples of the systems' scripts, those that there are."""
    found = read_second(folder, place, texts, systems, stored=stored)
    more.second, more.second_files = found.digests, found.scripts
