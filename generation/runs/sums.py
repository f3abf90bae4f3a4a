"""How many tokens, GPU hours and how much money a study or a training set takes.

    python -m generation.runs.sums

Needs no database: the shipped systems' prompts are rendered on the demonstration's briefs, and what a model
would write in between is taken to be as long as `answer_of` says. Prints Markdown; docs/gpus.md holds it.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from generation.briefs.files import BriefSpec, read_brief, read_script_file
from generation.pipelines import INPUTS, StageSpec, SystemSpec, find_system, prepare, shipped_names
from generation.pipelines.inputs import NOVEL_SHARE

ROOT = Path(__file__).resolve().parents[2]
BRIEFS, SCRIPTS = ROOT / "examples" / "briefs", ROOT / "examples" / "scripts"

HAN_TOKENS, OTHER_TOKENS = 0.6, 0.3
"""Tokens for a Han character and for any other character (https://api-docs.deepseek.com/quick_start/token_usage)."""
OWN_SERVERS = "VLLM_BASE_URL"
AGAIN = 0.1
"""The share of answers that are refused and asked for again."""
KEPT = 0.8
"""The share of made training examples that pass their checks."""

_HAN = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a model on a number of GPUs works with many requests at once, and who measured that.

    `per_gpu` is tokens per second and GPU, read and written together, with about as many read as written.
    Reading is the cheaper of the two, so where more is read than written it errs on the slow side.
    """

    size: str
    gpus: int
    per_gpu: float
    measured: str
    source: str


RATES = (
    Rate(
        "8B",
        1,
        7834.14,
        "Qwen3-8B in bf16, 2048 tokens in and 2048 out, 128 requests at once",
        "https://github.com/tgarg01/silybench-data/blob/main/derived/csv/perf_points.csv",
    ),
    Rate(
        "32B",
        1,
        2352.82,
        "Qwen3-32B in bf16, vLLM 0.11, conversations of 217 tokens in and 201 out, 1000 requests at once",
        "https://docs.gpustack.ai/latest/performance-lab/qwen3-32b/h100",
    ),
    Rate(
        "70B",
        4,
        2 * 3542.88 / 4,  # The source states what was written; as much is taken to have been read.
        "Llama 3.1 70B in bf16, vLLM 0.6.0, tensor parallel, conversations, 256 requests at once; "
        "3,543 tokens written per second, as many taken as read",
        "https://github.com/LambdaLabsML/vllm-benchmark/blob/main/benchmark_v0.md",
    ),
)
PRICES = (2.69, 6.88)
"""Dollars for an hour of one H100 SXM 80GB without a contract: the lowest and the highest on 2026-11-09, from
https://github.com/datareceipts/data-receipts/blob/main/109-gpu-pricing/compare.json"""


class Tokens(NamedTuple):
    """Tokens of prompts and of answers."""

    prompt: float = 0.0
    answer: float = 0.0

    def plus(self, other: "Tokens") -> "Tokens":
        return Tokens(self.prompt + other.prompt, self.answer + other.answer)

    def times(self, count: float) -> "Tokens":
        return Tokens(self.prompt * count, self.answer * count)


def tokens_of(text: str) -> float:
    """About how many tokens a text is."""
    han = len(_HAN.findall(text))
    return HAN_TOKENS * han + OTHER_TOKENS * (len(text) - han)


def mean(parts: Sequence[Tokens]) -> Tokens:
    return Tokens(fmean(part.prompt for part in parts), fmean(part.answer for part in parts))


# What a model would write


def screenplay_of(brief: BriefSpec) -> str:
    """The machine-written script of middle length that the demonstration has for a brief."""
    files = [path for path in (SCRIPTS / brief.slug).iterdir() if path.stem != "human"]
    texts = sorted((read_script_file(path) for path in files), key=len)
    return texts[len(texts) // 2]


def answer_of(stage: StageSpec, brief: BriefSpec) -> tuple[str, str]:
    """Two texts as long as a stage's answer: the part that goes on, and what is written besides.

    Prose is half as long again as the screenplay, which is what prompts ask for; directives, all four kinds
    together, and a plan are as long as the screenplay.
    """
    screenplay = screenplay_of(brief)
    if "novel" in stage.part_names:
        prose = (screenplay * 2)[: round(len(screenplay) * NOVEL_SHARE)]
        return prose, screenplay if len(stage.part_names) > 1 else ""
    return screenplay, ""


def tokens_by_stage(spec: SystemSpec, brief: BriefSpec) -> dict[str, Tokens]:
    """Of one job: the messages as they are rendered, and the answer."""
    found: dict[str, Tokens] = {}
    answers: dict[str, str] = {}
    for stage in spec.stages:
        messages = prepare(stage, brief.content(), answers, None).messages
        goes_on, besides = answer_of(stage, brief)
        prompt = sum(tokens_of(text) for _, text in messages)
        found[stage.name] = Tokens(prompt, tokens_of(goes_on) + tokens_of(besides))
        answers |= {stage.name: goes_on, f"{stage.name}.{stage.taken_part}": goes_on}
    return found


def example_tokens(brief: BriefSpec) -> dict[str, Tokens]:
    """Of one training example, by step: from a finished screenplay back to its brief, to its directives, and
    on to new prose. Instructions are taken to be as long as those of the shipped prompts next to them.
    """
    first, second = find_system("dsr").stages
    screenplay = tokens_of(screenplay_of(brief))
    blocks = INPUTS["brief"].values(brief.content())
    given = sum(tokens_of(blocks[name]) for name in ("outline", "previous_context", "characters"))
    directives = screenplay
    writes = tokens_of(first.template(brief.language).text)
    reads = tokens_of(second.template(brief.language).text)
    return {
        "brief from the screenplay": Tokens(reads + screenplay, given),
        "directives from both": Tokens(writes + given + screenplay, directives),
        "prose from brief and directives": Tokens(writes + given + directives, NOVEL_SHARE * screenplay),
    }


# The sums


@dataclass(frozen=True, slots=True)
class Row:
    """One stage of one system, or one step of an example: tokens of one request."""

    system: str
    stage: str
    one: Tokens


def study_rows(briefs: Sequence[BriefSpec]) -> list[Row]:
    """Means over briefs, for each stage of the shipped systems that run on servers of one's own."""
    rows: list[Row] = []
    for name in shipped_names():
        spec = find_system(name)
        if any((stage.backend or spec.backend).base_url_env != OWN_SERVERS for stage in spec.stages):
            continue
        each = [tokens_by_stage(spec, brief) for brief in briefs]
        rows += [Row(name, stage.name, mean([one[stage.name] for one in each])) for stage in spec.stages]
    return rows


def example_rows(briefs: Sequence[BriefSpec]) -> list[Row]:
    """Means over briefs, for each step of a training example."""
    each = [example_tokens(brief) for brief in briefs]
    return [Row("example", step, mean([one[step] for one in each])) for step in each[0]]


def gpu_hours(total: Tokens, rate: Rate) -> float:
    """Hours of one GPU."""
    return (total.prompt + total.answer) / rate.per_gpu / 3600


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], marks: str) -> list[str]:
    """Lines of one table; `marks` says of each column whether it is left or right, as in "llr"."""
    under = [{"l": "---", "r": "---:"}[mark] for mark in marks]
    return [f"| {' | '.join(cells)} |" for cells in (head, under, *rows)] + [""]


