"""The report of an invented study of ten systems without people and without a planned contrast."""

from functools import cache
from itertools import combinations
from typing import Any

import pandas as pd

from analysis.stats import Plan, analyse, tables_from_frames

TEN = [f"model-{at}" for at in range(10)]
CHOICES = ("left", "right", "tie")


@cache
def ten_systems() -> dict[str, Any]:
    """Read it, never change it."""
    rows = [
        (f"r{rater}", f"i{item}", TEN[at], TEN[other], CHOICES[(3 * rater + item + at) % 3], "overall")
        for rater in range(9)
        for item in range(9)
        for at, other in combinations(range(10), 2)
        if (rater + item + at + other) % 5 == 0
    ]
    columns = ["rater", "item", "left_system", "right_system", "choice", "criterion"]
    tables = tables_from_frames(pd.DataFrame(rows, columns=columns))
    plan = Plan.from_dict({"primary_criterion": "overall", "systems": TEN})
    return analyse(tables, plan, seed=1, replicates=100).to_dict()
