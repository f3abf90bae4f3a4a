"""The page of pictures that is kept is the one that its command would write, with all that it should show."""

from PIL import Image

from evalsite.local.paths import REPOSITORY
from tests.screenshots.__main__ import FOLDER, LANGUAGES, WIDTHS
from tests.screenshots.index import index
from tests.screenshots.steps import STEPS

NOT_ON_A_PHONE = {"judge-keys"}
MOST_BYTES = 4_000_000


def test_the_page_is_what_the_command_writes() -> None:
    assert (REPOSITORY / "docs" / "desk.md").read_text("utf-8") == index(FOLDER)


def test_every_step_is_pictured_in_both_languages_and_widths() -> None:
    wanted = {
        f"{step.name}-{language}-{width}.webp"
        for step in STEPS
        for language in LANGUAGES
        for width in WIDTHS
        if not (width == "390" and step.name in NOT_ON_A_PHONE)
    }
    assert {path.name for path in FOLDER.iterdir()} == wanted


def test_pictures_are_as_wide_as_their_names_say_and_small() -> None:
    pictures = sorted(FOLDER.iterdir())
    for path in pictures:
        if path.stem.startswith("judge-questions"):
            continue  # a part of the page
        with Image.open(path) as image:
            assert image.width == int(path.stem.rsplit("-", 1)[1]), path
    assert sum(path.stat().st_size for path in pictures) < MOST_BYTES
