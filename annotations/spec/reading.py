"""Small values of a study file, each read from its place in the file with every fault noted. No database."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _

from annotations.spec.values import CriterionSpec, SystemEntry, Text, UnblinderSpec
from evalsite.core.errors import InputErrors
from generation.yaml_files import Document, Node, read_text, read_yaml

LANGUAGES = ("en", "zh")
SHIPPED = Path(__file__).parents[1] / "texts"
MOST_SYSTEMS, MOST_CRITERIA = 20, 12
FEWEST_UNBLINDERS, MOST_UNBLINDERS = 2, 3
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """The file that is read: its document collects the faults, its folder holds all that it may name.

    A file that came alone, through a browser, has no folder: whatever it names as a file is a fault.
    """

    document: Document
    folder: Path | None

    def take(self, refused: InputErrors) -> None:
        """Add another file's faults to this one's."""
        self.document.faults.extend(refused.errors)

    def path(self, node: Node) -> Path | None:
        """A path named in the file; outside the file's folder it is a fault."""
        named = node.text(most=500)
        if not named:
            return None
        if self.folder is None:
            node.fault(
                _("%(named)s is a file, but this study file was uploaded without its folder.")
                % {"named": named},
                _(
                    "write the text here, name stored briefs by slug and leave scripts out, or use "
                    "load_study."
                ),
            )
            return None
        found = (self.folder / named).resolve()
        if Path(named).is_absolute() or not found.is_relative_to(self.folder.resolve()):
            node.fault(
                _("%(named)s is outside the folder of the study file.") % {"named": named},
                _("move it into that folder."),
            )
            return None
        return self.folder / named


def guess_language(text: str) -> str:
    """The language of a plain string: Chinese where it holds a Han character."""
    return "zh" if _HAN.search(text) else "en"


def read_text_value(node: Node, place: StudyFolder) -> Text:
    """A text as a plain string, as {en, zh}, or as {file: ...} with the same two forms."""
    if not isinstance(node.value, dict):
        text = node.text()
        return {guess_language(text): text} if text else {}
    fields = node.mapping(required=(), optional=(*LANGUAGES, "file"))
    if "file" in fields:
        return _text_from_files(fields["file"], place)
    found = {language: fields[language].text() for language in LANGUAGES if language in fields}
    if not fields:
        node.fault(_("%(name)s is empty.") % {"name": node.name}, _("add a text, or en: and zh: below it."))
    return {language: text for language, text in found.items() if text}


def _text_from_files(node: Node, place: StudyFolder) -> Text:
    if not isinstance(node.value, dict):
        text = _file_text(node, place)
        return {guess_language(text): text} if text else {}
    fields = node.mapping(required=(), optional=LANGUAGES)
    found = {language: _file_text(fields[language], place) for language in LANGUAGES if language in fields}
    return {language: text for language, text in found.items() if text}


def _file_text(node: Node, place: StudyFolder) -> str:
    path = place.path(node)
    if path is None:
        return ""
    try:
        text = read_text(path).strip()
    except InputErrors as refused:
        place.take(refused)
        return ""
    if not text:
        place.document.fault(
            node.line, node.column, _("%(name)s is empty.") % {"name": path.name}, _("add the text.")
        )
    return text


def shipped_text(name: str) -> Text:
    """A text that comes with the product, in both languages."""
    return {
        language: (SHIPPED / language / name).read_text(encoding="utf-8").strip() for language in LANGUAGES
    }


def read_flag(node: Node) -> bool:
    if not isinstance(node.value, bool):
        node.fault(_("%(name)s must be true or false.") % {"name": node.name}, _("write true or false."))
        return False
    return bool(node.value)


def read_unblinders(node: Node) -> tuple[UnblinderSpec, ...]:
    """Two or three user names. Freezing checks that they have accounts."""
    found: list[str] = []
    for item in node.sequence(least=FEWEST_UNBLINDERS, most=MOST_UNBLINDERS):
        name = item.text(most=150)
        if name in found:
            item.fault(
                _("%(name)s is listed twice.") % {"name": name}, _("name two or three different people.")
            )
        elif name:
            found.append(name)
    return tuple(UnblinderSpec(name=name) for name in found)


def read_systems(node: Node, place: StudyFolder) -> tuple[SystemEntry, ...]:
    """Systems in canonical order, each a slug or {slug, name, kind}."""
    found: dict[str, SystemEntry] = {}
    for item in node.sequence(least=2, most=MOST_SYSTEMS):
        system, at = _system(item, place)
        if system is None:
            continue
        if system.slug in found:
            at.fault(
                _("system %(slug)s is listed twice.") % {"slug": system.slug}, _("keep only one of them.")
            )
        found[system.slug] = system
    return tuple(found.values())


