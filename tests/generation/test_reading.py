"""Files that people hand in: what is read, and each refusal with its place."""

import pytest

from evalsite.core.errors import InputErrors
from generation.briefs.files import read_brief, read_script_file

BRIEF = """\
slug: first-out
series: {slug: harbour, title: The Harbour}
language: en
order: 2
target_length: 500
outline: |
  They meet.
characters:
  - name: Kestrel
    profile: A pilot.
  - name: Moody
    profile: Another.
guideline: End on the key.
"""


@pytest.fixture
def brief(tmp_path):
    def write(text):
        path = tmp_path / "brief.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def faults(path, read=read_brief):
    with pytest.raises(InputErrors) as refused:
        read(path)
    return [(fault.line, fault.column, fault.message) for fault in refused.value.errors]


def test_a_brief(brief):
    spec = read_brief(brief(BRIEF))
    assert (spec.slug, spec.series_slug, spec.language, spec.order, spec.target_length) == (
        "first-out", "harbour", "en", 2, 500,
    )  # fmt: skip
    assert spec.previous_context == ""
    assert [each.name for each in spec.characters] == ["Kestrel", "Moody"]
    assert spec.content()["series"] == {"slug": "harbour", "title": "The Harbour"}


def test_a_byte_order_mark_and_crlf_are_taken(brief):
    path = brief(b"\xef\xbb\xbf" + BRIEF.replace("\n", "\r\n").encode())
    assert read_brief(path).outline == "They meet."


def test_every_fault_is_found(brief):
    text = BRIEF.replace("order: 2", "order: two").replace("language: en", "langage: en").replace("500", "5")
    assert faults(brief(text)) == [
        (1, 1, "the file has no language."),
        (3, 1, "the file has no field langage."),
        (4, 8, "order must be a whole number, not text."),
        (5, 16, "target_length is 5."),
    ]


def test_similar_names_are_looked_for_in_the_first_faults_only(brief):
    text = BRIEF + "".join(f"guidelin{number}: a\n" for number in range(200))
    with pytest.raises(InputErrors) as refused:
        read_brief(brief(text))
    fixes = [fault.fix for fault in refused.value.errors]
    assert (len(fixes), fixes.count("did you mean guideline?")) == (200, 50)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("slug: first-out", "slug: First Out", (1, 7)),
        ("slug: first-out", "slug: 7", (1, 7)),
        ("language: en", "language: fr", (3, 11)),
        ("order: 2", "order: 0", (4, 8)),
        ("order: 2", "order: true", (4, 8)),
        ("The Harbour}", "''}", (2, 32)),
        ("  They meet.", "", (6, 10)),
        ("name: Moody", "name: Kestrel", (11, 11)),
        ("profile: Another.", "profil: Another.", (11, 5)),
        ("guideline:", "guideline: [", (14, 1)),
        ("order: 2", "order: 2\norder: 3", (5, 1)),
        ("series: {slug: harbour, title: The Harbour}", "series: harbour", (2, 9)),
    ],
)
def test_refused_with_its_place(brief, old, new, place):
    assert old in BRIEF
    assert place in [fault[:2] for fault in faults(brief(BRIEF.replace(old, new)))]


@pytest.mark.parametrize(
    "text", ["", "- 1\n", "just text", "a: [1\n", "\t- x", "&a [*a, *a]", "%YAML 9\n---\n"]
)
def test_no_brief_at_all(brief, text):
    assert faults(brief(text))


def test_a_script_loses_its_leading_comments(tmp_path):
    path = tmp_path / "x.fountain"
    path.write_bytes(
        "\ufeff//! planted: flat\r\n//! more\r\n\r\nINT. A - DAY\r\n\r\n//! stays\r\n\r\n".encode()
    )
    assert read_script_file(path) == "INT. A - DAY\n\n//! stays\n"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("好\n你".encode() + b"\xff", (2, 2, "byte 0xff is not UTF-8.")),
        ("好你".encode("gb18030"), (1, 1, "byte 0xba is not UTF-8.")),
        (b"Rain.\nMud\x00.", (2, 4, "control character U+0000.")),
        (b"//! nothing else\n\n", (1, 1, "this file contains no script.")),
        (b"", (1, 1, "this file contains no script.")),
        (b"x" * 1_000_001, (1, 1, "the file is larger than 1,000,000 bytes.")),
    ],
)
def test_a_script_refused(tmp_path, raw, expected):
    path = tmp_path / "x.txt"
    path.write_bytes(raw)
    assert faults(path, read_script_file) == [expected]


def test_a_script_that_is_not_there(tmp_path):
    assert faults(tmp_path / "none.txt", read_script_file) == [(1, 1, "file not found.")]
    assert faults(tmp_path, read_script_file) == [(1, 1, "this is a folder.")]
