"""The texts about groups of raters and about the model with covariates."""

from typing import Final

from analysis.translation import Text, pgettext_lazy
from analysis.translation import gettext_lazy as _

GROUP_TEXTS: Final[dict[str, Text]] = {
    "rater_groups": _("Results by type of rater"),
    "group_interactions": _("Differences between groups of raters"),
    "covariates": _("Covariates"),
    # what raters are grouped by
    "by_years": _("Years of experience"),
    "by_credits": _("Produced scripts"),
    "by_role": pgettext_lazy("raters", "Role"),
    "by_group": pgettext_lazy("raters", "Group"),
    "group_years": _("%(name)s years of experience"),
    "group_credits": _("%(name)s produced scripts"),
    "group_role": _("the role “%(name)s”"),
    "group_other": _("%(by)s “%(name)s”"),
    "band": _("%(low)s to %(high)s"),
    "band_more": _("%(low)s or more"),
    "role_writer": _("writer"),
    "role_editor": _("script editor or story editor"),
    "role_producer": _("producer or director"),
    "role_student": _("student of screenwriting"),
    "role_other": _("another role"),
    "not_stated": _("not stated"),
    # tables
    "grouped_by": _("Grouped by"),
    "rater_group": pgettext_lazy("column", "Group"),
    "reference_group": _("Reference group"),
    "f_statistic": _("F"),
    "groups_n": _("Groups"),
    "cap_rater_groups": _("Win rate within each group of raters"),
    "cap_group_means": _("Mean score within each group of raters"),
    "cap_group_interactions": _("Differences in win rate between groups of raters"),
    "cap_group_joint": _("Joint test that all groups of raters have the same win rate"),
    "cap_covariates": _("Logit model of the preference"),
    "log_odds": _("Log odds"),
    "cap_score_model": _("Linear model of the scores"),
    "points_of_score": _("Points"),
    "term_late": _("second half of the rater's work"),
    "term_first": _("first script of a scene, compared with after the reference"),
    "term_after": _("read just after %(system)s, compared with after %(opponent)s"),
    "term_after_alone": _("script of the scene read before"),
    "note_score_model": _(
        "All terms are in one model with terms for raters and scenes, so each is adjusted for the others."
        " Length counts as natural log: 0.69 times its value is the effect of twice the length. Length is"
        " part of what a system writes, so a system's value at equal length is not its mean score."
    ),
    "term_system": _("%(system)s vs. %(opponent)s"),
    "term_position": _("left side"),
    "term_length": _("log length ratio"),
    "term_length_score": _("log length"),
    "term_group": _("raters with %(group)s, compared with %(reference)s"),
    "term_series": _("series %(name)s"),
    "term_group_alone": _("rater group"),
    "term_series_alone": _("series, joint test (F)"),
    "term_system_alone": _("systems"),
    "term_model": _("the model"),
    "note_rater_groups": _(
        "Raters stated their own group; they were not assigned to it. Groups may also have read"
        " different scenes, so a difference does not show that experience or role is its cause. For"
        " groups with fewer than 3 raters, only the numbers of raters and judgments are given, because a"
        " result would reveal how individuals judged."
    ),
    "note_merged": _(
        "Neighbouring bands of experience are merged if one has fewer than 8 raters in the study."
        " A row may be based on fewer raters; its interval is then rough."
    ),
    "note_group_interactions": _(
        "0 means equal win rates. The reference group is the largest group. All differences are"
        " exploratory: the plan did not ask for them. An inconclusive difference does not show"
        " that the groups agree. With two groups, F repeats the test of their difference; with"
        " more, its degrees of freedom are those of the smallest group."
    ),
    "note_covariates": _(
        "All terms are in one model, so each is adjusted for the others. The model includes only"
        " the first grouping of raters. Groups of fewer than 8 raters share a term that is not"
        " listed, and rows without lengths are excluded. 0 means no effect; 0.69 doubles the"
        " odds. Group and series terms change the preference for machines over humans: groups are"
        " compared with the largest group, series with the average series. Length is part of what"
        " a system produces, so a system's value at equal length is not its win rate. Effects of"
        " other causes remain."
    ),
    # the methods paragraph
    "m_rater_groups": _(
        "Groups of raters are compared by the difference in their win rates (exploratory); each"
        " group has its own clusters and degrees of freedom."
    ),
    "m_covariates": _(
        "Covariates are adjusted for each other in one logit model with two-way cluster-robust"
        " covariance and ties as half a win (exploratory)."
    ),
    # the sentence
    "sentence_two": _(
        "Raters with %(group)s preferred %(system)s to %(opponent)s in %(rate)s%% of pairs, those"
        " with %(reference)s in %(other)s%%: a difference of %(gap)s percentage points (%(low)s"
        " to %(high)s), %(p)s. %(verdict)s"
    ),
    "sentence_many": _(
        "%(system)s was preferred to %(opponent)s in %(rates)s. A joint test of all groups gives"
        " %(p)s. %(verdict)s"
    ),
    "sentence_rate": _("%(rate)s%% of pairs by raters with %(group)s"),
    "sentence_differ": _("The groups judged differently (exploratory; adjusted %(p)s)."),
    "sentence_undecided": _("It is inconclusive whether the groups judge differently (adjusted %(p)s)."),
    "sentence_small": _(
        "The groups of raters by “%(by)s” are too small, or vary too little, to be compared."
    ),
    "sentence_one": _(
        "All raters who answered “%(by)s” are in the same group, so there is nothing to compare."
    ),
    "sentence_no_groups": _("Rater profiles contain no experience or role, so groups can't be compared."),
}
