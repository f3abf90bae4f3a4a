"""Statistics: other names for the systems change names only, in every list of the report."""

from itertools import combinations, permutations, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.stats import Judgments, Plan, analyse, tables_from_frames
from analysis.stats.report import LISTS

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "example"
SYSTEMS = ("direct", "dsr", "human", "plan-then-write")
# Each row is the alphabetical place that each of SYSTEMS gets.
ORDERS = ((3, 2, 1, 0), (1, 2, 3, 0), (2, 0, 3, 1))
NAMES = ("ant", "bee", "cat", "dog")
NAMED = ("system", "opponent", "other", "human", "baseline")
# Lists that show each pair of systems once: which of the two comes first follows the plan's order.
ONE_WAY = ("differences", "strength")
SIGNED = (("estimate", "estimate"), ("low", "high"), ("other_low", "other_high"))


@pytest.fixture(scope="module")
def frames():
    return {
        name: pd.read_csv(EXAMPLE / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in ("judgments", "scores", "marks", "raters")
    }


def _report(frames, names, **changes):
    """The report of the tables under other names, listed in alphabetical order."""
    renamed = {
        table: frame.assign(**{c: frame[c].replace(names) for c in frame if c.endswith("system")})
        for table, frame in frames.items()
    }
    tables = tables_from_frames(renamed.pop("judgments", None), **renamed)
    plan = {
        "primary_criterion": "overall" if "judgments" in frames else "score",
        "primary_contrast": [names["dsr"], names["human"]],
        "human": [names["human"]],
        "systems": sorted(names.values()),
        "pooled": True,
    }
    return analyse(tables, Plan.from_dict(plan | changes), seed=1, replicates=100).to_dict()


def _with_names(report, back):
    """All entries: from what identifies an entry to its numbers, under the names that `back` gives."""
    found = {}
    for name in LISTS:
        for entry in report[name]:
            entry = {key: back.get(value, value) if key in NAMED else value for key, value in entry.items()}
            if "|" in str(entry.get("scope")):
                entry["scope"] = "|".join(sorted(back.get(part, part) for part in entry["scope"].split("|")))
            if name in ONE_WAY:
                entry = _turned(entry)
            texts = {key: value for key, value in entry.items() if isinstance(value, str)}
            numbers = {key: value for key, value in entry.items() if not isinstance(value, str)}
            identity = (name, *sorted((key, value) for key, value in texts.items()))
            assert identity not in found
            found[identity] = numbers
    return found


def _turned(entry):
    other = "other" if "other" in entry else "opponent"
    if entry["system"] < entry[other]:
        return entry
    turned = entry | {"system": entry[other], other: entry["system"]}
    for low, high in SIGNED:
        if entry[low] is not None:
            turned |= {low: -entry[high], high: -entry[low]}
    return turned


def _assert_same(first, second):
    assert first.keys() == second.keys()
    for identity, numbers in first.items():
        assert numbers.keys() == second[identity].keys()
        for key, value in numbers.items():
            other = second[identity][key]
            expected = pytest.approx(value, rel=1e-8, abs=1e-10) if isinstance(value, float | int) else value
            assert other == expected, (identity, key, value, other)


@pytest.mark.slow
@pytest.mark.parametrize("tables", [("judgments", "scores", "marks", "raters"), ("scores", "raters")])
def test_renaming_systems_changes_names_only_in_every_list(frames, tables):
    mine = {name: frames[name] for name in tables}
    first = _with_names(_report(mine, dict(zip(SYSTEMS, SYSTEMS, strict=True))), {})
    for order in ORDERS:
        names = {system: NAMES[place] for system, place in zip(SYSTEMS, order, strict=True)}
        back = {new: old for old, new in names.items()}
        _assert_same(first, _with_names(_report(mine, names), back))


FAR_APART = {"alpha": 1, "beta": 1, "human": 2, "weak": 0}


def _far_apart():
    """`human` beats all, `weak` loses to all, `alpha` and `beta` win half of their meetings."""
    rng = np.random.default_rng(1)
    raters, items, pairs = 30, 60, list(combinations(FAR_APART, 2))
    frame = pd.DataFrame(
        product(range(raters), range(items), range(len(pairs))), columns=["rater", "item", "pair"]
    )
    turned = rng.random(len(frame)) < 0.5
    sides = np.array(pairs)[frame["pair"]]
    left, right = (np.where(turned, sides[:, at], sides[:, 1 - at]) for at in (1, 0))
    gap = np.array([FAR_APART[one] - FAR_APART[two] for one, two in zip(left, right, strict=True)])
    won = np.where(gap == 0, rng.random(len(frame)) < 0.5, gap > 0)
    frame = frame.assign(left_system=left, right_system=right, choice=np.where(won, "left", "right"))
    return frame.drop(columns="pair").astype(str).assign(criterion="overall")


def test_systems_far_apart_have_abilities_in_whatever_order_their_names_come():
    frame, expected = _far_apart(), None
    for order in permutations(NAMES):
        names = dict(zip(FAR_APART, order, strict=True))
        sides = (frame[side].map(names) for side in ("left_system", "right_system"))
        worths = Judgments(*sides, frame["choice"], frame["rater"], frame["item"]).abilities()
        assert worths.prior == 0.5
        found = [
            number
            for name in names.values()
            for number in (worths.worths[name].estimate, worths.worths[name].se, *worths.ranks[name])
        ]
        expected = expected or found
        assert found == pytest.approx(expected, rel=1e-8)
    human, weak = expected[8], expected[12]
    assert human > 5
    assert weak < -5


@pytest.mark.parametrize("choice", ["left", "tie"])
def test_abilities_have_a_maximum_where_one_side_or_no_side_ever_won(choice):
    """The order term, or the tie term, has no maximum without a prior."""
    pairs = list(permutations("abc", 2))
    rows = [(f"r{r}", f"i{i}", *pair, choice) for r in range(6) for i in range(6) for pair in pairs]
    rater, item, left, right, given = zip(*rows, strict=True)
    worths = Judgments(left, right, given, rater, item).abilities()
    assert worths.prior == 0.5
    assert [worths.worths[name].estimate for name in "abc"] == pytest.approx([0, 0, 0], abs=1e-9)
    assert (worths.order.estimate is not None, worths.tie.estimate is not None) == (True, choice == "tie")
