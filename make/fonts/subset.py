"""Cut the Chinese faces of evalsite/core/fonts/ from the collections of Noto CJK (`make fonts`).

The same collections and the same tracked files give the same bytes. The faces are renamed, because the
licence reserves the name Source, and Noto is a trademark.
"""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection

HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "evalsite/core/fonts"
SIMPLIFIED = 2  # the face of a collection that draws the letters as mainland China does
# Latin with the tones of pinyin, Greek, Cyrillic, punctuation and symbols, Chinese punctuation, kana and
# bopomofo, enclosed letters, and full-width forms.
RANGES = (
    (0x20, 0x7E),
    (0xA0, 0x17F),
    (0x1CD, 0x1DC),
    (0x391, 0x451),
    (0x2000, 0x27BF),
    (0x3000, 0x312F),
    (0x31A0, 0x31BF),
    (0x3200, 0x33FF),
    (0xFE10, 0xFE6B),
    (0xFF00, 0xFFEF),
)
COPYRIGHT, FAMILY, STYLE, UNIQUE, FULL, VERSION, POSTSCRIPT, DESIGNER, LICENCE, LICENCE_URL = (
    0, 1, 2, 3, 4, 5, 6, 9, 13, 14,
)  # fmt: skip


def wanted_characters() -> set[int]:
    """The ranges, 通用规范汉字表, the traditional characters of Big5's first level, and all tracked texts."""
    lines = (HERE / "tgh-8105.txt").read_text(encoding="utf-8").splitlines()
    found = {ord(letter) for line in lines if not line.startswith("#") for letter in line}
    found.update(code for first, last in RANGES for code in range(first, last + 1))
    level = (bytes([high, low]) for high in range(0xA4, 0xC7) for low in range(0x40, 0xFF))
    found.update(
        ord(letter) for each in level for letter in each.decode("big5", "ignore") if len(letter) == 1
    )
    tracked = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True, text=True).stdout
    for name in filter(None, tracked.split("\0")):
        with suppress(UnicodeDecodeError):  # a file that is no text
            found.update(map(ord, Path(name).read_text(encoding="utf-8")))
    return found


def cut(source: Path, family: str, style: str, characters: set[int]) -> None:
    """Write one face, for horizontal text and without hints."""
    font = TTCollection(source, lazy=True).fonts[SIMPLIFIED]
    options = Options(
        hinting=False,
        layout_features=["calt", "ccmp", "kern", "liga", "mark"],
        name_IDs=["*"],
        notdef_outline=True,
    )
    options.drop_tables += ["VORG", "vhea", "vmtx"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)

    full, postscript = f"{family} {style}", f"{family.replace(' ', '')}-{style}"
    kept = {
        key: font["name"].getDebugName(key) for key in (COPYRIGHT, VERSION, DESIGNER, LICENCE, LICENCE_URL)
    }
    new = {FAMILY: family, STYLE: style, UNIQUE: postscript, FULL: full, POSTSCRIPT: postscript}
    font["name"].names = []
    for key, text in sorted((kept | new).items()):
        font["name"].setName(text, key, 3, 1, 0x409)
    font["OS/2"].achVendID = "NONE"
    cff = font["CFF "].cff
    cff.fontNames = [postscript]
    cff.topDictIndex[0].FamilyName, cff.topDictIndex[0].FullName = family, full
    font.recalcTimestamp = False
    font.save(TARGET / f"{postscript}.otf")


def main(folder: Path) -> None:
    characters = wanted_characters()
    for family, collection in (("Evalsite Serif SC", "NotoSerifCJK"), ("Evalsite Sans SC", "NotoSansCJK")):
        for style in ("Regular", "Bold"):
            source = folder / f"{collection}-{style}.ttc"
            if not source.exists():
                sys.exit(
                    f"{source} is missing. It is in Debian's package fonts-noto-cjk; FROM= names its folder."
                )
            cut(source, family, style, characters)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
