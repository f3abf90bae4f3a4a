"""Every demo script survives export and import in each format, element by element."""

from pathlib import Path

import pytest

from generation.briefs.files import read_script_file
from generation.screenplay import parse
from generation.screenplay.formats import corrected, read_script, write_script
from generation.screenplay.formats.read_fdx import read_fdx
from generation.screenplay.formats.read_text import read_text
from generation.screenplay.formats.reading import understand

SCRIPTS = sorted(Path("examples/scripts").glob("*/*"))
READERS = {"fountain": read_text, "fdx": read_fdx}
"""What the child process does for each format; called here, a child for each script would take minutes."""

each_script = pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
each_format = pytest.mark.parametrize("kind", READERS)


def language_of(path):
    return "en" if path.suffix == ".fountain" else "zh"


def elements(script):
    """The printed elements. Whether Chinese action was typed with its mark says nothing of what it is."""
    form = {"unmarked": ""}
    return [
        (each.kind, each.text, form.get(each.form, each.form), each.dual)
        for each in script.elements
        if each.printed
    ]


@each_format
@each_script
def test_a_demo_script_there_and_back(path, kind):
    language = language_of(path)
    script = parse(read_script_file(path), language)
    understood = understand(kind, READERS[kind](write_script(script, kind)), language)
    assert elements(understood.script) == elements(script)
    assert [line for line in understood.lines if line.lost or line.warning] == []


@each_format
@each_script
def test_setting_a_line_to_what_it_is_changes_nothing(path, kind):
    """So every line says what it gives to the script, whichever way the format is read."""
    language = language_of(path)
    script = parse(read_script_file(path), language)
    understood = understand(kind, READERS[kind](write_script(script, kind)), language)
    heading = next(line for line in understood.lines if line.understood == ("heading",))
    again = corrected(understood, {heading.number: "heading"})
    assert elements(again.script) == elements(script)


@each_format
@pytest.mark.parametrize("language", ["en", "zh"])
def test_through_the_public_door(kind, language):
    path = next(each for each in SCRIPTS if language_of(each) == language)
    script = parse(read_script_file(path), language)
    understood = read_script(write_script(script, kind), f"x.{kind}", language)
    assert elements(understood.script) == elements(script)
