"""Statistics: reading plan.json, and what it refuses."""

import json

import pandas as pd
import pytest

from analysis.stats import InputErrors, Plan, tables_from_frames
from tests.analysis.stats.studies import judgments, scores


def test_it_works():
    data = {
        "primary_criterion": "overall",
        "primary_contrast": ["dsr", "human"],
        "human": ["human"],
        "pooled": True,
    }
    plan = Plan.from_json(json.dumps(data))
    assert plan.primary_contrast == ("dsr", "human")
    assert Plan.from_dict(plan.to_dict()) == plan


REFUSED = {
    "not JSON": ("{", "1:2: error: this is not valid JSON"),
    "not a JSON object": ("[]", "the plan is not a JSON object"),
    "unknown key": ('{\n "primry": "overall"}', "2:2: error: 'primry' is not a valid key"),
    "contrast of one": ('{"primary_contrast": ["dsr"]}', "two different systems"),
    "cluster": ('{"item_cluster": "rater"}', "item or series"),
    "level": ('{"level": 95}', "between 0.5 and 1"),
    "pooled": ('{"pooled": "yes"}', "true or false"),
    "margin without reason": ('{"margin": 0.1}', "margin_reason"),
    "margin of two reasons": (
        '{"margin": {"value": 0.1, "reason": "r"}, "margin_reason": "s"}',
        "margin_reason is given twice",
    ),
    "replicates": ('{"replicates": 3}', "100 to 100000"),
    "human not a system": ('{"systems": ["dsr"], "human": ["human"]}', "'human' is not in systems"),
    "names twice": ('{"human": ["human", "human"]}', "different system names"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_plan_is_refused_in_its_place(case):
    text, message = REFUSED[case]
    with pytest.raises(InputErrors) as caught:
        Plan.from_json(text)
    assert message in str(caught.value)
    assert "Fix: " in str(caught.value)


def test_all_faults_come_together():
    with pytest.raises(InputErrors) as caught:
        Plan.from_json('{"level": 2, "pooled": 1, "mood": 0}')
    assert len(caught.value.errors) == 3


def test_a_single_criterion_is_primary_and_human_is_found():
    plan = Plan.default(tables_from_frames(judgments()))
    assert (plan.primary_criterion, plan.human) == ("overall", ("human",))


def test_of_several_criteria_none_is_primary():
    frame = pd.concat([judgments(), judgments().assign(criterion="dialogue")])
    assert Plan.default(tables_from_frames(frame)).primary_criterion is None


def test_scores_alone_make_the_score_primary():
    assert Plan.default(tables_from_frames(scores=scores())).primary_criterion == "score"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"human": ["people"]}, "'people'"),
        ({"primary_criterion": "plot"}, "'plot'"),
        ({"systems": ["dsr", "human"]}, "which is not in the plan"),
        ({"criteria": ["dialogue"]}, "the criterion 'overall', which is not in the plan"),
    ],
)
def test_a_plan_that_does_not_fit_its_tables_is_refused(changes, message):
    with pytest.raises(InputErrors, match=message):
        Plan.from_dict(changes).check(tables_from_frames(judgments()))


@pytest.mark.parametrize(
    ("text", "what"), [("[" * 200_000, "too deep"), (f'{{"margin": {"9" * 5000}}}', "too long")]
)
def test_what_no_reader_of_json_can_hold_is_refused(text, what):
    with pytest.raises(InputErrors, match=what):
        Plan.from_json(text)


def test_a_plan_may_have_several_primary_contrasts():
    several = [["dsr", "direct"], ["dsr", "human"]]
    found = Plan.from_dict({"primary_criterion": "overall", "primary_contrasts": several})
    assert found.contrasts == (("dsr", "direct"), ("dsr", "human"))
    assert found.primary_contrast == ("dsr", "direct")
    assert Plan.from_dict(found.to_dict()) == found
    assert found.family("overall", "human", "dsr") == "primary"
    assert found.family("overall", "human", "direct") == "secondary"
    assert Plan.from_dict({"primary_contrast": ["dsr", "human"]}).contrasts == (("dsr", "human"),)
    for changes, said in (
        ({"primary_contrast": ["dsr", "human"]}, "not the first of primary_contrasts"),
        ({"primary_contrasts": [["a", "b"], ["b", "a"]]}, "each pair once"),
        ({"secondary_contrasts": [["human", "dsr"]]}, "a primary contrast is also"),
        ({"systems": ["dsr", "human"]}, "'direct' is not in systems"),
        ({"looks": 2, "look": 1}, "only one primary contrast"),
    ):
        with pytest.raises(InputErrors) as caught:
            Plan.from_dict({"primary_criterion": "overall", "primary_contrasts": several} | changes)
        assert said in str(caught.value.errors[0])


def test_secondary_contrasts_are_other_pairs_behind_a_primary_one():
    second = [["direct", "human"], ["dsr", "direct"]]
    plan = {
        "primary_criterion": "overall",
        "primary_contrast": ["dsr", "human"],
        "secondary_contrasts": second,
    }
    found = Plan.from_dict(plan)
    assert found.secondary_contrasts == (("direct", "human"), ("dsr", "direct"))
    assert found.family("overall", "human", "direct") == "secondary"
    assert found.family("overall", "outline", "human") == "exploratory"
    for changes, said in (
        ({"primary_contrast": None}, "but no primary one"),
        ({"secondary_contrasts": [["human", "dsr"]]}, "a primary contrast is also"),
        ({"secondary_contrasts": [["a", "b"], ["b", "a"]]}, "each pair once"),
        ({"secondary_contrasts": "dsr"}, "each pair once"),
    ):
        with pytest.raises(InputErrors) as caught:
            Plan.from_dict(plan | changes)
        assert said in str(caught.value.errors[0])
