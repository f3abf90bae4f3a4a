"""A stored draft as the values of the study form, and back. Settings outside the form stay unchanged."""

import re
from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from typing import Any

import msgspec
from django.db.models import Count

from annotations.spec.file import (
    DEFAULT_CONSENTS,
    UNNAMED_ORGANISATION,
)
from annotations.spec.reading import shipped_text
from annotations.spec.rules import TARGET_OF
from annotations.spec.values import DAMAGES, AttentionSpec, ConsentSpec, ProofSpec, StudySpec
from annotations.staff.study_form.new_study import study_file_values
from generation.models import Brief

CONTROLLED: Mapping[str, Collection[str]] = {
    "design": ("seats", "kind", "same", "repeat"),
    "plan": ("primary_contrast", "primary_contrasts", "human", "generalize_to", "missing_script"),
    "consent": ("version", "text", "contact", "organisation"),
    "practice": ("briefs", "system", "pass", "tries", "different_scenes", "pay"),
    "checks": ("briefs", "system", "per_seat", "announced"),
    "sittings": ("pairs", "break_minutes"),
    "pay": ("currency", "per_pair", "minutes"),
    "guess": ("when", "scripts"),
    "completion": ("code", "url", "practice_failed", "left"),
}
"""Parts of the study file with the keys in them that the form sets. It keeps the other keys of a part."""
WHOLE = ("slug", "title", "question", "systems", "criteria", "briefs", "debriefing", "prolific", "unblinders")
OPTIONAL_PARTS = ("practice", "checks", "sittings", "pay", "guess", "completion")
"""Parts that go as a whole when the form doesn't ask for them."""
SWITCHES = ("score", "marks")
"""The form turns these on and off. While they are on, the file's own settings stay."""
DEFAULTS: Mapping[tuple[str, str], Any] = {
    ("design", "scheme"): "crossed",
    ("design", "raters_per_pairing"): 3,
    ("plan", "level"): 0.95,
    ("plan", "pooled"): False,
    ("plan", "presentation"): "house",
    ("plan", "attention"): msgspec.to_builtins(AttentionSpec()),
    ("practice", "damage"): list(DAMAGES),
    ("checks", "damage"): list(DAMAGES),
}
FROM_FILE = "file"
"""The choice that leaves a setting as the file has it."""


def merged_values(spec: StudySpec, given: Mapping[str, Any]) -> dict[str, Any]:
    """The study file of a draft with the entries of the form."""
    base, entered = study_file_values(spec), deepcopy(dict(given))
    merged = {key: value for key, value in base.items() if key not in WHOLE}
    entered["design"] = {**entered.get("design", {}), "seats": entered.pop("seats")}
    for part, keys in CONTROLLED.items():
        if part in OPTIONAL_PARTS and part not in entered:
            merged.pop(part, None)
        elif part in merged:
            hidden = {key: value for key, value in merged[part].items() if key not in keys}
            _keep_finer(part, base[part], entered.get(part, {}))
            merged[part] = hidden | entered.get(part, {})
        elif part in entered:
            merged[part] = entered[part]
    for key in SWITCHES:
        merged[key] = (base.get(key) or True) if entered.get(key) else False
    merged |= {key: entered[key] for key in WHOLE if key in entered}
    ordered = [*(key for key in (*WHOLE[:5], *base) if key in merged), *merged]
    return {key: merged[key] for key in dict.fromkeys(ordered) if merged[key] not in ({}, None)}


def _keep_finer(part: str, base: Mapping[str, Any], given: dict[str, Any]) -> None:
    """Where the form shows a value in short, and it was not changed, keep it as the file has it."""
    if part == "plan" and given.get("human") == FROM_FILE:
        given["human"] = base["human"]
    if part == "consent" and given.get("contact", {}).get("en") == _first(base.get("contact", {})):
        given["contact"] = base["contact"]
    for key in ("practice_failed", "left") if part == "completion" else ():
        proof = base.get(key)
        if isinstance(proof, dict) and proof.get("code") == given.get(key):
            given[key] = proof


def _first(text: Mapping[str, str]) -> str:
    return text.get("en") or next(iter(text.values()), "")


def kept_settings(spec: StudySpec) -> list[str]:
    """Names of the settings in the file that the form doesn't show, as in `plan.margin`."""
    return sorted(_settings_outside_form(study_file_values(spec)))


