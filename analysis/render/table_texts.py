"""The texts of the tables and charts of a report, and the alternatives of the charts for screen readers."""

from typing import Final

from analysis.translation import Text, pgettext_lazy
from analysis.translation import gettext_lazy as _

TABLE_TEXTS: Final[dict[str, Text]] = {
    # columns
    "system": _("System"),
    "opponent": _("Opponent"),
    "other": _("Other"),
    "criterion": _("Criterion"),
    "win_rate": _("Win rate"),
    "estimate": _("Estimate"),
    "interval": _("%(level)s %% interval"),
    "interval_by": _("by %(cluster)s"),
    "to": _("%(low)s to %(high)s"),
    "neither": _("Neither usable"),
    "without_ties": _("Without ties"),
    "n_judgments": pgettext_lazy("column", "Judgments"),
    "n_comparisons": _("Comparisons"),
    "n_rows": _("Rows"),
    "n_scores": _("Scores"),
    "n_marks": _("Marks"),
    "raters_n": pgettext_lazy("number of", "Raters"),
    "items_n": pgettext_lazy("number of", "Scenes"),
    "series_n": pgettext_lazy("number of", "Series"),
    "method_col": _("Method"),
    "human": _("Human"),
    "definition": _("Definition"),
    "baseline": _("Baseline"),
    "level_pct": _("Of human level"),
    "mean": _("Mean score"),
    "context": pgettext_lazy("column", "Read"),
    "context_pair": _("in pairs"),
    "context_single": _("alone"),
    "sd_raters": _("SD of rater means"),
    "sd_items": _("SD of scene means"),
    "best_share": pgettext_lazy("column", "Best of k"),
    "k": _("k"),
    "chance": pgettext_lazy("column", "Chance"),
    "by_scores": _("mean scores"),
    "by_votes": _("votes"),
    "with_human": _("Human among the k"),
    "yes": _("yes"),
    "no": _("no"),
    "class": _("Class"),
    "class_plot": _("plot coherence"),
    "class_character": _("character development"),
    "class_dialogue": _("dialogue"),
    "class_pacing": _("narrative pacing"),
    "class_format": _("format"),
    "class_continuity": _("continuity"),
    "per_script": _("Per reading"),
    "per_1000": _("Per 1,000"),
    "log_worth": _("Log-worth"),
    "se": _("Standard error"),
    "rank": _("Rank interval"),
    "of_win_rate": _("win rate"),
    "of_ability": _("ability"),
    "of_score": _("score"),
    "p": _("p"),
    "p_adjusted": _("Adjusted p"),
    "measure": _("Measure"),
    "scope": _("Among"),
    "scope_all": pgettext_lazy("column", "all"),
    "alpha_nominal": _("Krippendorff's alpha, nominal"),
    "alpha_ordinal": _("Krippendorff's alpha, ordinal"),
    "raw": _("Raw agreement"),
    "ac1": _("Gwet's AC1"),
    "icc_a1": _("ICC(A,1)"),
    "icc_ak": _("ICC(A,k)"),
    "intra": _("Same rater, asked again"),
    "left_share": _("Left share of decided rows"),
    "order_term": _("Order term, log"),
    "slope": _("Slope on the log length ratio"),
    "rater": _("Rater"),
    "left": _("Left share"),
    "seconds": _("Median time"),
    "leave_one_out": _("With the others' majority"),
    "checks": _("Checks passed"),
    "accuracy": _("Accuracy, Dawid–Skene"),
    "right_share": _("Origin guessed right"),
    "human_when_preferred": _("Guessed human when preferred"),
    "scripts": _("Scripts"),
    "value": _("Value"),
    "criterion_score": pgettext_lazy("column", "Score"),
    "criterion_errors": _("Error marks"),
    "pct": _("%(value)s %%"),
    "unit_s": _("s"),
    "unit_points": _("points"),
    "interval_boot": _("%(level)s %% interval, bootstrap"),
    "rule": _("Rule"),
    "main_estimate": _("Main result"),
    "left_out_n": _("Rows changed"),
    "item": pgettext_lazy("column", "Scene"),
    "one_series": pgettext_lazy("column", "Series"),
    "mean_length": _("Mean length"),
    "median": _("Median"),
    "sd": _("SD"),
    "unit": _("Unit"),
    "words": _("words"),
    "characters": _("characters"),
    "n_scripts": _("Number of scripts"),
    "redraws": _("Redraws"),
    "failures": _("Failures"),
    "refusals": _("Refusals"),
    "rejected": pgettext_lazy("column", "Rejected scripts"),
    "off_format": _("Scripts with faults of format"),
    "writers": _("Writers"),
    "look": _("Look"),
    "look_of": _("%(look)s of %(of)s"),
    "boundary": _("Boundary, z"),
    "crossed": _("Crossed"),
    "mean_strength": _("Mean strength, −3 to 3"),
    "ratio": _("Ratio"),
    "per": _("Per"),
    "per_reading": _("reading"),
    "per_1000_unit": _("1,000 words or characters"),
    "class_all": pgettext_lazy("classes", "all"),
    "unsure": _("Unsure"),
    "note": _("Note"),
    "early": _("First half"),
    "late": _("Second half"),
    "left_out_rows": _("Rows left out"),
    "human_marks": _("Human marks"),
    "late_minus_early": _("Win rate, second half minus first"),
    "reading_seconds": _("Reading seconds, geometric mean"),
    "reading_share_read": _("Share read, mean"),
    "reading_words_per_minute": _("Words per minute"),
    "reading_characters_per_minute": _("Characters per minute"),
    "without_known": _("without scenes that the rater knew"),
    "without_confident_guesses": _("without confident guesses of origin"),
    "without_either": _("without both"),
    "with_excluded": _("with the excluded rows"),
    "without_imputed": _("without pairs lost for want of a script"),
    # captions and notes
    "cap_matrix": _("How often the system of the row won over the system of the column, in %%"),
    "cap_win_rates": _("Win rates"),
    "cap_human": _("Each system as a percentage of human level"),
    "cap_tiers": _("Shares of scores by tier"),
    "note_tiers": _("Tiers of the rubric %(rubric)s. The shares are not adjusted for rater and scene."),
    "tier": _("Tier"),
    "tier_share": _("Share of scores"),
    "tier_count": _("Scores in tier"),
    "cap_scores": _("Mean scores"),
    "cap_best": _("Share of scenes on which a system was the best of k, by %(by)s"),
    "cap_errors": _("Marks of errors"),
    "cap_abilities": _("Abilities in Davidson's model"),
    "cap_human_baseline": _("Against a common baseline"),
    "by_pair": _("By pair of systems"),
    "by_rater": _("Rater by rater"),
    "won_tied_lost": _("Won / tied / lost"),
    "system_mean": _("System mean"),
    "human_mean": _("Human mean"),
    "best_on": _("Best on"),
    "of_scenes": _("%(won)s of %(all)s"),
    "bias": _("Bootstrap bias"),
    "length_term": _("Length term"),
    "tie_term": _("Tie term, log"),
    "or": pgettext_lazy("between numbers", " or "),
    "note_tests_one": _("The primary p is the only test of its family, so nothing was adjusted."),
    "note_tests_primary": _("Primary p: adjusted by Holm's method over %(tests)s tests."),
    "note_tests_secondary": _(
        "Secondary p: adjusted by Holm's method over %(tests)s tests. They come after the primary tests, so"
        " none of them can be below the primary p."
    ),
    "note_tests_behind": _(
        "Secondary p: adjusted by Holm's method over %(tests)s tests. They come after the primary tests, so"
        " none of them can be below the largest adjusted primary p (%(primary_p)s)."
    ),
    "note_tests_exploratory": _(
        "Exploratory p: adjusted by Benjamini and Hochberg's method over %(tests)s tests."
    ),
    "note_unadjusted": _("Intervals are not adjusted."),
    "note_disagree": _(
        "Some intervals exclude “no difference” although the adjusted p is above %(alpha)s: an interval is"
        " about one comparison alone, the adjusted p allows for all tests of its family and for those that"
        " come before it. Do not report such a row as a finding."
    ),
    "note_primary_missing": _(
        "Secondary tests have no adjusted p: they come after the primary test, which could not be computed."
    ),
    "answer_ratio": _(
        "%(system)s scored %(numerator)s on average and %(human)s %(denominator)s on the same"
        " scenes: %(estimate)s %% of human level by ratio of means (%(level)s %% interval %(low)s to"
        " %(high)s %%)."
    ),
    "answer_ratio_bare": _(
        "%(system)s scored %(estimate)s %% of human level by ratio of means; the interval was not"
        " computed: %(reason)s."
    ),
    "answer_scores_counts": _("%(sizes)s%(read)s. Method: %(method)s."),
    "read_pair": _("read in pairs"),
    "read_single": _("read alone"),
    "read_how": _(", read %(context)s"),
    "cap_ability_model": _("Tie and order terms of the same model"),
    "cap_differences_of": _("Differences in %(of)s"),
    "difference": _("Difference"),
    "cap_agreement": _("Agreement"),
    "cap_position": _("Preference for a side"),
    "cap_length": _("Preference for length"),
    "cap_raters": _("Raters, by their codes"),
    "cap_blinding": _("Guesses of origin"),
    "cap_left_out": _("Rows left out, and why"),
    "cap_files": _("Files read"),
    "cap_versions": _("Versions"),
    "note_ties": _("A tie counts half for both. “Neither is usable” is a tie that is counted apart."),
    "note_all": _("Against several opponents, each opponent has equal weight; such rows are not tested."),
    "note_chance": _("Chance is what a system would reach if all k were equally good."),
    "note_log_worth": _(
        "Natural log of the worth, centred on 0 over the systems. Differences are what is tested."
    ),
    "note_agreement": _(
        "No value is good or bad in itself, for taste differs. Alpha falls when one outcome"
        " dominates: read it beside the raw agreement. The interval is for other scenes and these"
        " raters."
    ),
    "note_agreement_few": _(
        "With fewer than 8 scenes a bootstrap over scenes gives intervals that are too narrow."
    ),
    "note_icc": _(
        "ICC(A,1) is the reliability of one rater's score, ICC(A,k) that of the mean of all k"
        " raters; each script is a case of its own."
    ),
    "note_difference": _(
        "Each system's win rate over all its opponents, the other system among them, each opponent"
        " with equal weight; one less the other."
    ),
    "note_difference_ability": _(
        "Log-worth of the one less that of the other: 0.69 doubles the odds of winning."
    ),
    "note_slope": _(
        "0 is no preference for length. A slope of 1: a script twice as long has twice the odds of"
        " winning against the same opponent; lengths in these data may differ by far less. Length is"
        " part of the system: the slope describes and corrects nothing."
    ),
    "note_terms": _(
        "Both on the log scale: the lower the tie term, the rarer are ties; an order term above 0"
        " favours the left."
    ),
    "note_order": _(
        "The order term is the left script's advantage in the ability model, in log odds; 0 is none."
    ),
    "note_turned": _(
        "No further results: win rate and limits are 100 %% less those of the pair above, and p is"
        " the same test."
    ),
    "note_over_scenes": _(
        "This bootstrap is over scenes, not over the planned series: where scenes of one series are"
        " alike, the intervals are too narrow."
    ),
    "note_range": _("Limits that would leave the possible range are cut at it."),
    "note_few_series": _(
        "Intervals by series are left out where a result has only two series: two say next to"
        " nothing of how series differ."
    ),
    "note_few_item": _(
        "Intervals by scene are left out where a result has only two scenes: two say next to nothing"
        " of how scenes differ."
    ),
    "note_two_levels": _(
        "The two answer different questions, how often a system is preferred and how near its scores"
        " are: they need not agree, and neither is a share of scripts as good as human ones."
    ),
    "note_over": _("> 1 000: bounded in name alone, for the denominator may be near zero."),
    "note_no_per": _("Per %(per)s: not computed: %(reason)s."),
    "n_readings": _("Readings"),
    "n_guesses": _("Guesses"),
    "note_left": _("Without a preference for a side the share is 50 %%."),
    "note_method": _("Method: %(method)s."),
    "note_methods": _("Methods: %(methods)s."),
    "note_cluster": _(
        "Intervals hold raters and scenes for samples, both at once; scenes are grouped by %(cluster)s."
    ),
    "note_best_human": _("Human scripts are left out of the k unless the table says so."),
    "alt_pair": _("%(a)s over %(b)s: %(value)s"),
    "alt_one": _("%(a)s: %(value)s"),
    "alt_range": _("%(estimate)s (%(low)s to %(high)s)"),
    "scroll_table": _("Table, scrolls sideways: %(caption)s"),
    "cap_pairs": _("Win rates, each pair once"),
    "cap_pairs_sets": _("Win rates over several opponents at once"),
    "cap_human_first": _("Each system as a percentage of human level, by two definitions"),
    "cap_other_levels": _("Scores measured from the floor of the scale"),
    "cap_pairs_turned": _("The same pairs the other way round"),
    "cap_strength": _("Signed strength of preference"),
    "cap_error_ratios": _("Error rates as a ratio to human"),
    "cap_sensitivity": _("Win rates again, with other rows"),
    "cap_breakdown_item": _("Win rate by scene"),
    "cap_breakdown_series": _("Win rate by series"),
    "cap_lengths": _("Length of the scripts"),
    "cap_scripts": _("How the scripts came about"),
    "cap_reading": _("Time with the scripts on screen"),
    "cap_drift": _("Win rate late in a rater's work against early"),
    "cap_looks": _("Results at this look, with its own limits"),
    "cap_icc": _("Intraclass correlation"),
    "cap_boot": _("%(what)s, with bootstrap intervals beside"),
    "note_neither": _("A tie counts half for both. “Neither usable” counts among the ties."),
    "note_by_scores": _(
        "Derived from scores: two scores by the same rater on the same scene are compared, and equal"
        " scores count half for both. No rater chose between the two scripts."
    ),
    "note_strength": _("From 3 (clearly the first) over 0 (a tie) to −3 (clearly the second)."),
    "note_unsure": _("“Unsure” guesses are counted apart and not among the guesses."),
    "note_item": _(
        "Each interval is for this scene alone, over its raters; many scenes make some stand out by chance."
    ),
    "note_series": _("Each interval is for this series alone; the series are not tested against each other."),
    "note_lengths": _(
        "The interval is over scripts. Length is a part of what a system writes: differences are"
        " described, not corrected."
    ),
    "note_ratio_one": _("1 is the human rate; below 1 fewer errors than in the human scripts."),
    "note_sensitivity": _("Checks of the main result, never a result of their own."),
    "note_drift": _("0 is no drift. Positions are halved for each rater."),
    "note_boot": _(
        "Pigeonhole bootstrap over raters and %(clusters)s, percentiles, %(replicates)s. With few"
        " raters or %(clusters)s percentiles are too narrow; with many they tend to be wider than"
        " need be."
    ),
    "note_ranks": _("Rank intervals hold for all systems at once."),
    "note_cut": _("The first %(shown)s of %(all)s rows; the CSV has all of them."),
    "note_reasons": _("No interval: %(reasons)s."),
    "note_accuracy": _(
        "Taste has no right answer: accuracy is agreement with the outcome that the model of Dawid"
        " and Skene finds most likely. Low values are no fault, and exclude and weight nobody."
    ),
    "note_no_change": _(
        "Where no row changed, no judgment fell under the rule, and the result is the main one."
    ),
    "note_looks": _("Limits by O'Brien–Fleming for this look; at an early look they are wide by design."),
    # attention and negative controls
    "attention": _("Attention"),
    "controls": _("Two samples of one system"),
    "cap_attention": _("Signs of attention, by the raters' codes"),
    "cap_controls": _("Negative control: how often one of two samples of one system won"),
    "signs": _("Signs"),
    "signs_none": _("none"),
    "sign_fast": _("too fast to have read"),
    "sign_unread": _("mostly never on screen"),
    "sign_one_side": _("one side"),
    "sign_checks": _("checks failed"),
    "sign_random": _("answers at random"),
    "fast_share": _("Pairs too fast"),
    "unread_share": _("Pairs mostly unseen"),
    "longest_run": _("Longest run of one side"),
    "checks_wrong": _("Damaged script preferred"),
    "checks_n": pgettext_lazy("column", "Checks"),
    "repeats_alike": _("Repeated alike"),
    "answers_along": _("Other answers alike"),
    "with_others": _("Others alike"),
    "random_odds": _("Odds of chance"),
    "note_attention": _(
        "Signs point out whose work to look at. They exclude nobody and weigh nobody; raters never"
        " see them, and a sign alone is no proof: reading on paper looks like reading too fast."
    ),
    "note_untold": _(
        "What could not be told of somebody, for want of measurements or questions, counts as no"
        " sign: %(signs)s."
    ),
    "note_random": _(
        "Odds of chance: how many times likelier the decided answers are as tosses of a coin than as"
        " answers like the others'. Agreement with others counts only beside signs of one's own, at"
        " most tenfold."
    ),
    "note_controls": _(
        "About 50 %% is what should be found: nothing but chance tells the two apart. These pairs"
        " count in no other number."
    ),
    "same_win_rate": _("The script that the study uses"),
    "same_left_share": _("The left script"),
    "first_read_share": _("Share won by what was read first"),
    "note_first_read": _(
        "Without an advantage of what is read first its share is 50 %%; it is known only where the"
        " page measured it."
    ),
    "without_flagged": _("without raters whom signs of attention point out"),
}
CHART_TEXTS: Final[dict[str, Text]] = {
    # captions
    "fig_forest": _(
        "Win rate of the first named over the second, in %%. The dashed line at 50 %% is no preference."
    ),
    "fig_human_level": _("Percentage of human level. The dashed line at 100 is human level."),
    "fig_mean_scores": _("Mean scores."),
    "fig_abilities": _("Log-worth in Davidson's model. The dashed line at 0 is the mean of the systems."),
    "fig_ranks": _(" The ranks hold for all systems at once."),
    "fig_agreement": _("Agreement. 1 is full agreement; for all but raw agreement 0 is chance."),
    "fig_bias": _(
        "Share of decided judgments that chose the left script, in %%: over all raters, then for"
        " each rater, the farthest from 50 %% first. The dashed line at 50 %% is no preference."
    ),
    "fig_reading_time": _("Seconds that a script was in view: geometric mean."),
    "fig_breakdown_item": _("Win rate of %(a)s over %(b)s in each scene, in %%, grouped by series."),
    "fig_breakdown_series": _("Win rate of %(a)s over %(b)s in each series, in %%."),
    "fig_breakdown_mean": _(" The dotted line is %(mean)s %%, the win rate over all."),
    "fig_lengths": _("Mean length of the scripts, in %(unit)s."),
    "fig_lengths_human": _(" The dashed line is the human mean."),
    "fig_flow": _(
        "From those invited to the rows that the analysis rests on, all criteria together (a"
        " judgment has a row for each)."
    ),
    "fig_flow_left": _(" Indented: what was left out after a step, and why."),
    # what a caption adds
    "fig_intervals": _(" Error bars: %(level)s %% intervals."),
    "fig_intervals_bias": _(" Error bars: %(level)s %% intervals, exact ones for single raters."),
    "fig_intervals_breakdown_item": _(" Error bars: %(level)s %% intervals, each for its scene only."),
    "fig_intervals_lengths": _(" Error bars: %(level)s %% intervals over scripts."),
    "fig_intervals_missing": _(" Without an error bar: the interval could not be computed."),
    "fig_other": _(" Thin lines below them: the same, by %(cluster)s."),
    "fig_margin": _(" The shaded band is the margin of the parity claim, 50 ± %(margin)s %%."),
    "fig_left_out": _(" Drawn are %(drawn)s of %(all)s; the table has all of them."),
    "save_chart": _("Save chart (SVG)"),
    "save_data": _("Save data (CSV)"),
    # in the drawing
    "axis_forest": _("Win rate of the first over the second, %%"),
    "axis_parity": _("Percentage of human level by parity"),
    "axis_ratio_of_means": _("Percentage of human level by mean score"),
    "axis_mean_scores": _("Mean score"),
    "axis_abilities": _("Log-worth"),
    "axis_agreement": _("Agreement"),
    "axis_bias": _("Left share of decided judgments, %%"),
    "axis_reading_time": _("Seconds per script"),
    "axis_breakdown": _("Win rate of %(a)s over %(b)s, %%"),
    "axis_flow": _("Flow of the study"),
    "axis_lengths": _("Mean length, %(unit)s"),
    "line_half": _("50 %%: no preference"),
    "line_margin": _("50 ± %(margin)s %%: no preference, and the margin"),
    "line_parity": _("100 = human level"),
    "line_zero": _("0 = mean of the systems"),
    "line_chance": _("0 = chance, but for raw agreement"),
    "line_mean": _("%(mean)s %%: over all"),
    "line_human": _("human mean: %(mean)s"),
    "all_raters": _("All raters"),
    "range": _("%(estimate)s (%(low)s to %(high)s)"),
    "ranked": _("%(value)s, rank %(rank)s"),
    "no_series": _("Without a series"),
    "unit_words": _("words"),
    "unit_characters": _("Han characters"),
    "unit_none": _("units unknown"),
    # the flow diagram
    "flow_invited": _("Invited"),
    "flow_consented": _("Consented"),
    "flow_passed_practice": _("Passed practice"),
    "flow_assigned": _("Assigned"),
    "flow_submitted": _("Submitted"),
    "flow_skipped": _("Skipped"),
    "flow_expired": _("Expired"),
    "flow_late": _("Late, not taken"),
    "flow_other_raters": _("Other kinds of rater"),
    "flow_unused": _("Not used"),
    "flow_rows": _("Read from the tables"),
    "flow_excluded": _("Excluded"),
    "flow_other_kinds": _("Other kinds of row"),
    "flow_analysed": _("Analysed"),
    "flow_kind_practice": pgettext_lazy("flow chart", "practice"),
    "flow_kind_check": pgettext_lazy("flow chart", "check"),
    "flow_kind_repeat": pgettext_lazy("flow chart", "repeat"),
    "flow_kind_same": _("same script twice"),
    "flow_rater_kind_person": pgettext_lazy("flow chart", "people"),
    "flow_rater_kind_simulated": _("simulated"),
    "flow_rater_kind_model": _("models"),
    "flow_others": _("Other reasons"),
    "flow_of_judgments": _("judgments"),
    "flow_of_scores": _("scores"),
    "flow_of_marks": pgettext_lazy("flow chart", "marks"),
    "flow_table": _("%(table)s %(n)s"),
}
