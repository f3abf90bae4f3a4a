"""Statistics: a share that is the same everywhere is no count of successes."""

from analysis.stats import analyse, tables_from_frames
from tests.analysis.stats.studies import judgments, one, plan_for


def test_shares_that_do_not_vary_have_no_interval_and_say_why():
    frame = judgments(share_read_left="1", share_read_right="1")
    tables = tables_from_frames(frame)
    report = analyse(tables, plan_for(tables), seed=1, replicates=20).to_dict()
    entry = one(report["reading_time"], system="dsr", measure="share_read")
    assert (entry["estimate"], entry["low"], entry["high"]) == (1, None, None)
    assert entry["reason"] == "the data do not vary, so there is no standard error"
    assert "Clopper" not in entry["method"]
