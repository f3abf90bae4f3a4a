"""Give-aways and innocents as a judge plants them who has not seen the rules of the leak scan.

Each lies in a scene of its own, at a place that its `where` names: `head`, `tail`, `action` (a paragraph in
the middle), `dialogue` (a speech there), `paren` (its parenthetical), `join` and `joinaction` (words put at
the end of a speech or of an action that was there); `heading`, `cues`, `actions` and `speech` put every
line of that element into a form ("{n}" counts).
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from generation.screenplay.leaks.scanning import Finding, scan

CASES = Path(__file__).parent / "cases" / "judged"
KINDS = (
    "models", "vendors", "study", "boilerplate", "refusals", "notes", "markup", "prompt", "machine", "form",
)  # fmt: skip
SLUGS = ("DSR", "dsr-no-directives", "plan-then-write", "direct", "end-to-end", "human")
STUDY = {
    "en": {
        "system_names": (*SLUGS, "Kestrel"),
        "series_titles": ("Tidewater Lane",),
        "people": ("Imogen Vance-Harker", "W07"),
    },
    "zh": {
        "system_names": (*SLUGS, "红隼"),
        "series_titles": ("潮水巷",),
        "people": ("贺兰若", "W07"),
    },
}  # fmt: skip
EN_CUE = re.compile(r"^[A-Z][A-Z.' ]+(?: \((?:V\.O\.|O\.S\.|CONT'D)\))*$")
ZH_CUE = re.compile(r"^([^△：（\d]{1,6}(?:（OS）)?)：(.*)$")


@dataclass(frozen=True)
class Base:
    language: str
    cast: tuple[str, ...]
    lines: tuple[str, ...]


@cache
def bases(language: str) -> tuple[Base, ...]:
    """The scenes of one language: their cast, and their lines (English: paragraphs)."""
    made = []
    for piece in (CASES / f"scenes_{language}.txt").read_text(encoding="utf-8").split("====\n"):
        cast, text = piece.strip("\n").split("\n", 1)
        parts = text.split("\n\n") if language == "en" else text.split("\n")
        made.append(Base(language, tuple(re.split(r", |、", cast)), tuple(parts)))
    return tuple(made)


def element(base: Base, at: int) -> str:
    """What the paragraph at a place is: `heading`, `speech`, `action` or `other`."""
    part = base.lines[at]
    if at == 0:
        return "heading"
    if base.language == "en":
        return "speech" if "\n" in part and EN_CUE.match(part.split("\n")[0]) else "action"
    if part.startswith("△"):
        return "action"
    return "speech" if ZH_CUE.match(part) and not part.startswith("人物") else "other"


def _formed(base: Base, where: str, form: str) -> str:
    parts, count = [], 0
    for at, part in enumerate(base.lines):
        kind = element(base, at)
        if kind == where or (kind, where) in (("action", "actions"),):
            count += 1
            if where == "speech":
                if base.language == "en":
                    cue, *middle, said = part.split("\n")
                    part = "\n".join([cue, *middle, form.replace("{}", said)])
                else:
                    cue, said = part.split("：", 1)
                    part = f"{cue}：{form.replace('{}', said)}"
            else:
                part = form.replace("{}", part).replace("{n}", str(count))
        elif kind == "speech" and where == "cues":
            if base.language == "en":
                cue, rest = part.split("\n", 1)
                part = f"{form.replace('{}', cue)}\n{rest}"
            else:
                cue, said = part.split("：", 1)
                part = f"{form.replace('{}', cue)}：{said}"
        parts.append(part)
    return "\n\n".join(parts) if base.language == "en" else "\n".join(parts)


def planted(base: Base, planting: str) -> str:
    """The scene with one thing planted."""
    where, text = planting.split(" | ", 1)
    text = text.replace("\\n", "\n")
    if where in ("heading", "cues", "actions", "speech"):
        return _formed(base, where, text)
    parts = list(base.lines)
    english = base.language == "en"
    name = base.cast[0]
    middle = next(
        (at for at in range(len(parts) // 2, len(parts)) if element(base, at) == "speech"), len(parts) - 1
    )
    if where == "head":
        parts.insert(0, text)
    elif where == "tail":
        parts.append(text)
    elif where == "action":
        parts.insert(middle, text)
    elif where == "dialogue":
        parts.insert(middle, f"{name}\n{text}" if english else f"{name}：{text}")
    elif where == "paren":
        speech = f"{name}\n({text})\nGo on, then." if english else f"{name}：（{text}）你接着说。"
        parts.insert(middle, speech)
    else:
        kind = {"join": "speech", "joinaction": "action"}[where]
        at = next(at for at in range(1, len(parts)) if element(base, at) == kind)
        parts[at] += f" {text}" if english else text
    return ("\n\n" if english else "\n").join(parts)


def giveaways(language: str, batch: str) -> Iterator[tuple[str, str, Base, str]]:
    """Kind, planting, scene and script of each give-away of a batch (`first`, `held`, ...)."""
    table = tomllib.loads((CASES / f"giveaways_{language}.toml").read_text(encoding="utf-8"))
    scenes = bases(language)
    for row, kind in enumerate(KINDS):
        for column, planting in enumerate(table[kind].get(batch, ())):
            base = scenes[(row * 7 + column * 3 + len(batch)) % len(scenes)]
            yield kind, planting, base, planted(base, planting)


def clean(language: str, name: str = "innocents", count: int = 200) -> Iterator[tuple[str, Base, str]]:
    """Scripts with one or two innocents each; the first 20 are the bare scenes."""
    scenes = bases(language)
    lines = tomllib.loads((CASES / f"{name}_{language}.toml").read_text(encoding="utf-8"))["lines"]
    for base in scenes:
        yield "-", base, planted_all(base, ())
    for at in range(count - len(scenes)):
        base = scenes[(at * 3 + at // len(lines)) % len(scenes)]
        chosen = [lines[at % len(lines)]]
        if at >= len(lines):
            chosen.append(lines[(at * 7 + 5) % len(lines)])
        yield " / ".join(chosen), base, planted_all(base, chosen)


def planted_all(base: Base, plantings: list[str] | tuple[str, ...]) -> str:
    for planting in plantings:
        text = planted(base, planting)
        parts = text.split("\n\n") if base.language == "en" else text.split("\n")
        if planting.startswith("head"):  # the heading must stay first for the next planting
            return text
        base = Base(base.language, base.cast, tuple(parts))
    return "\n\n".join(base.lines) if base.language == "en" else "\n".join(base.lines)


def found(base: Base, text: str, look: Callable[..., list[Finding]] = scan) -> list[Finding]:
    return look(text, base.language, characters=base.cast, **STUDY[base.language])
