"""Paper study: the plan, the series it names, and the tables made from report.json."""

import re
from pathlib import Path

import pytest
import yaml

from analysis.stats.power import Components, PlannedTest, Sizes, closed_form, logits_of
from evalsite.core.errors import InputErrors
from evalsite.site.paper_study.plan import TablesPlan, read_plan
from evalsite.site.paper_study.report import PARTS, Page
from generation.screenplay import measure, parse
from generation.screenplay.formats import join, read_script
from generation.training_data.corpus.folder import read_folder

FOLDER = Path(__file__).parents[2] / "examples" / "paper-study"
LENGTHS = {"en": (150, 300), "zh": (240, 450)}
TABLES = TablesPlan(paper=("one", "dsr"), full="dsr", ablations=("bare",), human="human")
NAMES = ("one", "dsr", "bare", "human")


def entry(estimate: float | None, spread: float = 0.5, **keys: object) -> dict[str, object]:
    low, high = (None, None) if estimate is None else (estimate - spread, estimate + spread)
    limits = {"estimate": estimate, "low": low, "high": high, "cluster": "item"}
    return {**limits, "other_low": None, "other_high": None, "language": "*pooled", **keys}


def results(*warnings: str) -> dict[str, dict[str, object]]:
    means = [entry(5.0 + at, system=slug, context="single") for at, slug in enumerate(NAMES)]
    levels = [
        entry(60.0 + at, system=slug, human="human", definition=kind, context="single")
        for at, slug in enumerate(NAMES[:3])
        for kind in ("ratio_of_means", "above_floor")
    ]
    marks = [
        entry(0.125, 0.0625, system=slug, count=8, **{"class": name})
        for slug in NAMES
        for name in ("plot", "character", "pacing")
    ]
    best = [
        entry(0.75, 0.125, system="dsr", by="scores", numerator=24.0, denominator=32) | {"language": "en"},
        entry(None, system="one", by="scores") | {"language": "en"},
    ]
    single = {
        "mean_scores": [*means, *(mean | {"language": "en"} for mean in means)],
        "human_level": levels,
        "errors": marks,
        "best_of_k": best,
        "differences": [
            entry(-1.5, 0.25, system="bare", other="dsr", of="score", other_low=-4.0, other_high=1.0)
        ],
        "win_rates": [entry(0.75, 0.125, system="dsr", opponent="human")],
        "plan": {
            "labels": {"dsr": {"en": "Two <stages>", "zh": "两步"}},
            "systems": ["dsr", "human"],
            "level": 0.95,
            "study": {"design": {"scheme": "crossed", "raters_per_pairing": 2}},
        },
        "warnings": [{"code": code, "text": ""} for code in warnings],
    }
    sizes = (("zh", 8, 8, 4), ("en", 2, 32, 1))
    series = [
        entry(None, language=language, system="one", raters=raters, items=items, series=count)
        for language, raters, items, count in sizes
    ]
    pairs = single | {"mean_scores": [], "win_rates": [*single["win_rates"], *series]}
    return dict(zip(PARTS, (single, single, pairs), strict=True))


def rows(markdown: str, title: str) -> list[str]:
    section = markdown.split(f"## {title}\n")[1].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("|")][2:]


def test_each_number_stands_with_its_interval() -> None:
    page = Page(TABLES, results(), "en", canned=False).markdown()
    assert rows(page, "Mean score")[0] == "| one | 5.00 [4.50, 5.50] | 5.00 [4.50, 5.50] |"
    assert rows(page, "Percentage of human level")[1] == "| Two <stages> | 61.0% [60.5, 61.5] | – |"
    assert rows(page, "Best of 2") == ["| one | – |", "| Two <stages> | 75.0% [62.5, 87.5] (24 / 32) |"]
    assert rows(page, "Marked errors by kind")[3].count("0.125 [0.062, 0.188] (8)") == 3
    assert rows(page, "Ablations")[1].endswith("| 1.50 [1.25, 1.75] {-1.00, 4.00} |")  # turned round
    assert rows(page, "Pairwise win rates") == ["| Two <stages> : human | 75.0% [62.5, 87.5] | – | – |"]


