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
    "satterthwaite": _("degrees of freedom of the languages by Satterthwaite"),
    "smallest_n": _("n of the smallest language"),
    "exact_language": _("a language without variation enters by its exact interval"),
    "fieller": _("Fieller, two-way cluster-robust, t"),
    "clopper_pearson": _("Clopper-Pearson, n = min(raters, %(clusters)s), conservative"),
    "clopper_pearson_rows": _("Clopper-Pearson, rows of one rater"),
    "clopper_pearson_raters": _("Clopper-Pearson, n = effective number of raters"),
    "wilson": _("Wilson, every row has its own rater and scene"),
    "repeats_once": _("a pair judged more than once counts once"),
    "bootstrap_scenes": _("bootstrap over scenes, exponential weights, percentiles"),
    "bootstrap_raters_scenes": _("bootstrap over raters and scenes, exponential weights, percentiles"),
    "cut": _("limits cut at the possible range"),
    "davidson": _("Davidson maximum likelihood"),
    "win_rate_ratio": _("ratio of win rates"),
    "compared_scores": _("two scores by one rater on one scene compared"),
    "mean_score_ratio": _("ratio of mean scores"),
    "cell_mean": _("mean of cells"),
    "adjusted_mean": _("adjusted for rater and item"),
    "marks_per_reading": _("marks per reading"),
    "repeats_alike": _("share of repeated pairs judged alike"),
    "leave_one_out": _("leave-one-out agreement with the majority, tied majorities shared"),
    "f_icc": _("F, McGraw & Wong"),
    "mean_strength": _("mean signed strength"),
    "rate_ratio": _("rate ratio over the same raters and scenes"),
    "without_known": _("win rate without scenes or scripts that the rater knew"),
    "without_confident_guesses": _("win rate without guesses of origin made with confidence 2 or 3"),
    "without_either": _("win rate without what was known and without confident guesses"),
    "with_excluded": _("win rate with excluded judgments put back"),
    "without_flagged": _("win rate without raters whom signs of attention point out"),
    "without_imputed": _("win rate without pairs that count as lost because a script is missing"),
    "this_scene": _("this scene only"),
    "this_series": _("this series only"),
    "script_mean": _("mean over scripts"),
    "t": pgettext_lazy("distribution", "t"),
    "geometric_mean": _("geometric mean over readings"),
    "reading_mean": _("mean over readings"),
    "half_difference": _("later half less earlier half of each rater's positions"),
    "obrien_fleming": _("O'Brien-Fleming, look %(look)s of %(looks)s"),
    "satterthwaite_groups": _("degrees of freedom of the groups by Satterthwaite"),
    "group_difference": _("difference of the win rates of two groups of raters"),
    "group_joint": _("F of all differences together, two-way cluster-robust"),
    "quasi_binomial": _("logit model of all pairs, a tie as half a win"),
    "attention_shipped": _(
        "signs by shipped thresholds (over %(words)g words or %(characters)g characters a minute in over %(fast)g %%"
        " of the pairs, under %(share)g %% in view in over %(unread)g %% of the pairs, p of one side below %(p)g or"
        " it %(side_odds)g times likelier, one score for over %(same)g %% of the scripts that stood alone, the"
        " damaged script preferred in over %(checks)g %% of the checks, a coin %(odds)g times likelier)"
    ),
    "attention_planned": _(
        "signs by planned thresholds (over %(words)g words or %(characters)g characters a minute in over %(fast)g %%"
        " of the pairs, under %(share)g %% in view in over %(unread)g %% of the pairs, p of one side below %(p)g or"
        " it %(side_odds)g times likelier, one score for over %(same)g %% of the scripts that stood alone, the"
        " damaged script preferred in over %(checks)g %% of the checks, a coin %(odds)g times likelier)"
    ),
}

