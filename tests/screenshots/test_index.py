"""docs/desk.md and its pictures are what `make screenshots` writes."""

from PIL import Image

from evalsite.local.paths import REPOSITORY
from tests.screenshots.__main__ import FOLDER
from tests.screenshots.index import index
from tests.screenshots.steps import IN_DOCS, STEPS


def test_the_page_is_what_the_command_writes() -> None:
    assert (REPOSITORY / "docs" / "desk.md").read_text("utf-8") == index()


def test_the_pictures_are_those_of_the_page() -> None:
    assert IN_DOCS.keys() <= {step.name for step in STEPS}
    names = {f"{step}-{language}-{width}.webp" for step, (language, width) in IN_DOCS.items()}
    assert {path.name for path in FOLDER.iterdir()} == names


def test_the_docs_hold_few_pictures() -> None:
    pictures = [path for path in FOLDER.parent.rglob("*") if path.is_file()]
    assert len(pictures) <= 15


def test_pictures_are_as_wide_as_their_names_say() -> None:
    for path in sorted(FOLDER.iterdir()):
        if path.stem.startswith("judge-questions"):
            continue  # a part of the page
        with Image.open(path) as image:
            assert image.width == int(path.stem.rsplit("-", 1)[1]), path
