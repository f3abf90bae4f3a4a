"""Report: the command line: files in, files and an exit code out. What depends on the process starts one."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.command_line.main import main
from tests.analysis.render import tables

ROOT = Path(__file__).parents[3]


Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]


def start(*arguments: object) -> Done:
    """The command in a process of its own, as people start it."""
    command = [sys.executable, "-m", "analysis.stats", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """The same in this process, for the many small cases."""

    def command(*arguments: object) -> Done:
        given = [str(argument) for argument in arguments]
        try:
            code = main(given)
        except SystemExit as left:
            code = int(left.code or 0)
        out, err = capfd.readouterr()
        return Done(given, code, out, err)

    return command


@pytest.fixture
def judgments(tmp_path: Path) -> Path:
    return tables.write(tmp_path / "judgments.csv", tables.JUDGMENTS, tables.judgments())


def change(path: Path, line: int, old: str, new: str) -> None:
    """Damage one physical line of a file."""
    lines = path.read_text("utf-8").split("\n")
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    path.write_text("\n".join(lines), "utf-8")


def refused(done: Done, out: Path) -> list[str]:
    """The lines of a refusal that name a fault, after what holds for each of them."""
    lines = done.stderr.splitlines()
    assert done.returncode == 1, done.stderr
    assert not out.exists()
    assert done.stdout == ""
    assert 1 <= len(lines) <= 50
    for line in lines:
        assert ": error: " in line
        assert ". Fix: " in line
        assert line.endswith(".")
    return lines


@pytest.mark.slow
def test_it_works(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    three = [f"--{name}={folder / name}.csv" for name in ("judgments", "scores", "marks")]
    done = start("report", *three, "--primary", "overall", "--replicates", 200, "--out", out)
    assert done.returncode == 0, done.stderr
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert report["plan"]["primary_criterion"] == "overall"
    assert report["plan"]["human"] == ["human"]
    assert all(report[name] for name in ("win_rates", "human_level", "mean_scores", "errors"))
    assert (out / "report.md").read_text("utf-8").startswith("# ")
    page = (out / "report.html").read_text("utf-8")
    charts = {path.name for path in (out / "plots").iterdir()}
    assert {"forest-en.svg", "forest-zh.svg", "human-level-en.svg", "mean-scores-zh.svg"} <= charts
    assert all(f'src="plots/{name}"' in page for name in charts)


@pytest.mark.slow
def test_two_runs_give_the_same_bytes(run: Run, judgments: Path, tmp_path: Path) -> None:
    """In two processes, whose sets and hashes have orders of their own."""
    written = []
    for name, command in (("one", start), ("two", run)):
        out = tmp_path / name
        assert command("report", "--judgments", judgments, "--replicates", 100, "--out", out).returncode == 0
        files = sorted(path for path in out.rglob("*") if path.is_file())
        written.append({path.relative_to(out): path.read_bytes() for path in files})
    assert written[0] == written[1]
    assert len(written[0]) > 3


def test_no_plots(run: Run, judgments: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("report", "--judgments", judgments, "--no-plots", "--out", out).returncode == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "report.html",
        "report.json",
        "report.md",
        "report.pdf",
    ]
    assert "<img" not in (out / "report.html").read_text("utf-8")


def test_the_full_pdf_and_markdown_are_written_on_request(run: Run, judgments: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    table = ("--judgments", judgments, "--replicates", 100, "--no-plots", "--out", out)
    assert run("report", *table, "--full-pdf", "--full-markdown").returncode == 0
    assert (out / "report-full.pdf").read_bytes().startswith(b"%PDF-1.7")
    assert (out / "report-full.pdf").read_bytes() != (out / "report.pdf").read_bytes()
    assert "Win rates, each pair of systems once" in (out / "report-full.md").read_text("utf-8")
    short = (out / "report.md").read_text("utf-8")
    assert "Win rates, each pair of systems once" not in short
    assert "report-full.md" in short
    # A report without them leaves none of an earlier report.
    assert run("report", *table).returncode == 0
    assert not list(out.glob("report-full.*"))


def test_scores_alone(run: Run, tmp_path: Path) -> None:
    scores = tables.write(tmp_path / "scores.csv", tables.SCORES, tables.scores())
    done = run("report", "--scores", scores, "--replicates", 100, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "of human level by ratio of means" in page


def test_an_unknown_column_is_ignored_and_named(run: Run, judgments: Path, tmp_path: Path) -> None:
    change(judgments, 1, "excluded", "mood")
    done = run(
        "report", "--judgments", judgments, "--replicates", 100, "--no-plots", "--out", tmp_path / "out"
    )
    assert done.returncode == 0
    assert "mood" in done.stderr
    assert "mood" in (tmp_path / "out" / "report.html").read_text("utf-8")


@pytest.mark.slow
def test_a_new_report_replaces_an_old_one_and_its_charts(
    run: Run, folder: Path, judgments: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert (
        run("report", "--judgments", folder / "judgments.csv", "--replicates", 100, "--out", out).returncode
        == 0
    )
    mine = out / "plots" / "notes.txt"
    mine.write_text("kept", "utf-8")
    assert (
        run("report", "--judgments", judgments, "--replicates", 100, "--no-plots", "--out", out).returncode
        == 0
    )
    assert [path.name for path in (out / "plots").iterdir()] == ["notes.txt"]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_missing_file_is_refused(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    [said] = refused(run("report", "--judgments", tmp_path / "none.csv", "--out", out), out)
    assert said.startswith(f"{tmp_path}/none.csv:")


@pytest.mark.parametrize(
    ("options", "told"),
    [(["--primary", "none"], "'none'"), (["--human", "nobody"], "'nobody'")],
)
def test_names_that_no_row_has_are_refused(
    run: Run, judgments: Path, tmp_path: Path, options: list[str], told: str
) -> None:
    out = tmp_path / "out"
    [said] = refused(run("report", "--judgments", judgments, *options, "--out", out), out)
    assert told in said
    assert said.startswith(f"{options[0]}:1:1: error: ")


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        ("{", "plan.json:1:"),
        ('{"primary_criterion": "taste"}', "'taste'"),
    ],
)
def test_a_broken_plan_is_refused(run: Run, judgments: Path, tmp_path: Path, plan: str, told: str) -> None:
    path, out = tmp_path / "plan.json", tmp_path / "out"
    path.write_text(plan, "utf-8")
    lines = refused(run("report", "--judgments", judgments, "--plan", path, "--out", out), out)
    assert lines[0].startswith(f"{path}:")
    assert told in lines[0]


def test_a_folder_that_cannot_be_written_is_refused(run: Run, judgments: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    done = run("report", "--judgments", judgments, "--no-plots", "--out", tmp_path / "file" / "out")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "can't write" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["report", "--out", "x"],
        ["report", "--judgments", "x.csv"],
        ["report", "--judgments", "x.csv", "--out", "y", "--replicates", "many"],
        ["report", "--judgments", "x.csv", "--out", "y", "--seed", "-1"],
        ["report", "--judgments", "x.csv", "--out", "y", "--unknown"],
        ["report", "--judgments", "x.csv", "--out", __file__],
        ["check"],
    ],
)
def test_wrong_usage(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_primary_criterion_other_than_the_plans_is_wrong_usage(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text('{"primary_criterion": "overall"}', "utf-8")
    given = ["--judgments", folder / "judgments.csv", "--plan", plan, "--primary", "dialogue"]
    done = run("report", *given, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "the plan names overall" in done.stderr


def test_check_says_what_is_used(run: Run, judgments: Path) -> None:
    done = run("check", "--judgments", judgments)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "judgments.csv: 80 rows, 80 included"
    assert "  systems    4  'direct', 'dsr', 'human', 'outline'" in lines
    assert "  missing    strength: no mean strength of preference" in lines
    assert not any(line.startswith("  unpaired") for line in lines)


def test_check_ends_with_a_verdict(run: Run, judgments: Path, tmp_path: Path) -> None:
    assert run("check", "--judgments", judgments).stdout.endswith("No errors found.\n")
    bare = tmp_path / "bare.csv"
    bare.write_text(judgments.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    assert run("check", "--judgments", bare).stdout.endswith("there are no rows to analyse.\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["check", "x.csv"], "as in --judgments x.csv"),
        (["check", "--marks", "x.csv"], "--marks only go with one of these"),
        (["power", "--difference", "15"], "0.15 for 15%"),
        ([], "report|check|power"),
    ],
)
def test_wrong_usage_says_what_was_meant(run: Run, arguments: list[str], told: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    wrong, help_line = done.stderr.splitlines()
    assert told in wrong
    assert help_line.startswith("python -m analysis.stats")


def test_a_file_is_named_as_it_was_given_and_the_report_knows_no_folder(
    run: Run, judgments: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = f"./../{tmp_path.name}/judgments.csv"
    assert run("report", "--judgments", given, "--no-plots", "--out", "out").returncode == 0
    assert str(tmp_path.name) not in (tmp_path / "out" / "report.json").read_text("utf-8")
    change(judgments, 3, ",person,", ",robot,")
    assert run("check", "--judgments", given).stderr.startswith(f"{given}:3:6: error: ")


@pytest.mark.slow
def test_no_django_is_loaded(judgments: Path, tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from analysis.command_line.main import main\n"
        f"code = main(['report', '--judgments', {str(judgments)!r}, '--replicates', '100',"
        f" '--out', {str(tmp_path / 'out')!r}])\n"
        "print(code, sorted(name for name in sys.modules if name.split('.')[0] in ('django', 'celery')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "0 []"


ODD = {
    "nothing": [],
    "all excluded": [row | {"excluded": "pilot"} for row in tables.judgments()],
    "one row": tables.judgments()[:1],
    "one rater": tables.judgments(raters=1),
    "one item": tables.judgments(items=1),
    "all ties": [row | {"choice": "tie"} for row in tables.judgments()],
    "always left": [row | {"choice": "left"} for row in tables.judgments()],
    "nothing usable": [row | {"choice": "neither"} for row in tables.judgments()],
    "two systems": [row | {"left_system": "a", "right_system": "b"} for row in tables.judgments()],
    "seldom met": [
        row | {"left_system": f"s{at % 7}", "right_system": "human" if at % 3 else f"s{(at + 3) % 7}"}
        for at, row in enumerate(tables.judgments(raters=6))
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ODD)
def test_odd_tables_give_a_report_all_the_same(run: Run, tmp_path: Path, name: str) -> None:
    path = tables.write(tmp_path / "judgments.csv", tables.JUDGMENTS, ODD[name])
    done = run("report", "--judgments", path, "--replicates", 100, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    nulls = [e for rates in ("win_rates", "human_level") for e in report[rates] if e["low"] is None]
    assert all(entry["reason"] for entry in nulls)
    if name in ("one rater", "one item"):
        assert len(nulls) == sum(len(report[rates]) for rates in ("win_rates", "human_level")) > 0
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert ("not computed: " in page) >= bool(nulls)


def test_one_row_is_a_row(run: Run, tmp_path: Path) -> None:
    path = tables.write(tmp_path / "judgments.csv", tables.JUDGMENTS, tables.judgments()[:1])
    lines = run("check", "--judgments", path).stdout.splitlines()
    assert lines[0] == "judgments.csv: 1 row, 1 included"
    assert [line for line in lines if line.startswith("  raters")] == ["  raters     1  'r0'"]