REASONS: Final[Mapping[str, Text]] = {
    "one_rater_only": _("one rater: nothing is known of how raters differ"),
    "one_scene_only": _("one scene: nothing is known of how scenes differ"),
    "one_series_only": _("one series: nothing is known of how series differ"),
    "one_rater_or_scene": _("one rater or one scene: nothing is known of how they differ"),
    "series_unknown": _("the series of some scenes is not known"),
    "no_variation": _("the data do not vary, so no standard error can be computed"),
    "not_bounded": _("not bounded: the denominator may be zero"),
    "undefined_replicates": _("too many replicates are not defined"),
    "certain_win_rate": _("a win rate of 0 or 1 shows no error"),
    "human_never_won": _("the human scripts never won against the baseline"),
    "human_mean_not_positive": _("the mean of the human scripts is not above zero"),
    "no_common_score": _("no rater scored both scripts of a scene"),
    "language_without_interval": _("one language has no interval: %(reason)s"),
    "language_without_value": _("one language has no value: %(reason)s"),
    "two_scenes": _("two scenes say next to nothing of how scenes of the series differ"),
    "language_missing": _("not every language has it"),
    "fieller_not_pooled": _("one language's ratio needs Fieller's method, which does not pool"),
    "unequal_candidates": _("not every scene had all %(k)s candidates judged by the same raters"),
    "all_alike": _("every judgment is the same, so that agreement cannot be told from chance"),
    "not_shared": _("nothing was judged by two raters"),
    "too_many_scores": _("there are too many different scores"),
    "not_shared_pairs": _("nobody else judged the same pairs"),
    "not_crossed": _("not every rater scored every script"),
    "few_for_limits": _("there are too few scripts or raters for limits"),
    "little_variation": _("the scores do not vary enough"),
    "no_repeats": _("no pair was judged again"),
    "no_decision": _("no judgment was decided"),
    "no_tie": _("no judgment was a tie"),
    "sides_fixed": _("the sides did not change"),
    "no_lengths": _("no row holds the lengths of both scripts"),
    "lengths_alike": _("the lengths do not vary"),
    "lengths_by_system": _(
        "the lengths differ between systems alone, so that their effect cannot be told apart"
    ),
    "no_maximum": _("the likelihood has no maximum"),
    "separate_systems": _("some systems were never compared with the others, not even through third ones"),
    "never_lost": _("some systems never lost or never won: the worths have no maximum"),
    "too_many_systems": _("there are more than %(most)s systems"),
    "no_guess": _("nobody guessed an origin"),
    "no_guessed_pair": _("no pair was guessed to be of a human and a machine"),
    "no_mark": _("no mark at all: no error of zero can be told"),
    "no_human_mark": _("no mark on the human scripts"),
    "no_system_mark": _("no mark on the system's scripts: the error of a ratio of zero cannot be told"),
    "no_common_reading": _("no rater read both scripts of a scene"),
    "some_lengths_unknown": _("the length of some scripts is not known"),
    "lengths_unknown": _("no length of a script is known"),
    "one_script": _("one script: nothing is known of how scripts differ"),
    "no_row": _("no row is left"),
    "no_confidence": _("the guesses have no confidence"),
    "no_row_in_half": _("no row in one half"),
    "no_contrast": _("no judgment of the contrast"),
    "no_reading": _("no reading with this number"),
    "no_strength": _("no row has a strength"),
    "origin_unknown": _("the tables do not tell which of the two scripts stands in the other pairs"),
    "few_raters_in_group": _("fewer than %(least)s raters are in the group"),
    "hidden_for_another": _(
        "hidden so that the group of fewer than %(least)s raters cannot be found by subtraction"
    ),
    "not_stated": _("these raters did not say which group they belong to"),
    "group_without_interval": _("one of the two groups has no interval: %(reason)s"),
    "one_group": _("no other group has enough raters, or none varies"),
    "test_alone": _("a test of several differences has no interval"),
    "covariance_singular": _("the differences of the groups cannot be told apart from each other"),
    "too_many_rows": _("there are more than %(most)s judgments"),
    "few_clusters": _("the model needs %(least)s raters and %(least)s %(clusters)s"),
    "many_terms": _("the model has too many terms for these raters and scenes"),
    "goes_with_others": _(
        "it does not vary, or goes with other terms, so that its effect cannot be told apart"
    ),
    "no_profiles": _("no table of raters tells their groups"),
    "no_sides_of_interest": _(
        "there is no human system and no planned contrast, so that it has no direction"
    ),
    "series_are_clusters": _("the series are the clusters of the intervals"),
    "descriptive": _("descriptive"),
    "descriptive_worse_unknown": _(
        "descriptive; the tables do not say which script of a check is the worse one"
    ),
    "descriptive_no_check": _("descriptive; no check of this criterion came to the rater"),
    "descriptive_attention": _("descriptive; it points out, and excludes nobody"),
}

