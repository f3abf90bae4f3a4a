"""`make screenshots`: take the pictures of docs/desk.md.

With --out FOLDER, take every step of a rater, in two languages and at two widths.
"""

import argparse
import shutil
from itertools import product
from pathlib import Path

from evalsite.local.paths import REPOSITORY
from tests.browser import NARROW, WIDE, visit
from tests.screenshots.index import index
from tests.screenshots.pictures import store
from tests.screenshots.site import STUDIES, newcomer, site
from tests.screenshots.steps import IN_DOCS
from tests.screenshots.walk import Walk
from tests.servers import LiveStack

FOLDER = REPOSITORY / "docs" / "images" / "desk"
WIDTHS = {"1440": WIDE, "390": NARROW}
LANGUAGES = {"en": "en", "zh": "zh-hans"}


def walk(stack: LiveStack, language: str, width: str, folder: Path) -> None:
    with visit(stack.url, width=WIDTHS[width], language=LANGUAGES[language]) as context:
        page = context.new_page()

        def take(name: str, png: bytes) -> None:
            if folder == FOLDER and IN_DOCS.get(name) != (language, width):
                return
            store(png, folder / f"{name}-{language}-{width}.webp")

        one = Walk(stack, page, "zh" if language == "zh" else "en", take)
        one.all(newcomer(stack, STUDIES[0], language))
        one.single(newcomer(stack, STUDIES[1], language))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for pictures of every step")
    parser.add_argument("--language", choices=LANGUAGES, action="append")
    parser.add_argument("--width", choices=WIDTHS, action="append")
    asked = parser.parse_args()
    if asked.out == FOLDER and not (asked.language or asked.width):
        shutil.rmtree(FOLDER, ignore_errors=True)
    asked.out.mkdir(parents=True, exist_ok=True)
    with site() as stack:
        for language, width in product(asked.language or LANGUAGES, asked.width or WIDTHS):
            if asked.out != FOLDER or (language, width) in IN_DOCS.values():
                walk(stack, language, width, asked.out)
    if asked.out == FOLDER:
        (REPOSITORY / "docs" / "desk.md").write_text(index(), encoding="utf-8")
    pictures = sorted(asked.out.glob("*.webp"))
    size = sum(one.stat().st_size for one in pictures) / 1e6
    print(f"{len(pictures)} pictures, {size:.1f} MB, in {asked.out}")


if __name__ == "__main__":
    main()
