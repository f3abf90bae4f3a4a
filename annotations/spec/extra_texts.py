"""Texts besides the compared ones: briefs of practice and checks with their scripts, second samples.
No database."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from annotations.spec.extras import WarmupFiles
from annotations.spec.materials import (
    ScriptFile,
    Stored,
    Texts,
    read_second_samples,
    read_warmup_scripts,
)
from annotations.spec.reading import StudyFolder
from annotations.spec.values import ChecksSpec, PracticeSpec, SystemEntry, WarmupText
from evalsite.core.digests import json_digest
from evalsite.core.errors import InputError
from generation.briefs.files import BriefSpec
from generation.screenplay import parse
from generation.screenplay.damage import TooShort, damage_by_name
from generation.screenplay.house import house
from generation.yaml_files import Node


@dataclass(slots=True)
class ExtraTexts:
    """`scripts` are those of `briefs` that lie in files, `second_files` the second samples that do."""

    briefs: list[BriefSpec] = field(default_factory=list)
    warmup: dict[str, WarmupText] = field(default_factory=dict)
    scripts: dict[tuple[str, str], ScriptFile] = field(default_factory=dict)
    second: dict[str, dict[str, str]] = field(default_factory=dict)
    second_files: dict[tuple[str, str], ScriptFile] = field(default_factory=dict)


def read_extra_texts(
    folder: Node | None,
    place: StudyFolder,
    groups: Sequence[WarmupFiles],
    *,
    stored: Stored,
) -> ExtraTexts:
    """The briefs of practice and checks, each with one script, which must be there."""
    more = ExtraTexts()
    for group in groups:
        texts = read_warmup_scripts(folder, place, group.briefs, group.system, stored=stored)
        more.scripts |= texts.scripts
        for brief in texts.briefs:
            more.briefs.append(brief)
            if script := texts.digests[brief.slug].get(group.system):
                digest = json_digest(brief.content())
                more.warmup[brief.slug] = WarmupText(brief=digest, script=script, system=group.system)
    return more


def check_damage(
    place: StudyFolder, more: ExtraTexts, practice: PracticeSpec | None, checks: ChecksSpec | None
) -> None:
    """Whether the scripts that lie in files can be damaged as the file says; freezing asks it of all."""
    kinds: dict[str, tuple[str, ...]] = {}
    for group in (practice, checks):
        kinds |= dict.fromkeys(group.briefs, group.damage) if group is not None else {}
    languages = {brief.slug: brief.language for brief in more.briefs}
    for (brief, _system), file in more.scripts.items():
        script = house(parse(file.text, languages[brief]))
        for kind in kinds.get(brief, ()):
            try:
                damage_by_name(script, kind, brief)
            except TooShort as error:
                message = _("this script can't be damaged by “%(kind)s”: %(error)s.") % {
                    "kind": kind,
                    "error": error,
                }
                fix = _("use a longer script for brief %(brief)s, or remove %(kind)s from damage.") % {
                    "brief": brief,
                    "kind": kind,
                }
                place.document.faults.append(InputError(str(file.path), 1, 1, message, fix))


def add_second_samples(
    more: ExtraTexts,
    folder: Node | None,
    place: StudyFolder,
    texts: Texts,
    systems: Sequence[SystemEntry],
    *,
    stored: Stored,
) -> None:
    """Second samples of the systems' scripts, those that there are."""
    found = read_second_samples(folder, place, texts, systems, stored=stored)
    more.second, more.second_files = found.digests, found.scripts