LEFT_OUT: Final[Mapping[str, Text]] = {
    "kind_practice": _("kind practice"),
    "kind_check": _("kind check"),
    "kind_repeat": _("kind repeat"),
    "kind_same": _("kind same"),
    "rater_kind_person": _("rater_kind person"),
    "rater_kind_simulated": _("rater_kind simulated"),
    "rater_kind_model": _("rater_kind model"),
    "excluded": _("excluded: %(reason)s"),
    "excluded_others": _("excluded: %(count)s other reasons"),
    "no_used_row": _("no used row of this rater and script"),
    "judged_nothing": _("raters without a used judgment or score"),
}

DETAILS: Final[Mapping[str, Text]] = {
    "kind_practice": pgettext_lazy("rows", "practice"),
    "kind_check": pgettext_lazy("rows", "check"),
    "kind_repeat": pgettext_lazy("rows", "repeat"),
    "kind_same": pgettext_lazy("rows", "same"),
    "rater_kind_person": pgettext_lazy("rows", "person"),
    "rater_kind_simulated": pgettext_lazy("rows", "simulated"),
    "rater_kind_model": pgettext_lazy("rows", "model"),
    "excluded": pgettext_lazy("rows", "%(reason)s"),
    "excluded_others": pgettext_lazy("rows", "%(count)s other reasons"),
}
"""The texts of `LEFT_OUT` below a step of the study's flow, which says the rest."""

