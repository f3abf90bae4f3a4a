"""Fonts of PDFs: the Chinese faces of the project, on a machine without any other."""

import re
from pathlib import Path

import pytest
import typst

from evalsite.core.typeset import FONTS, HEI, SONG

ROOT = Path(__file__).parents[2]
CHINESE = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0002fa1f]")
TEXTS = {".csv", ".fountain", ".json", ".md", ".po", ".py", ".toml", ".txt", ".yaml"}


@pytest.mark.slow
@pytest.mark.parametrize("face", [SONG[0], HEI[0]])
@pytest.mark.parametrize("weight", ["regular", "bold"])
def test_a_face_has_the_8105_characters_and_all_letters_of_demos_and_tests(face: str, weight: str) -> None:
    table = set(CHINESE.findall((ROOT / "make/fonts/tgh-8105.txt").read_text("utf-8")))
    assert len(table) == 8105
    files = [path for name in ("examples", "tests", "locale") for path in (ROOT / name).rglob("*.*")]
    texts = [path.read_text("utf-8", errors="ignore") for path in files if path.suffix in TEXTS]
    letters = "".join(sorted(table.union(*map(CHINESE.findall, texts))))
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    source = f'#text(font: "{face}", weight: "{weight}", fallback: false, sys.inputs.letters)'.encode()
    compiler = typst.Compiler(source, font_paths=fonts, sys_inputs={"letters": letters})
    # PDF/A refuses letters without a glyph, and the error names them.
    compiler.compile(format="pdf", pdf_standards=["a-2b"], timestamp=0)


def test_the_four_faces_take_at_most_14_mb() -> None:
    sizes = [path.stat().st_size for path in FONTS.glob("Evalsite*.otf")]
    assert len(sizes) == 4
    assert sum(sizes) <= 14_000_000
