"""The essentials of a study, asked in a form. It gives a study file, which is then read like any other."""

from collections import Counter
from typing import Any

import msgspec
from django import forms
from django.conf import settings
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.blinding.unblinders import REQUIRED, eligible_accounts
from annotations.spec.reading import FEWEST_UNBLINDERS, MOST_UNBLINDERS, shipped_criteria
from annotations.spec.rules import MOST_SEATS
from annotations.spec.values import CriterionSpec, DesignSpec, StudySpec
from annotations.staff.study_form import new_study, study_form_checks
from annotations.staff.study_form.participation_form import ParticipationForm, participation_values
from annotations.staff.study_form.study_form_values import FROM_FILE, merged_values, system_names
from generation.models import System
from generation.runs import choices as new_run
from generation.yaml_files import SLUG

BRIEF_FIELDS = ("briefs", "practice_briefs", "checks_briefs")
PLACES = 6
"""How many systems the form takes; a file takes more."""
COMPARISONS = 3
"""How many primary contrasts the form takes; a file takes more."""
FIELD_OF_KEY = {
    "title": "title_en",
    "question": "question_en",
    "systems": "system_1",
    "seats": "seats_en",
    "consent": "consent_en",
    "plan": "contrast_1",
    "organisation": "organisation_en",
    "unblinders": "unblinder_1",
}
"""The field of the form to which a fault in that part of the file belongs, where it is not of its name."""


