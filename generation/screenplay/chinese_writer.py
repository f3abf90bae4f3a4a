"""The scene model in the Chinese layout, so that it reads back to the same model.

The layout has no marks of force, so each way of typing an element is tried on the reader itself and the
first one that is read as meant is taken. Notes are the writer's own and are left out; Fountain's line breaks
within a paragraph become paragraphs of action or run on in speech.
"""

import re
from collections.abc import Iterator, Sequence

from generation.screenplay import chinese_words as words
from generation.screenplay.chinese import NAME_ALONE, OPEN_END, names_in, read_chinese
from generation.screenplay.chinese_words import house_heading
from generation.screenplay.model import SPEECH, Element, Kind, Script
from generation.screenplay.render import speeches

Meant = list[tuple[Kind, str, str]]


def chinese_text(script: Script) -> str:
    """The script in the Chinese layout, ending in LF; empty where there is nothing."""
    writer = _Writer(script)
    blocks = [writer.lines(block) for block in speeches([each for each in script.elements if each.printed])]
    lines: list[str] = []
    for block, head in zip(blocks, _heads(script), strict=True):
        if head and lines and lines[-1]:
            lines.append("")
        lines += block
        if block and (block[-1].endswith("：") or OPEN_END.search(block[-1])):
            lines.append("")  # or the next line would be taken for the speech, or for more of it
    return "\n".join(lines).rstrip("\n") + "\n" if lines else ""


def _heads(script: Script) -> Iterator[bool]:
    """For each block whether it opens a scene, counting what stands above its heading to it."""
    firsts = {script.elements[scene.first].start for scene in script.scenes}
    for block in speeches([each for each in script.elements if each.printed]):
        yield block[0].start in firsts


class _Writer:
    def __init__(self, script: Script) -> None:
        self.cast = frozenset(name for each in script.of(Kind.CAST) for name in names_in(each.text))

    def lines(self, block: Sequence[Element]) -> list[str]:
        first = block[0]
        if first.kind in SPEECH:
            return [self._speech(block)]
        text = first.text.replace("\n", " ") if first.kind is not Kind.ACTION else first.text
        if first.kind is Kind.HEADING:
            text = house_heading(re.sub(r"\s+", "　", text))
        if first.kind is Kind.CAST:
            return [f"人物：{text}"]
        if first.kind is not Kind.ACTION:
            ways = (text, f"【{text}】", *_place_first(text), f"时：{text}", f"景：{text}")
            return [
                self._first(
                    ways if first.kind is Kind.HEADING else ways[:2], [(first.kind, text, first.form)]
                )
            ]
        return [self._action(line, first.form) for line in text.split("\n")]

    def _action(self, text: str, form: str) -> str:
        alone = NAME_ALONE.match(text)
        if form in ("", "centered") or (alone and alone["name"] in self.cast):
            return f"△{text}"  # a known name alone would be taken for one who speaks
        return self._first((text, f"△{text}"), [(Kind.ACTION, text, form)], otherwise=f"△{text}")

    def _speech(self, block: Sequence[Element]) -> str:
        name = block[0].text if block[0].kind is Kind.CHARACTER else ""
        parens = [each.text for each in block if each.kind is Kind.PARENTHETICAL]
        spoken = " ".join(each.text.replace("\n", " ") for each in block if each.kind is Kind.DIALOGUE)
        meant: Meant = [(Kind.CHARACTER, name, "")] if name else []
        meant += [(Kind.PARENTHETICAL, text, "") for text in parens]
        meant += [(Kind.DIALOGUE, spoken, "")] if spoken else []
        inner = "".join(f"（{text}）" for text in parens)
        ways = list(_ways(name, inner, spoken))
        if any(each.after_colon for each in block) and spoken:
            ways[:2] = ways[1], ways[0]
        return self._first(tuple(ways), meant)

    def _first(self, ways: tuple[str, ...], meant: Meant, otherwise: str = "") -> str:
        for way in ways:
            read = read_chinese(way, self.cast).elements
            if [(each.kind, each.text, each.form) for each in read] == meant:
                return way
        return otherwise or ways[0]


def _place_first(heading: str) -> list[str]:
    """`渡口　内`, which without its time would be no heading, as `内景　渡口`."""
    place, _, inside = heading.rpartition("　")
    return [f"{inside}景　{place}"] if place and inside in ("内", "外", "内外", "內", "內外") else []


def _ways(name: str, inner: str, spoken: str) -> Iterator[str]:
    yield f"{name}{inner}：{spoken}"
    yield f"{name}：{inner}{spoken}"
    yield f"{name}{inner}：“{spoken}”"
    yield f"{name}：{inner}“{spoken}”"
    label = re.search(rf"^(?P<name>.*?)（(?P<label>{words.LABELS})）$", name)
    if label:
        yield f"{label['name']}{label['label']}{inner}：{spoken}"
