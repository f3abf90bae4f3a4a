"""Reasons, methods and warnings of the statistics as codes with parameters, and their sentences.

The statistics pass a `Message` on. Its sentence is rendered where it is read: in English in `report.json`, in the
reader's language on pages. To add a message, add its code and its text to `TEXTS`, and the Chinese to
`locale/parts`.
"""

# ruff: noqa: E501

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Union

from analysis.translation import Text, ngettext_lazy, pgettext_lazy
from analysis.translation import gettext_lazy as _

Param = Union[str, int, float, "Message", tuple["Param", ...]]
STEPS = "steps"
COUNT = "n"
"""The parameter that chooses between singular and plural."""


@dataclass(frozen=True, slots=True)
class Message:
    """What happened, as a code of `TEXTS` and the values that its sentence names. `str()` is English."""

    code: str
    params: tuple[tuple[str, Param], ...] = ()

    def __str__(self) -> str:
        return sentence(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the code and its parameters, as `report.json` holds them."""
        return {"code": self.code, "params": {name: _plain(value) for name, value in self.params}}

    @property
    def steps(self) -> tuple["Message", ...]:
        """The steps of a method that has several; else the message alone."""
        if self.code != STEPS:
            return (self,)
        found = dict(self.params)[STEPS]
        assert isinstance(found, tuple)
        return tuple(step for step in found if isinstance(step, Message))


def message(code: str, **params: Param) -> Message:
    """Return the message of a code; raise KeyError for a code without a text."""
    if code not in TEXTS and code != STEPS:
        raise KeyError(code)
    return Message(code, tuple(params.items()))


def steps(*methods: Message) -> Message:
    """Return a method of several steps, such as an estimator and its interval."""
    every = tuple(step for method in methods for step in method.steps)
    return every[0] if len(every) == 1 else message(STEPS, steps=every)


def parse_message(data: Mapping[str, Any]) -> Message:
    """Return the message that `Message.to_dict` wrote."""
    return Message(data["code"], tuple((name, _parsed(value)) for name, value in data["params"].items()))


def sentence(found: Message, lang: str = "en") -> str:
    """Render a message in a language."""
    if found.code == STEPS:
        return CLAUSES.translate(lang).join(sentence(step, lang) for step in found.steps)
    params = dict(found.params)
    count = params.get(COUNT)
    text = TEXTS[found.code].translate(lang, count if isinstance(count, int | float) else None)
    return text % {name: _rendered(value, lang) for name, value in params.items()}


def _rendered(value: Param, lang: str) -> str | int | float:
    if isinstance(value, Message):
        return sentence(value, lang)
    if isinstance(value, tuple):
        return NAMES.translate(lang).join(str(_rendered(part, lang)) for part in value)
    return value


def _plain(value: Param) -> Any:
    if isinstance(value, Message):
        return value.to_dict()
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def _parsed(value: Any) -> Param:
    if isinstance(value, Mapping):
        return parse_message(value)
    return tuple(map(_parsed, value)) if isinstance(value, list | tuple) else value


@dataclass(frozen=True)
class Warn:
    """A warning of the report and the places that it is about: a criterion or a file, and a part of it."""

    message: Message
    places: tuple[tuple[str, str | None], ...] = ()

    @property
    def code(self) -> str:
        return WARNING_CODES.get(self.message.code, self.message.code)

    @property
    def text(self) -> str:
        return str(self.message)

    @property
    def where(self) -> str:
        return "; ".join(f"{name}, {part}" if part else name for name, part in self.places)

    def to_dict(self) -> dict[str, Any]:
        found = self.message.to_dict()
        return {
            "code": self.code,
            "text": self.text,
            "text_code": found["code"],
            "text_params": found["params"],
            "where": self.where,
            "places": [{"name": name, "part": part} for name, part in self.places],
        }


def names_and_more(names: Sequence[Param], most: int) -> Param:
    """Return the names as a parameter; of more than `most` the first ones and how many more there are."""
    if len(names) <= most:
        return tuple(names)
    return message("and_more", names=tuple(names[:most]), more=f"{len(names) - most:,}")


def names_and_others(names: Sequence[Param], most: int) -> Param:
    """Return the names as a parameter; of more than `most` the first ones "and others"."""
    return message("and_others", names=tuple(names[:most])) if len(names) > most else tuple(names)


CLAUSES = pgettext_lazy("between clauses", "; ")
NAMES = pgettext_lazy("between names", ", ")

METHODS: Final[Mapping[str, Text]] = {
    "none": _("none"),
    "two_way_logit": _("two-way cluster-robust, logit scale, t"),
    "two_way_log": _("two-way cluster-robust, log scale, t"),
    "two_way_identity": _("two-way cluster-robust, t"),
    "satterthwaite": _("degrees of freedom pooled over languages (Satterthwaite)"),
    "smallest_n": _("n of the language with the smallest n"),
    "exact_language": _("exact interval for a language without variation"),
    "fieller": _("Fieller, two-way cluster-robust, t"),
    "clopper_pearson": _("Clopper-Pearson, n = min(raters, %(clusters)s), conservative"),
    "one_row_changed": _("or the same table with one row changed if that is tighter"),
    "clopper_pearson_rows": _("Clopper-Pearson, rows of a single rater"),
    "clopper_pearson_raters": _("Clopper-Pearson, n = effective number of raters"),
    "wilson": _("Wilson, each row from a different rater and scene"),
    "repeats_once": _("repeated judgments of a pair count once"),
    "bootstrap_scenes": _("bootstrap over scenes, exponential weights, percentile interval"),
    "bootstrap_raters_scenes": _(
        "bootstrap over raters and scenes, exponential weights, percentile interval"
    ),
    "cut": _("limits truncated to the possible range"),
    "davidson": _("maximum likelihood in Davidson's model"),
    "win_rate_ratio": _("ratio of win rates"),
    "compared_scores": _("comparing two scores by one rater for one scene"),
    "mean_score_ratio": _("ratio of mean scores"),
    "cell_mean": _("mean of cell means"),
    "adjusted_mean": _("adjusted for rater and scene"),
    "marks_per_reading": _("marked errors per reading"),
    "repeats_alike": _("proportion of repeated pairs with the same judgment"),
    "leave_one_out": _("leave-one-out agreement with the majority, ties split"),
    "f_icc": _("F distribution, McGraw & Wong"),
    "mean_strength": _("mean signed strength"),
    "rate_ratio": _("ratio of rates for the same raters and scenes"),
    "without_known": _("without scenes or scripts known to the rater"),
    "without_confident_guesses": _("without answers with an origin guess at confidence 3"),
    "without_either": _("without known material and without confident origin guesses"),
    "with_excluded": _("including excluded answers"),
    "with_manual": _("including answers excluded by hand"),
    "without_new_links": _("without answers after a new link"),
    "without_flagged": _("without raters flagged for inattention"),
    "without_imputed": _("without pairs lost because of a missing script"),
    "this_scene": _("this scene only"),
    "this_series": _("this series only"),
    "script_mean": _("mean over scripts"),
    "t": pgettext_lazy("distribution", "t"),
    "geometric_mean": _("geometric mean over readings"),
    "reading_mean": _("mean over readings"),
    "half_difference": _("second half minus first half of each rater's sequence"),
    "obrien_fleming": _("O'Brien–Fleming, look %(look)s of %(looks)s"),
    "satterthwaite_groups": _("Satterthwaite degrees of freedom for the groups"),
    "group_difference": _("difference in win rate between two groups of raters"),
    "group_joint": _("joint F test of all differences, two-way cluster-robust"),
    "moments": _("method of moments, jackknife over raters and over scenes or series"),
    "series_means": _("analysis of variance of the scenes' means between series"),
    "series_joint": _("joint F test of equal effects of all series, two-way cluster-robust"),
    "least_squares": _("least squares with terms for raters and scenes, two-way cluster-robust"),
    "quasi_binomial": _("logit model of all pairs, ties as half a win"),
    "attention_shipped": _(
        "signs by default thresholds: over %(words)g words or %(characters)g characters per minute in"
        " more than %(fast)g%% of pairs; less than %(share)g%% of the text seen in more than"
        " %(unread)g%% of pairs; a preference for one side with p below %(p)g or in all of at least"
        " %(sided)g pairs; the same score for more than %(same)g%% of scripts shown alone; the damaged"
        " script preferred in more than %(checks)g%% of checks; a likelihood ratio for random scores of at"
        " least %(odds)g"
    ),
    "attention_planned": _(
        "signs by thresholds set in the plan: over %(words)g words or %(characters)g characters per"
        " minute in more than %(fast)g%% of pairs; less than %(share)g%% of the text seen in more than"
        " %(unread)g%% of pairs; a preference for one side with p below %(p)g or in all of at least"
        " %(sided)g pairs; the same score for more than %(same)g%% of scripts shown alone; the damaged"
        " script preferred in more than %(checks)g%% of checks; a likelihood ratio for random scores of at"
        " least %(odds)g"
    ),
}

REASONS: Final[Mapping[str, Text]] = {
    "one_rater_only": _("with one rater, variation between raters is unknown"),
    "one_scene_only": _("with one scene, variation between scenes is unknown"),
    "one_series_only": _("with one series, variation between series is unknown"),
    "one_rater_or_scene": _("with one rater or one scene, variation can't be estimated"),
    "series_unknown": _("the series of some scenes is unknown"),
    "no_variation": _("the data do not vary, so there is no standard error"),
    "not_bounded": _("unbounded: the denominator may be zero"),
    "undefined_replicates": _("too many bootstrap replicates are undefined"),
    "certain_win_rate": _("the standard error is unknown at a win rate of 0 or 1"),
    "human_never_won": _("human scripts never won against the baseline"),
    "human_mean_not_positive": _("the mean score of human scripts is not above zero"),
    "no_common_score": _("no rater scored both scripts of a scene"),
    "language_without_interval": _("no interval for one of the languages: %(reason)s"),
    "language_without_value": _("no value for one of the languages: %(reason)s"),
    "two_scenes": _("two scenes are too few to estimate the variation within a series"),
    "language_missing": _("not available in every language"),
    "fieller_not_pooled": _("one language needs Fieller's method, whose results can't be pooled"),
    "unequal_candidates": _("not every scene had all %(k)s candidates judged by the same raters"),
    "all_alike": _("all judgments are the same, so agreement can't be separated from chance"),
    "not_shared": _("no two raters judged the same pair"),
    "too_many_scores": _("too many different scores"),
    "not_shared_pairs": _("no other rater judged the same pairs"),
    "not_crossed": _("not every rater scored every script"),
    "few_for_limits": _("too few scripts or raters for an interval"),
    "little_variation": _("too little variation in the scores"),
    "no_repeats": _("no repeated pairs"),
    "no_decision": _("no decided judgments"),
    "no_tie": _("no ties"),
    "sides_fixed": _("sides were never swapped"),
    "no_positions": _("the order in which scripts were read is unknown"),
    "no_lengths": _("no row has the lengths of both scripts"),
    "lengths_alike": _("all lengths are the same"),
    "lengths_by_system": _(
        "lengths differ only between systems, so their effect can't be separated from that of the systems"
    ),
    "no_maximum": _("the likelihood has no maximum"),
    "separate_systems": _("some systems were never compared with the others, directly or indirectly"),
    "never_lost": _(
        "some systems never lost or never won, so their abilities have no maximum-likelihood estimate"
    ),
    "too_many_systems": _("more than %(most)s systems"),
    "no_guess": _("no guesses of origin"),
    "one_origin_guessed": _("no guesses about both human and machine scripts"),
    "no_guessed_pair": _("no pair was guessed to be one human and one machine script"),
    "no_mark": _("no marked errors, so the standard error is unknown"),
    "no_human_mark": _("no marked errors in human scripts"),
    "no_system_mark": _("no marked errors in the system's scripts, so the standard error is unknown"),
    "no_common_reading": _("no rater read both scripts of a scene"),
    "some_lengths_unknown": _("the length of some scripts is unknown"),
    "lengths_unknown": _("the lengths of the scripts are unknown"),
    "one_script": _("with one script, variation between scripts is unknown"),
    "no_row": _("no rows left"),
    "no_confidence": _("the guesses have no confidence rating"),
    "few_left": _("fewer than a third of the judgments are left"),
    "prior_only": _("without the prior, the value would be infinite on the side without a limit"),
    "no_row_in_half": _("no rows in one half"),
    "no_contrast": _("no judgments for this contrast"),
    "no_reading": _("no readings with this value"),
    "no_strength": _("no row has a strength of preference"),
    "origin_unknown": _("the tables do not show which of the two scripts was used in other pairs"),
    "few_raters_in_group": _("fewer than %(least)s raters in the group"),
    "hidden_for_another": _(
        "hidden, because it would reveal the result of a group with fewer than %(least)s raters"
    ),
    "not_stated": _("these raters did not state their group"),
    "group_without_interval": _("no interval for one of the two groups: %(reason)s"),
    "one_group": _("no other group has enough raters or any variation"),
    "test_alone": _("joint tests have no interval"),
    "covariance_singular": _("the differences between the groups can't be estimated separately"),
    "too_many_rows": _("more than %(most)s judgments"),
    "few_for_components": _("too few answers share a rater, a scene or a series"),
    "few_clusters": _("the model needs at least %(least)s raters and %(least)s %(clusters)s"),
    "many_terms": _("too many terms for this number of raters and scenes"),
    "goes_with_others": _("no variation, or collinear with other terms"),
    "no_profiles": _("no raters table with groups"),
    "no_sides_of_interest": _("no human system and no planned contrast to define a direction"),
    "series_are_clusters": _("intervals are clustered by series"),
    "descriptive": _("descriptive"),
    "descriptive_worse_unknown": _("descriptive; the tables do not show which script of a check was damaged"),
    "descriptive_no_check": _("descriptive; this rater had no check on this criterion"),
    "descriptive_attention": _("descriptive; raters are flagged, not excluded"),
}

LEFT_OUT: Final[Mapping[str, Text]] = {
    "kind_practice": _("kind: practice"),
    "kind_check": _("kind: check"),
    "kind_repeat": _("kind: repeat"),
    "kind_same": _("kind: same"),
    "rater_kind_person": _("rater_kind: person"),
    "rater_kind_simulated": _("rater_kind: simulated"),
    "rater_kind_model": _("rater_kind: model"),
    "excluded": _("excluded: %(reason)s"),
    "excluded_others": _("excluded for %(count)s other reasons"),
    "no_used_row": _("no included rows by this rater for this script"),
    "judged_nothing": _("raters without included judgments or scores"),
}

DETAILS: Final[Mapping[str, Text]] = {
    "kind_practice": pgettext_lazy("rows", "practice"),
    "kind_check": pgettext_lazy("rows", "check"),
    "kind_repeat": pgettext_lazy("rows", "repeat"),
    "kind_same": pgettext_lazy("rows", "same"),
    "rater_kind_person": pgettext_lazy("rows", "human"),
    "rater_kind_simulated": pgettext_lazy("rows", "simulated"),
    "rater_kind_model": pgettext_lazy("rows", "model"),
    "excluded": pgettext_lazy("rows", "%(reason)s"),
    "excluded_others": pgettext_lazy("rows", "%(count)s other reasons"),
}
"""The texts of `LEFT_OUT` below a step of the study's flow, which says the rest."""

WARNINGS: Final[Mapping[str, Text]] = {
    "simulated_only": _("No human raters: all results come from simulated raters."),
    "model_only": _("No human raters: all results come from language models."),
    "unknown_columns": _("Unknown columns were ignored: %(columns)s."),
    "alike_names": _(
        "These names differ only in case, width or spaces and are treated as different: %(names)s."
    ),
    "no_rows": _("No usable rows: nothing can be estimated."),
    "no_human": _("No human system is set, so human level is not computed."),
    "no_human_likely": _(
        "No human system is set, so human level is not computed. If %(system)s is human, add"
        " --human %(name)s."
    ),
    "one_system": _("Only %(system)s has scores, so there is nothing to compare it with."),
    "one_rater": _(
        "All rows come from one rater, so there are no intervals. If you don't know who judged,"
        " give each row a different rater code: intervals then reflect scenes only and may be too"
        " narrow."
    ),
    "several_rubrics": _("Scores use several rubrics (%(rubrics)s), so shares by tier are not computed."),
    "unknown_rubric": _(
        "The tiers of the rubric %(rubric)s are unknown for this scale, so shares by tier are not"
        " computed. Define the tiers in the plan."
    ),
    "no_primary": _("No primary criterion is set, so all results are exploratory."),
    "few_raters": ngettext_lazy(
        "Some results are based on %(n)s rater; with fewer than %(few)s, intervals are unreliable.",
        "Some results are based on %(n)s raters; with fewer than %(few)s, intervals are unreliable.",
    ),
    "few_items": ngettext_lazy(
        "Some results are based on %(n)s scene; with fewer than %(few)s, intervals are unreliable.",
        "Some results are based on %(n)s scenes; with fewer than %(few)s, intervals are unreliable.",
    ),
    "few_series": _(
        "Some results are based on scenes from as few as %(n)s series; fewer than %(few)s say little about other"
        " series."
    ),
    "scores_in_pairs": _(
        "Scores given in pairs are influenced by the other script. Compare studies that scored"
        " one script at a time only with scores of scripts shown alone."
    ),
    "missing_scripts": ngettext_lazy(
        "%(n)s of %(all)s judgments was not made by a rater: a script was missing, which the plan"
        " counts as a loss. It counts only in win rates, human level and best of k.",
        "%(n)s of %(all)s judgments were not made by raters: scripts were missing, which the plan"
        " counts as losses. They count only in win rates, human level and best of k.",
    ),
    "unmet": _("Never compared: %(pairs)s. Win rates against several systems exclude these opponents."),
    "sparse_pairs": _(
        "Win rates against all others are based on as few as %(n).1f judgments per opponent;"
        " below %(enough)s their intervals are too narrow. Use abilities and rank ranges instead."
    ),
    "several_studies": _(
        "Rows of several studies are analysed together: %(studies)s. Identical codes count as the"
        " same rater or scene."
    ),
    "many_pairs": _(
        "More than %(most)s pairs of scores could be compared, so win rates from scores are not computed."
    ),
    "many_systems": _(
        "There are %(systems)s systems. With more than %(most)s, abilities, ranks, differences, best of"
        " k and agreement for each pair of systems are not computed."
    ),
    "many_contrasts": _(
        "%(pairs)s pairs of systems were compared. With more than %(most)s, only win rates"
        " against several systems or humans and the primary contrast are listed."
    ),
    "no_bootstrap": _("The table is too large for the bootstrap, so bootstrap intervals are not computed."),
    "ability_prior": _(
        "The likelihood of the abilities has no maximum, for example because a system never lost"
        " or never won. %(wins)g wins were added in each direction and on each side for every"
        " pair of systems that was compared."
    ),
    "series_matter": _(
        "Intervals clustered by series are up to %(times).1f times as wide as those clustered by"
        " scene: scenes of a series may be similar, and few series make a small sample. A claim"
        " about other series needs the intervals by series."
    ),
    "lengths_differ": _(
        "Scripts by %(systems)s differ in length from those by %(human)s by more than 20%%, so"
        " preferences may reflect length."
    ),
    "little_read": _(
        "On average, less than 80%% of a script was seen (%(system)s: %(percent).0f%%), so some"
        " judgments are based on part of the text."
    ),
    "sensitive": _(
        "The result depends on which rows are included, in its direction or in whether its interval excludes"
        " no difference: %(changes)s."
    ),
    "moved": _("With another selection of rows, results change more than chance explains: %(changes)s."),
    "uneven_exclusions": _(
        "Answers were excluded by hand more often for some systems than chance explains: %(percent).0f%% of"
        " those about %(system)s (chi-square test)%(effect)s."
    ),
    "drift": _(
        "The result changed between the first and second half of the raters' work, more than chance explains:"
        " %(changes)s."
    ),
    "recognized": _(
        "Raters could tell machine scripts from human ones: they guessed “machine” %(points).0f percentage"
        " points more often for machine scripts."
    ),
    "scores_by_late": _(
        "Scores changed by %(points)+.2f points between the first and second half of the raters' work."
    ),
    "scores_by_first": _(
        "The first script of a scene that a rater read got %(points)+.2f points, compared with a script read just"
        " after another one."
    ),
    "scores_by_after": _(
        "Scores depend on which system's script of the same scene was read just before: %(points)+.2f points just"
        " after %(system)s, compared with after %(other)s."
    ),
    "scores_by_length": _(
        "Scores depend on the length of the scripts: %(points)+.2f points for twice the length, with system and"
        " scene held constant."
    ),
    "many_groups": _(
        "The column %(column)s of the raters table has %(groups)s different values; raters can be"
        " grouped by at most %(most)s. Merge some values, then run the analysis again."
    ),
    "interim_look": _(
        "This is look %(look)s of %(looks)s. Only the limits of this look account for the other looks."
    ),
    "breakdown_left_out": _(
        "There are %(pairs)s pairs of a machine and a human system, too many to list by scene and"
        " series, so only the planned contrast is listed."
    ),
    "careless_raters": ngettext_lazy(
        "%(n)s of %(of)s raters shows signs of inattention. No raters were excluded.",
        "%(n)s of %(of)s raters show signs of inattention. No raters were excluded.",
    ),
    "control_win_rate": _(
        "When two samples of one system were compared, the script used in the study won %(percent).1f%%"
        " of judgments; about half is expected. Either something other than the writing distinguishes"
        " them, or the samples really differ."
    ),
    "control_left_share": _(
        "When two samples of one system were compared, the left script won %(percent).1f%% of"
        " judgments; about half is expected. Either something other than the writing distinguishes them,"
        " or the samples really differ."
    ),
}

WARNING_CODES = {
    "no_human_likely": "no_human",
    "many_contrasts": "many_pairs",
    "control_win_rate": "control_not_half",
    "control_left_share": "control_not_half",
}
"""The codes of warnings with more than one sentence."""

PARTS: Final[Mapping[str, Text]] = {
    "scenes": pgettext_lazy("clusters", "scenes"),
    "series": pgettext_lazy("clusters", "series"),
    "pair": pgettext_lazy("pair of systems", "%(one)s and %(two)s"),
    "changes_score": pgettext_lazy("result", "%(pair)s from %(main)+.2f to %(other)+.2f points %(rule)s"),
    "effect": pgettext_lazy("result", "; %(change)s"),
    "in_second_half": pgettext_lazy("result", "in the second half"),
    "changes_rate": pgettext_lazy("result", "%(pair)s from %(main).1f%% to %(other).1f%% %(rule)s"),
    "over": pgettext_lazy("pair of systems", "%(system)s vs. %(opponent)s"),
    "and_others": pgettext_lazy("names", "%(names)s and others"),
    "and_more": pgettext_lazy("names", "%(names)s and %(more)s more"),
    "kind_of_name": pgettext_lazy("names", "%(kind)s %(one)s and %(two)s"),
}
"""Parts of sentences."""

TEXTS: Final[Mapping[str, Text]] = {**METHODS, **REASONS, **LEFT_OUT, **WARNINGS, **PARTS}


def detail(found: Message, lang: str = "en") -> str:
    """Render a reason of `LEFT_OUT` below the step of the flow that it belongs to."""
    text = DETAILS.get(found.code)
    return text.translate(lang) % dict(found.params) if text else sentence(found, lang)


def counts_by_sentence(
    counts: Mapping[Message, int], render: Callable[[Message], str] = str
) -> dict[str, int]:
    """Return how many there are for each reason, by its English sentence."""
    found: dict[str, int] = {}
    for reason, count in counts.items():
        found[render(reason)] = found.get(render(reason), 0) + count
    return dict(sorted(found.items()))


def counts_by_code(
    counts: Mapping[Message, int], render: Callable[[Message], str] = str
) -> list[dict[str, Any]]:
    """Return the same as a list of codes, parameters and counts, in the order of the sentences."""
    ordered = sorted(counts.items(), key=lambda one: render(one[0]))
    return [{**reason.to_dict(), "count": count} for reason, count in ordered]
