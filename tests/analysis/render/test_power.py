"""Report: the command `power`: both ways of asking, its files, a pilot's table, and what is refused."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.charts.power import draw_power
from analysis.command_line.main import main
from analysis.stats.power import Components, Question, answer, logits_of, simulate
from analysis.stats.simulate import simulate_study

ROOT = Path(__file__).resolve().parents[3]
SIZED = ("--raters", "8", "--scenes", "12")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    def command(*arguments: object) -> Done:
        try:
            code = main(["power", *map(str, arguments)])
        except SystemExit as left:
            code = int(left.code or 0)
        return Done(code, *capfd.readouterr())

    return command


def answered(run: Callable[..., Done], folder: Path, *arguments: object) -> dict[str, Any]:
    """power.json of a command that went well."""
    done = run(*arguments, "--out", folder)
    assert done.code == 0, done.err
    return dict(json.loads((folder / "power.json").read_text("utf-8")))


@pytest.fixture
def pilot(tmp_path: Path) -> Path:
    study = simulate_study(np.random.default_rng(3), 10, 16, ("direct", "human"), (0.3, 0.0), series=8)
    path = tmp_path / "pilot.csv"
    study.frame(rater_kind="person").to_csv(path, index=False)
    return path


@pytest.mark.slow
def test_it_works(tmp_path: Path) -> None:
    """In a process of its own, as people start it."""
    command = [sys.executable, "-m", "analysis.stats", "power", *SIZED, "--studies", "10"]
    done = subprocess.run(
        [*command, "--out", tmp_path / "out"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "Power to distinguish 60% from 50%" in done.stdout
    assert "10 simulated studies" in done.stdout
    assert "## Assumptions" in done.stdout
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "power.json", "power.md", "power.svg",
    ]  # fmt: skip


def test_both_answers_stand_beside_each_other(run: Callable[..., Done], tmp_path: Path) -> None:
    data = answered(run, tmp_path / "out", *SIZED, "--studies", 12, "--margin", "0.1")
    [study] = data["studies"]
    assert (study["raters"], study["scenes"], study["judgments"], study["cluster"]) == (8, 12, 36, "item")
    assert 0 < study["closed"]["different"] < 1
    simulated = study["simulated"]
    assert simulated["studies"] == 12
    for name in ("different", "covered", "non_inferior", "equivalent_if_level"):
        share = simulated[name]
        assert share["low"] - 1e-9 <= share["share"] <= share["high"] + 1e-9
        assert share["share"] == pytest.approx(share["count"] / 12)
    assert data["assumed"]["sd_win_rate"] == pytest.approx(
        {"raters": 0.1, "scenes": 0.2, "series": 0.0}, abs=1e-6
    )


def test_the_same_command_gives_the_same_bytes(run: Callable[..., Done], tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        answered(run, tmp_path / name, *SIZED, "--studies", 5)
        written.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert written[0] == written[1]


def test_old_options_still_serve(run: Callable[..., Done]) -> None:
    sizes = ("--raters", 20, "--scenes", 32, "--series", 4, "--judgments", 320)
    assumed = ("--sd-raters", 0.1, "--sd-scenes", 0.2, "--sd-series", 0.1, "--ties", 0.15)
    done = run("--difference", 0.1, *sizes, *assumed, "--no-simulation")
    assert done.code == 0, done.err
    assert "20 raters, 32 scenes from 4 series: 320 judgments for the comparison" in done.out


def test_scenes_bound_what_raters_can_do(run: Callable[..., Done]) -> None:
    done = run("--raters", 10**6, "--scenes", 32, "--design", "crossed", "--sd-raters", 0, "--no-simulation")
    # t(0.975, 31) = 2.0395 times 0.2 / sqrt(32) is 7.2 points, a little less on the logit scale and back.
    assert "at least 7.2 percentage points (14.3 on the parity scale)" in done.out


def test_only_a_difference_gives_the_numbers_that_reach_it(run: Callable[..., Done], tmp_path: Path) -> None:
    data = answered(run, tmp_path / "out", "--difference", "0.15", "--studies", 4)
    reached = [need for need in data["needed"] if need["reached"]]
    assert reached
    assert all(need["chance"] >= 0.8 and need["reason"] is None for need in reached)
    few = data["needed"][0]
    assert few["scenes"] == 8
    assert "With this many scenes, no number of raters is enough. Use more scenes." in few["reason"]
    assert 1 <= len([study for study in data["studies"] if study["simulated"]]) <= 3


def test_differing_series_ask_for_more_series(run: Callable[..., Done]) -> None:
    done = run("--sd-series", 0.12, "--no-simulation")
    assert "With this many scenes, no number of raters is enough. Use more series." in done.out


def test_raters_alone_ask_for_scenes(run: Callable[..., Done], tmp_path: Path) -> None:
    data = answered(run, tmp_path / "out", "--raters", "12,24", "--difference", 0.15, "--no-simulation")
    assert [need["raters"] for need in data["needed"]] == [12, 24]
    scenes = [need["scenes"] for need in data["needed"]]
    assert scenes[0] > scenes[1]


def test_parity_is_a_win_rate_said_otherwise(run: Callable[..., Done], tmp_path: Path) -> None:
    data = answered(run, tmp_path / "out", *SIZED, "--parity", 80, "--no-simulation")
    assert data["question"]["win_rate"] == pytest.approx(0.4)
    other = answered(run, tmp_path / "two", *SIZED, "--difference", -0.1, "--no-simulation")
    assert data["studies"] == other["studies"]


def test_logits_and_win_rates_are_one_world(run: Callable[..., Done], tmp_path: Path) -> None:
    logits = ("--scale", "logit", "--sd-raters", 0.4, "--sd-scenes", 0.7)
    first = answered(run, tmp_path / "one", *SIZED, *logits, "--no-simulation")
    sds = first["assumed"]["sd_win_rate"]
    given = ("--sd-raters", sds["raters"], "--sd-scenes", sds["scenes"])
    again = answered(run, tmp_path / "two", *SIZED, *given, "--no-simulation")
    expected = {"raters": 0.4, "scenes": 0.7, "series": 0}
    assert again["assumed"]["sd_logits"] == pytest.approx(expected, abs=1e-5)
    assert again["studies"][0]["closed"] == pytest.approx(first["studies"][0]["closed"], abs=1e-4)


def test_a_pilot_gives_the_components_and_their_uncertainty(
    run: Callable[..., Done], pilot: Path, tmp_path: Path
) -> None:
    data = answered(run, tmp_path / "out", *SIZED, "--from", pilot, "--no-simulation")
    assert data["pilot"]["contrasts"] == ["direct and human"]
    assert data["pilot"]["raters"] == 10
    found = data["pilot"]["sd_win_rate"]["scenes"]
    assert found["low"] <= found["sd"] <= found["high"]
    assert "Pilot: 48 judgments by 10 raters on 16 scenes from 8 series" in (
        tmp_path / "out" / "power.md"
    ).read_text("utf-8")


def test_what_is_given_stands_in_for_the_pilots(
    run: Callable[..., Done], pilot: Path, tmp_path: Path
) -> None:
    given = ("--from", pilot, "--ties", 0.3, "--left-bias", 0.5)
    data = answered(run, tmp_path / "out", *SIZED, *given, "--no-simulation")
    assert (data["assumed"]["ties"], data["assumed"]["left_bias"]) == (0.3, 0.5)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--primary", "dialogue"), "there are no rows for the criterion 'dialogue'"),
        (("--contrast", "direct", "nobody"), "there are no rows for the system 'nobody'"),
    ],
)
def test_names_that_the_pilot_lacks_are_refused(
    run: Callable[..., Done], pilot: Path, options: tuple[str, ...], told: str
) -> None:
    done = run(*SIZED, "--from", pilot, *options)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"{pilot}:1:1: error: {told}")


@pytest.mark.parametrize(("old", "new"), [(",person,", ",robot,"), ("criterion", "krit")])
def test_a_broken_pilot_is_refused(
    run: Callable[..., Done], pilot: Path, tmp_path: Path, old: str, new: str
) -> None:
    text = pilot.read_text("utf-8")
    assert old in text
    pilot.write_text(text.replace(old, new, 1), "utf-8")
    done = run(*SIZED, "--from", pilot, "--out", tmp_path / "out")
    assert done.code == 1
    assert ": error: " in done.err
    assert not (tmp_path / "out").exists()


def test_a_pilot_of_one_rater_is_refused(run: Callable[..., Done], pilot: Path, tmp_path: Path) -> None:
    header, *rows = pilot.read_text("utf-8").splitlines()
    few = tmp_path / "few.csv"
    few.write_text("\n".join([header, *(row for row in rows if "rater-0001" in row)]) + "\n", "utf-8")
    done = run(*SIZED, "--from", few)
    assert done.code == 1
    assert "three raters, three scenes" in done.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--raters", "1", "--scenes", "32"], "1 is not between 2"),
        (["--raters", "8,x"], "'x' is not a whole number"),
        ([*SIZED, "--difference", "0.5"], "0.5 is not between"),
        ([*SIZED, "--difference", "nan"], "nan is not between"),
        ([*SIZED, "--difference", "0.1", "--parity", "80"], "not allowed with"),
        ([*SIZED, "--sd-scenes", "0.5"], "use smaller values"),
        ([*SIZED, "--sd-scenes", "0.4", "--sd-raters", "0.4"], "leave no variance for single judgments"),
        ([*SIZED, "--sd-series", "0.1"], "give the number of series"),
        ([*SIZED, "--series", "20"], "12 scenes can't come from 20 series"),
        ([*SIZED, "--ties", "0.7", "--sd-scenes", "0", "--difference", "0.3"], "win rates must be between"),
        ([*SIZED, "--claim", "equivalent"], "needs --margin, which has no default"),
        ([*SIZED, "--judgments", "30"], "use a multiple of the 12 scenes"),
        ([*SIZED, "--judgments", "120"], "8 raters make at most 96"),
        ([*SIZED, "--design", "crossed", "--per-pairing", "3"], "remove"),
        ([*SIZED, "--primary", "overall"], "add --from"),
        ([*SIZED, "--out", __file__], "this is a file"),
        (["--difference", "0"], "distinguished from 50%"),
        (["--raters", ",".join(map(str, range(2, 40))), "--scenes", "8"], "at most 36 combinations"),
    ],
)
def test_wrong_usage(run: Callable[..., Done], arguments: list[str], told: str) -> None:
    done = run(*arguments, "--no-simulation")
    assert done.code == 2
    assert told in done.err
    assert "Traceback" not in done.err


def test_an_interrupt_prints_what_is_known(
    run: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []

    def stop(_: object, what: str, share: float) -> None:
        told.append(share)
        if len(told) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr("analysis.command_line.power.Progress.update", stop)
    done = run(*SIZED, "--studies", 300, "--out", tmp_path / "out")
    assert done.code == 130
    assert "4 simulated studies" in done.out
    assert "Interrupted" in done.err
    assert json.loads((tmp_path / "out" / "power.json").read_text("utf-8"))["interrupted"] is True


@pytest.fixture(scope="module")
def found() -> Any:
    assumed = logits_of(Components(0.1, 0.2, 0.0, ties=0.15), 0.2)
    question = Question(0.15, assumed, raters=(8, 20), scenes=(16, 48), studies=4)
    return simulate(answer(question))


@pytest.mark.parametrize(("lang", "words"), [("en", "16 scenes"), ("zh-hans", "16 场戏")])
def test_the_chart_tells_its_lines_apart_and_says_its_numbers(found: Any, lang: str, words: str) -> None:
    svg = draw_power(found, lang)
    root = ET.fromstring(svg)
    space = "{http://www.w3.org/2000/svg}"
    lines = root.findall(f"{space}polyline")
    assert len({line.get("stroke-dasharray") for line in lines}) == len(lines) == 2
    assert any(words in (text.text or "") for text in root.iter(f"{space}text"))
    described = root.find(f"{space}desc")
    assert described is not None
    for planned in found.studies:
        assert str(round(100 * planned.simulated.different.value)) in (described.text or "")
    assert "<script" not in svg


def test_the_chart_stays_within_its_frame(found: Any) -> None:
    root = ET.fromstring(draw_power(found))
    for element in root.iter():
        for key in ("x", "x1", "x2"):
            assert 0 <= float(element.get(key, "1")) <= 480
        for key in ("y", "y1", "y2"):
            assert 0 <= float(element.get(key, "1")) <= 340


def test_the_text_alternative_gives_the_numbers(found: Any, tmp_path: Path) -> None:
    from analysis.command_line.power import power_files

    text = power_files(found)["power.md"].decode("utf-8")
    for line in found.lines:
        for raters, chance in line.points:
            if raters in (8, 20):
                assert f"{100 * chance:.0f}%" in text


def test_the_guide_shows_what_the_command_says(run: Callable[..., Done]) -> None:
    """Each row of the worked example is in the output, number for number."""
    guide = (ROOT / "docs" / "planning.md").read_text("utf-8")
    needed = run("--difference", 0.15, "--systems", 3, "--sd-series", 0.1, "--no-simulation").out.splitlines()
    sizes = ("--raters", "12,24", "--scenes", "32,64", "--series", 8)
    sized = run("--difference", 0.15, "--systems", 3, *sizes, "--no-simulation").out
    listed = [line.removeprefix("    ") for line in guide.splitlines() if line.startswith("    |")]
    first = listed.index(next(line for line in listed if line.startswith("| raters")))
    assert first > 4
    assert [line for line in listed[:first] if line not in needed] == []
    for line in listed[first + 2 :]:
        *closed, _, half_width, _ = [cell.strip() for cell in line.split("|")[1:-1]]
        row = r"\| " + r" +\| ".join([*closed, "", half_width])
        assert re.search(row, sized), line
