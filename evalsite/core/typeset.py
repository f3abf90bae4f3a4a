"""PDFs set by typst, from data and never from markup. The library is loaded with the first that is wanted."""

import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import typst


COURIER = "Courier Prime"
"""The typewriter face of screenplays, which comes with this package (fonts/, SIL Open Font License)."""
COURIER_SIZE = 7.2 / (1228 / 2048)
"""Points at which a letter of it is a tenth of an inch wide: twelve, as good as."""
FIXED = "DejaVu Sans Mono"
"""Comes with the typesetter, and has letters that COURIER lacks."""
# The first of these that the machine has: Chinese text, and Chinese headings.
SONG = (
    "Noto Serif CJK SC",
    "Noto Serif SC",
    "Source Han Serif SC",
    "Songti SC",
    "STSong",
    "SimSun",
    "FandolSong",
)
HEI = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "SimHei")


class TypesettingError(Exception):
    """The PDF cannot be set: why, and what to do where something can be done."""


def set_pdf(package: str, template: str, **data: Any) -> bytes:
    """The PDF that a template of a package makes of some JSON values, which it finds in `sys.inputs`.

    The same values give the same bytes on one machine. Raises `TypesettingError`.
    """
    import typst

    source = resources.files(package).joinpath(template).read_bytes()
    inputs = {name: json.dumps(value, ensure_ascii=False) for name, value in data.items()}
    try:
        made = typst.Compiler(source, font_paths=_fonts(), sys_inputs=inputs).compile(
            format="pdf", timestamp=0
        )
    except typst.TypstError as error:
        raise TypesettingError(f"the PDF could not be set: {error.message}") from error
    assert isinstance(made, bytes)
    return made


@cache
def families() -> frozenset[str]:
    """The fonts of this machine and of the typesetter, by family."""
    return frozenset(_fonts().families())


@cache
def _fonts() -> "typst.Fonts":
    import typst

    own = Path(__file__).parent / "fonts"
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=[own])
