"""The data card of a dataset: Markdown, in English, from its counts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count

from generation.models import Run, StageOutput
from generation.training_data.corpus.minhash import NEARLY
from generation.training_data.datasets.agreement import Agreement
from generation.training_data.datasets.reviewing import Readings
from generation.training_data.datasets.rights import Why, render_withheld
from generation.training_data.datasets.sampling import (
    BANDS,
    LEAST_SERIES,
    TEST,
    TRAIN,
    VALIDATION,
    apart,
    band_of,
    can_keep,
)
from generation.training_data.datasets.splitting import Joined
from generation.training_data.datasets.steps import PROFILE_OUT, UNPROFILED, Funnel
from generation.training_data.models import Work

SPLITS = (TRAIN, VALIDATION, TEST)


@dataclass(slots=True)
class Counts:
    """What a card counts, taken up one example at a time; `joined` are the series that share scenes."""

    joined: Joined = ()
    total: int = 0
    edited: int = 0
    splits: Counter[str] = field(default_factory=Counter)
    series: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    languages: dict[str, Counter[str]] = field(default_factory=dict)
    genres: Counter[str] = field(default_factory=Counter)
    works: Counter[str] = field(default_factory=Counter)
    bands: Counter[tuple[str, int]] = field(default_factory=Counter)
    script: Counter[str] = field(default_factory=Counter)
    prose: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    with_changed: int = 0

    def add(
        self,
        *,
        series: str,
        work: str,
        language: str,
        genre: str,
        split: str,
        script: int,
        prose: int,
        edited: bool,
        changed: Sequence[str] = (),
    ) -> None:
        """`changed` are the people whose profile stands in it as somebody has changed it."""
        self.total += 1
        self.changed.update(changed)
        self.with_changed += bool(changed)
        self.works[work] += 1
        self.edited += edited
        self.splits[split] += 1
        self.series.setdefault((language, series), Counter())[split] += 1
        self.languages.setdefault(language, Counter())[split] += 1
        self.genres[genre] += 1
        self.bands[language, band_of(language, script)] += 1
        self.script[language] += script
        self.prose[language] += prose


def card_of(
    *,
    name: str,
    digest: str,
    run: Run,
    recipe: Mapping[str, Any],
    funnel: Funnel,
    counts: Counts,
    withheld: Mapping[int, Why],
    agreement: Agreement,
    readings: Readings,
) -> str:
    """All that there is to say of a dataset."""
    parts = [
        f"# {name}",
        "Examples for training a model that writes scenes in two stages: from a brief (outline, previous "
        "context, characters, guideline) to directives and to prose that can be filmed. Made from finished "
        "screenplays: a model took each scene apart into brief and directives, and a teacher model, which "
        "did not see the screenplay, wrote the prose from these.",
        f"Digest of the examples, their splits and the recipe: `{digest}`.",
        _numbers(counts),
        sources(recipe, counts.works, withheld),
        _funnel(funnel),
        _people(counts, agreement, readings, funnel),
        _making(run, recipe),
        _limits(counts, recipe, readings, funnel),
        _again(name),
    ]
    return "\n\n".join(parts) + "\n"


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table; what would break a cell is taken out of it."""
    cells = [[str(each).replace("|", "\\|").replace("\n", " ") for each in row] for row in rows]
    heads = list(head)
    lines = [heads, ["---"] * len(heads), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _numbers(counts: Counts) -> str:
    splits = ("examples", *SPLITS)
    languages = [
        (
            language,
            sum(each.values()),
            *(each[split] for split in SPLITS),
            round(counts.script[language] / sum(each.values())),
            round(counts.prose[language] / sum(each.values())),
        )
        for language, each in sorted(counts.languages.items())
    ]
    series = [
        (slug, language, sum(each.values()), *(each[split] for split in SPLITS))
        for (language, slug), each in sorted(counts.series.items())
    ]
    genres = [(genre or "(not told)", count) for genre, count in sorted(counts.genres.items())]
    bands = [
        (language, _band(language, at), counts.bands[language, at])
        for language in sorted(counts.languages)
        for at in range(len(BANDS[language]) + 1)
        if counts.bands[language, at]
    ]
    return "\n\n".join(
        [
            "## Numbers",
            f"{counts.total} examples: "
            + ", ".join(f"{counts.splits[split]} {split}" for split in SPLITS)
            + ". Splits are by series: no series is in two of them."
            + _joined(counts.joined),
            table(("language", *splits, "mean length of a scene", "of its prose"), languages),
            "Lengths are words in English and Han characters in Chinese.",
            table(("series", "language", *splits), series),
            table(("genre", "examples"), genres),
            table(("language", "length of the scene", "examples"), bands),
        ]
    )


def _joined(joined: Joined) -> str:
    if not joined:
        return " No two series share a scene that nearly is the same."
    groups = "; ".join(", ".join(f"`{name}`" for name in group) for group in joined)
    count = sum(map(len, joined))
    return (
        f" {count} series share scenes that nearly are the same ({100 * NEARLY:.0f} % in common or more); "
        f"those that share some stay in one split: {groups}."
    )


def _band(language: str, at: int) -> str:
    ends = BANDS[language]
    low = ends[at - 1] + 1 if at else 1
    return f"{low}–{ends[at]}" if at < len(ends) else f"{low} and more"


def sources(recipe: Mapping[str, Any], examples: Mapping[str, int], withheld: Mapping[int, Why]) -> str:
    """The works, with rights and credits as they are recorded now; `examples` counts them by work, and
    `withheld` of them may not be passed on."""
    works = Work.objects.filter(slug__in=list(recipe["works"])).select_related("series")
    rows = [
        (
            work.slug,
            work.title,
            work.series.title,
            work.language,
            work.rights,
            work.credit,
            f"`{work.digest[:12]}`",
            examples.get(work.slug, 0),
        )
        for work in works
        if examples.get(work.slug, 0)
    ]
    barren = [f"`{work.slug}`" for work in works if not examples.get(work.slug, 0)]
    return "\n\n".join(
        [
            "## Sources",
            "Rights: `redistribute` may be trained on and passed on; of `train`, which may only be trained "
            "on, exports hold digests and no text, unless they are made for training on one's own machine. "
            "So it is with examples whose previous context or profiles were made from such a work. "
            + (f"Withheld: {render_withheld(withheld)}." if withheld else "Here nothing is withheld."),
            table(("work", "title", "series", "language", "rights", "credit", "digest", "examples"), rows),
            *(
                [f"The run took in these too, and none of their scenes is in here: {', '.join(barren)}."]
                * bool(barren)
            ),
        ]
    )


def _funnel(funnel: Funnel) -> str:
    rows = [
        (
            step.step,
            step.rule,
            step.count_in,
            step.count_out,
            ", ".join(f"{key}: {count}" for key, count in step.rejected.items()) or "–",
        )
        for step in funnel.steps
    ]
    return "## Filter\n\n" + table(("step", "rule", "in", "out", "rejected, by reason"), rows)


def _people(counts: Counts, agreement: Agreement, readings: Readings, funnel: Funnel) -> str:
    lines = ["## People"]
    if not readings.wanted:
        lines.append("Nobody has looked through these examples.")
    else:
        lines.append(
            f"{readings.made} of {readings.wanted} readings of {readings.candidates} scenes were made; "
            + (
                f"{counts.edited} example stands with a reader's changes."
                if counts.edited == 1
                else f"{counts.edited} examples stand with a reader's changes."
            )
        )
        if not readings.complete:
            lines.append(
                f"**Built without all reviews:** {readings.open} scenes were not decided and are in unread; "
                f"{readings.disputed} on which readers disagree are left out."
            )
    if counts.changed:
        names = ", ".join(f"`{name}`" for name in sorted(counts.changed))
        lines.append(
            f"Profiles that people have changed stand in {counts.with_changed} of these examples, those of: "
            f"{names}. What models wrote of these scenes rests on the profiles as they were before."
        )
    if out := sum(step.rejected.get(PROFILE_OUT, 0) for step in funnel.steps):
        lines.append(f"{out} scenes are left out because people have rejected a profile in their brief.")
    if agreement.pairs:
        equal = f"{100 * (agreement.equal or 0):.0f} %"
        lines.append(f"Two people read {agreement.pairs} of them: {equal} of their decisions were equal.")
    if agreement.kappa is not None:
        interval = f"95 % interval {agreement.low:.2f} to {agreement.high:.2f}"
        lines.append(f"Cohen's kappa is {agreement.kappa:.2f} ({interval}).")
    elif readings.wanted:
        lines.append(f"Cohen's kappa cannot be computed: {agreement.why}.")
    return "\n\n".join(lines)


def _making(run: Run, recipe: Mapping[str, Any]) -> str:
    stages = [
        (
            name,
            stage.get("prompt", ""),
            stage.get("model", ""),
            stage.get("temperature", 0),
            stage.get("top_p", ""),
        )
        for name, stage in recipe["stages"].items()
    ]
    answered = StageOutput.objects.filter(job__run=run).order_by().values_list("stage", "model_answered")
    models = sorted(answered.annotate(n=Count("pk")))
    prompts = [(name, f"`{digest}`") for name, digest in sorted(recipe["prompts"].items())]
    return "\n\n".join(
        [
            "## How it was made",
            f"Recipe `{recipe['slug']}`, seed {recipe['seed']}, run digest `{run.digest}`.",
            table(("stage", "prompt", "model asked", "temperature", "top p"), stages),
            table(("stage", "model that answered", "answers"), models),
            table(("prompt", "digest"), prompts),
        ]
    )


def _limits(counts: Counts, recipe: Mapping[str, Any], readings: Readings, funnel: Funnel) -> str:
    rules = recipe["filter"]
    lines = [
        "Briefs, directives and prose are written by models, and are only as good as these; rules find what "
        "can be computed, a model as judge marks leniently, and people have read a part.",
        "Profiles are written from a whole series, so that the profile of a character may tell what an early "
        "scene does not know yet.",
        "Previous contexts rest on the latest earlier scenes alone.",
    ]
    if left := sum(step.rejected.get(UNPROFILED, 0) for step in funnel.steps):
        lines.append(
            f"{left} scenes are left out because the profile of somebody who speaks in them could not be "
            "written."
        )
    if (least := recipe.get("filter", {}).get("profile_scenes", 1)) > 1:
        lines.append(
            f"Who speaks in fewer than {least} of a series' scenes has no profile; scenes with them are in."
        )
    for language, each in sorted(counts.languages.items()):
        names = [series for of, series in counts.series if of == language]
        if (left := apart(names, counts.joined)) < LEAST_SERIES:
            share = f" ({left} where those that share scenes count as one)" if left < len(names) else ""
            lines.append(
                f"**No validation and no test examples of language {language}:** there "
                f"{'is' if len(names) == 1 else 'are'} {len(names)} series{share}, too few to hold any back, "
                f"so that all {sum(each.values())} examples are for "
                f"training and nothing tells when a model begins to learn them by heart. With {LEAST_SERIES} "
                "series or more of the language one each is held back."
            )
    for kind, key, groups in (
        ("series", "series", len(counts.series)),
        ("genres", "genre", len(counts.genres)),
        ("bands of length", "band", len(counts.bands)),
    ):
        share = rules.get(key, 1.0)
        if share < 1 and not can_keep(groups, share):
            lines.append(
                f"With {groups} {kind} no share of {100 * share:.4g} % could be kept to; it was not applied."
            )
    if not readings.wanted:
        lines.append("The recipe asks nobody to read.")
    return "## Known limits\n\n" + "\n".join(f"- {line}" for line in lines)


def _again(name: str) -> str:
    return "\n\n".join(
        [
            "## Making it again",
            "From the folder of its sources, in the database that holds the run:",
            f"    manage.py dataset remake {name} --from FOLDER",
            "With the same sources (`--works` where others are stored too), recipe and seed, the same "
            "reviews and series in studies, and a server whose answers are reproducible, `manage.py "
            "synthesize` gives the same digest in any database.",
        ]
    )