def test_the_number_of_series_is_that_of_the_study_and_of_the_planner() -> None:
    page = Page(TABLES, results(), "en", canned=False).markdown()
    chinese, english = rows(page, "Series")
    planned = closed_form(
        logits_of(Components(0.1, 0.2, 0.1, 0.15), 0.2), Sizes(8, 8, 4, 2, "crossed"), 0.0, PlannedTest()
    )
    assert chinese.startswith(f"| Chinese | 4 | 8 / 8 | ±{100 * planned.half_width:.1f} | ")
    assert int(chinese.split("|")[-2]) > 8
    assert english == "| English | 1 | 32 / 2 | ±50.0 | no number up to 200 is enough |"
    assert "half-width of 10 points" in page
    assert "四部" not in Page(TABLES, results(), "zh", canned=False).markdown()


@pytest.mark.parametrize(
    ("canned", "warnings", "told"),
    [
        (True, ("simulated_only",), ["canned", "simulated"]),
        (False, ("simulated_only",), ["simulated"]),
        (True, (), ["canned"]),
        (False, (), ["neither"]),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_made_up_is_told_first(
    canned: bool, warnings: tuple[str, ...], told: list[str], lang: str
) -> None:
    page = Page(TABLES, results(*warnings), lang, canned=canned)
    assert page.notices == [page.words[name] for name in told]
    assert page.markdown().index(page.notices[0]) < page.markdown().index("## ")
    assert page.html().index(page.notices[0][:20]) < page.html().index("<table>")


def test_labels_are_escaped_and_in_the_page_s_language() -> None:
    assert "Two &lt;stages&gt;" in Page(TABLES, results(), "en", canned=True).html()
    assert "两步" in Page(TABLES, results(), "zh", canned=True).html()


def test_the_plan_agrees_with_its_studies_and_its_corpus() -> None:
    plan = read_plan(FOLDER / "plan.yaml")
    studies = [yaml.safe_load((FOLDER / name).read_text()) for name in (plan.single, plan.pairs)]
    compared = [{system["slug"] for system in study["systems"]} for study in studies]
    assert compared[0] == {*plan.systems, plan.tables.human} == set(plan.qualities)
    assert compared[1] < compared[0]
    baselines = {*plan.tables.paper} - {plan.tables.full}
    primary = studies[0]["plan"]["primary_contrasts"]
    assert {tuple(pair) for pair in primary} == {(plan.tables.full, slug) for slug in baselines}
    named = {system["slug"]: system["name"] for system in studies[0]["systems"]}
    assert all("successor of the paper's model" in named[slug]["en"] for slug in baselines)
    assert len(plan.tables.paper) == 4
    assert len(compared[0]) == 8
    corpus = read_folder(FOLDER / plan.corpus)
    assert {work.series_slug for work in corpus.works} == set(plan.writers)
    for study in studies:
        assert {brief["series"] for brief in study["briefs"]} == set(plan.writers)


def test_a_plan_with_a_fault_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text((FOLDER / "plan.yaml").read_text().replace("seed: 2510", "seed: soon"))
    with pytest.raises(InputErrors, match="seed"):
        read_plan(path)


def test_the_four_series_have_eight_scenes_each_that_read_without_a_doubt() -> None:
    works = read_folder(FOLDER / "corpus").works
    assert sorted(work.language for work in works) == ["en", "en", "zh", "zh"]
    for work in works:
        understood = read_script(Path(work.path), work.path, work.language)
        assert not understood.warnings
        assert not understood.lost
        assert len(understood.script.scenes) == 8
        for number in range(1, 9):
            text = join(understood.script, number, number)
            low, high = LENGTHS[work.language]
            counted = measure(parse(text, work.language))
            assert low <= counted.length <= high
            assert len(counted.speakers) >= 2
            assert not re.search(rf"\b{re.escape(work.series_title)}\b", text)
