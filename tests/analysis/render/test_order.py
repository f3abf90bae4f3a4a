"""Report: the order in which a reader meets a report: the answer on one page, the roles, the appendix."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pytest

from analysis.messages import message, steps
from analysis.render import render_fragment, render_markdown
from analysis.render.document import (
    Block,
    Facts,
    Folded,
    Notices,
    Plates,
    Prose,
    Section,
    Table,
    Verdict,
)
from analysis.render.entries import LISTS, each_pair_once, is_group
from analysis.render.fields import Context
from analysis.render.figures import figures
from analysis.render.page import build_document
from analysis.render.words import Words
from analysis.stats.report import rendered
from tests.analysis.render.full import full_report
from tests.analysis.render.sample import entry, sample_report, warning
from tests.analysis.render.test_render import Outline


def test_there_is_a_section_for_each_question() -> None:
    parts = {
        part.id: [section.id for section in part.sections]
        for part in build_document(full_report(), "en").parts
    }
    assert parts == {
        "first-page": ["answer"],
        "results": [
            "how-often",
            "how-close",
            "what-scores",
            "which-criteria",
            "which-parts",
            "which-raters",
            "which-errors",
        ],
        "trust": ["do-raters-agree", "are-raters-biased", "did-raters-attend", "was-it-blind"],
        "method-part": ["who-and-what", "method"],
    }


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_each_section_has_a_sentence_a_short_table_and_everything_else_in_one_fold(lang: str) -> None:
    doc = build_document(full_report(), lang)
    for section in doc.sections[1:-1]:
        *open_blocks, fold = section.blocks
        assert isinstance(fold, Folded), section.id
        assert isinstance(open_blocks[0], Prose), section.id
        assert len(open_blocks[0].text) > 5
        tables = [block for block in open_blocks if isinstance(block, Table)]
        assert [table.brief for table in tables] == [section.id != "which-errors"], section.id
        charts = [block for block in open_blocks if isinstance(block, Plates)]
        assert charts or tables[0].drawn or section.id in WITHOUT_CHART, section.id


# A list of raters, and counts.
WITHOUT_CHART = ("did-raters-attend", "which-errors")


def test_the_numbers_of_a_short_table_stand_again_in_a_full_one() -> None:
    blocks = [
        b for section in build_document(full_report(), "en").sections for b in blocks_of(section.blocks)
    ]
    tables = [block for block in blocks if isinstance(block, Table)]
    full = {cell.text for table in tables if not table.brief for row in table.rows for cell in row}
    for table in (table for table in tables if table.brief):
        numbers = [cell.text for row in table.rows for cell in row[table.heads :] if cell.kind == "number"]
        assert numbers, table.id
        assert {number.split(" (")[0] for number in numbers} <= full, table.id


def test_page_and_markdown_have_the_same_sections_in_the_same_order() -> None:
    report = full_report()
    doc = build_document(report, "en")
    titles = [titled.title for part in doc.parts for titled in (part, *part.sections) if titled.title]
    said = [
        re.sub(r" \((?:Primary|Secondary|Exploratory).*\)$", "", line.lstrip("#").strip())
        for line in render_markdown(report).splitlines()
        if re.match(r"#{2,3} ", line)
    ]
    assert said == titles


def test_every_number_of_every_list_is_on_the_page() -> None:
    """As records of a table: what a table is made of is what its CSV holds."""
    report = full_report()
    doc = build_document(report, "en")
    shown = [record for table in doc.tables().values() for record in table.records]
    for name in LISTS:
        assert report[name], name
        keys = ("estimate", "low", "language", "criterion", "system", "measure", "rater", "name", "method")
        held = [tuple(record.get(key) for key in keys) for record in shown]
        rows = report[name]
        if name == "win_rates":  # each pair once
            pairs = [row for row in rows if not is_group(row["opponent"])]
            rows = [*each_pair_once(report, pairs), *(row for row in rows if row not in pairs)]
        for found in rows:
            assert tuple(found.get(key) for key in keys) in held, (name, found)


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_every_number_stands_with_how_many_and_how(lang: str) -> None:
    """Rows and method, or a reason, within the row or in the notes of its table."""
    for id, table in build_document(full_report(), lang).tables().items():
        if not table.records:
            continue
        heads = [column.label for column in table.columns]
        n = {
            "en": {"Judgments", "Rows", "Scores", "Number of scripts", "Readings", "Guesses"},
            "zh-hans": {"评判数", "行数", "评分数", "剧本数", "阅读次数", "猜测数"},
        }
        assert n[lang] & set(heads), id
        method = {"en": "Method", "zh-hans": "方法"}[lang]
        assert method in heads or any(note.startswith(method) for note in table.notes), id


def test_a_p_stands_beside_its_adjusted_one() -> None:
    for id, table in build_document(full_report(), "en").tables().items():
        heads = [column.label for column in table.columns]
        assert "p" not in heads or "Adjusted p" in heads, id
        assert "Adjusted p" not in heads or any("adjusted by" in note for note in table.notes), id


def test_a_table_without_p_does_not_say_how_p_was_adjusted() -> None:
    report = sample_report()
    for row in report["win_rates"]:
        row |= {"p": None, "p_adjusted": None, "adjustment": "holm", "adjusted_note": None}
    for id, table in build_document(report, "en").tables().items():
        heads = [column.label for column in table.columns]
        assert "Adjusted p" in heads or not any("adjusted by" in note for note in table.notes), id


@pytest.mark.parametrize("word", ["significan", "prove", "equally good", "no difference"])
def test_words_that_a_statistician_would_strike(word: str) -> None:
    text = Outline(render_fragment(full_report())).text
    assert word not in text.replace("if all k were equally good", "").lower()


def test_the_role_stands_in_each_row_or_in_the_caption() -> None:
    roles = {"Primary", "Secondary", "Exploratory"}
    for id, table in build_document(full_report(), "en").tables().items():
        if not any(record.get("family") for record in table.records):
            continue
        in_rows = all(roles & {cell.text for cell in row} for row in table.rows)
        assert in_rows or any(role.lower() in table.caption for role in roles), id


def test_folds_are_named() -> None:
    html = render_fragment(full_report())
    for summary in re.findall(r"<summary>(.*?)</summary>", html, re.DOTALL):
        assert len(re.sub(r"<[^>]+>", "", summary).strip()) > 3


def test_no_two_sections_are_called_the_same(report: dict[str, Any]) -> None:
    titles = [section.title for section in build_document(report, "en").sections]
    assert len(titles) == len(set(titles))


def test_headings_go_down_one_level_at_a_time() -> None:
    levels = [int(tag[1]) for tag, _ in Outline(render_fragment(full_report())).attributes if tag in HEADINGS]
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


HEADINGS = {f"h{level}" for level in range(1, 7)}


# Languages one by one


def test_each_language_can_be_looked_at_alone() -> None:
    html = render_fragment(full_report())
    assert re.findall(r'id="rep-view-(\w+)"( checked)?', html) == [("all", " checked"), ("2", ""), ("3", "")]
    rows = re.findall(r'<tr class="rep-seen rep-seen-(\d)">(.*?)</tr>', html, re.DOTALL)
    spoken = {("2", "English"), ("3", "Chinese")}
    named = {(at, name) for at, row in rows for name in ("English", "Chinese") if f">{name}<" in row}
    assert named == spoken


def test_the_pooled_view_comes_first_where_the_plan_pools(report: dict[str, Any]) -> None:
    views = build_document(report, "en").views
    assert [view.label for view in views] == ["pooled", "English", "Chinese", "All"]
    assert 'id="rep-view-1" checked' in render_fragment(report)


def test_a_table_that_lacks_a_language_is_never_thinned_out(report: dict[str, Any]) -> None:
    doc = build_document(report, "en")
    for id, table in doc.tables().items():
        spoken = {record.get("language") or "" for record in table.records}
        assert bool(table.views) == (spoken == {view.code for view in doc.views if view.code}), id


def test_one_language_offers_no_choice() -> None:
    sample = sample_report()
    for name in LISTS:
        sample[name] = [e for e in sample.get(name) or [] if e["language"] == "en"]
    assert "rep-view" not in render_fragment(sample)


# What is said first


def blocks_of(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Folded):
            yield from blocks_of(block.blocks)


def texts(section: Section) -> str:
    return " ".join(block.text for block in blocks_of(section.blocks) if isinstance(block, Prose | Verdict))


def cautions_of(report: dict[str, Any], lang: str = "en") -> Notices:
    answer = build_document(report, lang).parts[0].sections[0]
    return next(block for block in blocks_of(answer.blocks) if isinstance(block, Notices))


def answer_of(report: dict[str, Any]) -> str:
    found = next(s for s in build_document(report, "en").sections if s.id == "answer")
    return texts(found).replace("\N{NO-BREAK SPACE}", " ")


def one_contrast(low: float, high: float, **own: Any) -> dict[str, Any]:
    sample = sample_report()
    named = {"system": "dsr", "opponent": "human", "family": "primary", "wins": 1, "ties": 0, "losses": 0}
    sample["win_rates"] = [
        entry("overall", (low + high) / 2, 0.1, **named) | {"low": low, "high": high} | own
    ]
    return sample


def test_the_interval_by_the_other_cluster_decides_nothing() -> None:
    said = answer_of(one_contrast(0.52, 0.7, other_low=0.41, other_high=0.8))
    assert (
        "Clustered by series instead of scene, the interval is 41.0 to 80.0%. By the plan, it decides" in said
    )
    assert "dsr is preferred to human" in said


def test_an_interval_by_two_series_is_not_shown_and_why() -> None:
    sample = one_contrast(0.4, 0.7, series=2, other_low=0.0002, other_high=0.9998)
    assert "Clustered by" not in answer_of(sample)
    table = build_document(sample, "en").tables()["win-rates-1"]
    assert not [column for column in table.columns if "by series" in column.label]
    assert any("only two series" in note for note in table.notes)


def test_limits_that_were_cut_are_said_once_and_are_no_method_of_their_own() -> None:
    sample = sample_report()
    cut = steps(message("two_way_logit"), message("cut"))
    sample["mean_scores"][0] |= rendered("method", cut)
    notes = build_document(sample, "en").tables()["mean-scores"].notes
    assert sum("outside the possible range" in note for note in notes) == 1
    assert any(note.startswith("Method: ") for note in notes)


def test_warnings_are_sorted_by_weight_and_the_banner_is_not_said_twice() -> None:
    sample = sample_report()
    codes = ("scores_in_pairs", "few_series", "one_rater", "few_raters", "few_series")
    sample["warnings"] += [warning(code, n=at, few=8) for at, code in enumerate(codes)]
    assert [code for _, _, code in cautions_of(sample).items] == [
        "few_raters",
        "few_series",
        "few_series",
        "one_rater",
        "scores_in_pairs",
    ]
    answer = build_document(sample, "en").parts[0].sections[0]
    strip = next(block for block in answer.blocks if isinstance(block, Facts))
    said = dict(strip.pairs)["Cautions"].text
    assert said.startswith("Some results are based on 3 raters")
    assert said.endswith("More cautions: 3.")


def test_of_many_places_the_first_are_named_and_the_rest_counted() -> None:
    sample = sample_report()
    places = [("score", "en"), ("score", "zh"), ("dialogue", "en"), ("dialogue", "zh"), ("overall", "zh")]
    sample["warnings"] = [warning("few_series", place, n=3, few=8) for place in places]
    ((text, where, _),) = cautions_of(sample).items
    assert text.startswith("Some results are based on scenes from as few as 3 series")
    assert where == "Applies to: overall, Chinese; Score, English; Score, Chinese; and 2 more"


def test_a_warning_of_lengths_says_where_in_chinese() -> None:
    sample = full_report()
    sample["warnings"] = [warning("lengths_differ", ("length", "en"), systems=("dsr",), human="human")]
    ((_, where, _),) = cautions_of(sample, "zh-hans").items
    assert "长度" in where
    assert "length" not in where


def test_letters_from_the_right_do_not_turn_what_follows() -> None:
    sample = sample_report()
    sample["plan"]["labels"] = {"dsr": "תסריט", "direct": "a\N{RIGHT-TO-LEFT OVERRIDE}b"}
    for render in (render_fragment, render_markdown):
        text = render(sample)
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
        assert "\N{FIRST STRONG ISOLATE}תסריט\N{POP DIRECTIONAL ISOLATE}" in text


def test_ranks_are_told_once_and_only_where_they_are_drawn(report: dict[str, Any]) -> None:
    captions = [figure.caption for figure in figures(Context(report, Words("en")))["abilities"]]
    assert captions
    for caption in captions:
        assert caption.count("Rank ranges hold") == (0 if "pooled" in caption else 1)


def test_a_bootstrap_over_scenes_says_so_where_series_were_planned(report: dict[str, Any]) -> None:
    by_scene = report | {"plan": report["plan"] | {"generalize_to": "these-series"}}
    for found, said in ((report, True), (by_scene, False)):
        notes = " ".join(build_document(found, "en").tables()["agreement"].notes)
        assert ("resamples scenes, not series" in notes) == said
