"""What styles say of a paragraph. Tags are taken by their local names: strict and transitional Word files
differ in their namespaces alone. Runs in the child process.
"""

from dataclasses import dataclass
from typing import Any

TWIPS = 20.0
DEEPEST = 20


def local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def child(element: Any, name: str) -> Any:
    """The first child of a local name, or None; None of None is None."""
    for each in element if element is not None else ():
        if local(each) == name:
            return each
    return None


def value(element: Any, name: str) -> str:
    """An attribute by its local name; empty where there is none."""
    for key, text in element.attrib.items() if element is not None else ():
        if key.rpartition("}")[2] == name:
            return str(text)
    return ""


def val(element: Any, name: str) -> str:
    """`w:val` of a child."""
    return value(child(element, name), "val")


@dataclass(frozen=True, slots=True)
class Style:
    name: str = ""
    left: float = 0.0
    align: str = "left"
    numbering: tuple[str, int] | None = None


class Styles:
    """The paragraph styles of a file by their ids, with what they inherit."""

    def __init__(self, root: Any) -> None:
        self._by_id: dict[str, Any] = {}
        self._default: Any = None
        for style in root if root is not None else ():
            if local(style) == "style" and value(style, "type") == "paragraph":
                self._by_id[value(style, "styleId")] = style
                if value(style, "default") in ("1", "true"):
                    self._default = style
        self._known: dict[str, Style] = {}

    def of(self, properties: Any) -> Style:
        """The style of a paragraph with what the paragraph itself says over it."""
        base = self._named(val(properties, "pStyle"))
        return Style(
            base.name,
            _left(properties, base.left),
            _align(properties, base.align),
            numbering(properties) or base.numbering,
        )

    def _named(self, key: str) -> Style:
        if key not in self._known:
            self._known[key] = self._build(key)
        return self._known[key]

    def _build(self, key: str) -> Style:
        style = self._by_id.get(key, self._default)
        chain: list[Any] = []
        while style is not None and len(chain) < DEEPEST and style not in chain:
            chain.append(style)
            style = self._by_id.get(val(style, "basedOn"))
        found = Style(val(chain[0], "name") if chain else "")
        for each in reversed(chain):
            properties = child(each, "pPr")
            found = Style(
                found.name,
                _left(properties, found.left),
                _align(properties, found.align),
                numbering(properties) or found.numbering,
            )
        return found


def numbering(properties: Any) -> tuple[str, int] | None:
    """The list that a paragraph belongs to and its level in it."""
    part = child(properties, "numPr")
    if part is None:
        return None
    key, level = val(part, "numId"), val(part, "ilvl") or "0"
    return (key, int(level)) if level.isdecimal() and len(level) < 3 else None


def _left(properties: Any, inherited: float) -> float:
    part = child(properties, "ind")
    text = value(part, "left") or value(part, "start")
    try:
        return float(text) / TWIPS if text else inherited
    except ValueError:
        return inherited


def _align(properties: Any, inherited: str) -> str:
    found = val(properties, "jc")
    return {"center": "center", "right": "right", "end": "right", "": inherited}.get(found, "left")
