"""Statistics: whatever small table comes, there is a report, and it keeps its schema."""

import json

import jsonschema
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.stats import InputErrors, Plan, analyse, load_schema, tables_from_frames
from tests import pace
from tests.analysis.stats.studies import SYSTEMS, judgments

CHOICES = ("left", "right", "tie", "neither")
shapes = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10**6),
        "rows": st.integers(0, 25),
        "raters": st.integers(1, 4),
        "items": st.integers(1, 4),
        "systems": st.integers(2, 4),
        "choices": st.lists(st.sampled_from(CHOICES), min_size=1, max_size=4, unique=True),
        "criteria": st.integers(1, 2),
        "languages": st.integers(0, 2),
        "series": st.booleans(),
        "lengths": st.booleans(),
        "by_series": st.booleans(),
        "pooled": st.booleans(),
        "human": st.booleans(),
        "scores": st.integers(0, 25),
        "top": st.integers(2, 12),
        "marks": st.integers(0, 6),
        "beside": st.booleans(),
    }
)


def _places(rng, count, shape):
    item = rng.integers(shape["items"], size=count)
    languages = [f"l{at % shape['languages']}" if shape["languages"] else "" for at in item]
    return {
        "item": [f"s{at}" for at in item],
        "rater": [f"r{at}" for at in rng.integers(shape["raters"], size=count)],
        "language": languages,
        "series": [f"x{at // 2}" if shape["series"] else "" for at in item],
        "position": [str(at + 1) for at in range(count)],
    }


def _judgments(rng, shape):
    count = shape["rows"]
    left = rng.integers(shape["systems"], size=count)
    right = (left + rng.integers(1, shape["systems"], size=count)) % shape["systems"]
    lengths = rng.integers(1, 900, size=(2, count)) if shape["lengths"] else [[""] * count] * 2
    return pd.DataFrame(
        _places(rng, count, shape)
        | {
            "criterion": [f"c{at}" for at in rng.integers(shape["criteria"], size=count)],
            "left_system": [SYSTEMS[at] for at in left],
            "right_system": [SYSTEMS[at] for at in right],
            "choice": rng.choice(shape["choices"], size=count),
            "guess_left": rng.choice(["human", "machine", "unsure", ""], size=count),
            "guess_right": rng.choice(["human", "machine", "unsure", ""], size=count),
            "left_length": lengths[0],
            "right_length": lengths[1],
        }
        | (_beside(rng, count) if shape["beside"] else {})
    )


def _beside(rng, count):
    """What may be asked and measured besides, with gaps."""
    columns = {"strength": rng.choice(["1", "3", ""], size=count)}
    for side in ("left", "right"):
        columns |= {
            f"guess_{side}_confidence": rng.choice(["1", "3", ""], size=count),
            f"knew_{side}": rng.choice(["true", "false", ""], size=count),
            f"read_{side}_s": rng.choice(["0", "35", "200", ""], size=count),
            f"share_read_{side}": rng.choice(["0", "0.4", "1", ""], size=count),
            f"{side}_script": rng.choice(["one", "two", ""], size=count),
        }
    columns["excluded"] = rng.choice(["", "", "", "late"], size=count)
    columns["kind"] = rng.choice(["main", "main", "main", "check"], size=count)
    return columns


def _scores(rng, shape):
    count = shape["scores"]
    columns = {
        "system": [SYSTEMS[at] for at in rng.integers(shape["systems"], size=count)],
        "score": rng.integers(0, shape["top"], size=count),
        "context": rng.choice(["single", "pair"], size=count),
    }
    return pd.DataFrame(_places(rng, count, shape) | columns).assign(scale_min=0, scale_max=12)


def _marks(rng, shape):
    count = shape["marks"]
    places = _places(rng, count, shape)
    return pd.DataFrame(
        {
            "item": places["item"],
            "rater": places["rater"],
            "system": [SYSTEMS[at] for at in rng.integers(shape["systems"], size=count)],
            "class": rng.choice(["plot", "character", "pacing"], size=count),
        }
    )


@pytest.mark.slow
@settings(max_examples=pace.examples(40), deadline=None)
@given(shapes)
def test_there_is_a_report(shape):
    rng = np.random.default_rng(shape["seed"])
    tables = tables_from_frames(_judgments(rng, shape), scores=_scores(rng, shape), marks=_marks(rng, shape))
    plan = Plan.from_dict(
        {
            "systems": list(SYSTEMS),
            "human": ["direct"] if shape["human"] else [],
            "item_cluster": "series" if shape["by_series"] else "item",
            "pooled": shape["pooled"],
            "margin": 0.1,
            "margin_reason": "the smallest that matters",
            "criteria": ["c0", "c1"],
            "known_worse": ["cut"],
            "looks": 2 if shape["beside"] else None,
            "look": 1 if shape["beside"] else None,
            "primary_criterion": "c0" if shape["beside"] and shape["rows"] else None,
        }
    )
    report = analyse(tables, plan, seed=1, replicates=100)
    jsonschema.Draft202012Validator(load_schema()).validate(json.loads(report.to_json()))


@settings(max_examples=pace.examples(40), deadline=None)
@given(st.text(min_size=1).filter(lambda text: text not in CHOICES))
def test_an_unknown_choice_is_never_a_tie(choice):
    frame = judgments(items=2, raters=3)
    frame.loc[0, "choice"] = choice
    with pytest.raises(InputErrors) as caught:
        tables_from_frames(frame)
    assert caught.value.errors[0].line == 2
