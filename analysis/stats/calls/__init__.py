"""One call per quantity, on arrays or counts: what `from analysis import stats` offers beside `analyse`.

The arrays have one element a row, like the columns of judgments.csv and scores.csv, and hold labels of any
hashable kind. Every call gives a frozen result with its method by name, its rows, raters and items; what
cannot be computed is None with a reason; input that is wrong raises ValueError. They run the estimators of
the report.
"""
