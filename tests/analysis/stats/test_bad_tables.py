"""Statistics, tables: what people send is refused clearly and writes nothing, or gives a report."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.command_line.main import main

ROOT = Path(__file__).parents[3]
HEADER = "item,rater,criterion,left_system,right_system,choice"
GOOD = "s1,r1,overall,dsr,human,left"
SCORES = "item,rater,system,score,scale_min,scale_max"


def rows(count: int = 24, left: str = "dsr", right: str = "human") -> str:
    """A few judgments of two systems by four raters."""
    choices = ("left", "right", "tie")
    made = []
    for at in range(count):
        one, two = (left, right) if at % 3 else (right, left)
        made.append(f"s{at // 4},r{at % 4},overall,{one},{two},{choices[at * 7 % 5 % 3]}\n")
    return "".join(made)


def run(capfd: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    out, err = capfd.readouterr()
    return code, out, err


def refused(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, text: str | bytes, kind: str = "judgments"
) -> str:
    """The first line of the refusal, by both commands alike, after what holds for every refusal."""
    path, out = tmp_path / f"{kind}.csv", tmp_path / "out"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    code, said, told = run(capfd, "report", f"--{kind}", path, "--out", out)
    assert (code, said) == (1, "")
    assert not out.exists()
    lines = told.splitlines()
    assert 1 <= len(lines) <= 50
    for line in lines:
        place, _, rest = line.removeprefix(f"{path}:").partition(": error: ")
        number, column = map(int, place.split(":"))
        assert number >= 1
        assert column >= 1
        what, _, how = rest.partition(". Fix: ")
        assert what
        assert how.endswith(".")
        assert line.isprintable()
        assert len(line) < 600 + len(str(path))
    assert run(capfd, "check", f"--{kind}", path) == (1, "", told)
    return lines[0].removeprefix(f"{path}:")


BROKEN: dict[str, tuple[str | bytes, str, str]] = {
    "nothing": (b"", "1:1", "the file is empty"),
    "a mark alone": (b"\xef\xbb\xbf", "1:1", "the file is empty"),
    "blank lines": (b"\n\r\n  \n", "1:1", "the file is empty"),
    "a blank first line": (f"\n{HEADER}\n{GOOD}\n", "1:1", "the first line is blank"),
    "semicolons": (f"{HEADER}\n{GOOD}\n".replace(",", ";"), "1:1", "separated by semicolons (;)"),
    "tabs": (f"{HEADER}\n{GOOD}\n".replace(",", "\t"), "1:1", "separated by tabs"),
    "Excel's line": (f"sep=,\n{HEADER}\n{GOOD}\n", "1:1", "an Excel separator line"),
    "Excel's line, other": (f"sep=;\n{HEADER}\n{GOOD}\n".replace(",", ";"), "1:1", "an Excel separator line"),
    "no header": (f"{GOOD}\ns2,r1,overall,dsr,human,tie\n", "1:1", "the column 'item' is missing"),
    "a missing column": (f"{HEADER[5:]}\n", "1:1", "the column 'item' is missing"),
    "a column in capitals": (f"{HEADER.title()}\n{GOOD}\n", "1:1", "Fix: rename the column 'Item' to item"),
    "a column twice": (f"{HEADER},item\n{GOOD},s1\n", "1:7", "the column 'item' appears twice"),
    "a column without name": (f"{HEADER},\n{GOOD},x\n", "1:7", "a column has no name"),
    "UTF-16": (f"{HEADER}\n{GOOD}\n".encode("utf-16"), "1:1", "the file is in UTF-16"),
    "UTF-16, no mark": (f"{HEADER}\n{GOOD}\n".encode("utf-16-le"), "1:1", "NUL"),
    "Latin-1": (f"{HEADER}\ns1,Zoé,o,a,b,tie\n".encode("latin-1"), "2:6", "byte 0xe9 is not UTF-8"),
    "Chinese in GB 18030": (f"{HEADER}\n场景,r1,o,a,b,tie\n".encode("gb18030"), "2:1", "is not UTF-8"),
    "an image": (b"\x89PNG\r\n\x1a\n\x00\x00", "1:1", "byte 0x89 is not UTF-8"),
    "too few cells": (f"{HEADER}\n{GOOD}\ns2,r1\n", "3:3", "2 cells but the header has 6"),
    "too many cells": (f"{HEADER}\n{GOOD}\ns2,r1,o,a,b,tie,\n", "3:7", "7 cells but the header has 6"),
    "a decimal comma": (f"{HEADER},seconds\n{GOOD},1,5\n", "2:8", "8 cells but the header has 7"),
    "a quoted decimal comma": (f'{HEADER},seconds\n{GOOD},"1,5"\n', "2:7", "seconds: '1,5' is not a number"),
    "an open quote": (f'{HEADER}\n{GOOD}\n"s2,r1,o,a,b,tie\n', "3:1", "a quote is not closed"),
    "text behind a quote": (f'{HEADER}\n"s1"x,r1,o,a,b,tie\n', "2:1", "there is text after a closing quote"),
    "line breaks in cells": (f'{HEADER},mood\n{GOOD},"a\nb\nc"\n,r1,o,a,b,tie,\n', "5:1", "the cell is"
    " empty"),
    "an unknown choice": (f"{HEADER}\n{GOOD}\ns2,r1,o,a,b,draw\n", "3:6", "choice: 'draw' is not an"
    " allowed value"),
    "a system as choice": (f"{HEADER}\ns1,r1,o,a,b,a\n", "2:6", "not the name of the system"),
    "a choice in capitals": (f"{HEADER}\n{GOOD.title()}\n", "2:6", "Fix: use left"),
    "an empty choice": (f"{HEADER}\ns1,r1,o,a,b,\n", "2:6", "choice: the cell is empty"),
    "a row twice": (f"{HEADER}\n{GOOD}\n\n{GOOD}\n", "4:1", "the row repeats line 2"),
    "a system with itself": (f"{HEADER}\ns1,r1,o,a,a,tie\n", "2:5", "right_system: 'a' is on both sides"),
    "a row twice with its sides changed": (
        f"{HEADER}\n{GOOD}\ns1,r1,overall,human,dsr,left\n", "3:1", "repeats line 2",
    ),
    "a rater of two kinds": (
        f"{HEADER},rater_kind\n{GOOD},person\ns2,r1,overall,dsr,human,left,model\n",
        "3:7", "'model' here and 'person'",
    ),
    "an item of two series": (
        f"{HEADER},series\n{GOOD},a\ns1,r2,overall,dsr,human,left,b\n", "3:7", "'a' on line 2",
    ),
    "an item of two languages": (
        f"{HEADER},language\n{GOOD},en\ns1,r2,overall,dsr,human,tie,zh\n", "3:7", "'en' on line 2",
    ),
    "two kinds of rater and no person": (
        f"{HEADER},rater_kind\n{GOOD},model\ns1,r2,overall,dsr,human,tie,simulated\n",
        "1:1", "two other kinds of rater",
    ),
    "a name in stars": (f"{HEADER}\ns1,r1,o,*all,b,tie\n", "2:4", "starts with *"),
    "a zero-width space": (f"{HEADER}\ns1,r\u200b1,o,a,b,tie\n", "2:2", "an invisible character (U+200B)"),
    "a right-to-left mark": (f"{HEADER}\ns1,r1,o,\u202ea,b,tie\n", "2:4", "an invisible character (U+202E)"),
    "a hard space": (f"{HEADER}\ns1,r\u00a01,o,a,b,tie\n", "2:2", "an invisible character (U+00A0)"),
    "a bell": (f"{HEADER}\ns1,r\x071,o,a,b,tie\n", "2:2", "a control character (U+0007)"),
    "a very long name": (f"{HEADER}\ns1,r1,o,{'a' * 201},b,tie\n", "2:4", "the name has 201 characters"),
    "a very long wrong cell": (f"{HEADER}\ns1,r1,o,a,b,{'x' * 9999}\n", "2:6", "x'... is not an allowed"
    " value"),
    "names that look the same": (
        f"{HEADER}\ns1,Zo\u00e9,o,a,b,tie\ns1,Zoe\u0301,o,a,b,tie\n", "3:2", "looks like the rater",
    ),
    "digits of other scripts": (f"{HEADER},seconds\n{GOOD},\u0663\n", "2:7", "is not a number"),
    "two signs": (f"{HEADER},position\n{GOOD},--3\n", "2:7", "is not a whole number"),
    "5000 digits": (f"{HEADER},position\n{GOOD},{'9' * 5000}\n", "2:7", "is not a whole number"),
    "a wrong time": (f"{HEADER},submitted_at\n{GOOD},01.03.2026\n", "2:7", "is not a valid time"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken_judgments_are_refused(name: str, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text, place, told = BROKEN[name]
    said = refused(capfd, tmp_path, text)
    assert said.startswith(f"{place}: error: ")
    assert told in said


@pytest.mark.parametrize(
    ("row", "place", "told"),
    [
        ("s1,r1,dsr,nan,1,12", "2:4", "'nan' is not a finite number"),
        ("s1,r1,dsr,-inf,1,12", "2:4", "'-inf' is not a finite number"),
        ("s1,r1,dsr,1e300,1,1e301", "2:4", "'1e300' is out of range (-1,000,000,000 to 1,000,000,000)"),
        ("s1,r1,dsr,1e999,1,12", "2:4", "'1e999' is not a finite number"),
        ("s1,r1,dsr,,1,12", "2:4", "score: the cell is empty"),
        ("s1,r1,dsr,12.5,1,12", "2:4", "12.5 is outside the scale 1 to 12"),
        ("s1,r1,dsr,0,1,12", "2:4", "0 is outside the scale 1 to 12"),
        ('s1,r1,dsr,"7,5",1,12', "2:4", "'7,5' is not a number"),
        ("s1,r1,dsr,7,12,12", "2:6", "must be above scale_min"),
        ("s1,r1,dsr,7,nan,12", "2:5", "'nan' is not a finite number"),
    ],
)
def test_broken_scores_are_refused(
    row: str, place: str, told: str, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = refused(capfd, tmp_path, f"{SCORES}\n{row}\n", "scores")
    assert said.startswith(f"{place}: error: ")
    assert told in said


@pytest.mark.slow
def test_a_cell_of_twenty_megabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "judgments.csv"
    path.write_text(f"{HEADER}\n{GOOD}\n" + "s" * 20_000_000 + ",r1,o,a,b,tie\n")
    command = [sys.executable, "-m", "analysis.stats", "report", "--judgments", str(path), "--out", "out"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"{path}:3:1: error: the row is not valid CSV: a cell has more than 131072 char"
    )
    assert done.stderr.count("\n") == 1
    assert not (ROOT / "out").exists()


def accepted(capfd: pytest.CaptureFixture[str], tmp_path: Path, text: str | bytes) -> tuple[dict, str, str]:
    """The report, its page and what was told on standard error."""
    path, out = tmp_path / "judgments.csv", tmp_path / "out"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    code, _, told = run(capfd, "report", "--judgments", path, "--replicates", 100, "--no-plots", "--out", out)
    assert code == 0, told
    report = json.loads((out / "report.json").read_text("utf-8"))
    for name, entries in report.items():
        for entry in entries if name == "win_rates" else []:
            assert entry["low"] is not None or entry["reason"]
    source = report["inputs"][0]
    assert source["used"] + sum(source["left_out"].values()) == source["rows"]
    return report, (out / "report.html").read_text("utf-8"), told


FORMS = {
    "mark and Windows ends": ("\ufeff" + HEADER + "\n" + rows()).replace("\n", "\r\n"),
    "old Macintosh ends": (HEADER + "\n" + rows()).replace("\n", "\r"),
    "mixed ends": HEADER + "\r\n" + rows().replace("\n", "\r\n", 7).replace("r3", "r3", 1),
    "no last end": (HEADER + "\n" + rows()).rstrip("\n"),
    "blank lines": HEADER + "\n\n" + rows().replace("\n", "\n\n"),
    "everything in quotes": "".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) + "\n"
        for line in (HEADER + "\n" + rows()).splitlines()
    ),
}


def test_the_form_of_a_file_does_not_matter(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = {}
    for name, text in {"plain": HEADER + "\n" + rows(), **FORMS}.items():
        folder = tmp_path / name.replace(" ", "-")
        folder.mkdir()
        path = folder / "judgments.csv"
        path.write_bytes(text.encode())
        code, out, err = run(capfd, "check", "--judgments", path)
        assert (code, err) == (0, ""), name
        found[name] = out
    assert set(found.values()) == {found["plain"]}
    assert "24 rows, 24 included" in found["plain"]


@pytest.mark.parametrize(
    ("rows_of_kind", "left_out"),
    [
        ("", {}),
        (rows().replace("\n", ",practice\n"), {"kind: practice": 24}),
        ("".join(f"s{at},r1,overall,dsr,dsr,tie,same\n" for at in range(6)), {"kind: same": 6}),
    ],
    ids=["a header alone", "practice alone", "a system with itself"],
)
def test_without_a_main_judgment_there_is_a_report_that_says_so(
    rows_of_kind: str, left_out: dict[str, int], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    report, _, _ = accepted(capfd, tmp_path, f"{HEADER},kind\n{rows_of_kind}")
    assert report["inputs"][0]["left_out"] == left_out
    assert report["win_rates"] == []
    assert "no_rows" in {warning["code"] for warning in report["warnings"]}


ODD_NAMES = [
    ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'),
    ("=cmd|' /C calc'!A0", "@SUM(A1)"),
    ("+1", "-2"),
    ("עברית", "العربية"),
    ("系统甲", "a" * 200),
    ("{{ 7*7 }}", "%s${x}\\"),
]


@pytest.mark.parametrize(("left", "right"), ODD_NAMES)
def test_odd_names_are_names(
    left: str, right: str, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    quoted = ['"' + name.replace('"', '""') + '"' for name in (left, right)]
    report, page, _ = accepted(capfd, tmp_path, HEADER + "\n" + rows(24, *quoted))
    assert {entry["system"] for entry in report["win_rates"]} == {left, right}
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert ">49<" not in page


def test_names_that_differ_in_capitals_alone_are_warned_of(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    report, _, told = accepted(capfd, tmp_path, HEADER + "\n" + rows(24, "DSR", "dsr"))
    (warning,) = [warning for warning in report["warnings"] if warning["code"] == "alike_names"]
    assert "system 'DSR' and 'dsr'" in warning["text"]
    assert warning["text"] in told


@pytest.mark.slow
def test_ten_thousand_systems_end_in_bounded_time_and_memory(tmp_path: Path) -> None:
    path, out = tmp_path / "judgments.csv", tmp_path / "out"
    made = (
        f"s{at % 40},r{at % 12},overall,sys{at},sys{(at + 1) % 10_000},{'left' if at % 3 else 'tie'}\n"
        for at in range(10_000)
    )
    path.write_text(HEADER + "\n" + "".join(made))
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30));"
        "from analysis.command_line.main import main; sys.exit(main(sys.argv[1:]))"
    )
    given = ["report", "--judgments", str(path), "--replicates", "100", "--out", str(out)]
    done = subprocess.run([sys.executable, "-c", program, *given], cwd=ROOT, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert len({entry["system"] for entry in report["abilities"]}) == 10_000
    assert all(entry["estimate"] is not None or entry["reason"] for entry in report["abilities"])
