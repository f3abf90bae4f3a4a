"""What requests cost: estimated before they are sent, reserved while they fly, counted when they are back.

Costs are whole millionths of the currency in which prices are given: a price per million tokens times a
number of tokens is just that. A reservation takes all that a request could use (its `max_tokens`), so a run
with a limit never spends more than it; a request that is lost stays counted at its reservation.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from evalsite.core.reason_codes import Reason
from generation.backends import Completion, Request
from generation.models import Attempt, Brief, Run
from generation.pipelines import StageSpec, SystemSpec
from generation.prompts import PromptError
from generation.runs.addresses import backend_of

_HAN = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
_OTHER_PER_TOKEN = 3
_TOKENS_PER_WORD = 1.5
_PROSE_SHARE = 1.5
MILLION = 1_000_000
UNBOUNDED = 32_768
"""What is reserved for an answer whose length nothing bounds. A run with limits has none of these."""
MOST_COST = 2**62
"""What the tables hold of one request."""


def tokens_of(text: str) -> int:
    """About how many tokens a text is, rather too many: one for each Han character, for three others one."""
    han = len(_HAN.findall(text))
    return han + math.ceil((len(text) - han) / _OTHER_PER_TOKEN)


@dataclass(frozen=True, slots=True)
class Use:
    """Tokens and cost of one request, or of many."""

    prompt: int = 0
    completion: int = 0
    cost: int = 0

    @property
    def tokens(self) -> int:
        return self.prompt + self.completion

    def __add__(self, other: "Use") -> "Use":
        cost = self.cost + other.cost
        return Use(self.prompt + other.prompt, self.completion + other.completion, cost)

    def times(self, count: int) -> "Use":
        return Use(self.prompt * count, self.completion * count, self.cost * count)

    def as_dict(self) -> dict[str, int]:
        return {"prompt_tokens": self.prompt, "completion_tokens": self.completion, "cost": self.cost}


Prices = Mapping[str, Mapping[str, Sequence[float]]]
"""By system and stage: what a million tokens cost, in and out."""


def prices_of(
    specs: Iterable[SystemSpec], price_in: float | None = None, price_out: float | None = None
) -> dict[str, dict[str, list[float]]]:
    """The prices of the systems' files, or those given for all."""
    return {
        spec.slug: {
            stage.name: [
                backend_of(spec, stage).price_in if price_in is None else price_in,
                backend_of(spec, stage).price_out if price_out is None else price_out,
            ]
            for stage in spec.stages
        }
        for spec in specs
    }


def use_of(prices: Prices, system: str, stage: str, prompt: int, completion: int) -> Use:
    """A number of tokens with their cost."""
    price_in, price_out = prices.get(system, {}).get(stage, (0.0, 0.0))
    return Use(prompt, completion, min(round(prompt * price_in + completion * price_out), MOST_COST))


def reserved(prices: Prices, system: str, stage: str, request: Request) -> Use:
    """The most that a request is taken to use: its messages, and an answer of all tokens that it may have."""
    prompt = tokens_of("".join(content for _, content in request.messages))
    return use_of(prices, system, stage, prompt, request.sampling.limit or UNBOUNDED)


def used(prices: Prices, system: str, stage: str, completion: Completion) -> Use | None:
    """What the server says that an answer has used; None where it does not say."""
    prompt, answered = (completion.usage.get(f"{name}_tokens") for name in ("prompt", "completion"))
    if prompt is None or answered is None:
        return None
    return use_of(prices, system, stage, prompt, answered)


# Before the start


@dataclass(frozen=True, slots=True)
class Estimate:
    """Of a whole run: what to expect when nothing is refused, and what all answers at their limit come to."""

    jobs: int
    expected: Use
    most: Use

    def as_dict(self) -> dict[str, Any]:
        return {"jobs": self.jobs, "expected": self.expected.as_dict(), "most": self.most.as_dict()}


