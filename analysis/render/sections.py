"""The sections of a report, one for each question that its readers have.

Each has one sentence, one chart and one short table; the full tables, with what they mean and how they were
computed, open on request.
"""

from collections.abc import Sequence

from analysis.render import appendix, brief, quality, rater_groups, results, sentences, study_tables
from analysis.render import entries as ask
from analysis.render.answer import plan_facts
from analysis.render.document import Block, Figure, Folded, Part, Prose, Section
from analysis.render.entries import Entry
from analysis.render.fields import Context, Figures, label_of, plates, role_of
from analysis.render.results import FIRST

SECOND = ("differences", "strength")


def parts(ctx: Context, drawn: Figures) -> list[Part]:
    """All sections in their order; parts without any are left out."""
    words = ctx.words
    found = [
        Part(
            "results",
            words("part_results"),
            [
                *how_often(ctx, drawn),
                *how_close(ctx, drawn),
                *what_scores(ctx, drawn),
                *which_criteria(ctx),
                *which_parts(ctx, drawn),
                *which_raters(ctx),
                *which_errors(ctx),
            ],
        ),
        Part(
            "trust",
            words("part_trust"),
            [
                *do_raters_agree(ctx, drawn),
                *are_raters_biased(ctx, drawn),
                *did_raters_attend(ctx, drawn),
                *was_it_blind(ctx),
            ],
        ),
        Part("method-part", words("part_method"), [*who_and_what(ctx, drawn), *appendix.sections(ctx)]),
    ]
    return [part for part in found if part.sections]


def compose(
    ctx: Context,
    id: str,
    title: str,
    rows: Sequence[Entry],
    said: Sequence[Block],
    figures: Sequence[Figure],
    short: Sequence[Block],
    full: Sequence[Block],
) -> list[Section]:
    """Sentence, chart, short table, and the fold with everything else; nothing where there is nothing.

    Of several charts of one kind, the first criterion's stand open, one for each language.
    """
    if not full and not short:
        return []
    opened = _first_of_each_language(figures)
    further = [figure for figure in figures if figure not in opened]
    inner = [*full, *plates(ctx, further)]
    fold = [Folded(ctx.words("all_numbers"), inner)] if inner else []
    blocks = [*said, *plates(ctx, opened), *short, *fold]
    return [Section(id, ctx.words(title), blocks, label_of(ctx, rows), role_of(rows))]


def _first_of_each_language(figures: Sequence[Figure]) -> list[Figure]:
    first: dict[str, Figure] = {}
    for figure in figures:
        first.setdefault(figure.part[1], figure)
    criteria = {figure.part[0] for figure in list(first.values())[:1]}
    return [figure for figure in first.values() if figure.part[0] in criteria]


# what the raters preferred


def how_often(ctx: Context, drawn: Figures) -> list[Section]:
    lead = ask.leading_criteria(ctx.report)
    rows = [e for e in ask.leading(ctx.report, "win_rates") if e["criterion"] in lead]
    main = ask.of_main_criterion(ctx.report, rows)
    said = sentences.lead(ctx, main, sentences.win_rates)
    alpha = f"{1 - float(ctx.plan.get('level') or 0.95):.3g}"
    said += [Prose(ctx.words("say_clear_means", alpha=alpha), quiet=True)] if said else []
    full = [
        *results.looks(ctx),
        *results.win_rates(ctx),
        *of_list(ctx, "abilities"),
        *plates(ctx, drawn.get("abilities", [])),
        *of_list(ctx, "ability_model"),
        *(block for name in SECOND for block in of_list(ctx, name, without_scores=True)),
        *appendix.sensitivity(ctx, "win_rate"),
        *results.best_of_k(ctx, "votes"),
        *appendix.bootstrap(ctx, "win_rates", "abilities"),
    ]
    figures = drawn.get("forest", [])
    return compose(ctx, "how-often", "how_often", rows, said, figures, brief.win_rates(ctx, main), full)


def how_close(ctx: Context, drawn: Figures) -> list[Section]:
    every = ask.leading(ctx.report, "human_level")
    rows = [e for e in every if e.get("definition") in FIRST]
    judged = [e for e in rows if e.get("definition") == "parity"]
    scored = ask.read_alone_first([e for e in rows if e.get("definition") != "parity"])
    main = [*(ask.of_main_criterion(ctx.report, judged) if judged else []), *scored]
    said = sentences.lead(ctx, ask.of_main_criterion(ctx.report, judged or scored), sentences.human_level)
    said += [Prose(text) for text in study_tables.writers(ctx)] if every else []
    others = [e for e in every if e.get("definition") not in FIRST]
    full = [
        *results.human_level_tables(ctx, "human-level", rows),
        *results.human_level_tables(ctx, "other-levels", others),
        *appendix.bootstrap(ctx, "human_level"),
    ]
    figures = drawn.get("human_level", [])
    return compose(ctx, "how-close", "how_close", every, said, figures, brief.human_level(ctx, main), full)


