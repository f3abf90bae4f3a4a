"""What is wrong with a filled-in study form, in the words of the form and at its fields.

Everything here is checked again when the study file is read. These checks come first because they know the
fields: the file's own messages name keys of the file.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotations.spec.careless_raters import LANGUAGE_NAMES
from annotations.spec.file import UNNAMED_ORGANISATION
from annotations.spec.values import DesignSpec, StudySpec
from annotations.staff.study_form.study_form_values import general_organisation
from generation.models import Brief, Script

SEAT_FIELDS: Mapping[str, tuple[str, ...]] = {"en": ("en",), "zh": ("zh",), "both": ("en", "zh")}
"""Reading languages by the end of the field's name: `seats_en`, `seats_zh`, `seats_both`."""
READERS: Mapping[str, Promise] = {
    "en": gettext_lazy("readers of English"),
    "zh": gettext_lazy("readers of Chinese"),
    "both": gettext_lazy("readers of both languages"),
}
Fault = tuple[str, str]
"""A field of the form and a message."""


def find_form_faults(
    given: Mapping[str, Any], systems: Sequence[str], design: DesignSpec, team: int
) -> list[Fault]:
    """Faults of scripts, seats and practice. `design` has the settings that only the study file has."""
    briefs = list(chosen_briefs(given.get("briefs") or [], team))
    return [
        *_missing_scripts(given, systems, briefs, scripts_by_brief(team)),
        *_seat_faults(given, len(systems), {brief.language for brief in briefs}, design),
        *_practice_faults(given, team),
    ]


def chosen_briefs(names: Collection[str], team: int) -> Iterator[Brief]:
    """The briefs of the team that are chosen as `series:SLUG` or `brief:SLUG`, in story order."""
    rows = Brief.objects.filter(series__team=team).select_related("series")
    for brief in rows.order_by("series__slug", "order", "slug"):
        if f"brief:{brief.slug}" in names or f"series:{brief.series.slug}" in names:
            yield brief


def scripts_by_brief(team: int) -> dict[str, list[str]]:
    """The systems that have a stored script for a brief of the team, by the brief's slug."""
    found: dict[str, list[str]] = {}
    rows = Script.objects.filter(brief__series__team=team).order_by("system__slug")
    for brief, system in rows.values_list("brief__slug", "system__slug").distinct():
        found.setdefault(brief, []).append(system)
    return found


def _missing_scripts(
    given: Mapping[str, Any],
    systems: Sequence[str],
    briefs: Sequence[Brief],
    written: Mapping[str, Collection[str]],
) -> list[Fault]:
    """One message for each system, with its briefs by series, and one remedy after them."""
    if given.get("missing_script") != "refuse":
        return []
    faults = []
    for system in dict.fromkeys(systems):
        lacking: dict[str, list[str]] = {}
        for brief in briefs:
            if system not in written.get(brief.slug, ()):
                lacking.setdefault(brief.series.title, []).append(brief.slug)
        if lacking:
            count = sum(len(slugs) for slugs in lacking.values())
            message = ngettext(
                "%(system)s has no script for %(n)s brief: %(briefs)s.",
                "%(system)s has no scripts for %(n)s briefs: %(briefs)s.",
                count,
            )
            listed = "; ".join(f"{title} ({', '.join(slugs)})" for title, slugs in lacking.items())
            faults.append(("briefs", message % {"system": system, "n": count, "briefs": listed}))
    if faults:
        remedy = _(
            "Generate or upload the missing scripts, choose other briefs or systems, or change “If a system "
            "has no script for a brief” under “Analysis plan”."
        )
        faults.append(("briefs", remedy))
    return faults


def _seat_counts(given: Mapping[str, Any]) -> dict[str, int]:
    """How many seats read each language."""
    counts: dict[str, int] = {}
    for who, reads in SEAT_FIELDS.items():
        for language in reads if given.get(f"seats_{who}") else ():
            counts[language] = counts.get(language, 0) + given[f"seats_{who}"]
    return counts


