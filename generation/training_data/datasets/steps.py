"""The steps of the filter in their order, and their rules in words.

A rejected scene keeps the step and a reason: a code (`novel/short`, `faithfulness`, `series`) by which
rejections are counted, and parameters with the details.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from evalsite.core.reason_codes import Reason, load
from generation import reasons
from generation.models import Run
from generation.runs.requests import REFUSED_FOR_GOOD
from generation.training_data.models import Candidate
from generation.training_data.synthesis.questions import MARKS
from generation.training_data.synthesis.recipe import FilterSpec, filter_of

SCENES, ALIKE, USABLE, RESERVED, WRITTEN = "scenes", "alike", "usable", "reserved", "written"
RULES, JUDGE, PEOPLE, BALANCE = "rules", "judge", "people", "balance"
STEPS = (SCENES, ALIKE, USABLE, RESERVED, WRITTEN, RULES, JUDGE, PEOPLE, BALANCE)
UNPLANNED, UNFINISHED, UNSETTLED, UNPROFILED = "unplanned", "unfinished", "unsettled", "unprofiled"
RETOLD = "retold"
"""What was made of a scene may retell another one that is held back: a study was loaded after the run was
planned."""
PROFILE_OUT = "profile"
"""A profile that the brief holds was rejected by people."""


def rule_of(step: str, rules: FilterSpec) -> str:
    """The rule of a step in words, in the language that is active."""
    comma = pgettext("in a list", ", ")
    lengths = comma.join(
        f"{language_name(language)} {low}–{high}" for language, (low, high) in sorted(rules.length.items())
    )
    marks = comma.join(
        f"{reasons.part_name(name)} {rules.marks[name]}" for name in MARKS if name in rules.marks
    )
    return {
        SCENES: _("All scenes of the works in the run."),
        ALIKE: _("Scenes that match an earlier scene by %(share)s or more are removed.")
        % {"share": _percent(rules.alike)},
        USABLE: _(
            "Scenes with dialogue and an allowed length (English words or Chinese characters): %(lengths)s."
        )
        % {"lengths": lengths},
        RESERVED: _(
            "Scenes from series that no study uses, and that are not nearly identical to a scene in a study."
        ),
        WRITTEN: _("Every answer, including the speakers' profiles, passed the rules when it arrived."),
        RULES: _("All rules are checked again on the complete example."),
        JUDGE: _judge_rule(marks, rules),
        PEOPLE: _(
            "Humans review %(share)s of the examples, %(twice)s of these twice; rejected examples are"
            " removed."
        )
        % {"share": _percent(rules.share), "twice": _percent(rules.twice)},
        BALANCE: _(
            "No series makes up more than %(series)s of the examples, no genre more than %(genre)s,"
            " no length band more than %(band)s. A limit is not applied if there are too few series,"
            " genres or bands to meet it. Reviewed examples are removed last."
        )
        % {
            "series": _percent(rules.series),
            "genre": _percent(rules.genre),
            "band": _percent(rules.band),
        },
    }[step]


def _judge_rule(marks: str, rules: FilterSpec) -> str:
    rule = _("The judge model's scores are at least: %(marks)s (out of 5).") % {"marks": marks or "–"}
    if not rules.questions:
        return rule
    comma = pgettext("in a list", ", ")
    shares = comma.join(
        f"{reasons.part_name(name)} {_percent(most)}" for name, most in rules.questions.items()
    )
    return f"{rule} " + _("Maximum share of sentences: %(shares)s.") % {"shares": shares}


def language_name(code: str) -> str:
    return {"en": _("English"), "zh": _("Chinese")}.get(code, code)


def plain_rule(step: str, rules: FilterSpec) -> str:
    """The same in English, as it is stored."""
    with override("en"):
        return rule_of(step, rules)


def _percent(share: float) -> str:
    return f"{100 * share:.4g}%"


def step_name(step: str) -> str:
    return {
        SCENES: _("imported scenes"),
        ALIKE: _("no duplicates"),
        USABLE: _("usable"),
        RESERVED: _("not held out for studies"),
        WRITTEN: _("completed"),
        RULES: _("rules passed"),
        JUDGE: _("judge scores passed"),
        PEOPLE: _("review passed"),
        BALANCE: _("balanced"),
    }[step]


def reject_reasons() -> dict[str, str]:
    """The common reasons of people, by key."""
    return {
        "unfaithful": _("Not faithful to the scene"),
        "incoherent": _("Incoherent"),
        "inner-life": _("Describes what can't be seen or heard"),
        "directives": _("Directives don't fit the scene"),
        "flat": _("Flat, or wrong rhythm"),
        "profiles": _("A character's profile is wrong"),
        "source": _("Source scene is a poor example"),
        "other": _("Other reason"),
    }


def key_name(step: str, key: str) -> str:
    """A key of rejections in words, in the language that is active."""
    plain = {
        (ALIKE, "alike"): _("nearly identical to an earlier scene"),
        (USABLE, "short"): _("too short"),
        (USABLE, "long"): _("too long"),
        (USABLE, "silent"): _("no dialogue"),
        (USABLE, UNPLANNED): _("not included in this run"),
        (RESERVED, "reserved"): _("the scene or its series is used in a study"),
        (RESERVED, RETOLD): _("may retell a scene that was held out after the run was planned"),
        (WRITTEN, UNFINISHED): _("not finished yet"),
        (WRITTEN, UNPROFILED): _("a speaker has no profile"),
        (PEOPLE, UNSETTLED): _("reviewers disagree; not settled yet"),
        (PEOPLE, PROFILE_OUT): _("a character's profile was rejected"),
        (BALANCE, "series"): _("share of its series too large"),
        (BALANCE, "genre"): _("share of its genre too large"),
        (BALANCE, "band"): _("share of its length band too large"),
    }
    if (step, key) in plain:
        return plain[step, key]
    if step == PEOPLE:
        return reject_reasons().get(key, key)
    if step == JUDGE:
        return reasons.part_name(key)
    stage, _slash, code = key.partition("/")
    between = pgettext("between a label and what it says", ": ")
    return f"{reasons.part_name(stage)}{between}{refusal_name(code)}"


def refusal_name(code: str) -> str:
    """What a kind of refusal is called, whatever its numbers."""
    return {
        "model": _("a different model answered"),
        "cut": _("truncated"),
        "longer-than-asked": _("far too long"),
        "finish": _("did not finish normally"),
        "too-large": _("too large to read"),
        "empty": _("empty"),
        "no-part": _("a part is missing"),
        "no-split": _("wrong format"),
        "schema-lacks": _("a part is missing"),
        "schema-extra": _("wrong format"),
        "schema-type": _("wrong format"),
        "schema": _("wrong format"),
        "language": _("wrong language"),
        "part-language": _("wrong language"),
        "not-text": _("not plain text"),
        "loop": _("repeats a sentence"),
        "short": _("too short"),
        "part-short": _("too short"),
        "long": _("too long"),
        "part-long": _("too long"),
        "tags": _("wrong number of labels"),
        "tag-long": _("a label is too long"),
        "other-person": _("about another person"),
        "quote": _("quotes a line of dialogue"),
        "laid-out": _("screenplay layout"),
        "layout-in-prose": _("screenplay layout"),
        "not-one-paragraph": _("not one paragraph"),
        "unnamed": _("a speaker is missing"),
        "stranger": _("an unknown character speaks"),
        "remarks": _("text around the answer"),
        "context-none": _("earlier scenes are not mentioned"),
        "context-invented": _("refers to earlier scenes that do not exist"),
        "beats-form": _("unreadable beats"),
        "ranges": _("beats don't cover the whole scene"),
        "ranges-end": _("beats don't cover the whole scene"),
        "key": _("not exactly one key beat"),
        "beats-count": _("too few or too many beats"),
        "beat-same": _("repeats a statement"),
        "beats-same": _("repeats a statement"),
        "parts-same": _("repeats a statement"),
        "absent": _("a character is missing"),
        "copied": _("copied from the source"),
        "mark": _("no score from 1 to 5"),
        "failed": _("no usable answer"),
    }.get(code, code)


def code_of(error: Reason) -> str:
    """Return the code of the refusal for which a job has failed."""
    last = error.params.get("reason")
    return last.code if error.code == REFUSED_FOR_GOOD and isinstance(last, Reason) else "failed"


def reason_of(code: str, **params: Any) -> dict[str, Any]:
    """Return the reason of a candidate as it is stored."""
    return {"code": code, "params": params}


def render_detail(step: str, reason: Mapping[str, Any]) -> str:
    """Return the details of a reason in the language that is active; a person's words stay as they are."""
    params = reason.get("params", {})
    if step == PEOPLE:
        return str(params.get("words") or params.get("names") or "")
    if "share" in params:
        most = _("%(share)s%% of the sentences, maximum %(most)s%%; for example: %(line)s")
        return most % params
    if "least" in params:
        return _("%(mark)s %(given)s, minimum %(least)s") % {
            "mark": reasons.part_name(reason["code"]), "given": params["given"], "least": params["least"],
        }  # fmt: skip
    if "refusals" in params:
        between = pgettext("between a label and what it says", ": ")
        said = [
            f"{reasons.part_name(stage)}{between}{reasons.render(load(each))}"
            for stage, each in params["refusals"]
        ]
        return pgettext("between two facts", "; ").join(said)
    return reasons.render(load(params.get("reason")))


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `rejected` counts by the key of the reason; what comes in less these is what goes on."""

    step: str
    rule: str
    count_in: int
    count_out: int
    rejected: dict[str, int]

    def as_record(self) -> dict[str, Any]:
        record = asdict(self)
        record["in"], record["out"] = record.pop("count_in"), record.pop("count_out")
        return record


@dataclass(frozen=True, slots=True)
class Funnel:
    """All steps in their order; empty where nothing has been filtered yet."""

    steps: tuple[Step, ...]

    @property
    def total(self) -> int:
        return self.steps[0].count_in if self.steps else 0

    @property
    def kept(self) -> int:
        return self.steps[-1].count_out if self.steps else 0

    def as_record(self) -> list[dict[str, Any]]:
        return [step.as_record() for step in self.steps]


def _key_of() -> KeyTextTransform:
    """Return the code of a reason."""
    return KeyTextTransform("code", "reason")


def candidates_at(run: Run, step: str, key: str = "") -> QuerySet[Candidate]:
    """Those that fell at a step, for one reason or for any."""
    rows = Candidate.objects.filter(run=run, dropped_at=step).annotate(key=_key_of())
    return rows.filter(key=key) if key else rows


def funnel_of(run: Run) -> Funnel:
    """The counts as they stand in the candidates' rows."""
    rows = Candidate.objects.filter(run=run).order_by().annotate(key=_key_of())
    counts: dict[str, Counter[str]] = {step: Counter() for step in STEPS}
    left = 0
    for step, key, count in (
        rows.values("dropped_at", "key").annotate(n=Count("pk")).values_list("dropped_at", "key", "n")
    ):
        if step:
            counts[step][key] += count
        else:
            left += count
    total = left + sum(sum(each.values()) for each in counts.values())
    return _funnel(filter_of(run.frozen_settings["recipe"]), counts, total) if total else Funnel(())


def _funnel(rules: FilterSpec, counts: dict[str, Counter[str]], total: int) -> Funnel:
    found, now = [], total
    for step in STEPS:
        rejected = dict(sorted(counts[step].items(), key=lambda each: (-each[1], each[0])))
        out = now - sum(rejected.values())
        found.append(Step(step, plain_rule(step, rules), now, out, rejected))
        now = out
    return Funnel(tuple(found))
