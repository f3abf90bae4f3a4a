"""Whole site: the demonstration: loaded once, taken up where it was cut off, and its links stay."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import psycopg
import pytest

from analysis.stats import Plan, analyse, load_schema, read_tables
from analysis.stats.report import LISTS
from annotations.models import Study
from tests.invariants.live import count, manage, manage_beside, shown, uneven_sides
from tests.servers import LiveStack, live_stack_in

pytestmark = pytest.mark.slow

FINISHED, OPEN = "demo-finished", ("demo", "demo-desk", "demo-single")


@pytest.fixture(scope="module")
def stack() -> Iterator[LiveStack]:
    with live_stack_in(demo=False) as live:
        yield live


def finished_judgments(stack: LiveStack) -> int:
    return count(
        stack,
        "SELECT count(*) FROM annotations_judgment j JOIN annotations_assignment a ON a.id = j.assignment_id"
        " JOIN annotations_rater r ON r.id = a.rater_id JOIN annotations_study s ON s.id = r.study_id"
        " WHERE s.slug = %s",
        FINISHED,
    )


def kill_when(stack: LiveStack, child: "subprocess.Popen[str]", judgments: int) -> None:
    deadline = time.monotonic() + 420
    while finished_judgments(stack) < judgments:
        assert child.poll() is None, child.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    child.kill()
    assert child.wait(60) == -signal.SIGKILL


@pytest.fixture(scope="module")
def loaded(stack: LiveStack) -> LiveStack:
    """The demonstration, whose loading was killed in the middle of the judging."""
    kill_when(stack, manage_beside(stack, "load_demo", "--url", stack.url), judgments=100)
    manage(stack, "load_demo", "--url", stack.url)
    return stack


def test_a_load_that_was_cut_off_ends_as_if_it_had_not_been(loaded: LiveStack) -> None:
    slots = shown(loaded, FINISHED)
    assert {slot.state for slot in slots} == {"submitted"}
    assert {slot.judgments for slot in slots} == {4}
    assert len(slots) == 10 * 4 + 10 * 4 + 10 * 8
    assert len({slot.rater for slot in slots}) == 30
    assert uneven_sides(slots) == []
    with psycopg.connect(loaded.database_url) as connection:
        states = dict(connection.execute("SELECT slug, state FROM annotations_study").fetchall())
        reports = connection.execute("SELECT kind, state FROM analysis_report").fetchall()
        kinds = {kind for (kind,) in connection.execute("SELECT DISTINCT kind FROM annotations_rater")}
    assert states == {FINISHED: Study.State.UNBLINDED, **dict.fromkeys(OPEN, Study.State.OPEN)}
    assert reports == [("final", "done")]
    assert kinds == {"simulated"}


def test_its_report_keeps_the_schema_and_tells_of_everybody(loaded: LiveStack) -> None:
    with psycopg.connect(loaded.database_url) as connection:
        ((results,),) = connection.execute("SELECT results FROM analysis_report").fetchall()
    jsonschema.Draft202012Validator(load_schema()).validate(results)
    told = {(step["step"], step["unit"]): step["count"] for step in results["flow"]}
    assert told["invited", "raters"] == told["analysed", "raters"] == 30
    assert told["assigned", "assignments"] == told["submitted", "assignments"] == 160
    asked = {name for name in LISTS if results[name]}
    assert {"breakdown", "lengths"} <= asked


def test_its_numbers_are_those_of_the_worked_example(loaded: LiveStack) -> None:
    folder = Path("docs/example")
    tables = read_tables(*(folder / f"{name}.csv" for name in ("judgments", "scores", "marks", "raters")))
    plan = Plan.from_json((folder / "plan.json").read_text("utf-8"))
    example = analyse(tables, plan, seed=1).to_dict()
    with psycopg.connect(loaded.database_url) as connection:
        ((results,),) = connection.execute("SELECT results FROM analysis_report").fetchall()
    names = ("win_rates", "human_level", "mean_scores", "abilities", "errors", "strength", "rater_groups")
    for name in names:
        for told, said in zip(results[name], example[name], strict=True):
            # Raters have codes of their own in every load, so that sums and the bootstrap differ by them.
            for key in ("estimate", "low", "high", "other_low", "other_high"):
                assert (told[key] is None) == (said[key] is None), (name, said)
                assert told[key] is None or told[key] == pytest.approx(said[key], rel=1e-6, abs=1e-9)


def test_loading_again_changes_nothing(loaded: LiveStack) -> None:
    tables = (
        "annotations_study",
        "annotations_entry",
        "annotations_rater",
        "annotations_judgment",
        "generation_script",
        "generation_brief",
        "analysis_report",
        "core_auditevent",
    )

    # The sweep may add such a line meanwhile.
    swept = {"core_auditevent": "verb <> 'add digest of judgments'"}

    def content() -> list[tuple[object, ...]]:
        with psycopg.connect(loaded.database_url) as connection:
            return [
                row
                for table in tables
                for row in connection.execute(
                    f"SELECT '{table}', count(*), md5(string_agg(t::text, '' ORDER BY id)) FROM {table} t"
                    f" WHERE {swept.get(table, 'true')}"
                ).fetchall()
            ]

    before = content()
    manage(loaded, "load_demo", "--url", loaded.url)
    assert content() == before
    for slug in (*OPEN, FINISHED):
        assert "unchanged" in manage(loaded, "load_study", f"examples/{slug}.yaml")
    assert content() == before


def test_the_report_shows_that_nobody_but_the_simulation_judged(loaded: LiveStack) -> None:
    with psycopg.connect(loaded.database_url) as connection:
        (page,) = connection.execute(
            "SELECT content FROM analysis_reportfile WHERE name = 'report.md'"
        ).fetchone()  # type: ignore[misc]
    assert "Simulated judgments only" in bytes(page).decode()


def test_links_stay_what_they_were(loaded: LiveStack) -> None:
    first = json.loads(manage(loaded, "demo_links", "--json"))
    assert [row["reads"] for row in first["raters"]["demo"]] == [["zh"], ["en"], ["en", "zh"]]
    assert tuple(first["raters"]) == OPEN
    for slug in OPEN[1:]:
        assert [row["reads"] for row in first["raters"][slug]] == [["zh"], ["en"]]
    assert [(row["name"], row["role"]) for row in first["staff"]] == [
        ("mara", "admin"),
        ("jonas", "researcher"),
    ]
    assert first["reports"] == [f"{loaded.url}/studies/{FINISHED}/report/"]
    # As the running stack keeps them.
    (loaded.var / "run" / "links.json").write_text(json.dumps(first))
    again = json.loads(manage(loaded, "demo_links", "--json"))
    assert again["raters"] == first["raters"]
    # Lost: the same raters get new links, and no further seat is taken.
    (loaded.var / "run" / "links.json").unlink()
    new = json.loads(manage(loaded, "demo_links", "--json"))
    for slug in OPEN:
        old = {row["link"] for row in first["raters"][slug]}
        assert old.isdisjoint(row["link"] for row in new["raters"][slug])
    people = "SELECT count(*) FROM annotations_rater WHERE kind = 'person'"
    assert count(loaded, people) == 3 + 2 + 2
