"""What stands on a page: its forms, its buttons, and the scripts it shows."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
BUTTON_KINDS = ("submit", "image")
Attributes = dict[str, str]


@dataclass
class Field:
    """One name of a form. `options` are the values that may be chosen; `chosen` what the page starts with."""

    name: str
    kind: str
    options: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    required: bool = False


@dataclass
class Form:
    """Where it posts, its fields by name, and its buttons as (name, value); a button may be nameless."""

    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def path(self, page: str) -> str:
        """The path that it posts to from the page at the address `page`."""
        return urlsplit(urljoin(page, self.action)).path

    def filled(self) -> dict[str, list[str]]:
        """What a press of the button would send if nothing were changed."""
        return {name: list(one.chosen) for name, one in self.fields.items() if one.chosen}


Places = list[tuple[int, int]]
"""The elements of a script that errors can be marked in: first code point and length."""


@dataclass
class Page:
    """A page as it was answered. `scripts` are their visible texts, without blanks, in the page's order, and
    `places` the elements of each."""

    address: str
    status: int
    forms: list[Form]
    scripts: list[str]
    places: list[Places]
    languages: list[str]
    heading: str
    problems: list[str]

    @property
    def path(self) -> str:
        return urlsplit(self.address).path


def read_page(html: str, address: str, status: int = 200) -> Page:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Page(
        address=address,
        status=status,
        forms=list(reader.forms.values()),
        scripts=["".join("".join(parts).split()) for parts in reader.scripts],
        places=[[(start, length) for start, length in found] for found in reader.places],
        languages=reader.languages,
        heading=" ".join("".join(reader.heading).split()),
        problems=[text for parts in reader.problems if (text := " ".join("".join(parts).split()))],
    )


def read_script(html: str) -> tuple[str, Places]:
    """The visible text, without blanks, and the elements of a fragment that is one script."""
    page = read_page(html, "")
    return (page.scripts[0], page.places[0]) if page.scripts else ("", [])


def without_blanks(html: str) -> str:
    """The visible text of a fragment that is one script, without blanks."""
    return read_script(html)[0]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: dict[str, Form] = {}
        self.scripts: list[list[str]] = []
        self.places: list[list[list[int]]] = []
        self.languages: list[str] = []
        self.heading: list[str] = []
        self.problems: list[list[str]] = []
        self._open: list[tuple[str, str]] = []
        self._form: Form | None = None
        self._select: Field | None = None
        self._area: Field | None = None
        self._option: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._open.append((tag, self._role(tag, given)))
        elif tag == "br":
            self._lengthen(1)
        if tag == "form":
            self._begin_form(given)
        elif tag in ("input", "button", "select", "textarea") and (form := self._form_of(given)):
            self._control(tag, given, form)
        elif tag == "option" and self._select is not None:
            value = given.get("value", "")
            self._select.options.append(value)
            if "selected" in given:
                self._select.chosen = [value]

    def _role(self, tag: str, given: Attributes) -> str:
        """What text inside belongs to; a script within a script is the outer one's."""
        classes = given.get("class", "").split()
        inside = {role for _, role in self._open}
        if tag == "div" and "script" in classes and "script" not in inside:
            self.scripts.append([])
            self.places.append([])
            self.languages.append(given.get("lang", "")[:2])
            return "script"
        if "script" in inside and given.get("data-o", "").isdigit():
            self.places[-1].append([int(given["data-o"]), 0])
            return "place"
        if tag in ("script", "style", "template"):
            return "unseen"
        if tag == "h1" and not self.heading:
            return "heading"
        if {"errorlist", "error", "errors"} & set(classes) and "problem" not in inside:
            self.problems.append([])
            return "problem"
        return ""

    def _begin_form(self, given: Attributes) -> None:
        name = given.get("id") or f" {len(self.forms)}"
        known = self.forms.setdefault(name, Form("", ""))
        known.action, known.method = given.get("action", ""), given.get("method", "get").lower()
        self._form = known

    def _form_of(self, given: Attributes) -> Form | None:
        """A control belongs to the form it names, which may come later on the page, else to its own."""
        if owner := given.get("form"):
            return self.forms.setdefault(owner, Form("", ""))
        return self._form

    def _control(self, tag: str, given: Attributes, form: Form) -> None:
        name, kind = given.get("name", ""), given.get("type", "text" if tag == "input" else tag).lower()
        if tag == "button" or kind in BUTTON_KINDS:
            if tag != "button" or given.get("type", "submit") == "submit":
                form.buttons.append((name, given.get("value", "")))
            return
        if not name or "disabled" in given:
            return
        one = form.fields.setdefault(name, Field(name, kind))
        one.required = one.required or "required" in given
        if tag == "select":
            self._select = one
        elif tag == "textarea":
            self._area = one
            one.chosen = [""]
        elif kind in ("radio", "checkbox"):
            one.options.append(given.get("value", "on"))
            if "checked" in given:
                one.chosen.append(given.get("value", "on"))
        else:
            one.chosen.append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select" and self._select is not None:
            if not self._select.chosen and self._select.options:
                self._select.chosen = self._select.options[:1]
            self._select = None
        elif tag == "textarea":
            self._area = None
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place][0] == tag:
                del self._open[place:]
                break

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.chosen = [self._area.chosen[0] + data]
        roles = {role for _, role in self._open}
        if "unseen" in roles:
            return
        if "script" in roles:
            self.scripts[-1].append(data)
            self._lengthen(len(data))
        elif "heading" in roles:
            self.heading.append(data)
        if "problem" in roles:
            self.problems[-1].append(data)

    def _lengthen(self, length: int) -> None:
        """Count text in the element with a place that is open, if one is."""
        if any(role == "place" for _, role in self._open):
            self.places[-1][-1][1] += length
