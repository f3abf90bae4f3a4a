"""Statistics of a blinded comparison, for a notebook as for the site. No Django, no clock, no global random
state.

A whole study, from its tables to a frozen report:

    tables = read_tables(Path("judgments.csv"), None, None)
    plan = Plan.default(tables, primary="overall", human=["human"])
    report = analyse(tables, plan, seed=1)
    report.to_dict()                      # what report.json holds

One quantity at a time, from arrays (the columns of a table) or from counts:

    rate = win_rate(df.left_system, df.right_system, df.choice, df.rater, df.item,
                    system="dsr", opponent="human")
    print(rate)                           # estimate, limits, n, raters, items, method

Preference        win_rate, win_rate_from_cells, win_rate_from_counts, win_rate_difference, mean_strength
Human level       parity, ratio_of_means, above_floor, common_baseline; human_level_claim, non_inferior,
                  equivalent
Scores, errors    mean_score, score_difference, error_rate, error_rate_ratio
Best of k         best_of_k_by_scores, best_of_k_by_votes
Many systems      abilities (with differences and ranks), half_win_bradley_terry as a check
Bias              position_bias, length_bias, blinding_share
Agreement         krippendorff_alpha, gwet_ac1, raw_agreement, fleiss_kappa, intraclass_correlation,
                  intra_rater; outcomes and long_form bring rows into shape
Raters            leave_one_out, dawid_skene
Tests             holm, benjamini_hochberg, two_one_sided_tests, newcombe_difference,
                  newcombe_paired_difference, mcnemar
Looks             obrien_fleming, pocock, look_level, naive_chance, confidence_sequence, bernoulli_sequence
Planning          sample_size, study_power, t_test_power (by simulation: analysis.stats.power)
Anything else     pigeonhole_bootstrap, two_way_covariance

Two-way clusters by rater and item are the default everywhere; what takes rows as independent says so in its
name or its method. Results are frozen, and what cannot be computed is None with a reason.
"""

from analysis.messages import Warn
from analysis.stats.analyse import analyse
from analysis.stats.calls.abilities import (
    Worths,
    abilities,
    half_win_bradley_terry,
    length_bias,
    position_bias,
)
from analysis.stats.calls.agreement import (
    fleiss_kappa,
    gwet_ac1,
    intra_rater,
    intraclass_correlation,
    krippendorff_alpha,
    long_form,
    raw_agreement,
)
from analysis.stats.calls.best_of_k import best_of_k_by_scores, best_of_k_by_votes
from analysis.stats.calls.blinding import blinding_share
from analysis.stats.calls.claims import equivalent, human_level_claim, non_inferior
from analysis.stats.calls.errors import error_rate, error_rate_ratio
from analysis.stats.calls.human_level import above_floor, common_baseline, parity, ratio_of_means
from analysis.stats.calls.labels import UnknownLabel
from analysis.stats.calls.planning import sample_size, study_power, t_test_power
from analysis.stats.calls.raters import RaterQuality, dawid_skene, leave_one_out
from analysis.stats.calls.result import Estimate
from analysis.stats.calls.scores import mean_score, mean_strength, score_difference
from analysis.stats.calls.sequences import confidence_sequence, pigeonhole_bootstrap
from analysis.stats.calls.small_tables import (
    McNemar,
    mcnemar,
    newcombe_difference,
    newcombe_paired_difference,
)
from analysis.stats.calls.win_rates import (
    outcomes,
    win_rate,
    win_rate_difference,
    win_rate_from_cells,
    win_rate_from_counts,
)
from analysis.stats.covariance import two_way as two_way_covariance
from analysis.stats.equivalence import Claim, OneSidedTests, two_one_sided_tests
from analysis.stats.faults import Fault, PlanError, TableError
from analysis.stats.looks import (
    Looks,
    bernoulli_sequence,
    look_level,
    naive_chance,
    obrien_fleming,
    pocock,
)
from analysis.stats.multiplicity import benjamini_hochberg, holm
from analysis.stats.plan import Plan
from analysis.stats.report import Report, load_schema
from analysis.stats.tables import Source, Tables, read_tables, tables_from_frames

__all__ = [
    "Claim",
    "Estimate",
    "Fault",
    "Looks",
    "McNemar",
    "OneSidedTests",
    "Plan",
    "PlanError",
    "RaterQuality",
    "Report",
    "Source",
    "TableError",
    "Tables",
    "UnknownLabel",
    "Warn",
    "Worths",
    "abilities",
    "above_floor",
    "analyse",
    "benjamini_hochberg",
    "bernoulli_sequence",
    "best_of_k_by_scores",
    "best_of_k_by_votes",
    "blinding_share",
    "common_baseline",
    "confidence_sequence",
    "dawid_skene",
    "equivalent",
    "error_rate",
    "error_rate_ratio",
    "fleiss_kappa",
    "gwet_ac1",
    "half_win_bradley_terry",
    "holm",
    "human_level_claim",
    "intra_rater",
    "intraclass_correlation",
    "krippendorff_alpha",
    "leave_one_out",
    "length_bias",
    "load_schema",
    "long_form",
    "look_level",
    "mcnemar",
    "mean_score",
    "mean_strength",
    "naive_chance",
    "newcombe_difference",
    "newcombe_paired_difference",
    "non_inferior",
    "obrien_fleming",
    "outcomes",
    "parity",
    "pigeonhole_bootstrap",
    "pocock",
    "position_bias",
    "ratio_of_means",
    "raw_agreement",
    "read_tables",
    "sample_size",
    "score_difference",
    "study_power",
    "t_test_power",
    "tables_from_frames",
    "two_one_sided_tests",
    "two_way_covariance",
    "win_rate",
    "win_rate_difference",
    "win_rate_from_cells",
    "win_rate_from_counts",
]