def _million(tokens: float) -> str:
    return f"{tokens / 1e6:,.2f} M" if tokens < 1e7 else f"{tokens / 1e6:,.0f} M"


def render_sums(scenes: int, samples: int, examples: int) -> str:
    """All of it as Markdown."""
    briefs = [read_brief(path) for path in sorted(BRIEFS.rglob("*.yaml"))]
    study, made = study_rows(briefs), example_rows(briefs)
    jobs = scenes * samples
    one_job, one_example = (reduce(Tokens.plus, (row.one for row in rows)) for rows in (study, made))
    asked = 1 / (1 - AGAIN)
    systems = len({row.system for row in study})
    totals = {
        f"study: {scenes} scenes × {systems} systems × {samples} samples": one_job.times(jobs * asked),
        f"training set: {examples:,} examples": one_example.times(examples * asked / KEPT),
    }
    lines = _table(
        ["system", "stage", "in, one request", "out", f"in, {jobs:,} requests", "out"],
        ([row.system, row.stage, *_tokens(row.one), *map(_million, row.one.times(jobs))] for row in study),
        "llrrrr",
    )
    lines += _table(
        ["step of a training example", "in, one request", "out"],
        ([row.stage, *_tokens(row.one)] for row in made),
        "lrr",
    )
    lines += _table(
        ["", "tokens in", "out", *(f"GPU hours, {rate.size}" for rate in RATES), "dollars, 8B to 70B"],
        ([name, *_sums(total)] for name, total in totals.items()),
        "lrrrrrr",
    )
    lines += _table(
        ["model", "H100 80GB", "tokens/s and GPU", "measured"],
        (
            [rate.size, str(rate.gpus), f"{rate.per_gpu:,.0f}", f"[{rate.measured}]({rate.source})"]
            for rate in RATES
        ),
        "lrrl",
    )
    return "\n".join(lines).rstrip()


def _tokens(one: Tokens) -> list[str]:
    return [f"{count:,.0f}" for count in one]


def _sums(total: Tokens) -> list[str]:
    hours = [gpu_hours(total, rate) for rate in RATES]
    least, most = hours[0] * PRICES[0], hours[-1] * PRICES[1]
    money = f"{least:,.0f} to {most:,.0f}" if most >= 10 else f"{least:.2f} to {most:.2f}"
    return [*map(_million, total), *(f"{hour:,.1f}" for hour in hours), money]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m generation.runs.sums", description=__doc__)
    parser.add_argument("--scenes", type=int, default=32)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--examples", type=int, default=50_000)
    given = parser.parse_args(arguments)
    if min(given.scenes, given.samples, given.examples) < 1:
        parser.error("counts must be 1 or more.")
    print(render_sums(given.scenes, given.samples, given.examples))
    return 0


if __name__ == "__main__":
    sys.exit(main())
