"""The form of a brief. What is typed ends in the same `BriefSpec`, under the same rules, as a file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db.models import Max
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from evalsite.core.errors import InputErrors
from generation.access import rows_in, team_key
from generation.briefs.files import (
    MOST_ALIASES,
    MOST_CHARACTERS,
    MOST_NAME,
    MOST_PROFILE,
    MOST_SLUG,
    MOST_TEXT,
    MOST_TITLE,
    ORDERS,
    RESERVED,
    TARGET_LENGTHS,
    BriefSpec,
    brief_of,
)
from generation.briefs.warnings import CONTEXT_GUIDE, PROFILE_GUIDE, guide_length
from generation.models import Brief, Language, Series
from generation.reasons import render_error
from generation.screenplay import TextTooLarge, canonical_text
from generation.yaml_files import SLUG

SPARE = 2
_FIELD = re.compile(r"^(?:name|profile)-(\d{1,3})$")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def words(value: str) -> str:
    """What was typed, as a file would be read: canonical, stripped. Raises ValidationError."""
    if _CONTROL.search(value):
        raise ValidationError(_("Remove the control character."), code="control")
    try:
        return canonical_text(value).strip()
    except TextTooLarge:
        raise ValidationError(_("This is too long."), code="size") from None


@dataclass(slots=True)
class CharacterRow:
    """One row: what was typed, and what is wrong with it."""

    number: int
    name: str = ""
    profile: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        return not (self.name.strip() or self.profile.strip())

    def length(self, language: str) -> int:
        return guide_length(self.profile, language)


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row with the count beside its profile."""

    row: CharacterRow
    length: int
    guide: int

    @property
    def over(self) -> bool:
        return self.length > self.guide

    @property
    def profile_id(self) -> str:
        return f"profile-{self.row.number}"


class CharacterRows:
    """All rows of a form. `clean` notes what is wrong and gives what a brief's `characters` hold."""

    def __init__(self, rows: Sequence[CharacterRow]) -> None:
        self.rows = list(rows)
        self.error = ""

    @classmethod
    def of(cls, characters: Sequence[Mapping[str, str]]) -> "CharacterRows":
        """From a stored brief."""
        return cls(
            [CharacterRow(number, each["name"], each["profile"]) for number, each in enumerate(characters)]
        )

    @classmethod
    def typed(cls, data: Mapping[str, Any]) -> "CharacterRows":
        """From the fields `name-0`, `profile-0`, ... of a form, in the order of their numbers."""
        numbers = sorted({int(match.group(1)) for key in data if (match := _FIELD.match(key))})
        return cls(
            [
                CharacterRow(
                    number, str(data.get(f"name-{number}", "")), str(data.get(f"profile-{number}", ""))
                )
                for number in numbers
            ]
        )

    def without(self, number: str) -> "CharacterRows":
        return CharacterRows([row for row in self.rows if str(row.number) != number])

    def with_spare(self, spare: int = SPARE) -> "CharacterRows":
        """The rows in order, numbered anew, and `spare` empty ones at the end."""
        rows = [row for row in self.rows if not row.is_blank or row.errors]
        rows += [CharacterRow(0) for _place in range(max(spare, 3 - len(rows)))]
        for number, row in enumerate(rows):
            row.number = number
        self.rows = rows
        return self

    def clean(self) -> list[dict[str, str]]:
        filled = [row for row in self.rows if not row.is_blank]
        found: list[dict[str, str]] = []
        for row in filled:
            name = self._text(row, "name", MOST_NAME)
            profile = self._text(row, "profile", MOST_PROFILE)
            if name and name in [each["name"] for each in found]:
                row.errors["name"] = _("This name is used above.")
            found.append({"name": name, "profile": profile})
        if not filled:
            self.error = _("Add at least one character.")
        elif len(filled) > MOST_CHARACTERS:
            self.error = _("A brief can list at most %(most)d characters. Remove some.") % {
                "most": MOST_CHARACTERS
            }
        return found

    def _text(self, row: CharacterRow, name: str, most: int) -> str:
        try:
            text = words(getattr(row, name))
        except ValidationError as error:
            row.errors[name] = str(error.message)
            return ""
        if not text:
            missing = {"name": _("Enter a name."), "profile": _("Enter a profile.")}
            row.errors[name] = missing[name]
        elif len(text) > most:
            row.errors[name] = _("Use at most %(most)d characters (now %(n)d).") % {
                "most": most,
                "n": len(text),
            }
        return text

    @property
    def has_errors(self) -> bool:
        return bool(self.error) or any(row.errors for row in self.rows)

    def shown(self, language: str) -> Iterator[ShownRow]:
        guide = PROFILE_GUIDE[language]
        return (ShownRow(row, row.length(language), guide) for row in self.rows)