def what_scores(ctx: Context, drawn: Figures) -> list[Section]:
    rows = ask.entries(ctx.report, "mean_scores")
    main = ask.read_alone_first(rows)
    said = sentences.lead(ctx, main, sentences.mean_scores)
    differences = [e for e in ask.leading(ctx.report, "differences") if e.get("of") == "score"]
    full = [
        *results.mean_scores(ctx),
        *results.tier_shares(ctx),
        *(quality.differences(ctx, "differences", differences) if differences else []),
        *appendix.sensitivity(ctx, "score"),
        *results.best_of_k(ctx, "scores"),
        *appendix.bootstrap(ctx, "mean_scores"),
    ]
    figures = drawn.get("mean_scores", [])
    return compose(ctx, "what-scores", "what_scores", rows, said, figures, brief.mean_scores(ctx, main), full)


def which_criteria(ctx: Context) -> list[Section]:
    names = ask.criteria(ctx.report)
    if len(names) < 2:
        return []
    rows = list(brief.main_contrasts(ctx, ask.entries(ctx.report, "win_rates")))
    said = sentences.lead(ctx, rows, sentences.by_criterion)
    lead = ask.leading_criteria(ctx.report)
    others = [name for name in names if name not in lead]
    full: list[Block] = [
        Folded(ctx.criterion(name), of_criterion(ctx, f"other-{at}", name))
        for at, name in enumerate(others, 1)
    ]
    short = brief.by_criterion(ctx, rows)
    return compose(ctx, "which-criteria", "which_criteria", rows, said, (), short, full)


def which_parts(ctx: Context, drawn: Figures) -> list[Section]:
    breakdown = ask.entries(ctx.report, "breakdown")
    series = [e for e in breakdown if e.get("by") == "series"]
    rates = ask.read_alone_first(ask.entries(ctx.report, "win_rates"))
    rates = [e for e in rates if e.get("language") and not ask.is_pooled(str(e["language"]))]
    rates, series = (ask.of_main_criterion(ctx.report, found) for found in (rates, series))
    rows = list(brief.main_contrasts(ctx, [*rates, *series]))
    rows = ask.filter_entries(rows, system=rows[0]["system"], opponent=rows[0]["opponent"]) if rows else []
    text = sentences.by_part(ctx, rows) if rows else ""
    said = [Prose(text)] if text else []
    said += [Prose(line) for line in sentences.series_differ(ctx)]
    full = [*appendix.breakdown(ctx), *appendix.components(ctx), *plates(ctx, drawn.get("breakdown", []))]
    short = brief.by_part(ctx, rows)
    return compose(ctx, "which-parts", "which_parts", [*rows, *breakdown], said, (), short, full)


def which_raters(ctx: Context) -> list[Section]:
    rows = ask.leading(ctx.report, "rater_groups")
    if not rows:
        return []
    said = [Prose(sentences.rater_groups(ctx, rows))]
    full = rater_groups.full_tables(ctx)
    return compose(ctx, "which-raters", "which_raters", rows, said, (), brief.rater_groups(ctx, rows), full)


def which_errors(ctx: Context) -> list[Section]:
    rows = ask.leading(ctx.report, "errors")
    if rows and not any(entry["count"] for entry in rows):
        return [Section("which-errors", ctx.words("which_errors"), [Prose(ctx.words("say_marks_none"))])]
    said = sentences.lead(ctx, rows, sentences.errors)
    full = [*of_list(ctx, "errors"), *of_list(ctx, "error_ratios")]
    return compose(ctx, "which-errors", "which_errors", rows, said, (), brief.errors(ctx, rows), full)


# how far the results can be trusted


def do_raters_agree(ctx: Context, drawn: Figures) -> list[Section]:
    every = ask.leading(ctx.report, "agreement")
    rows = [e for e in every if e.get("measure") not in quality.ICC]
    mine = ask.of_main_criterion(ctx.report, rows)
    said = sentences.lead(ctx, mine, sentences.agreement)
    whole = quality.of_all(mine)
    said += [Prose(ctx.words("say_agreement_means"), quiet=True)] if said else []
    short = brief.measures(ctx, "agreement", "cap_brief_agreement", whole, quality.COEFFICIENTS, 0.0)
    full = [
        *(quality.agreement(ctx, "agreement", rows) if rows else []),
        *quality.icc(ctx),
        *plates(ctx, drawn.get("agreement", [])),
    ]
    return compose(ctx, "do-raters-agree", "do_raters_agree", every, said, (), short, full)


