"""The texts of charts, their captions and their alternatives for those who do not see them."""

from typing import Final

from analysis.translation import Text, pgettext_lazy
from analysis.translation import gettext_lazy as _

CHART_TEXTS: Final[dict[str, Text]] = {
    # what a chart is
    "alt_forest": _("Forest plot of win rates."),
    "alt_matrix": _("Matrix of win rates."),
    "alt_human_level": _("Bars of human level."),
    "alt_mean_scores": _("Dot plot of mean scores."),
    "alt_abilities": _("Dot plot of abilities."),
    "alt_agreement": _("Dot plot of agreement."),
    "alt_bias": _("Strip of left shares, overall and rater by rater."),
    "alt_reading_time": _("Dot plot of reading time."),
    "alt_breakdown": _("Win rate of %(a)s over %(b)s, part by part."),
    "alt_lengths": _("Dot plot of mean lengths."),
    "alt_flow": _("Flow of the study."),
    # captions
    "fig_forest": _(
        "Win rate of the first named over the second, in %%. The dashed line at 50 %% is no preference."
    ),
    "fig_matrix": _(
        "Win rate of the row over the column, in %%. Above 50 %%: bold, on blue; below: on orange."
    ),
    "fig_human_level": _("Percentage of human level. The dashed line at 100 is human level."),
    "fig_mean_scores": _("Mean scores."),
    "fig_abilities": _("Log-worth in Davidson's model. The dashed line at 0 is the mean of the systems."),
    "fig_ranks": _(" At the right the ranks that hold for all systems at once."),
    "fig_agreement": _("Agreement. 1 is full agreement; for all but raw agreement 0 is chance."),
    "fig_bias": _(
        "Share of decided judgments that chose the left script, in %%: over all raters, then for"
        " each rater. The dashed line at 50 %% is no preference."
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
    "fig_flow_left": _(" At the right what was left out, and why."),
    # what a caption adds
    "fig_intervals": _(" Error bars: %(level)s %% intervals."),
    "fig_intervals_bias": _(" Error bars: %(level)s %% intervals, exact ones for single raters."),
    "fig_intervals_breakdown_item": _(" Error bars: %(level)s %% intervals, each for its scene only."),
    "fig_intervals_lengths": _(" Error bars: %(level)s %% intervals over scripts."),
    "fig_intervals_missing": _(" Without an error bar: the interval could not be computed."),
    "fig_other": _(" Thin lines below them: the same, by %(cluster)s."),
    "fig_margin": _(" The shaded band is the margin of the parity claim, 50 ± %(margin)s %%."),
    "fig_parity": _(" Filled: parity."),
    "fig_ratio_of_means": _(" Hatched: ratio of means."),
    "fig_pair": _(" Filled: read in pairs."),
    "fig_single": _(" Hollow: read alone."),
    "fig_left_out": _(" Drawn are %(drawn)s of %(all)s; the table has all of them."),
    # in the drawing
    "axis_forest": _("Win rate of the first over the second, %%"),
    "axis_human_level": _("Of human level, %%"),
    "axis_mean_scores": _("Mean score"),
    "axis_abilities": _("Log-worth"),
    "axis_agreement": _("Agreement"),
    "axis_bias": _("Left share of decided judgments, %%"),
    "axis_reading_time": _("Seconds per script"),
    "axis_breakdown": _("Win rate, %%"),
    "axis_lengths": _("Mean length, %(unit)s"),
    "line_half": _("50 %%: no preference"),
    "line_margin": _("50 ± %(margin)s %%: no preference, and the margin"),
    "line_parity": _("100 = human level"),
    "line_zero": _("0 = mean of the systems"),
    "line_chance": _("0 = chance, but for raw agreement"),
    "line_mean": _("%(mean)s %%: over all"),
    "line_human": _("human mean: %(mean)s"),
    "col_rank": _("Rank"),
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