def _system(item: Node, place: StudyFolder) -> tuple[SystemEntry | None, Node]:
    if isinstance(item.value, str):
        slug, name, kind, at = item.slug(), {}, "", item
    else:
        fields = item.mapping(required=("slug",), optional=("name", "kind"))
        if "slug" not in fields:
            return None, item
        at, slug = fields["slug"], fields["slug"].slug()
        name = read_text_value(fields["name"], place) if "name" in fields else {}
        kind = fields["kind"].choice(("pipeline", "imported", "human")) if "kind" in fields else ""
    if not slug:
        return None, item
    kind = kind or ("human" if slug == "human" else "imported")
    return SystemEntry(slug=slug, name=name or {"en": slug}, kind=kind), at


@dataclass(frozen=True, slots=True)
class _Criterion:
    spec: CriterionSpec
    at: Node
    said_primary: bool


def read_criteria(node: Node, place: StudyFolder) -> tuple[CriterionSpec, ...]:
    """Criteria in the order of the file: a shipped one's slug, {slug: question}, the whole mapping, or lists
    in files.

    Exactly one is primary. Where none says so, a single one is, or the one called `overall`.
    """
    if isinstance(node.value, dict):
        found = _criteria_from_files(node, place)
    else:
        items = node.sequence(least=1, most=MOST_CRITERIA)
        found = [read for item in items if (read := _criterion(item, place)) is not None]
    seen: set[str] = set()
    for each in found:
        if each.spec.slug in seen:
            each.at.fault(
                _("criterion %(slug)s is listed twice.") % {"slug": each.spec.slug},
                _("keep only one of them."),
            )
        seen.add(each.spec.slug)
    return _one_primary(found, node)


def _one_primary(found: list[_Criterion], node: Node) -> tuple[CriterionSpec, ...]:
    primary = [each for each in found if each.spec.primary]
    if len(primary) > 1:
        primary[1].at.fault(
            _("%(slug)s and %(slug2)s are both primary.")
            % {"slug": primary[0].spec.slug, "slug2": primary[1].spec.slug},
            _("make only one criterion primary."),
        )
    chosen = primary[0].spec.slug if primary else ""
    if found and not primary:
        open_ones = [each for each in found if not each.said_primary]
        overall = [each for each in open_ones if each.spec.slug == "overall"]
        if len(found) == 1 and open_ones:
            chosen = found[0].spec.slug
        elif overall:
            chosen = "overall"
        else:
            node.fault(_("no criterion is primary."), _("add primary: true to one of them."))
    ordered = sorted(found, key=lambda each: each.spec.slug != chosen)
    return tuple(_with_primary(each.spec, each.spec.slug == chosen) for each in ordered)


def _with_primary(spec: CriterionSpec, primary: bool) -> CriterionSpec:
    return CriterionSpec(
        slug=spec.slug,
        label=spec.label,
        question=spec.question,
        guidance=spec.guidance,
        primary=primary,
        strength=spec.strength,
    )


def _criterion(item: Node, place: StudyFolder) -> _Criterion | None:
    if isinstance(item.value, str):
        slug = item.slug()
        known = shipped_criteria()
        if slug and slug not in known:
            names = ", ".join(known)
            item.fault(
                _("there is no built-in criterion %(slug)s.") % {"slug": slug},
                _("use one of %(names)s, or define it as %(slug)s: a question.")
                % {"names": names, "slug": slug},
            )
        return _Criterion(known[slug], item, False) if slug in known else None
    if isinstance(item.value, dict) and len(item.value) == 1 and "slug" not in item.value:
        return _short_criterion(item, place)
    return _whole_criterion(item, place)


def _short_criterion(item: Node, place: StudyFolder) -> _Criterion | None:
    """{slug: question}, and the slug is the label."""
    key = str(next(iter(item.value)))
    slug = Node(item.document, key, item.line, item.column, "a criterion's slug").slug()
    fields = item.mapping(required=(key,))
    question = read_text_value(fields[key], place) if key in fields else {}
    if not slug or not question:
        return None
    label = {language: slug.replace("-", " ").capitalize() for language in question}
    spec = CriterionSpec(slug=slug, label=label, question=question, guidance={}, primary=False, strength=True)
    return _Criterion(spec, item, False)