def _seat_faults(
    given: Mapping[str, Any], systems: int, languages: Collection[str], design: DesignSpec
) -> Iterator[Fault]:
    counts = _seat_counts(given)
    if not counts or not languages or systems < 2:
        return
    pairings = 1 if given.get("kind") == "single" else systems * (systems - 1) // 2
    need = design.raters_per_pairing * pairings
    for language in sorted(languages | counts.keys()):
        name, field = LANGUAGE_NAMES[language], f"seats_{language}"
        if language not in languages:
            field = field if given.get(field) else "seats_both"
            yield (
                field,
                _("No chosen brief is in %(language)s. Add one, or leave these seats empty.")
                % {"language": name},
            )
        elif language not in counts:
            yield (
                field,
                _("Some chosen briefs are in %(language)s. Add seats, or leave these briefs out.")
                % {"language": name},
            )
        elif counts[language] < need and design.briefs_per_seat is None:
            yield (
                field,
                _(
                    "%(systems)s systems need at least %(need)s seats that read %(language)s. There are "
                    "%(count)s. Add seats, or compare fewer systems."
                )
                % {"systems": systems, "need": need, "language": name, "count": counts[language]},
            )


def _practice_faults(given: Mapping[str, Any], team: int) -> Iterator[Fault]:
    """The practice scenes in a seat's languages must be enough to pass, in each round or in all of them."""
    needed, names = given.get("practice_pass"), given.get("practice_briefs")
    if not needed or not names:
        return
    languages = [brief.language for brief in chosen_briefs(names, team)]
    rounds = (given.get("practice_tries") or 1) if given.get("practice_different") else 1
    for who, reads in SEAT_FIELDS.items():
        count = sum(language in reads for language in languages)
        if not given.get(f"seats_{who}") or count >= needed * rounds:
            continue
        if count >= needed:
            message = ngettext(
                "Seats for %(readers)s have %(n)s practice scene, but %(rounds)s rounds with different "
                "scenes need %(needed)s. Choose more practice scenes, lower “Maximum rounds”, or clear "
                "“Different scenes in each round”.",
                "Seats for %(readers)s have %(n)s practice scenes, but %(rounds)s rounds with different "
                "scenes need %(needed)s. Choose more practice scenes, lower “Maximum rounds”, or clear "
                "“Different scenes in each round”.",
                count,
            )
            params = {"readers": READERS[who], "n": count, "rounds": rounds, "needed": needed * rounds}
            yield "practice_briefs", message % params
            continue
        message = ngettext(
            "Seats for %(readers)s have %(n)s practice scene, but passing needs %(needed)s correct answers. "
            "Choose more practice scenes, or lower “Correct answers to pass”.",
            "Seats for %(readers)s have %(n)s practice scenes, but passing needs %(needed)s correct answers. "
            "Choose more practice scenes, or lower “Correct answers to pass”.",
            count,
        )
        yield "practice_briefs", message % {"readers": READERS[who], "n": count, "needed": needed}


def find_text_gaps(spec: StudySpec) -> list[str]:
    """One sentence for each empty text, in the active language. A gap never blocks anything."""
    if spec.raters:
        return []  # all raters are simulated
    return list(_gaps(spec))


def _gaps(spec: StudySpec) -> Iterator[str]:
    organisation = general_organisation(spec.consent, spec.design.kind)
    for language in sorted({language for group in spec.design.seats for language in group.reads}):
        values = {"language": str(LANGUAGE_NAMES[language])}
        if not spec.title.get(language):
            yield _("The title is empty in %(language)s: raters see it in the other language.") % values
        if not spec.question.get(language):
            yield (
                _("The question is empty in %(language)s: the report shows it in the other language.")
                % values
            )
        if organisation is not None and not organisation.get(language):
            name = {"name": UNNAMED_ORGANISATION[language]}
            yield _("The organization is empty in %(language)s: the consent form says “%(name)s”.") % (
                values | name
            )
    if not any(spec.consent.contact.values()):
        yield _("The contact is empty: raters are asked to write to the person who invited them.")