NO_SLUG = gettext_lazy("Use lower-case letters, digits and single hyphens, as in car-two.")


class Words(forms.CharField):
    """Text in canonical form; its length is counted in that form too, where a browser sends CR and LF."""

    def __init__(self, *, most: int, **options: Any) -> None:
        super().__init__(strip=False, **options)
        self.validators.append(MaxLengthValidator(most))

    def to_python(self, value: Any) -> str:
        return words(str(value or ""))


def slug_field(**options: Any) -> Words:
    check = RegexValidator(SLUG, NO_SLUG)
    return Words(most=MOST_SLUG, required=False, validators=[check], **options)


class BriefForm(forms.Form):
    """A brief that is new, or one that is known: then its slug stands.

    It lists the series of `teams` (keys); a new series joins `team`. After `is_valid()` the value is in
    `spec`. `expected` is the digest that the brief had when it was opened, and empty for a new one.
    """

    use_required_attribute = False

    expected = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    series = forms.ChoiceField(required=False, label=gettext_lazy("Series"))
    series_title = Words(most=MOST_TITLE, required=False, label=gettext_lazy("Series title"))
    series_slug = slug_field(
        label=gettext_lazy("Series slug"),
        help_text=gettext_lazy(
            "Used in URLs and files, such as low-bank. If empty, it's made from the title."
        ),
    )
    series_language = forms.ChoiceField(
        required=False, choices=Language.choices, label=gettext_lazy("Language")
    )
    order = forms.IntegerField(
        required=False,
        min_value=ORDERS[0],
        max_value=ORDERS[1],
        label=gettext_lazy("Scene number"),
        help_text=gettext_lazy("1 is the first scene. If empty, the scene is added at the end."),
    )
    slug = slug_field(
        label=gettext_lazy("Brief slug"),
        help_text=gettext_lazy("Permanent identifier. If empty, it's made from the series and scene number."),
    )
    outline = Words(
        most=MOST_TEXT,
        label=gettext_lazy("Outline"),
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("What happens, in one paragraph that names everyone in the scene."),
    )
    previous_context = Words(
        most=MOST_TEXT,
        required=False,
        label=gettext_lazy("Previous context"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy(
            "Earlier events that explain the scene. Leave out the scene itself and later events."
        ),
    )
    guideline = Words(
        most=MOST_TEXT,
        required=False,
        label=gettext_lazy("Guideline"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Which conflict to emphasize, how to end."),
    )
    target_length = forms.IntegerField(
        min_value=TARGET_LENGTHS[0],
        max_value=TARGET_LENGTHS[1],
        label=gettext_lazy("Target length"),
        help_text=gettext_lazy("A two-page scene has about 500 English words or 800 Chinese characters."),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        team: int,
        teams: Sequence[int],
        brief: Brief | None = None,
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        self.own_team, self.teams = team, [team_key(brief.series)] if brief is not None else teams
        series = rows_in(Series, self.teams).order_by("title", "slug")
        self.known = {each.slug: each for each in series}
        shown = [(slug, f"{series.title} ({slug})") for slug, series in self.known.items()]
        self._field(forms.ChoiceField, "series").choices = [("", _("New series")), *shown]
        self.brief = brief
        if brief is not None:
            self.fields["slug"].disabled = True
        self.characters = CharacterRows.typed(data) if data is not None else CharacterRows([])
        self.spec: BriefSpec | None = None

    def _field(self, kind: type[forms.ChoiceField], name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, kind)
        return field

    # What the page shows beside the fields

    @property
    def team(self) -> int:
        """The team of the series that is chosen, or of a new one."""
        chosen = self.known.get(self["series"].value() or "")
        return team_key(chosen) if chosen else self.own_team

    @cached_property
    def language(self) -> str:
        """The language as far as it is known: the chosen series', else that of the new one."""
        chosen = self.known.get(self["series"].value() or "")
        named = chosen.language if chosen else self["series_language"].value()
        return named if named in Language.values else preferred_language()

    def choices(self) -> list[dict[str, Any]]:
        """The series that are there, each with its language and the place that comes next."""
        briefs = rows_in(Brief, self.teams).order_by()
        last = dict(briefs.values_list("series__slug").annotate(Max("order")))
        chosen = self["series"].value() or ""
        return [
            {"series": series, "next": (last.get(slug) or 0) + 1, "chosen": slug == chosen}
            for slug, series in self.known.items()
        ]

    @property
    def context_length(self) -> int:
        return guide_length(self["previous_context"].value() or "", self.language)

    @property
    def context_guide(self) -> int:
        return CONTEXT_GUIDE[self.language]

    @property
    def context_over(self) -> bool:
        return self.context_length > self.context_guide

    # What was typed

    def clean(self) -> dict[str, Any]:
        value = super().clean() or self.cleaned_data
        people = self.characters.clean()
        series = self._series(value)
        order = value.get("order") or (self._next_order(series["slug"]) if "order" not in self.errors else 1)
        slug = self._slug(value, series["slug"], order)
        if self.characters.has_errors:
            self.add_error(None, _("Please fix the characters below."))
        if not self.errors:
            self._read({**value, "series": series, "order": order, "slug": slug, "characters": people})
        return value

    def _series(self, value: dict[str, Any]) -> dict[str, str]:
        """Slug, title and language of the series that is meant."""
        chosen = self.known.get(value.get("series", ""))
        if chosen is not None:
            return {"slug": chosen.slug, "title": chosen.title, "language": chosen.language}
        title = value.get("series_title", "")
        if not title and "series_title" not in self.errors and "series" not in self.errors:
            self.add_error(
                "series_title", _("Enter a title for the new series, or choose an existing series.")
            )
        slug = value.get("series_slug", "") or self._series_slug(title)
        if slug in self.known:
            self.add_error("series_slug", _("A series with this slug exists. Choose it above."))
        elif Series.objects.filter(slug=slug).exists():
            self.add_error("series_slug", _("This slug is taken."))
        elif slug in RESERVED:
            self.add_error("series_slug", _("This slug is reserved. Use another one."))
        language = value.get("series_language", "")
        if not language and "series_language" not in self.errors:
            self.add_error("series_language", _("Choose a language."))
        return {"slug": slug, "title": title, "language": language}

    def _series_slug(self, title: str) -> str:
        """From a title; one that has no Latin letters gives a number."""
        made = slugify(title.replace("'", "").replace("’", ""))[:MOST_SLUG].strip("-")
        taken = Series.objects.filter(slug__startswith="series-").values_list("slug", flat=True)
        return made if SLUG.match(made) else free_slug("series-1", set(taken))

    def _next_order(self, series: str) -> int:
        last = (
            rows_in(Brief, self.teams)
            .filter(series__slug=series)
            .order_by("-order")
            .values_list("order", flat=True)
            .first()
        )
        return min((last or 0) + 1, ORDERS[1])

    def _slug(self, value: dict[str, Any], series: str, order: int) -> str:
        if self.brief is not None:
            return self.brief.slug
        slug = value.get("slug", "")
        if not slug:
            return suggested_slug(series, order)
        if slug in RESERVED:
            self.add_error("slug", _("This slug is reserved. Use another one."))
        elif Brief.objects.filter(slug=slug).exists():
            self.add_error("slug", _("A brief with this slug already exists."))
        return slug

    def _read(self, value: dict[str, Any]) -> None:
        series = value["series"]
        try:
            self.spec = brief_of(
                {
                    "slug": value["slug"],
                    "series": {"slug": series["slug"], "title": series["title"]},
                    "language": series["language"],
                    "order": value["order"],
                    "target_length": value["target_length"],
                    "outline": value["outline"],
                    "previous_context": value["previous_context"],
                    "characters": value["characters"],
                    "guideline": value["guideline"],
                }
            )
        except InputErrors as refused:
            for fault in refused.errors:
                self.add_error(None, render_error(fault))


class SeriesForm(forms.Form):
    """The title of a series, unless it is fixed, and its aliases, one a line."""

    use_required_attribute = False

    title = forms.CharField(required=False, label=gettext_lazy("Title"))
    aliases = forms.CharField(
        required=False,
        label=gettext_lazy("Other titles and abbreviations"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "One per line. The giveaway check searches all scripts for them and for the title."
        ),
    )

    def __init__(self, data: Any = None, *, fixed: bool, **options: Any) -> None:
        super().__init__(data, **options)
        if fixed:
            del self.fields["title"]

    def clean_title(self) -> str:
        title = words(self.cleaned_data["title"])
        if not title or len(title) > MOST_TITLE or "\n" in title:
            message = _("Enter a one-line title of at most %(most)d characters.") % {"most": MOST_TITLE}
            raise forms.ValidationError(message)
        return title

    def clean_aliases(self) -> list[str]:
        lines = [line.strip() for line in words(self.cleaned_data["aliases"]).split("\n")]
        aliases = list(dict.fromkeys(line for line in lines if line))
        if any(len(alias) > MOST_TITLE for alias in aliases):
            raise forms.ValidationError(
                _("An alias is too long: use at most %(n)d characters.") % {"n": MOST_TITLE}
            )
        if len(aliases) > MOST_ALIASES:
            raise forms.ValidationError(_("Too many aliases: use at most %(n)d.") % {"n": MOST_ALIASES})
        return aliases


def preferred_language() -> str:
    return "zh" if (get_language() or "").startswith("zh") else "en"


def suggested_slug(series: str, order: int) -> str:
    """From series and place, and free."""
    return free_brief_slug(f"{series[: MOST_SLUG - 12].strip('-')}-{order}")


def free_brief_slug(slug: str) -> str:
    """The slug, or the next of its numbers that no brief of the site has, of whatever team."""
    taken = Brief.objects.filter(slug__startswith=slug).values_list("slug", flat=True)
    return free_slug(slug, set(taken))


def free_slug(slug: str, taken: Any) -> str:
    """The slug, or the next of its numbers that is free: scene, scene-2, scene-3; series-1, series-2."""
    if slug not in taken:
        return slug
    base, _dash, tail = slug.rpartition("-")
    base, number = (base, int(tail) + 1) if slug == "series-1" else (slug, 2)
    while f"{base}-{number}" in taken:
        number += 1
    return f"{base}-{number}"


def initial_of(brief: Brief) -> dict[str, Any]:
    """What the form of a stored brief holds at first."""
    return {
        "expected": brief.digest,
        "series": brief.series.slug,
        "series_language": brief.language,
        "order": brief.order,
        "slug": brief.slug,
        "outline": brief.outline,
        "previous_context": brief.previous_context,
        "guideline": brief.guideline,
        "target_length": brief.target_length,
    }