def _whole_criterion(item: Node, place: StudyFolder) -> _Criterion | None:
    """{slug, question, ...}; one that comes along needs no question, and has its own label and guidance."""
    fields = item.mapping(
        required=("slug",), optional=("question", "label", "guidance", "primary", "strength")
    )
    slug = fields["slug"].slug() if "slug" in fields else ""
    known = shipped_criteria().get(slug) if "question" not in fields else None
    if fields and "question" not in fields and known is None:
        item.fault(_("%(name)s has no question.") % {"name": item.name}, _("add question: ..."))
    question = read_text_value(fields["question"], place) if "question" in fields else {}
    question = question or (known.question if known else {})
    label = read_text_value(fields["label"], place) if "label" in fields else {}
    guidance = read_text_value(fields["guidance"], place) if "guidance" in fields else {}
    primary = read_flag(fields["primary"]) if "primary" in fields else False
    strength = read_flag(fields["strength"]) if "strength" in fields else True
    if not slug or not question:
        return None
    spec = CriterionSpec(
        slug=slug,
        label=label
        or (known.label if known else {})
        or {language: slug.replace("-", " ").capitalize() for language in question},
        question=question,
        guidance=guidance or (known.guidance if known else {}),
        primary=primary,
        strength=strength,
    )
    return _Criterion(spec, item, "primary" in fields)


def _criteria_from_files(node: Node, place: StudyFolder) -> list[_Criterion]:
    """{file: {en: ..., zh: ...}, primary: SLUG}: a list of {slug, label, question, guidance} per language."""
    fields = node.mapping(required=("file",), optional=("primary", "strength"))
    if "file" not in fields:
        return []
    files = fields["file"].mapping(required=(), optional=LANGUAGES)
    texts: dict[str, dict[str, dict[str, str]]] = {}
    for language, at in files.items():
        path = place.path(at)
        if path is None:
            continue
        try:
            texts[language] = criteria_texts(path)
        except InputErrors as refused:
            place.take(refused)
    primary = fields["primary"].slug() if "primary" in fields else ""
    strength = read_flag(fields["strength"]) if "strength" in fields else True
    specs = merge_criteria(texts, primary=primary, strength=strength)
    for language in texts:
        for slug in sorted(specs.keys() - texts[language].keys()):
            files[language].fault(
                _("criterion %(slug)s is missing from this file.") % {"slug": slug},
                _("add it in every language."),
            )
    if primary and specs and primary not in specs:
        fields["primary"].fault(
            _("there is no criterion %(primary)s.") % {"primary": primary},
            _("use one of %(specs)s.") % {"specs": ", ".join(specs)},
        )
    if not files:
        fields["file"].fault(_("no criteria file is named."), _("add en: or zh: with a file."))
    return [_Criterion(spec, node, bool(primary)) for spec in specs.values()]


def criteria_texts(path: Path) -> dict[str, dict[str, str]]:
    """The texts of criteria in one language, by slug. Raises `InputErrors`."""
    document, root = read_yaml(path)
    found: dict[str, dict[str, str]] = {}
    for item in root.sequence(least=1, most=MOST_CRITERIA):
        fields = item.mapping(required=("slug", "label", "question"), optional=("guidance",))
        slug = fields["slug"].slug() if "slug" in fields else ""
        if slug in found:
            fields["slug"].fault(
                _("criterion %(slug)s is listed twice.") % {"slug": slug}, _("keep only one of them.")
            )
        found[slug] = {key: node.text() for key, node in fields.items() if key != "slug"}
    document.refuse()
    return found


def merge_criteria(
    texts: dict[str, dict[str, dict[str, str]]], *, primary: str = "", strength: bool = True
) -> dict[str, CriterionSpec]:
    """Criteria from their texts by language and slug, in the order of the first language."""
    slugs = list(dict.fromkeys(slug for by_slug in texts.values() for slug in by_slug))

    def both(slug: str, key: str) -> Text:
        found = {language: by_slug.get(slug, {}).get(key, "") for language, by_slug in sorted(texts.items())}
        return {language: text for language, text in found.items() if text}

    return {
        slug: CriterionSpec(
            slug=slug,
            label=both(slug, "label"),
            question=both(slug, "question"),
            guidance=both(slug, "guidance"),
            primary=slug == primary,
            strength=strength,
        )
        for slug in slugs
    }


@cache
def shipped_criteria() -> dict[str, CriterionSpec]:
    """The criteria that come with the product, by slug."""
    return merge_criteria(
        {language: criteria_texts(SHIPPED / language / "criteria.yaml") for language in LANGUAGES}
    )
