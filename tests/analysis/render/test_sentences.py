"""Report: the sentence of each section says what its numbers say, and no more."""

from typing import Any

import pytest

from analysis.messages import message
from analysis.render import sentences
from analysis.render.document import Prose
from analysis.render.fields import Context
from analysis.render.words import Words
from tests.analysis.render.sample import entry


def context(lang: str = "en", **lists: list[dict[str, Any]]) -> Context:
    plan = {"primary_criterion": "overall", "systems": ["dsr", "direct", "human"], "human": ["human"]}
    return Context({"plan": plan, **lists}, Words(lang))


def with_plain_spaces(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def rate(estimate: float, p: float | None, *, half: float = 0.1, **own: Any) -> dict[str, Any]:
    names = {"system": "dsr", "opponent": "human", "p": p, "p_adjusted": p}
    return entry("overall", estimate, half, **(names | own))


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([rate(0.7, 0.01)], "Clearly preferred: dsr over human."),
        ([rate(0.3, 0.01)], "Clearly preferred: human over dsr."),
        ([rate(0.7, 0.06)], "Neither of the two systems is a clear winner."),
        # The interval by the other cluster, 49 to 91 %, decides nothing.
        ([rate(0.7, 0.01, other_low=0.49, other_high=0.91)], "Clearly preferred: dsr over human."),
        ([rate(0.7, None)], "Not enough data to test any pair of systems."),
        (
            [rate(0.7, 0.01), rate(0.5, 0.9, system="direct")],
            "Clearly preferred: dsr over human. Pairs without a clear winner: 1.",
        ),
    ],
)
def test_a_winner_is_clear_by_the_adjusted_p(rows: list[dict[str, Any]], text: str) -> None:
    assert with_plain_spaces(sentences.win_rates(context(), rows)) == text


def test_during_planned_looks_nothing_is_called_clear() -> None:
    ctx = context(looks=[rate(0.7, None, look=1, of=3)])
    text = sentences.win_rates(ctx, [rate(0.7, 0.001)])
    assert text.startswith("This is look 1 of 3.")
    assert "clear" not in sentences.by_criterion(ctx, [rate(0.7, 0.001)]).lower()


@pytest.mark.parametrize(
    ("estimate", "p", "text"),
    [
        (0.2, 0.01, "Raters clearly recognized machine scripts."),
        (-0.2, 0.01, "more often than they recognized machines."),
        (0.2, 0.06, "Raters did not clearly recognize machine scripts."),
        (0.0, None, "points: 0.0 (95% interval −10.0 to 10.0)."),
    ],
)
def test_machine_scripts_are_recognized_by_hits_minus_false_alarms_alone(
    estimate: float, p: float | None, text: str
) -> None:
    rows = [rate(0.8, None, measure="machine_share", system="*all")]
    rows.append(rate(estimate, p, measure="hits_minus_false_alarms", system="*all"))
    rows.append(rate(0.9, 0.001, measure="machine_share_vs_others"))
    found = with_plain_spaces(sentences.blinding(context(), rows))
    assert found.startswith("Raters guessed “machine” for 80.0% of the scripts.")
    assert found.endswith(text)
    assert "dsr" not in found


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.01, "a clear side bias"),
        (0.5, "no clear side bias"),
        (None, "not enough data to test this"),
    ],
)
def test_a_side_bias_that_was_not_tested_is_not_denied(p: float | None, text: str) -> None:
    found = sentences.biases(context(), [rate(0.7, p, measure="left_share", scope="all")])
    assert found.endswith(f": {text}.")


def test_drift_counts_the_clear_changes() -> None:
    drift = {"measure": "late_minus_early", "scope": None}
    rows = [rate(0.3, 0.01, **drift), rate(0.05, 0.4, **drift), rate(0.9, None, **drift) | {"low": None}]
    found = sentences.biases(context(), rows)
    assert "In 1 of 2 comparisons" in found
    found = sentences.biases(context(), rows[1:])
    assert found.startswith("No comparison changed clearly")


