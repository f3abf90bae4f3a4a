"""The scene model as HTML: the one house layout of its language.

What the markup promises, so that style sheets and marks can rely on it:

- `<div class="script script-zh" lang="zh-Hans">` or `<div class="script script-en" lang="en">`, in it one
  `<section class="scene">` per scene;
- `h3.sp-heading`, `p.sp-cast`, `p.sp-action` (with `sp-centered`, `sp-super`, `sp-shot`),
  `p.sp-transition`; a speech is `p.sp-cue`, `p.sp-paren` and `p.sp-dialogue`, one after the other (English),
  or `p.sp-speech` (Chinese: the same classes on spans, on one line); dual dialogue is `div.sp-dual` with two
  `div.sp-speech`;
- every element with `data-o="N"` holds exactly `Script.text[N:N+length]`, a `<br>` standing for LF; marks
  that the layout adds stand outside it, in `span.sp-mark`. Only a paragraph with such marks needs a span for
  its text.

Studies keep the HTML with which they were frozen. Older ones have a span in every `p.sp-action` and every
speech in a `div.sp-speech`; style sheets and scripts work with both.

No ids, no names, nothing from outside the text: two equal texts give equal HTML, and nothing tells who
wrote them.
"""

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from generation.screenplay.model import SPEECH, Element, Kind, Script

_LANG = {"en": "en", "zh": "zh-Hans"}
_FORMS = {"centered": " sp-centered", "super": " sp-super", "shot": " sp-shot"}


def render_html(script: Script) -> str:
    """The script as an HTML fragment, everything escaped. The same script always gives the same bytes."""
    sections = []
    for scene in script.scenes:
        blocks = "\n".join(_blocks(script.scene_elements(scene), script.language))
        if blocks:
            sections.append(f'<section class="scene">\n{blocks}\n</section>')
    body = "\n".join(sections)
    return f'<div class="script script-{script.language}" lang="{_LANG[script.language]}">\n{body}\n</div>'


def _blocks(elements: Iterable[Element], language: str) -> Iterator[str]:
    shown = [element for element in elements if element.printed]
    for dual, group in groupby(speeches(shown), key=lambda speech: bool(speech[0].dual)):
        if not dual:
            for block in group:
                yield _speech(block, language) if block[0].kind in SPEECH else _single(block[0], language)
            continue
        for pair in _pairs(list(group)):
            columns = "\n".join(_column(speech, language) for speech in pair)
            yield f'<div class="sp-dual">\n{columns}\n</div>'


def speeches(elements: list[Element]) -> list[list[Element]]:
    """Group elements into blocks: a cue with all that belongs to it, or one element alone."""
    blocks: list[list[Element]] = []
    for element in elements:
        joins = (
            blocks
            and element.kind in (Kind.PARENTHETICAL, Kind.DIALOGUE)
            and blocks[-1][-1].kind in SPEECH
            and blocks[-1][-1].dual == element.dual
        )
        if joins:
            blocks[-1].append(element)
        else:
            blocks.append([element])
    return blocks


def _pairs(blocks: list[list[Element]]) -> Iterator[list[list[Element]]]:
    pair: list[list[Element]] = []
    for block in blocks:
        if pair and block[0].dual == "left":
            yield pair
            pair = []
        pair.append(block)
    yield pair


def _single(element: Element, language: str) -> str:
    if element.kind is Kind.HEADING:
        return _line("h3", "sp-heading", element)
    if element.kind is Kind.CAST:
        return f'<p class="sp-cast">{_mark("人物：")}{_span(element)}</p>'
    if element.kind is Kind.TRANSITION:
        return _line("p", "sp-transition", element)
    if language == "zh" and element.form in ("", "unmarked"):
        return f'<p class="sp-action">{_mark("△")}{_span(element)}</p>'
    return _line("p", "sp-action" + _FORMS.get(element.form, ""), element)


def _column(block: list[Element], language: str) -> str:
    speech = _speech(block, language)
    return speech if language == "zh" else f'<div class="sp-speech">\n{speech}\n</div>'


def _speech(block: list[Element], language: str) -> str:
    if language == "zh":
        return _speech_zh(block)
    lines = []
    for element in block:
        if element.kind is Kind.PARENTHETICAL:
            lines.append(f'<p class="sp-paren">{_mark("(")}{_span(element)}{_mark(")")}</p>')
        else:
            name = "sp-cue" if element.kind is Kind.CHARACTER else "sp-dialogue"
            lyric = " sp-lyric" if element.form == "lyric" else ""
            lines.append(_line("p", name + lyric, element))
    return "\n".join(lines)


def _speech_zh(block: list[Element]) -> str:
    """Name, parentheticals, colon, words on one line; what stands within the speech stays there."""
    parts = []
    colon = block[0].kind is not Kind.CHARACTER
    for element in block:
        if element.kind is Kind.DIALOGUE and not colon:
            parts.append(_mark("："))
            colon = True
        if element.kind is Kind.PARENTHETICAL:
            parts.append(_mark("（") + _line("span", "sp-paren", element) + _mark("）"))
        else:
            name = "sp-cue" if element.kind is Kind.CHARACTER else "sp-dialogue"
            parts.append(_line("span", name, element))
    if not colon:
        parts.append(_mark("："))
    return f'<p class="sp-speech">{"".join(parts)}</p>'


def _line(tag: str, name: str, element: Element) -> str:
    return f'<{tag} class="{name}" data-o="{element.start}">{_inner(element)}</{tag}>'


def _mark(text: str) -> str:
    return f'<span class="sp-mark">{text}</span>'


def _span(element: Element) -> str:
    return f'<span data-o="{element.start}">{_inner(element)}</span>'


def _inner(element: Element) -> str:
    return escape(element.text, quote=True).replace("\n", "<br>")
