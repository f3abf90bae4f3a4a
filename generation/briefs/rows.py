"""The rows of characters in the form of a brief: any number of them, also without JavaScript."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from generation.briefs.warnings import PROFILE_GUIDE, guide_length
from generation.reading import MOST_CHARACTERS, MOST_NAME, MOST_PROFILE
from generation.screenplay import TextTooLarge, canonical_text

SPARE = 2
_FIELD = re.compile(r"^(?:name|profile)-(\d{1,3})$")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def words(value: str) -> str:
    """What was typed, as a file would be read: canonical, stripped. Raises ValidationError."""
    if _CONTROL.search(value):
        raise ValidationError(_("There is a control character in it. Take it out."), code="control")
    try:
        return canonical_text(value).strip()
    except TextTooLarge:
        raise ValidationError(_("This is far too long."), code="size") from None


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
                row.errors["name"] = _("This name stands above already.")
            found.append({"name": name, "profile": profile})
        if not filled:
            self.error = _("Name at least one character.")
        elif len(filled) > MOST_CHARACTERS:
            self.error = _("Keep to %(most)d characters.") % {"most": MOST_CHARACTERS}
        return found

    def _text(self, row: CharacterRow, name: str, most: int) -> str:
        try:
            text = words(getattr(row, name))
        except ValidationError as error:
            row.errors[name] = str(error.message)
            return ""
        if not text:
            missing = {"name": _("This character has no name."), "profile": _("Say who this is.")}
            row.errors[name] = missing[name]
        elif len(text) > most:
            row.errors[name] = _("Keep it to %(most)d characters; it has %(n)d.") % {
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
