"""The sentences of the methods paragraph, and what they cite."""

# ruff: noqa: E501

from typing import Final

from analysis.translation import Text
from analysis.translation import gettext_lazy as _

METHODS_TEXTS: Final[dict[str, Text]] = {
    # design
    "m_pairs": _("Scripts of the same scene by %(systems)s systems were compared in pairs."),
    "m_scores_single": _("Scripts were scored one at a time."),
    "m_scores_pair": _("The scripts of a pair were also scored."),
    "m_each_pairing": _("Each pairing was planned for at least %(raters)s%(scheme)s."),
    "m_crossed": _(", every rater judging one pair of each scene that they could read"),
    "m_drawn": _(
        "Raters judged blind to the origin of the scripts; order and sides were drawn before the"
        " first judgment, and the plan was frozen with the study (digest %(digest)s)."
    ),
    "m_frozen": _("The plan was frozen with the study (digest %(digest)s)."),
    "m_simulated": _("All raters were simulated; no person judged."),
    "m_model": _("All raters were language models; no person judged."),
    "m_sizes": _("The analysis rests on %(raters)s and %(items)s%(series)s%(languages)s."),
    "m_series": _(" from %(series)s"),
    "m_languages": _(", in %(languages)s"),
    "m_used": _("All %(rows)s of %(table)s were used."),
    "m_used_one": _("The one row of %(table)s was used."),
    "m_used_not": _("Of %(rows)s of %(table)s, %(used)s were used; left out: %(left)s."),
    "m_used_not_one": _("Of %(rows)s of %(table)s, 1 was used; left out: %(left)s."),
    "m_left_one": _("%(n)s (%(reason)s)"),
    # what was asked
    "m_primary": _("The primary criterion was “%(criterion)s”%(contrast)s."),
    "m_contrast": _(" and the primary contrast “%(a)s” against “%(b)s”"),
    "m_criteria": _("A further %(n)s criteria were exploratory."),
    "m_criteria_one": _("One further criterion was exploratory."),
    "m_no_primary": _("No primary criterion was named, and every result is exploratory."),
    "m_margin": _("The margin of non-inferiority was %(margin)s percentage points of win rate%(reason)s."),
    "m_claims": _(
        "A system was to be called non-inferior where the lower limit of the two-sided %(level)s %%"
        " interval of its win rate over the human scripts exceeds %(limit)s %%, and equivalent where"
        " the 90 %% interval lies between %(limit)s and %(upper)s %%."
    ),
    "m_reason": _(" (%(reason)s)"),
    # estimates
    "m_win": _("A win rate is the mean of 1 for a win, ½ for a tie and 0 for a loss%(neither)s."),
    "m_win_scores": _(
        "A win rate compares the scores that one rater gave to two scripts of one scene: 1 where the"
        " first is higher, ½ where they are equal and 0 where it is lower, on average."
    ),
    "m_neither": _("; “neither is usable” counted as a tie and is reported apart"),
    "m_parity": _(
        "Human level by parity is 200 times the win rate against the human scripts (100 is parity)."
    ),
    "m_ratio": _(
        "Human level by ratio of means is 100 times the mean score of a system over the mean score"
        " of the human scripts, over the same raters and scenes."
    ),
    "m_interval": _(
        "Intervals are two-sided at %(level)s %% and rest on a cluster-robust variance by rater and"
        " by %(cluster)s at once (Cameron, Gelbach & Miller, 2011), with t quantiles on min(raters,"
        " %(clusters)s) − 1 degrees of freedom%(scales)s."
    ),
    "m_logit": _("; those of proportions were formed on the logit scale"),
    "m_log": _(", those of ratios and rates on the log scale"),
    "m_fieller": _("Where the denominator of a ratio was too uncertain, Fieller's (1954) method was used."),
    "m_exact": _(
        "Where a contrast did not vary at all, the interval is Clopper and Pearson's (1934) with n"
        " the smaller of raters and scenes, which is conservative."
    ),
    "m_other": _("Intervals by rater and %(other)s are reported beside them."),
    "m_pooled": _("Languages were analysed apart and pooled with equal weight%(df)s."),
    "m_satterthwaite": _(", with degrees of freedom by Satterthwaite (1946)"),
    "m_apart": _("Languages were analysed apart and not pooled."),
    "m_boot": _(
        "As a second opinion, intervals by a pigeonhole bootstrap over raters and %(clusters)s (Owen"
        " & Eckles, 2012; %(replicates)s, seed %(seed)s) are reported."
    ),
    "m_range": _("Limits that would leave the range of a quantity were cut at it."),
    "m_boot_some": _("Bootstrap intervals use %(replicates)s with exponential weights (seed %(seed)s)."),
    "m_holm": _(
        "The primary tests come first; p values of the primary and, behind them, of the secondary"
        " tests were adjusted by Holm's (1979) method, and no secondary adjusted p is smaller than"
        " the primary one."
    ),
    "m_holm_first": _("p values of the primary tests were adjusted by Holm's (1979) method."),
    "m_bh": _("p values of the exploratory tests were adjusted by Benjamini and Hochberg's (1995) method."),
    "m_families": _(
        "Each contrast was tested once, by its win rate or, in a study of scores, by its difference"
        " of mean scores; where languages are pooled it is the pooled one. Sets of opponents were"
        " not tested. All other tests are exploratory, and those of one quantity (win rates and"
        " their differences, abilities, scores) form one family."
    ),
    "m_unadjusted": _("Intervals are not adjusted for multiplicity."),
    "m_looks": _(
        "The plan had %(of)s looks; this is look %(look)s, with limits by O'Brien and Fleming (1979)."
    ),
    # the rest
    "m_abilities": _(
        "Abilities are maximum-likelihood estimates of Davidson's (1970) model for paired comparison"
        " with ties%(order)s."
    ),
    "m_order": _(", with a term for the left side (Davidson & Beaver, 1977)"),
    "m_ranks": _("Rank intervals hold for all systems at once."),
    "m_agreement": _(
        "Agreement is given as %(measures)s, after orienting every judgment to one order of"
        " systems%(intervals)s."
    ),
    "m_agreement_boot": _("; bootstrap intervals are over scenes"),
    "m_alpha": _("Krippendorff's (2004) alpha"),
    "m_raw": _("raw agreement"),
    "m_ac1": _("Gwet's (2008) AC1"),
    "m_icc": _("intraclass correlation with intervals by F (McGraw & Wong, 1996)"),
    "m_intra": _("repeated judgments by the same rater"),
    "m_accuracy": _(
        "Each rater's accuracy was estimated by Dawid and Skene's (1979) model and excluded nobody."
    ),
    "m_sensitivity": _("Sensitivity analyses repeat the win rates %(rules)s."),
    "m_mean_scores": _(
        "A mean score is over the scores of a system, adjusted for rater and scene where not every"
        " rater scored the same scripts."
    ),
    "m_errors": _(
        "Error marks are given per reading of a script and, where lengths are known, per 1,000 words"
        " or characters; ratios to the human scripts are over the same raters and scenes."
    ),
    "m_best": _(
        "The best-of-k share is the share of scenes on which a system was the best of k, ties split,"
        " with percentile intervals by bootstrap."
    ),
    "m_side": _(
        "Preference for the left side is the share of decided judgments that chose it; of single"
        " raters with an exact binomial interval."
    ),
    "m_slope": _(
        "Preference for length is the slope of the choice on the log ratio of lengths in the same model."
    ),
    "m_blinding": _("Guesses of origin were held against chance, “unsure” left out."),
    "m_strength": _(
        "Strength of preference is the mean of 1 to 3 for a win, 0 for a tie and −1 to −3 for a loss."
    ),
    "m_drift": _(
        "Drift is the win rate in the later half of each rater's judgments less that in the earlier half."
    ),
    "m_breakdown": _(
        "Win rates of single scenes have exact intervals over their raters, which hold for these"
        " scenes alone."
    ),
    "m_lengths": _("Mean lengths have t intervals over scripts, and reading times are geometric means."),
    "m_lengths_only": _("Mean lengths have t intervals over scripts."),
    "m_software": _("The analysis was run with evalsite %(version)s%(others)s, seed %(seed)s."),
    "m_others": _(" (%(others)s)"),
    "m_data": _("SHA-256 of the data: %(digests)s."),
    "m_and": _(" and "),
}

