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
        "Examples for training a model that turns a brief (outline, previous context, characters, guideline) "
        "into directives and filmable prose. They are made from finished screenplays: a model wrote a"
        " brief and "
        "directives for each scene, and a teacher model that did not see the screenplay wrote the prose from "
        "them.",
        f"Digest of examples, splits and recipe: `{digest}`.",
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
    genres = [(genre or "(not stated)", count) for genre, count in sorted(counts.genres.items())]
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
            + ". Splits are by series: no series is in two splits."
            + _joined(counts.joined),
            table(("language", *splits, "mean scene length", "mean length of the prose"), languages),
            "Lengths are words in English and Han characters in Chinese.",
            table(("series", "language", *splits), series),
            table(("genre", "examples"), genres),
            table(("language", "scene length", "examples"), bands),
        ]
    )


def _joined(joined: Joined) -> str:
    if not joined:
        return " No two series share nearly identical scenes."
    groups = "; ".join(", ".join(f"`{name}`" for name in group) for group in joined)
    count = sum(map(len, joined))
    return (
        f" {count} series share nearly identical scenes (overlap of {100 * NEARLY:.0f}% or more). "
        f"They are kept in the same split: {groups}."
    )


def _band(language: str, at: int) -> str:
    ends = BANDS[language]
    low = ends[at - 1] + 1 if at else 1
    return f"{low}–{ends[at]}" if at < len(ends) else f"{low} or more"


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
            "Rights: `redistribute` allows training and redistribution, `train` only training. For works"
            " with "
            "`train`, and examples whose previous context or profiles come from them, exports contain"
            " digests "
            "instead of texts, except exports for training on the same machine. "
            + (f"Withheld: {render_withheld(withheld)}." if withheld else "Nothing is withheld."),
            table(("work", "title", "series", "language", "rights", "credit", "digest", "examples"), rows),
            *(
                [
                    "These works were also part of the run, but none of their scenes are included:"
                    f" {', '.join(barren)}."
                ]
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
    return "## Filter\n\n" + table(("step", "rule", "in", "out", "removed, by reason"), rows)


def _people(counts: Counts, agreement: Agreement, readings: Readings, funnel: Funnel) -> str:
    lines = ["## Reviewers"]
    if not readings.wanted:
        lines.append("These examples were not reviewed by humans.")
    else:
        lines.append(
            f"{readings.made} of {readings.wanted} reviews of {readings.candidates} scenes were completed; "
            + (
                f"{counts.edited} example was changed by a reviewer."
                if counts.edited == 1
                else f"{counts.edited} examples were changed by reviewers."
            )
        )
        if not readings.complete:
            accepted = readings.open - readings.unread - readings.rejected
            lines.append(
                "**Built before the review was finished:** of the scenes that need further reviews,"
                f" {readings.unread} had no review, {accepted} were accepted and {readings.rejected} rejected"
                f" so far. Rejected and disputed scenes are left out (disputed: {readings.disputed})."
            )
    if counts.changed:
        names = ", ".join(f"`{name}`" for name in sorted(counts.changed))
        lines.append(
            f"{counts.with_changed} examples use profiles that reviewers changed: {names}. What models"
            " wrote for "
            "these scenes is based on the profiles before the change."
        )
    if out := sum(step.rejected.get(PROFILE_OUT, 0) for step in funnel.steps):
        lines.append(f"{out} scenes are left out because a profile in their brief was rejected.")
    if agreement.pairs:
        equal = f"{100 * (agreement.equal or 0):.0f}%"
        lines.append(f"Two people reviewed {agreement.pairs} of them and agreed on {equal}.")
    if agreement.kappa is not None:
        interval = f"95% interval {agreement.low:.2f} to {agreement.high:.2f}"
        lines.append(f"Cohen's kappa is {agreement.kappa:.2f} ({interval}).")
    elif readings.wanted:
        lines.append(f"Cohen's kappa was not computed: {agreement.why}.")
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
            table(("stage", "prompt", "requested model", "temperature", "top p"), stages),
            table(("stage", "responding model", "answers"), models),
            table(("prompt", "digest"), prompts),
        ]
    )


def _limits(counts: Counts, recipe: Mapping[str, Any], readings: Readings, funnel: Funnel) -> str:
    rules = recipe["filter"]
    lines = [
        "Models wrote the briefs, directives and prose. Rules check only what can be computed, the judge"
        " model "
        "scores leniently, and humans reviewed only a part.",
        "Profiles are based on a whole series, so a profile may reveal facts that an early scene does"
        " not know "
        "yet.",
        "Previous contexts are based on the most recent scenes only.",
    ]
    if left := sum(step.rejected.get(UNPROFILED, 0) for step in funnel.steps):
        lines.append(f"{left} scenes are left out because a speaker has no profile.")
    if (least := recipe.get("filter", {}).get("profile_scenes", 1)) > 1:
        lines.append(
            f"Characters who speak in fewer than {least} scenes of a series have no profile; their"
            " scenes are included."
        )
    for language, each in sorted(counts.languages.items()):
        names = [series for of, series in counts.series if of == language]
        if (left := apart(names, counts.joined)) < LEAST_SERIES:
            share = f" ({left} if series that share scenes count as one)" if left < len(names) else ""
            lines.append(
                f"**No validation or test examples in language {language}:** with {len(names)}"
                f" series{share}, none can "
                f"be held out. All {sum(each.values())} examples are for training, so overfitting can't be "
                f"detected. With at least {LEAST_SERIES} series in a language, one each is held out."
            )
    for kind, key, groups in (
        ("series", "series", len(counts.series)),
        ("genres", "genre", len(counts.genres)),
        ("length bands", "band", len(counts.bands)),
    ):
        share = rules.get(key, 1.0)
        if share < 1 and not can_keep(groups, share):
            lines.append(
                f"The limit of {100 * share:.4g}% per group can't be met with {groups} {kind}, so it was"
                " not applied."
            )
    if not readings.wanted:
        lines.append("The recipe requires no human review.")
    return "## Known limits\n\n" + "\n".join(f"- {line}" for line in lines)


def _again(name: str) -> str:
    return "\n\n".join(
        [
            "## Reproducing it",
            "With the folder of the sources, in the database that contains the run:",
            f"    manage.py dataset remake {name} --from FOLDER",
            "In any database, `manage.py synthesize` gives the same digest if the sources (`--works` if"
            " there are "
            "others), recipe, seed, reviews and series in studies are the same and the server's answers are "
            "reproducible.",
        ]
    )
