"""Statistics of blinded comparisons, for a notebook as for the site: no Django, no clock, no global state.

A whole study

    read_tables, tables_from_frames    Read judgments, scores and marks from files or data frames (`Tables`).
    Plan                               What was planned: contrasts, margin, human systems, languages.
    analyse                            Every number of a study, as a frozen `Report`.
    load_schema                        The JSON schema of `report.json`.

One number at a time, from the columns of any table
(`j = Judgments(left, right, choice, rater, item)`, then `j.win_rate("dsr", "human")`)

    Judgments                          Which of two scripts is preferred?
        win_rate, win_rate_difference  How often? How much more often than another system?
        mean_strength                  How strongly?
        human_level                    Human level, by parity or over a common baseline.
        abilities                      Where does each system stand, all pairs together (`Worths`)?
        half_win_worths                The same by Bradley and Terry's model, as a check.
        best_of_k                      How often is it the best of k?
        position_bias, length_bias     Do the side or the length decide?
        recognition                    Do raters recognize who wrote a script?
        agreement, ratings             Do raters agree?
    Scores                             How good is a script on a scale?
        mean, difference               How good? How much better than another system?
        human_level                    Human level, by the ratio of means.
        best_of_k, ratings             As for judgments.
    ErrorMarks                         How many error marks does a script draw?
        rate, rate_ratio               How many? How many times as many as in people's scripts?
    Ratings                            Do raters give the same values to the same units?
        alpha, ac1, raw_agreement, fleiss_kappa, icc
                                       How well do they agree?
        intra_rater_agreement          Does a rater give the same value again?
        leave_one_out, dawid_skene     How good is each rater (`RaterQuality`)?

Each gives an `Estimate`: number, limits, counts and method. `UnknownLabel` is the error for a wrong name.

From an estimate or from plain numbers

    human_level_claim                  May non-inferiority or equivalence be claimed (`Claim`)?
    two_one_sided_tests                Is a difference inside two bounds (`OneSidedTests`)?
    win_rate_from_counts               A win rate where every row has its own rater and item.
    newcombe_difference, newcombe_paired_difference, mcnemar
                                       Differences of two proportions (`McNemar`).
    holm, benjamini_hochberg           p values adjusted for several tests.
    pigeonhole_bootstrap               Limits of any statistic, by resampling raters and items.
    two_way_covariance                 The covariance behind all limits.

Looking several times, and planning

    obrien_fleming, pocock             Boundaries of planned looks (`Looks`).
    look_level, naive_chance           The level at one look. What looking without a plan costs.
    confidence_sequence, bernoulli_sequence
                                       Limits that hold at every look.
    study_power, sample_size           What does a study of given sizes show? How many raters does it need?
    PlannedTest, Components, Question, Sizes, logits_of
                                       What the two are asked with (by simulation: `analysis.stats.power`).
    t_test_power                       Power of a t test.

Errors: `InputErrors` holds one `InputError` for each thing to fix. `Source`, `Warn`: parts of tables.

One quantity is one module: its estimate, its test, and its list in the report

    win_rates, human_level             Win rates, differences and strength. Human level, by each definition.
    abilities/                         Davidson's likelihood, its fit, ranks, and their lists.
    scores, tier_shares, best_of_k     Mean scores. Shares by tier of a rubric. Best of k.
    error_marks                        Marks per script, and against people's scripts.
    agreement, rater_quality           Alpha, AC1, ICC. Leave-one-out, Dawid and Skene, checks passed.
    rater_groups, covariates           Results by group of raters. One model of side, length, group, series.
    position_bias, script_lengths, reading_time, drift, controls
                                       What else decides: side, length, reading, fatigue, negative controls.
    blinding, attention/               Guesses of origin. Signs that somebody did not read or judge.
    sensitivity, equivalence           The same under other rules. Claims at a margin.
    sequential, multiple_testing       Planned looks. Adjusted p values.
    report_warnings                    What to know before the numbers.

What they rest on

    tables/, plan                      Checked tables and the plan.
    coded_columns, cells, scope, linear
                                       Rows to codes to counts; an estimate with each observation's influence.
    covariance, intervals              The two-way covariance. Limits and p values by named methods.
    resampling, bootstrap              Random weights by name, and the pigeonhole bootstrap.
    quantities, report, report_files   From an estimate to an entry, a report, and its files.
    analyse, cli, console              The one entry point, and the command line.
    estimate, labels, judgments, ratings, proportions
                                       The objects for notebooks.
    simulate, coverage/, power/, attention_rates
                                       Simulated studies: coverage, sample size, careless raters.
"""

from analysis.messages import Warn
from analysis.stats.abilities.results import Worths
from analysis.stats.analyse import analyse
from analysis.stats.bootstrap import pigeonhole_bootstrap
from analysis.stats.covariance import two_way as two_way_covariance
from analysis.stats.equivalence import Claim, OneSidedTests, human_level_claim, two_one_sided_tests
from analysis.stats.error_marks import ErrorMarks
from analysis.stats.errors import InputError, InputErrors
from analysis.stats.estimate import Estimate
from analysis.stats.judgments import Judgments
from analysis.stats.labels import UnknownLabel
from analysis.stats.multiple_testing import benjamini_hochberg, holm
from analysis.stats.plan import Plan
from analysis.stats.power import Components, PlannedTest, Question, Sizes, logits_of
from analysis.stats.power.answer import sample_size, study_power, t_test_power
from analysis.stats.proportions import (
    McNemar,
    mcnemar,
    newcombe_difference,
    newcombe_paired_difference,
    win_rate_from_counts,
)
from analysis.stats.ratings import RaterQuality, Ratings
from analysis.stats.report import Report, load_schema
from analysis.stats.scores import Scores
from analysis.stats.sequential import (
    Looks,
    bernoulli_sequence,
    confidence_sequence,
    look_level,
    naive_chance,
    obrien_fleming,
    pocock,
)
from analysis.stats.tables import Source, Tables, read_tables, tables_from_frames

__all__ = [
    "Claim",
    "Components",
    "ErrorMarks",
    "Estimate",
    "InputError",
    "InputErrors",
    "Judgments",
    "Looks",
    "McNemar",
    "OneSidedTests",
    "Plan",
    "PlannedTest",
    "Question",
    "RaterQuality",
    "Ratings",
    "Report",
    "Scores",
    "Sizes",
    "Source",
    "Tables",
    "UnknownLabel",
    "Warn",
    "Worths",
    "analyse",
    "benjamini_hochberg",
    "bernoulli_sequence",
    "confidence_sequence",
    "holm",
    "human_level_claim",
    "load_schema",
    "logits_of",
    "look_level",
    "mcnemar",
    "naive_chance",
    "newcombe_difference",
    "newcombe_paired_difference",
    "obrien_fleming",
    "pigeonhole_bootstrap",
    "pocock",
    "read_tables",
    "sample_size",
    "study_power",
    "t_test_power",
    "tables_from_frames",
    "two_one_sided_tests",
    "two_way_covariance",
    "win_rate_from_counts",
]