@pytest.mark.parametrize(("estimate", "text"), [(0.4, "Longer scripts"), (-0.4, "Shorter scripts")])
def test_the_slope_on_length_names_its_direction(estimate: float, text: str) -> None:
    rows = [rate(estimate, 0.01, measure="slope")]
    assert sentences.biases(context(), rows) == f"{text} are clearly preferred."
    assert (
        sentences.biases(context(), [rate(estimate, 0.2, measure="slope")]) == "Length has no clear effect."
    )


def test_scores_name_the_best_the_last_and_what_differs_clearly() -> None:
    means = [entry("score", mean, 0.4, system=name, context="pair") for name, mean in MEANS.items()]
    gap = {"of": "score", "context": "pair", "p": 0.01, "p_adjusted": 0.02}
    gaps = [
        entry("score", 3.0, 0.8, system="human", other="direct", **gap),
        entry("score", 0.2, 0.8, system="human", other="dsr", **(gap | {"p_adjusted": 0.9})),
    ]
    found = with_plain_spaces(sentences.mean_scores(context(differences=gaps), means))
    assert found == (
        "Highest mean score: human 8.00 (95% interval 7.60 to 8.40). Lowest: direct 5.00 (95% interval"
        " 4.60 to 5.40). Clear differences: human above direct by 3.00."
    )


MEANS = {"dsr": 7.8, "direct": 5.0, "human": 8.0}


def test_human_level_names_the_human_system_where_there_are_two() -> None:
    level = {"system": "dsr", "definition": "parity"}
    rows = [entry("overall", 80.0, 10.0, human=name, **level) for name in ("human", "human2")]
    found = with_plain_spaces(sentences.human_level(context(), rows))
    assert "dsr vs. human 80.0%" in found
    assert "dsr vs. human2 80.0%" in found
    assert "against" not in sentences.human_level(context(), rows[:1])


def test_attention_says_of_how_many() -> None:
    rows = [{"flags": ["fast"]}, {"flags": []}, {"flags": []}]
    assert "1 of 3 raters" in sentences.attention(context(), rows)
    assert sentences.attention(context(), rows[1:]) == "No signs of inattention among 2 raters."


def test_no_errors_are_reported_without_a_ranking() -> None:
    marks = [{"system": name, "class": "fact", "estimate": 0.0, "count": 0} for name in MEANS]
    assert sentences.errors(context(), marks) == "Raters marked no errors."
    assert sentences.errors(context("zh-hans"), marks[:1]) == "评审没有标出硬伤。"
    marked = [{**marks[0], "estimate": 0.5, "count": 2}, *marks[1:]]
    assert "Marked errors: 2. The most frequent kind is fact (2)." in sentences.errors(context(), marked)


def test_languages_are_named_unless_they_are_pooled() -> None:
    def lead(*codes: str, known: bool = True) -> str:
        rows = [rate(0.7, 0.01, language=code) for code in codes]
        if not known:
            rows[0] |= {"estimate": None}
        blocks = sentences.lead(context(), rows, sentences.win_rates)
        return " ".join(block.text for block in blocks if isinstance(block, Prose))

    assert lead("en") == lead("*pooled", "en", "zh") == "Clearly preferred: dsr over human."
    assert lead("en", "zh").startswith("English scripts: Clearly")
    assert "Chinese scripts: Clearly" in lead("en", "zh")
    assert lead("en", "zh", known=False).startswith("Chinese scripts: ")


def test_where_nothing_was_computed_the_reason_is_said() -> None:
    rows = [entry("overall", None, None, reason=message("no_repeats"), system="dsr", opponent="human")]
    (block,) = sentences.lead(context(), rows, sentences.win_rates)
    assert isinstance(block, Prose)
    assert block.text == "Not computed: no repeated pairs."