def are_raters_biased(ctx: Context, drawn: Figures) -> list[Section]:
    lists = ("position_bias", "length_bias", "drift")
    model = [e for e in ask.leading(ctx.report, "covariates") if e.get("of") == "score"]
    side, length, drift = (ask.leading(ctx.report, name) for name in lists)
    side, length, moved = (ask.of_main_criterion(ctx.report, found) for found in (side, length, drift))
    whole = [e for e in (*side, *length) if e.get("scope") in (None, "", "all")]
    said = sentences.lead(ctx, [*whole, *moved, *model], sentences.biases)
    if model and not side:
        said.append(Prose(ctx.words("say_single"), quiet=True))
    full = [block for name in lists for block in of_list(ctx, name)]
    full += [*rater_groups.score_model(ctx, model), *plates(ctx, drawn.get("bias", []))]
    short = brief.measures(ctx, "biases", "cap_brief_biases", whole, quality.PROPORTIONS)
    rows = [*whole, *drift, *model]
    return compose(ctx, "are-raters-biased", "are_raters_biased", rows, said, (), short, full)


def did_raters_attend(ctx: Context, drawn: Figures) -> list[Section]:
    rows = ask.entries(ctx.report, "attention")
    said: list[Block] = [Prose(sentences.attention(ctx, rows))] if rows else []
    full = [
        *quality.attention(ctx),
        *of_list(ctx, "raters"),
        *quality.controls(ctx),
        *appendix.reading_time(ctx),
        *plates(ctx, drawn.get("reading_time", [])),
    ]
    short = brief.attention(ctx, rows)
    return compose(ctx, "did-raters-attend", "did_raters_attend", rows, said, (), short, full)


def was_it_blind(ctx: Context) -> list[Section]:
    rows = ask.leading(ctx.report, "blinding")
    main = ask.of_main_criterion(ctx.report, rows)
    said = sentences.lead(ctx, main, sentences.blinding)
    shown = quality.PROPORTIONS | quality.POINTS
    short = brief.measures(ctx, "blinding", "cap_brief_blinding", main, shown)
    return compose(ctx, "was-it-blind", "was_it_blind", rows, said, (), short, of_list(ctx, "blinding"))


# how it was done


def who_and_what(ctx: Context, drawn: Figures) -> list[Section]:
    rows = ask.entries(ctx.report, "lengths")
    lines = (sentences.who_and_what(ctx), study_tables.say_unblinding(ctx))
    said = [Prose(text) for text in lines if text]
    full = [*plan_facts(ctx), *study_tables.flow(ctx), *study_tables.missing(ctx)]
    full += [*study_tables.lengths(ctx), *study_tables.scripts(ctx), *study_tables.exclusions(ctx)]
    figures = [*drawn.get("flow", [])]
    short = [*brief.lengths(ctx, rows), *study_tables.unblinding(ctx)]
    full += plates(ctx, drawn.get("lengths", []))
    return compose(ctx, "who-and-what", "who_and_what", rows, said, figures, short, full)


# full tables


def of_list(ctx: Context, name: str, *, without_scores: bool = False) -> list[Block]:
    """The full tables of all that leads of one list."""
    rows = ask.leading(ctx.report, name)
    rows = [e for e in rows if not (without_scores and e.get("of") == "score")]
    return quality.BUILDERS[name](ctx, name.replace("_", "-"), rows) if rows else []


def of_criterion(ctx: Context, id: str, criterion: str) -> list[Block]:
    """Every full table of one criterion."""

    def rows(name: str) -> list[Entry]:
        return ask.filter_entries(ask.entries(ctx.report, name), criterion=criterion)

    blocks: list[Block] = flat(results.win_rate_tables(ctx, f"{id}-win-rates", rows("win_rates")))
    blocks += results.human_level_tables(ctx, f"{id}-human-level", rows("human_level"))
    blocks += results.best_of_k_tables(ctx, f"{id}-best-of-k", rows("best_of_k"))
    for name, build in quality.BUILDERS.items():
        mine = rows(name)
        if name == "blinding":
            mine = [entry for entry in mine if not repeats_leading_criterion(ctx, entry)]
        if mine:
            blocks += flat(build(ctx, f"{id}-{name.replace('_', '-')}", mine))
    return blocks


def repeats_leading_criterion(ctx: Context, entry: Entry) -> bool:
    """Whether guesses of origin, which are about no criterion, stand with the leading one already."""
    keys = ("system", "language", "measure", "estimate", "low", "n", "unsure")
    return entry.get("measure") != "human_when_preferred" and any(
        all(entry.get(key) == other.get(key) for key in keys) for other in ask.leading(ctx.report, "blinding")
    )


def flat(blocks: Sequence[Block]) -> list[Block]:
    """What is already opened on request does not fold again inside."""
    return [inner for block in blocks for inner in (block.blocks if isinstance(block, Folded) else [block])]