def estimate(specs: Sequence[SystemSpec], briefs: Sequence[Brief], samples: int, prices: Prices) -> Estimate:
    """What a run will use, estimated from the lengths of its briefs and prompts and of what is asked for."""
    expected, most = Use(), Use()
    sizes = {brief.pk: tokens_of("".join(_texts(brief.content()))) for brief in briefs}
    for spec in specs:
        templates = {
            (stage.name, language): _template_tokens(stage, language)
            for stage in spec.stages
            for language in {brief.language for brief in briefs}
        }
        for brief in briefs:
            answers_expected = answers_most = 0
            for stage in spec.stages:
                prompt = templates[stage.name, brief.language] + sizes[brief.pk]
                most_answer = stage.sampling().limit or UNBOUNDED
                answer = min(most_answer, _answer_tokens(stage, brief))
                one = use_of(prices, spec.slug, stage.name, prompt + answers_expected, answer)
                expected += one.times(samples)
                one = use_of(prices, spec.slug, stage.name, prompt + answers_most, most_answer)
                most += one.times(samples)
                answers_expected += answer
                answers_most += stage.answer_tokens or UNBOUNDED
    return Estimate(len(specs) * len(briefs) * samples, expected, most)


def _texts(content: Any) -> Iterable[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for each in content.values():
            yield from _texts(each)
    elif isinstance(content, list):
        for each in content:
            yield from _texts(each)


def _template_tokens(stage: StageSpec, language: str) -> int:
    try:
        return tokens_of(stage.template(language).text)
    except PromptError:
        return 0


def _answer_tokens(stage: StageSpec, brief: Brief) -> int:
    words = brief.target_length * (1.0 if stage.form == "screenplay" else _PROSE_SHARE)
    return math.ceil(words * (1.2 if brief.language == "zh" else _TOKENS_PER_WORD))


# As it goes


@dataclass(frozen=True, slots=True)
class Sums:
    """Over a run's attempts. `known` is what servers reported; `reserved` what flies and what was lost.

    `counts` are attempts by outcome.
    """

    known: Use
    reserved: Use
    counts: Mapping[str, int]

    @property
    def total(self) -> Use:
        return self.known + self.reserved


def sums(run: Run) -> Sums:
    """Read from one index, once; every attempt counts."""
    totals: dict[bool, Use] = {False: Use(), True: Use()}
    counts: Counter[str] = Counter()
    rows = (
        Attempt.objects.filter(run=run)
        .order_by()
        .values("outcome", "estimated")
        .annotate(
            prompt=Coalesce(Sum("prompt_tokens"), 0),
            completion=Coalesce(Sum("completion_tokens"), 0),
            spent=Coalesce(Sum("cost"), 0),
            attempts=Count("pk"),
        )
    )
    for row in rows:
        totals[row["estimated"]] += Use(row["prompt"], row["completion"], row["spent"])
        counts[row["outcome"]] += row["attempts"]
    return Sums(totals[False], totals[True], counts)


def money(amount: float) -> str:
    """An amount with two decimals, and below 0.01 with two significant digits."""
    decimals = 1 - math.floor(math.log10(amount)) if 0 < amount < 0.01 else 2
    return f"{amount:,.{decimals}f}"


def fitting(run: Run, wanted: Sequence[Use]) -> tuple[int, str]:
    """How many of these requests, in order, fit the run's limits; and why the next one does not.

    Call it with the run's row locked, so that two workers do not spend the same rest.
    """
    if run.limit_tokens is None and run.limit_cost is None:
        return len(wanted), ""
    total = sums(run).total
    for count, each in enumerate(wanted):
        total += each
        if run.limit_tokens is not None and total.tokens > run.limit_tokens:
            return count, Reason("limit-tokens", limit=f"{run.limit_tokens:,}")
        if run.limit_cost is not None and total.cost > run.limit_cost:
            return count, Reason("limit-cost", limit=money(run.limit_cost / MILLION))
    return len(wanted), ""


def pause_at_limit(run: Run, reason: str) -> bool:
    """Pause a run whose next request does not fit and of which none flies that could make room."""
    if Attempt.objects.filter(run=run, outcome=Attempt.Outcome.SENT).exists():
        return False
    active = Run.objects.filter(Q(pk=run.pk), state=Run.State.ACTIVE)
    return bool(active.update(state=Run.State.PAUSED, pause_reason=reason))