# What a sentence cites, by its key, in the order of names.
REFERENCES: Final[dict[str, str]] = {
    "m_bh": (
        "Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate: a practical and powerful approach"
        " to multiple testing. Journal of the Royal Statistical Society B, 57(1), 289–300."
    ),
    "m_interval": (
        "Cameron, A. C., Gelbach, J. B., & Miller, D. L. (2011). Robust inference with multiway clustering. Journal of"
        " Business & Economic Statistics, 29(2), 238–249."
    ),
    "m_exact": (
        "Clopper, C. J., & Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of"
        " the binomial. Biometrika, 26(4), 404–413."
    ),
    "m_abilities": (
        "Davidson, R. R. (1970). On extending the Bradley-Terry model to accommodate ties in paired comparison"
        " experiments. Journal of the American Statistical Association, 65(329), 317–328."
    ),
    "m_order": (
        "Davidson, R. R., & Beaver, R. J. (1977). On extending the Bradley-Terry model to incorporate within-pair"
        " order effects. Biometrics, 33(4), 693–702."
    ),
    "m_accuracy": (
        "Dawid, A. P., & Skene, A. M. (1979). Maximum likelihood estimation of observer error-rates using the EM"
        " algorithm. Applied Statistics, 28(1), 20–28."
    ),
    "m_fieller": (
        "Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal Statistical Society B,"
        " 16(2), 175–185."
    ),
    "m_ac1": (
        "Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement."
        " British Journal of Mathematical and Statistical Psychology, 61(1), 29–48."
    ),
    "m_holm": (
        "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics,"
        " 6(2), 65–70."
    ),
    "m_alpha": (
        "Krippendorff, K. (2004). Content Analysis: An Introduction to Its Methodology (2nd ed.). Sage."
    ),
    "m_icc": (
        "McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients."
        " Psychological Methods, 1(1), 30–46."
    ),
    "m_looks": (
        "O'Brien, P. C., & Fleming, T. R. (1979). A multiple testing procedure for clinical trials. Biometrics, 35(3),"
        " 549–556."
    ),
    "m_boot": (
        "Owen, A. B., & Eckles, D. (2012). Bootstrapping data arrays of arbitrary order. The Annals of Applied"
        " Statistics, 6(3), 895–927."
    ),
    "m_satterthwaite": (
        "Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components. Biometrics"
        " Bulletin, 2(6), 110–114."
    ),
}