def _settings_outside_form(values: Mapping[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        if key in CONTROLLED:
            for name, inner in value.items():
                plain = list(inner) if isinstance(inner, tuple) else inner
                if name not in CONTROLLED[key] and plain != DEFAULTS.get((key, name)):
                    yield f"{key}.{name}"
        elif key in SWITCHES:
            if isinstance(value, dict):
                yield key
        elif key not in WHOLE:
            yield key


def form_initial(spec: StudySpec) -> dict[str, Any]:
    """The fields of the form as a stored draft has them."""
    values: dict[str, Any] = {"slug": spec.slug}
    for key, text in (("title", spec.title), ("question", spec.question), ("debriefing", spec.debriefing)):
        values |= {f"{key}_{language}": text.get(language, "") for language in ("en", "zh")}
    for place, system in enumerate(spec.systems, start=1):
        values[f"system_{place}"] = system.slug
        for language in ("en", "zh"):
            values[f"name_{language}_{place}"] = system.name.get(language, "")
    values["briefs"] = _brief_choices(spec.materials.briefs)
    values["criteria"] = [criterion.slug for criterion in spec.criteria]
    values["primary"] = next((each.slug for each in spec.criteria if each.primary), "")
    values |= {"score": spec.score is not None, "marks": bool(spec.marks)}
    for group in spec.design.seats:
        who = "both" if len(group.reads) > 1 else group.reads[0]
        values[f"seats_{who}"] = values.get(f"seats_{who}", 0) + group.count
    for place, pair in enumerate(spec.plan.primary_contrasts or (spec.plan.primary_contrast,), start=1):
        values[f"contrast_{2 * place - 1}"], values[f"contrast_{2 * place}"] = pair
    values |= {"generalize_to": TARGET_OF[spec.plan.cluster], "missing_script": spec.plan.missing_script}
    values["human"] = _human(spec)
    for place, unblinder in enumerate(spec.unblinders, start=1):
        values[f"unblinder_{place}"] = unblinder.name
    return values | _consent(spec) | _participation(spec)


def _human(spec: StudySpec) -> str:
    people = tuple(system.slug for system in spec.systems if system.kind == "human")
    if spec.plan.human == people:
        return ""
    if not spec.plan.human:
        return "none"
    return spec.plan.human[0] if len(spec.plan.human) == 1 else FROM_FILE


def _brief_choices(slugs: Collection[str]) -> list[str]:
    """Briefs as the form names them; a series with one brief is chosen as a whole."""
    rows = Brief.objects.filter(slug__in=list(slugs)).order_by("series__slug", "order", "slug")
    named = list(rows.values_list("slug", "series__slug"))
    all_briefs = Brief.objects.filter(series__slug__in={series for _slug, series in named}).order_by()
    sizes = dict(all_briefs.values_list("series__slug").annotate(n=Count("pk")))
    return [f"series:{series}" if sizes[series] == 1 else f"brief:{slug}" for slug, series in named]


def _consent(spec: StudySpec) -> dict[str, Any]:
    consent = spec.consent
    values: dict[str, Any] = {"contact": _first(consent.contact)}
    organisation = general_organisation(consent, spec.design.kind)
    if organisation is None:
        values |= {f"consent_{language}": consent.text.get(language, "") for language in ("en", "zh")}
        return values | {"consent_version": consent.version}
    return values | {f"organisation_{language}": name for language, name in organisation.items()}


def general_organisation(consent: ConsentSpec, kind: str) -> dict[str, str] | None:
    """The organisation named in the general consent; None if the study has its own consent text."""
    shipped = shipped_text("consent-single.md" if kind == "single" else "consent.md")
    if consent.version != DEFAULT_CONSENTS[kind] or set(consent.text) != set(shipped):
        return None
    found = {}
    for language, template in shipped.items():
        name = _filled_in(template, consent.text[language])
        if name is None:
            return None
        if name != UNNAMED_ORGANISATION[language]:
            found[language] = name
    return found


def _filled_in(template: str, text: str) -> str | None:
    """The value of {organisation} in a text made from a template; None if it was not made from it."""
    parts = re.split(r"\{(organisation|contact)\}", template)
    seen: set[str] = set()
    pattern = ""
    for place, part in enumerate(parts):
        if place % 2 == 0:
            pattern += re.escape(part.replace("{{", "{").replace("}}", "}"))
        elif part in seen:
            pattern += f"(?P={part})"
        else:
            seen.add(part)
            pattern += f"(?P<{part}>.+?)"
    match = re.fullmatch(pattern, text, re.DOTALL)
    return match["organisation"] if match and "organisation" in seen else None


def _participation(spec: StudySpec) -> dict[str, Any]:
    values: dict[str, Any] = {"kind": spec.design.kind, "prolific": spec.prolific}
    values |= {"same": spec.design.same or None, "repeat": spec.design.repeat or None, "guess": "never"}
    if spec.practice:
        values |= {
            "practice_briefs": _brief_choices(spec.practice.briefs),
            "practice_pass": spec.practice.needed,
            "practice_tries": spec.practice.tries,
            "practice_different": spec.practice.different_scenes,
            "practice_pay": spec.practice.pay,
            "outside_system": spec.practice.system,
        }
    if spec.checks:
        values |= {
            "checks_briefs": _brief_choices(spec.checks.briefs),
            "checks_per_seat": spec.checks.per_seat,
            "checks_announced": "yes" if spec.checks.announced else "no",
        }
        values.setdefault("outside_system", spec.checks.system)
    if spec.sittings:
        values |= {"sitting_pairs": spec.sittings.pairs, "break_minutes": spec.sittings.break_minutes}
    if spec.pay:
        values |= {
            "pay_currency": spec.pay.currency,
            "pay_per_pair": spec.pay.per_pair,
            "pay_minutes": spec.pay.minutes,
        }
    if spec.guess:
        values |= {"guess": spec.guess.when, "guess_scripts": spec.guess.scripts}
    if spec.completion:
        values |= {"completion_code": spec.completion.code, "completion_url": spec.completion.url}
        values["code_practice_failed"] = _code(spec.completion.practice_failed)
        values["code_left"] = _code(spec.completion.left)
    return values


def _code(proof: ProofSpec | None) -> str:
    return proof.code if proof else ""


def system_names(given: Mapping[str, Any], place: int) -> dict[str, str]:
    """The names that the form gives the system at a place, by language."""
    names = {language: (given.get(f"name_{language}_{place}") or "").strip() for language in ("en", "zh")}
    return {language: name for language, name in names.items() if name}
