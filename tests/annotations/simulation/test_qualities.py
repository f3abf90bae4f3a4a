"""Simulation: the file of system qualities, and the messages about faults in it."""

from pathlib import Path
from typing import Any

import pytest

from annotations.simulation import drawn_qualities, read_qualities
from evalsite.core.errors import InputErrors

SPEC: dict[str, Any] = {
    "systems": [{"slug": "quillon"}, {"slug": "people"}],
    "materials": {"briefs": {"night-bus": "0", "harbour": "0"}},
}


def written(folder: Path, text: str) -> Path:
    path = folder / "qualities.yaml"
    path.write_text(text)
    return path


def test_general_and_per_brief(tmp_path: Path) -> None:
    path = written(
        tmp_path, "quillon: -0.5\npeople: 1\nbriefs:\n  harbour: {quillon: 2.5}\n  other-one: {people: 0}\n"
    )
    found = read_qualities(path, SPEC)
    assert found.systems == {"quillon": -0.5, "people": 1.0}
    assert found.briefs == {"harbour": {"quillon": 2.5}}
    assert found.strangers == ("other-one",)


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("quillon: 1\n", "1:1", "has no people"),
        ("quillon: 1\npeople: good\n", "2:9", "must be a number from -10 to 10"),
        ("quillon: 1\npeople: 11\n", "2:9", "must be a number from -10 to 10"),
        ("quillon: 1\npeople: 1\nquilon: 1\n", "3:1", "has no field quilon"),
        ("quillon: 1\npeople: 1\nbriefs: [1]\n", "3:9", "briefs must be a mapping"),
        ("quillon: 1\npeople: 1\nbriefs:\n  harbour: {nobody: 1}\n", "4:13", "has no field nobody"),
        ("quillon: [\n", "2:1", "this isn't valid YAML"),
    ],
)
def test_faults_have_their_place(tmp_path: Path, text: str, place: str, what: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputErrors) as refused:
        read_qualities(path, SPEC)
    assert any(line.startswith(f"{path}:{place}: error:") and what in line for line in refused.value.lines())


def test_without_a_file_they_are_drawn_from_the_seed() -> None:
    first = drawn_qualities(["quillon", "people"], 1)
    assert first == drawn_qualities(["people", "quillon"], 1)
    assert first != drawn_qualities(["quillon", "people"], 2)
