"""The texts of the tables and charts of a report, and the alternatives of the charts for screen readers."""

from typing import Final

from analysis.translation import Text, pgettext_lazy
from analysis.translation import gettext_lazy as _

TABLE_TEXTS: Final[dict[str, Text]] = {
    # columns
    "system": _("System"),
    "opponent": _("Opponent"),
    "other": _("Other system"),
    "criterion": _("Criterion"),
    "win_rate": _("Win rate"),
    "estimate": _("Estimate"),
    "interval": _("%(level)s%% interval"),
    "interval_by": _("by %(cluster)s"),
    "to": _("%(low)s to %(high)s"),
    "or_more": _("%(value)s or more"),
    "or_less": _("%(value)s or less"),
    "note_open_end": _(
        "One limit only: without the prior, the value would be infinite on the other side, for"
        " example because a system won or lost everything."
    ),
    "neither": _("Neither usable"),
    "without_ties": _("Without ties"),
    "n_judgments": pgettext_lazy("column", "Judgments"),
    "n_comparisons": _("Comparisons"),
    "n_rows": _("Rows"),
    "n_scores": _("Scores"),
    "n_marks": _("Marked errors"),
    "severity_minor": pgettext_lazy("marked errors", "Minor"),
    "severity_major": pgettext_lazy("marked errors", "Major"),
    "severity_critical": pgettext_lazy("marked errors", "Critical"),
    "raters_n": pgettext_lazy("number of", "Raters"),
    "items_n": pgettext_lazy("number of", "Scenes"),
    "series_n": pgettext_lazy("number of", "Series"),
    "method_col": _("Method"),
    "human": _("Human"),
    "definition": _("Definition"),
    "baseline": _("Baseline"),
    "level_pct": _("Share of human level"),
    "mean": _("Mean score"),
    "context": pgettext_lazy("column", "Shown"),
    "context_pair": _("in pairs"),
    "context_single": _("alone"),
    "sd_raters": _("SD of rater means"),
    "sd_items": _("SD of scene means"),
    "best_share": pgettext_lazy("column", "Best of k"),
    "k": _("k"),
    "chance": pgettext_lazy("column", "Chance"),
    "by_scores": _("mean scores"),
    "by_votes": _("votes"),
    "with_human": _("Including human"),
    "yes": _("yes"),
    "no": _("no"),
    "class": _("Kind"),
    "class_plot": _("plot coherence"),
    "class_character": _("character development"),
    "class_dialogue": _("dialogue"),
    "class_pacing": _("narrative pacing"),
    "class_format": _("format"),
    "class_continuity": _("continuity"),
    "per_script": _("Per reading"),
    "per_1000": _("Per 1,000 words or characters"),
    "log_worth": _("Ability (log-worth)"),
    "se": _("Standard error"),
    "rank": _("Rank range"),
    "of_win_rate": _("win rate"),
    "of_ability": _("ability"),
    "of_score": _("score"),
    "p": _("p"),
    "p_adjusted": _("Adjusted p"),
    "measure": _("Measure"),
    "scope": _("Scope"),
    "scope_all": pgettext_lazy("column", "all"),
    "alpha_nominal": _("Krippendorff's alpha, nominal"),
    "alpha_within": _("Krippendorff's alpha within systems or pairs of systems"),
    "alpha_ordinal": _("Krippendorff's alpha, ordinal"),
    "raw": _("Raw agreement"),
    "ac1": _("Gwet's AC1"),
    "icc_a1": _("ICC(A,1)"),
    "icc_ak": _("ICC(A,k)"),
    "intra": _("Same rater, repeated"),
    "left_share": _("Left share of decided judgments"),
    "order_term": _("Order term (log)"),
    "slope": _("Slope on log length ratio"),
    "rater": _("Rater"),
    "left": _("Left share"),
    "seconds": _("Median time"),
    "leave_one_out": _("Agreement with majority"),
    "checks": _("Checks passed"),
    "accuracy": _("Accuracy, Dawid–Skene"),
    "hits_minus_false_alarms": _("“Machine” guesses: machine scripts minus human scripts"),
    "machine_share": _("“Machine” guesses"),
    "machine_share_vs_others": _("“Machine” guesses: this system minus others of its kind"),
    "human_when_preferred": _("Guessed human when preferred"),
    "scripts": _("Scripts"),
    "value": _("Value"),
    "criterion_score": pgettext_lazy("column", "Score"),
    "criterion_errors": _("Marked errors"),
    "pct": _("%(value)s%%"),
    "points": _("%(value)s points"),
    "unit_s": _("s"),
    "unit_points": _("percentage points"),
    "interval_boot": _("%(level)s%% bootstrap interval"),
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
    "redraws": _("Retries"),
    "failures": _("Failures"),
    "refusals": _("Refusals"),
    "rejected": pgettext_lazy("column", "Rejected scripts"),
    "off_format": _("Scripts with format errors"),
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
    "left_out_rows": _("Excluded rows"),
    "human_marks": _("Marked errors, human scripts"),
    "late_minus_early": _("Second half minus first half"),
    "reading_seconds": _("Reading time in seconds (geometric mean)"),
    "reading_share_read": _("Share seen (mean)"),
    "reading_words_per_minute": _("Words per minute"),
    "reading_characters_per_minute": _("Characters per minute"),
    "without_known": _("excluding scenes or scripts known to the rater"),
    "without_confident_guesses": _("excluding rows with confident guesses of origin"),
    "without_either": _("excluding both"),
    "with_excluded": _("including excluded rows"),
    "with_manual": _("including rows excluded by hand"),
    "without_new_links": _("without judgments after a new link"),
    "without_imputed": _("excluding pairs lost because of a missing script"),
    # captions and notes
    "cap_matrix": _("Win rate of the row's system against the column's system (%%)"),
    "cap_win_rates": _("Win rates"),
    "cap_human": _("Each system as a percentage of human level"),
    "cap_tiers": _("Score distribution by tier"),
    "note_tiers": _("Tiers of the rubric %(rubric)s. Shares are not adjusted for rater and scene."),
    "tier": _("Tier"),
    "tier_share": _("Share of scores"),
    "tier_count": _("Scores in tier"),
    "cap_scores": _("Mean scores"),
    "cap_best": _("Share of scenes on which a system was the best of k, by %(by)s"),
    "cap_errors": _("Marked errors"),
    "cap_abilities": _("Abilities in Davidson's model"),
    "cap_human_baseline": _("Compared with a common baseline"),
    "by_pair": _("By pair of systems"),
    "by_rater": _("Individual raters"),
    "won_tied_lost": _("Won / tied / lost"),
    "system_mean": _("System mean"),
    "human_mean": _("Human mean"),
    "best_on": _("Best on"),
    "of_scenes": _("%(won)s of %(all)s"),
    "bias": _("Bootstrap bias"),
    "length_term": _("Length term"),
    "tie_term": _("Tie term (log)"),
    "or": pgettext_lazy("between numbers", " or "),
    "note_tests_one": _(
        "The primary test is the only one in its family, so its p value needs no adjustment."
    ),
    "note_tests_primary": _("Primary p values: adjusted by Holm's method over %(tests)s tests."),
    "note_tests_secondary": _("Secondary p values: adjusted by Holm's method over %(tests)s tests."),
    "note_tests_behind": _(
        "Secondary p values: adjusted by Holm's method over %(tests)s tests. They come after the"
        " primary tests, so none can be below the largest adjusted primary p value"
        " (%(primary_p)s)."
    ),
    "note_tests_exploratory": _(
        "Exploratory p values: adjusted by Benjamini and Hochberg's method over %(tests)s tests."
    ),
    "note_unadjusted": _("Intervals are not adjusted."),
    "note_disagree": _(
        "Some intervals exclude “no difference” although the adjusted p value is above %(alpha)s."
        " An interval covers one comparison alone; the adjusted p value accounts for all tests in"
        " its family and those before it. Don't report such a row as a finding."
    ),
    "note_primary_missing": _(
        "Secondary tests have no adjusted p value because they come after the primary test, which"
        " could not be computed."
    ),
    "answer_ratio": _(
        "%(system)s scored %(numerator)s on average and %(human)s %(denominator)s on the same"
        " scenes%(series)s: %(estimate)s%% of human level by ratio of means (%(level)s%% interval %(low)s"
        " to %(high)s%%)."
    ),
    "answer_ratio_bare": _(
        "%(system)s reached %(estimate)s%% of human level by ratio of means. No interval: %(reason)s."
    ),
    "answer_scores_counts": _("Based on %(sizes)s%(read)s. Method: %(method)s."),
    "read_pair": _("shown in pairs"),
    "read_single": _("shown alone"),
    "read_how": _(", %(context)s"),
    "cap_ability_model": _("Tie and order terms of the same model"),
    "cap_differences_of": _("Differences in %(of)s"),
    "difference": _("Difference"),
    "cap_agreement": _("Agreement"),
    "cap_position": _("Side preference"),
    "cap_length": _("Length preference"),
    "cap_raters": _("Raters by code"),
    "cap_blinding": _("Guesses of origin"),
    "cap_left_out": _("Excluded rows and reasons"),
    "cap_files": _("Input files"),
    "cap_versions": _("Versions"),
    "note_ties": _(
        "A tie counts as half a win for both. “Neither is usable” counts as a tie and is also"
        " reported separately."
    ),
    "note_all": _("Against several opponents, each opponent has equal weight; these rows are not tested."),
    "note_chance": _("Chance is the share a system would reach if all k were equally good."),
    "note_log_worth": _(
        "Natural log of the worth, centred at 0 over the systems. The tests apply to differences"
        " between systems."
    ),
    "note_agreement": _(
        "No value is good or bad in itself, because tastes differ. Alpha falls if one outcome"
        " dominates, so compare it with the raw agreement. The interval generalizes to other scenes, but"
        " only for these raters."
    ),
    "note_agreement_few": _("With fewer than 8 scenes, bootstrap intervals over scenes are too narrow."),
    "note_icc": _(
        "ICC(A,1) is the reliability of one rater's score, ICC(A,k) that of the mean of all k"
        " raters; each script is a separate case. Both include agreement on which systems are weak."
    ),
    "note_difference": _(
        "Difference between the two systems' win rates against all their opponents, including"
        " each other; opponents have equal weight."
    ),
    "note_difference_ability": _("Difference in log-worth: 0.69 doubles the odds of winning."),
    "note_slope": _(
        "0 means no preference for length. With a slope of 1, a script twice as long has twice"
        " the odds of winning against the same opponent; lengths in these data may differ by far"
        " less. Length is part of the system, so the slope is descriptive and corrects nothing."
    ),
    "note_terms": _(
        "Both on the log scale: the lower the tie term, the rarer ties are; an order term above 0"
        " favours the left."
    ),
    "note_order": _(
        "The order term is the advantage of the left script in the ability model, in log odds; 0 means none."
    ),
    "note_over_scenes": _(
        "This bootstrap resamples scenes, not series. If scenes of a series"
        " are similar, its intervals are too narrow."
    ),
    "note_range": _("Limits outside the possible range are truncated."),
    "note_few_series": _(
        "Intervals by series are omitted if a result has only two series: two are too few to"
        " estimate the variation between series."
    ),
    "note_few_item": _(
        "Intervals by scene are omitted if a result has only two scenes: two are too few to"
        " estimate the variation between scenes."
    ),
    "note_two_levels": _(
        "The two definitions answer different questions: how often a system is preferred, and how"
        " close its scores are. They can differ, and neither is the share of scripts that are as"
        " good as human ones."
    ),
    "note_over": _("> 1 000: practically unbounded, because the denominator may be close to zero."),
    "note_no_per": _("Not computed per %(per)s: %(reason)s."),
    "n_readings": _("Readings"),
    "n_guesses": _("Guesses"),
    "note_left": _("Without a side preference, the share is 50%%."),
    "note_method": _("Method: %(method)s."),
    "note_methods": _("Methods: %(methods)s."),
    "note_cluster": _("Intervals are clustered by rater and by %(cluster)s."),
    "note_best_human": _("The k candidates exclude human scripts unless the table says otherwise."),
    "alt_pair": _("%(a)s vs. %(b)s: %(value)s"),
    "alt_one": _("%(a)s: %(value)s"),
    "alt_range": _("%(estimate)s (%(low)s to %(high)s)"),
    "scroll_table": _("Table, scrolls horizontally: %(caption)s"),
    "cap_pairs": _("Win rates, each pair of systems once"),
    "cap_pairs_sets": _("Win rates against several opponents combined"),
    "cap_human_first": _("Each system as a percentage of human level, by two definitions"),
    "cap_other_levels": _("Scores above the floor of the scale"),
    "cap_strength": _("Signed strength of preference"),
    "cap_error_ratios": _("Error rates relative to human scripts"),
    "cap_sensitivity": _("Results with other row selections"),
    "p_change": _("Adjusted p of the change"),
    "cap_components": _("How much raters, scenes and series differ"),
    "component_raters": _("SD between raters"),
    "component_scenes": _("SD between scenes"),
    "component_series": _("SD between series"),
    "component_rest": _("SD of what is left"),
    "component_design_effect": _("Design effect"),
    "component_series_test": _("Equal series (F)"),
    "note_components": _(
        "Standard deviations of the win rate, or of the difference of two scores, by the method of moments"
        " (Gao and Owen). The design effect is how many times larger the variance of the mean is than that of"
        " as many independent answers."
    ),
    "side_by_chance": _("As one-sided by chance (p)"),
    "cap_breakdown_item": _("Win rate by scene"),
    "cap_breakdown_series": _("Win rate by series"),
    "cap_lengths": _("Length of the scripts"),
    "cap_scripts": _("How the scripts were written"),
    "cap_reading": _("Time with the scripts on screen"),
    "cap_drift": _("Results in the second half of a rater's work vs. the first"),
    "cap_looks": _("Results at this look, with its limits"),
    "cap_icc": _("Intraclass correlation"),
    "cap_boot": _("%(what)s, with bootstrap intervals"),
    "note_neither": _("A tie counts as half a win for both. “Neither usable” counts as a tie."),
    "note_by_scores": _(
        "Derived from scores: two scores by one rater for the same scene are compared, and equal"
        " scores count as half for both. No rater chose between the two scripts."
    ),
    "note_strength": _(
        "From 3 (the first is better by far) through 0 (a tie) to −3 (the second is better by far)."
    ),
    "note_recognition": _(
        "0 points means that raters did not recognize machine scripts, however often they guess “machine”."
    ),
    "note_unsure": _("“Unsure” is counted separately, not as a guess."),
    "note_item": _(
        "Each interval is over the raters of that scene and holds for it only; with many scenes,"
        " some stand out by chance."
    ),
    "note_series": _("Each interval holds for its series only; series are not tested against each other."),
    "note_lengths": _(
        "Intervals are over scripts. Length is part of what a system writes, so differences are"
        " described, not corrected."
    ),
    "note_ratio_one": _("1 is the human rate; below 1 means fewer errors than in human scripts."),
    "note_sensitivity": _(
        "Use these to check the main result, not as results in themselves. Planned contrasts and comparisons"
        " with people are checked; others are not."
    ),
    "note_drift": _(
        "0 means no drift. Each rater's sequence is split in half; the middle row of an odd number is left"
        " out."
    ),
    "note_boot": _(
        "Pigeonhole bootstrap over raters and %(clusters)s, percentile intervals, %(replicates)s."
        " With few raters or %(clusters)s they are too narrow; with many they tend to be too"
        " wide."
    ),
    "note_ranks": _("Rank ranges hold jointly for all systems."),
    "note_cut": _("First %(shown)s of %(all)s rows; the CSV has all of them."),
    "note_reasons": _("No interval: %(reasons)s."),
    "note_accuracy": _(
        "Taste has no right answer: accuracy is agreement with the outcome that Dawid and Skene's"
        " model considers most likely. Low values are not a fault; no rater is excluded or"
        " down-weighted because of them."
    ),
    "note_no_change": _("If no rows changed, no judgment met the rule and the result equals the main one."),
    "note_looks": _("O'Brien–Fleming limits for this look; at early looks they are wide by design."),
    # attention and negative controls
    "attention": _("Attention"),
    "controls": _("Two samples of one system"),
    "cap_attention": _("Signs of inattention by rater code"),
    "cap_controls": _("Negative control: how often one of two samples of the same system won"),
    "signs": _("Signs"),
    "signs_none": _("none"),
    "sign_fast": _("too fast to have been read"),
    "sign_unread": _("mostly not seen"),
    "sign_one_side": _("always the same side"),
    "sign_checks": _("checks failed"),
    "sign_random": _("random scores"),
    "fast_share": _("Answers given too fast"),
    "unread_share": _("Answers with most of the text unseen"),
    "longest_run": _("Longest streak on one side"),
    "checks_wrong": _("Damaged script preferred"),
    "checks_n": pgettext_lazy("column", "Checks"),
    "repeats_alike": _("Repeats judged the same"),
    "random_odds": _("Likelihood ratio for random scores"),
    "note_attention": _(
        "Signs show whose work to review. They don't exclude or down-weight anyone, and raters"
        " never see them. A single sign is not proof: reading a printout looks like reading too"
        " fast."
    ),
    "note_untold": _("Signs do not count where too few data allow to assess them: %(signs)s."),
    "note_random": _(
        "Likelihood ratio for random scores: how many times more likely the scores are if they have nothing"
        " to do with the script than if the rater judged like the others."
    ),
    "note_controls": _(
        "About 50%% is expected: only chance separates the two samples. These pairs are not"
        " included in any other result."
    ),
    "same_win_rate": _("The script used in the study"),
    "same_left_share": _("The left script"),
    "first_read_share": _("Share won by the script read first"),
    "note_first_read": _(
        "Without an advantage for the script read first, the share is 50%%. It is known only"
        " where the page recorded the order."
    ),
    "without_flagged": _("excluding raters flagged for inattention"),
}
CHART_TEXTS: Final[dict[str, Text]] = {
    # captions
    "fig_forest": _(
        "Win rate of the first system against the second, in percent. The dashed line at 50%% means no"
        " preference."
    ),
    "fig_human_level": _("Percentage of human level. The dashed line at 100 is human level."),
    "fig_mean_scores": _("Mean scores."),
    "fig_abilities": _(
        "Ability (log-worth) in Davidson's model. The dashed line at 0 is the mean of the systems."
    ),
    "fig_ranks": _(" Rank ranges hold jointly for all systems."),
    "fig_agreement": _("Agreement. 1 is full agreement; 0 is chance, except for raw agreement."),
    "fig_bias": _(
        "Share of decided judgments that chose the left script, in percent: for all raters, then for"
        " individual raters, farthest from 50%% first. The dashed line at 50%% means no"
        " preference."
    ),
    "fig_reading_time": _("Seconds that a script was on screen (geometric mean)."),
    "fig_breakdown_item": _("Win rate of %(a)s against %(b)s in each scene, in percent, grouped by series."),
    "fig_breakdown_series": _("Win rate of %(a)s against %(b)s in each series, in percent."),
    "fig_breakdown_mean": _(" The dotted line is the overall win rate, %(mean)s%%."),
    "fig_lengths": _("Mean length of the scripts, in %(unit)s."),
    "fig_lengths_human": _(" The dashed line is the human mean."),
    "fig_flow": _(
        "From invitations to analysed rows, for all criteria together (a judgment has one row per criterion)."
    ),
    "fig_flow_left": _(" Indented rows show what was excluded at each step, and why."),
    # what a caption adds
    "fig_intervals": _(" Error bars: %(level)s%% intervals."),
    "fig_intervals_bias": _(" Error bars: %(level)s%% intervals, exact for single raters."),
    "fig_intervals_breakdown_item": _(" Error bars: %(level)s%% intervals, each for its scene only."),
    "fig_intervals_lengths": _(" Error bars: %(level)s%% intervals over scripts."),
    "fig_intervals_open": _(" An error bar to the edge has no limit on that side."),
    "fig_intervals_missing": _(" No error bar: no interval could be computed."),
    "fig_other": _(" Thin lines below: the same interval clustered by %(cluster)s."),
    "fig_margin": _(" The shaded band is the equivalence margin, 50 ± %(margin)s%%."),
    "fig_left_out": _(" The chart shows %(drawn)s of %(all)s rows; the table has all of them."),
    "save_chart": _("Save chart (SVG)"),
    "save_data": _("Save data (CSV)"),
    # in the drawing
    "axis_forest": _("Win rate of first vs. second (%%)"),
    "axis_parity": _("Percentage of human level by parity"),
    "axis_ratio_of_means": _("Percentage of human level by ratio of means"),
    "axis_mean_scores": _("Mean score"),
    "axis_abilities": _("Ability (log-worth)"),
    "axis_agreement": _("Agreement"),
    "axis_bias": _("Left share of decided judgments (%%)"),
    "axis_reading_time": _("Seconds per script"),
    "axis_breakdown": _("Win rate of %(a)s against %(b)s (%%)"),
    "axis_flow": _("Flow of participants"),
    "axis_lengths": _("Mean length (%(unit)s)"),
    "line_half": _("50%%: no preference"),
    "line_margin": _("50 ± %(margin)s%%: no preference, and the margin"),
    "line_parity": _("100 = human level"),
    "line_zero": _("0 = mean of the systems"),
    "line_chance": _("0 = chance (except raw agreement)"),
    "line_mean": _("%(mean)s%%: overall"),
    "line_human": _("human mean: %(mean)s"),
    "all_raters": _("All raters"),
    "range": _("%(estimate)s (%(low)s to %(high)s)"),
    "ranked": _("%(value)s, rank %(rank)s"),
    "no_series": _("No series"),
    "unit_words": _("words"),
    "unit_characters": _("Han characters"),
    "unit_none": _("unknown units"),
    # the flow diagram
    "flow_invited": _("Invited"),
    "flow_consented": _("Consented"),
    "flow_passed_practice": _("Passed practice"),
    "flow_assigned": _("Assigned"),
    "flow_submitted": _("Submitted"),
    "flow_skipped": _("Skipped"),
    "flow_expired": _("Expired"),
    "flow_late": _("Late, not counted"),
    "flow_other_raters": _("Other types of rater"),
    "flow_unused": _("Not included"),
    "flow_rows": _("Rows read from the tables"),
    "flow_excluded": _("Excluded"),
    "flow_other_kinds": _("Other kinds of row"),
    "flow_analysed": _("Analysed"),
    "flow_kind_practice": pgettext_lazy("flow chart", "practice"),
    "flow_kind_check": pgettext_lazy("flow chart", "check"),
    "flow_kind_repeat": pgettext_lazy("flow chart", "repeat"),
    "flow_kind_same": _("two samples of one system"),
    "flow_rater_kind_person": pgettext_lazy("flow chart", "humans"),
    "flow_rater_kind_simulated": _("simulated"),
    "flow_rater_kind_model": _("models"),
    "flow_others": _("Other reasons"),
    "flow_of_judgments": _("judgments"),
    "flow_of_scores": _("scores"),
    "flow_of_marks": pgettext_lazy("flow chart", "marks"),
    "flow_table": _("%(table)s %(n)s"),
}
