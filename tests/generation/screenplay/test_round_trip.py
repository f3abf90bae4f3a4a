"""Every demo script survives export and import in each format, element by element."""

from pathlib import Path

import pytest

from generation.briefs.files import read_script_file
from generation.screenplay import parse
from generation.screenplay.formats import corrected, write_script
from tests.generation.screenplay.readings import read

SCRIPTS = sorted(Path("examples/scripts").glob("*/*"))


def elements(script):
    """The printed elements. Whether Chinese action was typed with its mark says nothing of what it is."""
    form = {"unmarked": ""}
    return [
        (each.kind, each.text, form.get(each.form, each.form), each.dual)
        for each in script.elements
        if each.printed
    ]


@pytest.mark.parametrize("kind", ["fountain", "fdx"])
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_demo_script_there_and_back(path, kind):
    """Setting a line to what it is changes nothing either: every line says what it gives to the script."""
    language = "en" if path.suffix == ".fountain" else "zh"
    script = parse(read_script_file(path), language)
    understood = read(write_script(script, kind), kind, language)
    assert elements(understood.script) == elements(script)
    assert [line for line in understood.lines if line.lost or line.warning] == []
    heading = next(line for line in understood.lines if line.understood == ("heading",))
    again = corrected(understood, {heading.number: "heading"})
    assert elements(again.script) == elements(script)