WARNINGS: Final[Mapping[str, Text]] = {
    "simulated_only": _("No person judged: every number here is about simulated raters."),
    "model_only": _("No person judged: every number here is about language models as raters."),
    "unknown_columns": _("Columns that are not known were ignored: %(columns)s."),
    "alike_names": _(
        "Names that differ only in capitals, width or spaces are counted as different: %(names)s."
    ),
    "no_rows": _("No row could be used: there is nothing to estimate."),
    "no_human": _("No system is named as human: human-level percentages are left out."),
    "no_human_likely": _(
        "No system is named as human: human-level percentages are left out. If %(system)s is people, give --human"
        " %(name)s."
    ),
    "one_system": _("Only %(system)s has scores: there is no other system to compare it with."),
    "one_rater": _(
        "Every row is by one rater, so there are no intervals. If it is not known who judged, give each row a code"
        " of its own: intervals then allow for the scenes alone, and may be too narrow."
    ),
    "several_rubrics": _("Scores by several rubrics (%(rubrics)s): shares by tier are left out."),
    "unknown_rubric": _(
        "The tiers of the rubric %(rubric)s on this scale are not known: shares by tier are left out. Give tiers"
        " in the plan."
    ),
    "no_primary": _("No primary criterion is named: every result is exploratory."),
    "few_raters": ngettext_lazy(
        "Some results rest on %(n)s rater: below %(few)s no interval can be relied on.",
        "Some results rest on %(n)s raters: below %(few)s no interval can be relied on.",
    ),
    "few_items": ngettext_lazy(
        "Some results rest on %(n)s scene: below %(few)s no interval can be relied on.",
        "Some results rest on %(n)s scenes: below %(few)s no interval can be relied on.",
    ),
    "few_series": _("Some results rest on scenes of %(n)s series: below %(few)s they hold for these alone."),
    "scores_in_pairs": _(
        "Scores given beside another script lean on that neighbour: only scores of single scripts compare with"
        " those of studies that showed one script at a time."
    ),
    "missing_scripts": ngettext_lazy(
        "%(n)s of %(all)s judgments was made by nobody: a system had no script for the scene, which the plan counts"
        " as a loss. It counts in win rates, human level and best of k alone.",
        "%(n)s of %(all)s judgments were made by nobody: a system had no script for the scene, which the plan counts"
        " as a loss. They count in win rates, human level and best of k alone.",
    ),
    "unmet": _(
        "Never compared: %(pairs)s. Win rates over several systems leave out those that were not met."
    ),
    "sparse_pairs": _(
        "Win rates against all others rest on as few as %(n).1f judgments per opponent: below %(enough)s their"
        " intervals are too narrow. Use the abilities and the rank ranges instead."
    ),
    "several_studies": _(
        "Rows of several studies are analysed as one: %(studies)s. Equal codes count as one rater or scene."
    ),
    "many_pairs": _(
        "More than %(most)s pairs of scores can be compared: win rates from scores are left out."
    ),
    "many_systems": _(
        "There are %(systems)s systems: of more than %(most)s neither abilities, ranks and differences nor best-of-k"
        " shares and the agreement of each pair are computed."
    ),
    "many_contrasts": _(
        "%(pairs)s pairs of systems met: of more than %(most)s only win rates over several systems, those of"
        " machines over humans and the primary contrast are listed."
    ),
    "no_bootstrap": _("The table is too large for the bootstrap's second opinion: its limits are left out."),
    "ability_prior": _(
        "The likelihood of the abilities has no maximum, as where some system never lost or never won: %(wins)g wins"
        " were added each way and on each side to every pair of systems that met."
    ),
    "series_matter": _(
        "Grouped by series, intervals are up to %(times).1f times as wide as grouped by scene, for scenes of one"
        " series may be alike and few series are few samples: rely on the wider of the two."
    ),
    "lengths_differ": _(
        "Scripts of %(systems)s are longer or shorter than those of %(human)s by more than 20 %%: a preference may"
        " be one for length."
    ),
    "little_read": _(
        "On average less than 80 %% of a script came into view (%(system)s: %(percent).0f %%): some judgments rest"
        " on a part of the text."
    ),
    "sensitive": _(
        "Which judgments count decides on which side of 50 %% the win rate is, or whether its interval includes"
        " 50 %%, for %(pairs)s: see the sensitivity checks."
    ),
    "drift": _(
        "The win rate in the later half of the raters' work differs from that in the earlier half by more than its"
        " interval allows (which is not adjusted for how many pairs were looked at) for %(pairs)s."
    ),
    "many_groups": _(
        "The column %(column)s of the raters' table has %(groups)s different texts: raters are grouped by at most"
        " %(most)s."
    ),
    "interim_look": _(
        "This is look %(look)s of %(looks)s: only the limits listed under looks allow for the others."
    ),
    "breakdown_left_out": _(
        "%(pairs)s pairs of a machine and a human system are too many to list by scene and series: only the planned"
        " contrast is."
    ),
    "careless_raters": ngettext_lazy(
        "%(n)s of %(of)s raters is flagged in the attention section: nobody was left out, and every number includes"
        " them.",
        "%(n)s of %(of)s raters are flagged in the attention section: nobody was left out, and every number includes"
        " them.",
    ),
    "control_win_rate": _(
        "Of two samples of one system the script that the study uses won %(percent).1f %%, where it should be about"
        " half: something beside the writing tells them apart, or the samples do differ."
    ),
    "control_left_share": _(
        "Of two samples of one system the left won %(percent).1f %%, where it should be about half: something beside"
        " the writing tells them apart, or the samples do differ."
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
    "over": pgettext_lazy("pair of systems", "%(system)s over %(opponent)s"),
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