def _text(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(required=False, max_length=options.pop("most", 500), label=label, **options)


def _long(label: Any, rows: int = 2) -> forms.CharField:
    return _text(label, most=20_000, widget=forms.Textarea(attrs={"rows": rows}))


def _seats(label: Any) -> forms.IntegerField:
    return forms.IntegerField(required=False, min_value=0, max_value=MOST_SEATS, label=label)


class NewStudyForm(ParticipationForm):
    """Once it is valid, `file` is the study file."""

    slug = forms.CharField(max_length=80, label=gettext_lazy("Slug"))
    title_en = _text(gettext_lazy("Title (English)"))
    title_zh = _text(gettext_lazy("Title (Chinese)"))
    question_en = _long(gettext_lazy("Question (English)"))
    question_zh = _long(gettext_lazy("Question (Chinese)"))
    briefs = forms.MultipleChoiceField(
        error_messages={"required": gettext_lazy("Choose at least one series or brief.")}
    )
    criteria = forms.MultipleChoiceField(required=False)
    primary = forms.ChoiceField(required=False, label=gettext_lazy("Primary criterion"))
    score = forms.BooleanField(required=False)
    marks = forms.BooleanField(required=False)
    seats_en = _seats(gettext_lazy("Seats for readers of English"))
    seats_zh = _seats(gettext_lazy("Seats for readers of Chinese"))
    seats_both = _seats(gettext_lazy("Seats for readers of both languages"))
    human = forms.ChoiceField(required=False, label=gettext_lazy("Human baseline"))
    generalize_to = forms.ChoiceField(label=gettext_lazy("What is the result about?"))
    missing_script = forms.ChoiceField(label=gettext_lazy("If a system has no script for a brief"))
    organisation_en = _text(gettext_lazy("Organization (English)"), most=200)
    organisation_zh = _text(gettext_lazy("Organization (Chinese)"), most=200)
    contact = _text(gettext_lazy("Contact for raters (email or phone)"), most=200)
    consent_version = _text(gettext_lazy("Consent version"), most=40)
    consent_en = _long(gettext_lazy("Consent (English)"), 5)
    consent_zh = _long(gettext_lazy("Consent (Chinese)"), 5)

    def __init__(self, *args: Any, team: int, draft: StudySpec | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        self.file = ""
        self.draft = draft
        self._add_unblinders(team)
        self.places = max(PLACES, len(draft.systems)) if draft else PLACES
        several = draft.plan.primary_contrasts if draft else None
        self.comparisons = max(COMPARISONS, len(several or ()))
        self.criteria_known = _known_criteria(draft)
        self.series = new_run.brief_choices(team)
        found = new_study.list_systems(team)
        self.stored = {system.slug: system for system, _written in found}
        names = [(system.slug, _described(system, written)) for system, written in found]
        nothing = [("", "–")]
        for place in range(1, self.places + 1):
            label = _("System %(n)d") % {"n": place}
            self.fields[f"system_{place}"] = forms.ChoiceField(
                required=False, choices=nothing + names, label=label
            )
            for language, shown in (("en", _("Name (English)")), ("zh", _("Name (Chinese)"))):
                self.fields[f"name_{language}_{place}"] = _text(
                    shown,
                    most=200,
                    widget=forms.TextInput(attrs={"list": f"human-names-{language}"}),
                )
        plain = [(slug, slug) for slug in self.stored]
        for place in range(1, self.comparisons + 1):
            for key, label in zip(_contrast_keys(place), (_("Compare"), _("with")), strict=True):
                self.fields[key] = forms.ChoiceField(
                    required=place == 1,
                    choices=[*nothing, *plain],
                    label=label,
                    error_messages={"required": _("Choose a system.")},
                )
        named = [f"series:{each.slug}" for each in self.series]
        named += [f"brief:{brief.slug}" for each in self.series for brief in each.briefs]
        of: dict[str, Any] = {
            **{each: [(name, name) for name in named] for each in BRIEF_FIELDS},
            "outside_system": plain or nothing,
            "criteria": [(slug, slug) for slug in self.criteria_known],
            "primary": [("", _("overall, or the only criterion"))]
            + [(slug, slug) for slug in self.criteria_known],
            "human": [("", _("all human systems")), ("none", _("none")), *self._several_human(), *plain],
            "generalize_to": [("series", _("other series too")), ("these-series", _("these series only"))],
            "missing_script": [
                ("refuse", _("reject the study file")),
                ("drop", _("leave the brief out for all systems")),
                ("loss", _("count it as a loss")),
            ],
        }
        for field, choices in of.items():
            self.fields[field].choices = choices  # type: ignore[attr-defined]

    def _add_unblinders(self, team: int | None) -> None:
        """Fields for those who may unblind the study; none where the team has only one account."""
        accounts = list(eligible_accounts(team).values_list("username", flat=True)) if team else []
        named = [each.name for each in self.draft.unblinders] if self.draft else []
        names = list(dict.fromkeys([*accounts, *named]))
        self.unblinder_places = MOST_UNBLINDERS if len(names) >= FEWEST_UNBLINDERS else 0
        for place in range(1, self.unblinder_places + 1):
            self.fields[f"unblinder_{place}"] = forms.ChoiceField(
                required=False,
                choices=[("", "–"), *((name, name) for name in names)],
                label=_("Unblinder %(n)d") % {"n": place},
            )

    @property
    def unblinders_need_factor(self) -> bool:
        return bool(settings.UNBLIND_SECOND_FACTOR == REQUIRED)

    @property
    def unblinder_fields(self) -> list[forms.BoundField]:
        return [self[f"unblinder_{place}"] for place in range(1, self.unblinder_places + 1)]

    def _chosen_unblinders(self, given: dict[str, Any]) -> list[str]:
        named = (given.get(f"unblinder_{place}") for place in range(1, self.unblinder_places + 1))
        return [name for name in named if name]

    def _check_unblinders(self, given: dict[str, Any]) -> None:
        chosen = self._chosen_unblinders(given)
        if len(chosen) > len(set(chosen)):
            self.add_error("unblinder_1", _("A person is chosen twice."))
        elif 0 < len(chosen) < FEWEST_UNBLINDERS:
            self.add_error("unblinder_1", _("Choose at least two people."))

    def criteria_rows(self) -> list[dict[str, Any]]:
        chosen = set(self["criteria"].value() or [])
        return [{"spec": spec, "chosen": slug in chosen} for slug, spec in self.criteria_known.items()]

    def series_rows(self, field: str = "briefs") -> list[dict[str, Any]]:
        """The briefs with what is chosen, and which systems have scripts for them."""
        written = self._written
        rows = new_run.series_rows(self.series, set(self[field].value() or []))
        for row in rows:
            row["briefs"] = [
                (brief, chosen, written.get(brief.slug, [])) for brief, chosen, _none in row["briefs"]
            ]
            counts = Counter(slug for _brief, _chosen, slugs in row["briefs"] for slug in slugs)
            row["written"] = sorted(counts.items())
        return rows

    @cached_property
    def _written(self) -> dict[str, list[str]]:
        return study_form_checks.scripts_by_brief(self.team)

    human_names = new_study.PEOPLE
    """Proposed names of human systems, by language."""

    @property
    def practice_rows(self) -> list[dict[str, Any]]:
        return self.series_rows("practice_briefs")

    @property
    def checks_rows(self) -> list[dict[str, Any]]:
        return self.series_rows("checks_briefs")

    def _several_human(self) -> list[tuple[str, str]]:
        """A choice for several human systems, which only the file can name."""
        if self.draft is None or len(self.draft.plan.human) < 2:
            return []
        return [(FROM_FILE, ", ".join(self.draft.plan.human))]

    @property
    def system_fields(self) -> list[list[forms.BoundField]]:
        """For each place the system and its names."""
        return [
            [self[f"system_{place}"], self[f"name_en_{place}"], self[f"name_zh_{place}"]]
            for place in range(1, self.places + 1)
        ]

    @property
    def contrast_fields(self) -> list[list[forms.BoundField]]:
        """Two fields for each comparison that may answer the question; most studies have one."""
        return [[self[key] for key in _contrast_keys(place)] for place in range(1, self.comparisons + 1)]

    def more_contrasts(self) -> bool:
        return any(field.value() for pair in self.contrast_fields[1:] for field in pair)

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"]).strip()
        if not SLUG.match(slug):
            raise forms.ValidationError(_("Use lower-case letters, digits and single hyphens."))
        return slug

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for key in ("title", "question"):
            if not (given.get(f"{key}_en") or given.get(f"{key}_zh")):
                self.add_error(f"{key}_en", _("Fill this in for at least one language."))
        chosen = self._chosen_systems(given)
        if len(chosen) < 2:
            self.add_error("system_1", _("Choose at least two systems."))
        if len(chosen) > len(set(chosen)):
            self.add_error("system_1", _("A system is chosen twice."))
        if not any(given.get(f"seats_{who}") for who in ("en", "zh", "both")):
            self.add_error("seats_en", _("Enter a number of seats."))
        single = given.get("kind") == "single"
        if not single and not given.get("criteria") and "criteria" not in self.errors:
            self.add_error("criteria", _("Choose at least one criterion."))
        if not single and given.get("primary") and given["primary"] not in given.get("criteria", []):
            self.add_error("primary", _("Choose one of the criteria you selected."))
        self._check_contrasts(given, chosen)
        self._check_unblinders(given)
        self.check_participation(given)
        for field, message in study_form_checks.find_form_faults(given, chosen, self._design, self.team):
            self.add_error(field, message)
        if not self.errors:
            values = self._values(given, chosen)
            if self.draft is not None:
                values = merged_values(self.draft, values)
            self.file = new_study.build_study_file(values)
        return given

    @property
    def _design(self) -> DesignSpec:
        return self.draft.design if self.draft else DesignSpec(seats=())

    def _check_contrasts(self, given: dict[str, Any], chosen: list[str]) -> None:
        seen: list[set[str]] = []
        for place in range(1, self.comparisons + 1):
            first, second = _contrast_keys(place)
            pair = {given.get(first) or "", given.get(second) or ""}
            if pair == {""}:
                continue
            if "" in pair:
                if place > 1:
                    self.add_error(first, _("Choose both systems, or leave both empty."))
            elif missing := sorted(pair - set(chosen)):
                message = _(
                    "%(systems)s: not in this study. Add every system that you compare under “Systems”."
                )
                self.add_error(first, message % {"systems": ", ".join(missing)})
            elif len(pair) == 1:
                self.add_error(first, _("Choose two different systems."))
            elif pair in seen:
                self.add_error(first, _("This comparison is listed twice."))
            seen.append(pair)

    def _chosen_systems(self, given: dict[str, Any]) -> list[str]:
        named = (given.get(f"system_{place}") for place in range(1, self.places + 1))
        return [slug for slug in named if slug]

    def _values(self, given: dict[str, Any], chosen: list[str]) -> dict[str, Any]:
        """What the file says, key by key; what a file may leave out is left out."""
        values: dict[str, Any] = {
            "slug": given["slug"],
            "title": _both(given, "title"),
            "question": _both(given, "question"),
            "systems": self._systems(given),
            "criteria": self._criteria(given),
            "score": bool(given["score"]) or given["kind"] == "single",
            "marks": bool(given["marks"]),
            "seats": _groups(given),
            "briefs": _briefs(given["briefs"]),
            "plan": self._plan(given),
        }
        if given["kind"] == "single":
            del values["criteria"]  # one script alone is scored, and nothing else is asked of it
        values |= participation_values(given, _briefs)
        if consent := _consent(given):
            values["consent"] = consent
        if names := self._chosen_unblinders(given):
            values["unblinders"] = names
        return values

    def _systems(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        """The systems as the file names them, with the stored names if none is given."""
        found = []
        for place in range(1, self.places + 1):
            if slug := given.get(f"system_{place}"):
                item = new_study.system_item(self.stored[slug])
                found.append(item | {"name": system_names(given, place) or item["name"]})
        return found

    def _criteria(self, given: dict[str, Any]) -> list[Any]:
        """Shipped criteria by slug, those of the draft in full; the primary one is marked."""
        chosen = [slug for slug in self.criteria_known if slug in given["criteria"]]
        primary = given["primary"] if len(chosen) > 1 else ""
        found: list[Any] = []
        for slug in chosen:
            if slug in shipped_criteria() and self.criteria_known[slug] == shipped_criteria()[slug]:
                found.append({"slug": slug, "primary": True} if slug == primary else slug)
            else:
                found.append(new_study.criterion_item(self.criteria_known[slug], primary=slug == primary))
        return found

    def _plan(self, given: dict[str, Any]) -> dict[str, Any]:
        plan: dict[str, Any] = {}
        pairs = ([given[key] for key in _contrast_keys(place)] for place in range(1, self.comparisons + 1))
        contrasts = [pair for pair in pairs if pair[0]]
        if len(contrasts) == 1:
            plan["primary_contrast"] = contrasts[0]
        elif contrasts:
            plan["primary_contrasts"] = contrasts
        if given["human"]:
            plan["human"] = [] if given["human"] == "none" else [given["human"]]
        return plan | {key: given[key] for key in ("generalize_to", "missing_script")}


def _known_criteria(draft: StudySpec | None) -> dict[str, CriterionSpec]:
    """The criteria of the draft in its order, then the shipped ones that it does not use."""
    own = (
        {each.slug: msgspec.structs.replace(each, primary=False) for each in draft.criteria} if draft else {}
    )
    return own | {slug: each for slug, each in shipped_criteria().items() if slug not in own}


def _contrast_keys(place: int) -> tuple[str, str]:
    """The names of the two fields of a comparison, counted from 1."""
    return f"contrast_{2 * place - 1}", f"contrast_{2 * place}"


def _described(system: System, written: int) -> str:
    return _("%(system)s · %(kind)s · scripts: %(n)s") % {
        "system": system.slug,
        "kind": system.get_kind_display(),
        "n": written,
    }


def _both(given: dict[str, Any], key: str) -> dict[str, str]:
    found = {language: given.get(f"{key}_{language}", "") for language in ("en", "zh")}
    return {language: text.replace("\r\n", "\n").strip() for language, text in found.items() if text.strip()}


def _consent(given: dict[str, Any]) -> dict[str, Any]:
    """A text of one's own, or what the general text names. The contact is the same in both languages."""
    contact = given["contact"].strip()
    found: dict[str, Any] = {"contact": dict.fromkeys(("en", "zh"), contact)} if contact else {}
    if text := _both(given, "consent"):
        return {"version": given["consent_version"] or "1", "text": text} | found
    if organisation := _both(given, "organisation"):
        found["organisation"] = organisation
    return found


def _groups(given: dict[str, Any]) -> list[dict[str, Any]]:
    reads = {"en": ["en"], "zh": ["zh"], "both": ["en", "zh"]}
    return [
        {"reads": languages, "count": count}
        for who, languages in reads.items()
        if (count := given.get(f"seats_{who}"))
    ]


def _briefs(names: list[str]) -> list[Any]:
    """Series, and single briefs by slug."""
    found: list[Any] = []
    for name in names:
        kind, _colon, slug = name.partition(":")
        found.append({"series": slug} if kind == "series" else slug)
    return found
