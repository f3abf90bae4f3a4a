"""PDFs set by typst, from data and never from markup. The library is loaded with the first that is wanted."""

import json
import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalsite.core.reason_codes import sentence

if TYPE_CHECKING:
    import typst

FONTS = Path(__file__).parent / "fonts"
COURIER = "Courier Prime"
"""The typewriter face of screenplays, which comes with this package (fonts/, SIL Open Font License)."""
COURIER_SIZE = 7.2 / (1228 / 2048)
"""Points at which a letter of it is a tenth of an inch wide: twelve, as good as."""
FIXED = "DejaVu Sans Mono"
"""Comes with the typesetter, and has letters that COURIER lacks."""
# Chinese text, and Chinese headings. The first face comes with this package; the others are fuller fonts that
# a machine may have, for letters that the first lacks.
SONG = (
    "Evalsite Serif SC",
    "Noto Serif CJK SC",
    "Noto Serif SC",
    "Source Han Serif SC",
    "Songti SC",
    "SimSun",
)
HEI = ("Evalsite Sans SC", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "SimHei")
SQUARE = "\N{WHITE SQUARE}"
MOST_NAMED = 12


class TypesettingError(Exception):
    """The PDF cannot be set: the first argument says why."""


def set_pdf(
    package: str, template: str, *, standard: "typst.PDFStandard" = "a-2b", warning: str = "", **data: Any
) -> bytes:
    """The PDF that a template of a package makes of some JSON values, which it finds in `sys.inputs`.

    If the fonts of the project and of typst lack a letter, those of the machine are used as well. All other
    texts give the same bytes on every machine.

    Parameters
    ----------
    standard
        One that forbids letters without a glyph. Otherwise typst does not report them.
    warning
        A text with the field `letters`. The template prints it if letters that no font has became squares.

    Raises
    ------
    TypesettingError
        If no font has a letter and there is no `warning`, or the template fails.
    """
    source = resources.files(package).joinpath(template).read_bytes()
    inputs = {name: json.dumps(value, ensure_ascii=False) for name, value in data.items()} | {"warning": ""}
    made = _compile(source, inputs, standard, system=False)
    if isinstance(made, list):
        made = _compile(source, inputs, standard, system=True)
    if isinstance(made, list):
        # In a chart, typst reports the letters after one that no font has as well.
        alone = _compile(b"#sys.inputs.letters", {"letters": "\n".join(made)}, "a-2b", system=True)
        made = alone if isinstance(alone, list) else made
    missing: list[str] = []
    for _round in range(3 if warning else 0):  # in place of some letters, typst may report others
        if not isinstance(made, list):
            break
        missing += made
        inputs = {name: _without(text, made) for name, text in inputs.items()}
        inputs["warning"] = warning % {"letters": ", ".join(map(_code, missing[:MOST_NAMED]))}
        made = _compile(source, inputs, standard, system=True)
    if isinstance(made, list):
        letters = ", ".join(f"{each} ({_code(each)})" for each in made[:MOST_NAMED])
        raise TypesettingError(sentence("no font has these characters: %(letters)s.", letters=letters))
    return made


def _without(text: str, letters: list[str]) -> str:
    """A JSON text with squares in place of letters, also of those that a template turns into upper case."""
    for each in sorted(letters, key=len, reverse=True):
        text = text.replace(json.dumps(each, ensure_ascii=False)[1:-1], SQUARE)
    return "".join(SQUARE if letter.upper() in letters else letter for letter in text)


def _compile(
    source: bytes, inputs: dict[str, str], standard: "typst.PDFStandard", *, system: bool
) -> bytes | list[str]:
    """The PDF, or the letters that no font has."""
    import typst

    compiler = typst.Compiler(source, font_paths=_fonts(system), sys_inputs=inputs)
    try:
        made = compiler.compile(format="pdf", pdf_standards=[standard], timestamp=0)
    except typst.TypstError as error:
        report = f"{error.message}\n{error.diagnostic}"
        letters = set(re.findall(r"the text `\"(.*?)\"` could not be displayed", report))
        if not letters:
            raise TypesettingError(f"the PDF could not be set: {error.message}") from error
        # Invisible letters are written as \u{200d}.
        return sorted(re.sub(r"\\u\{(\w+)\}", lambda found: chr(int(found[1], 16)), each) for each in letters)
    assert isinstance(made, bytes)
    return made


def _code(letters: str) -> str:
    return " ".join(f"U+{ord(letter):04X}" for letter in letters)


@cache
def _fonts(system: bool) -> "typst.Fonts":
    import typst

    return typst.Fonts(include_system_fonts=system, include_embedded_fonts=True, font_paths=[FONTS])
