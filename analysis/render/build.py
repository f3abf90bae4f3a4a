"""A report's dict in, a titled document out: the one order of everything, for page and Markdown alike."""

from collections.abc import Sequence

from analysis.render import entries as ask
from analysis.render import numbers, quality, results
from analysis.render.document import (
    Block,
    Cell,
    Column,
    Document,
    Facts,
    Notices,
    Prose,
    Section,
    Table,
)
from analysis.render.entries import Entry, Report
from analysis.render.fields import Context
from analysis.render.figures import figures
from analysis.render.others import other_criteria
from analysis.render.words import Words

MOST_SENTENCES = 9  # three machines in three languages; beyond that a table is easier to read


def build(report: Report, lang: str, *, plots: bool = True) -> Document:
    """The whole report in one language. Without plots no figure is named."""
    ctx = Context(report, Words(lang))
    drawn = figures(ctx) if plots else {}
    sections = [
        *asked(ctx),
        *answer(ctx),
        *warnings(ctx),
        *results.win_rates(ctx, drawn),
        *results.human_level(ctx, drawn),
        *results.mean_scores(ctx, drawn),
        *results.best_of_k(ctx),
        *results.errors(ctx),
        *quality.sections(ctx),
        *other_criteria(ctx),
        *inputs(ctx),
        *method(ctx),
    ]
    return Document(
        lang=ctx.words.html_lang,
        title=ctx.text_of(ctx.study.get("title")) or ctx.words("title"),
        banner=banner(ctx),
        intro=[Facts(study_facts(ctx))],
        sections=sections,
    )


def banner(ctx: Context) -> str:
    """Said at the very top where no person judged."""
    codes = {warning.get("code") for warning in ask.entries(ctx.report, "warnings")}
    if "simulated_only" in codes:
        return ctx.words("simulated_banner")
    return ctx.words("model_banner") if "model_only" in codes else ""


def sources(ctx: Context) -> list[Entry]:
    return ask.entries(ctx.report, "inputs")


def study_facts(ctx: Context) -> list[tuple[str, Cell]]:
    words, study = ctx.words, ctx.study
    facts: list[tuple[str, Cell]] = []

    def add(key: str, text: str) -> None:
        if text:
            facts.append((words(key), Cell(text)))

    def names(found: Sequence[str]) -> str:
        return words("name_sep").join(found)

    add("slug", ctx.text_of(study.get("slug")))
    people = ask.humans(ctx.report)
    add("systems", names([ctx.system(s) for s in ask.systems(ctx.report) if s not in people]))
    add("human_systems", names([ctx.system(s) for s in people]))
    spoken = ask.languages([*ask.entries(ctx.report, "win_rates"), *ask.entries(ctx.report, "mean_scores")])
    add("languages", names([ctx.language(c) for c in spoken if c and not ask.is_pooled(c)]))
    sizes = ask.sizes(ctx.report)
    for key, label in (("raters", "raters_used"), ("items", "items_used"), ("series", "series_used")):
        add(label, numbers.count(sizes[key]) if sizes.get(key) else "")
    for table, label in (("judgments", "rows_used"), ("scores", "scores_used")):
        used = [s for s in sources(ctx) if s.get("table") == table]
        add(label, words("used_of", used=total(used, "used"), rows=total(used, "rows")) if used else "")
    if study.get("digest"):
        facts.append((words("digest"), Cell(str(study["digest"]), "code")))
    return facts


def total(rows: Sequence[Entry], key: str) -> str:
    return numbers.count(sum(row.get(key) or 0 for row in rows))


def asked(ctx: Context) -> list[Section]:
    words, plan = ctx.words, ctx.plan
    pairs: list[tuple[str, Cell]] = []
    question = ctx.text_of(ctx.study.get("question"))
    lead = ask.primary_criterion(ctx.report)
    if lead:
        pairs.append((words("primary_criterion"), Cell(ctx.criterion(lead))))
    contrast = ask.primary_contrast(ctx.report)
    if contrast:
        said = words("contrast", a=ctx.system(contrast[0]), b=ctx.system(contrast[1]))
        pairs.append((words("primary_contrast"), Cell(said)))
    cluster = plan.get("item_cluster")
    if cluster:
        pairs.append((words("cluster"), Cell(ctx.cluster(str(cluster)))))
    if plan.get("margin") is not None:
        reason = plan.get("margin_reason")
        said = words("pct", value=numbers.percent(plan["margin"])) + (f" ({reason})" if reason else "")
        pairs.append((words("margin"), Cell(said)))
    blocks: list[Block] = [Prose(question, strong=True)] if question else []
    blocks += [Facts(pairs)] if pairs else []
    if not lead:
        blocks.append(Prose(words("no_primary")))
    return [Section("asked", words("asked"), blocks)]


def answer(ctx: Context) -> list[Section]:
    """The primary criterion and contrast in plain sentences."""
    lead = ask.primary_criterion(ctx.report)
    if not lead:
        return []
    rows = ask.headline(ctx.report)
    say = sentences
    if lead == ask.SCORE:
        rows, say = ask.score_headline(ctx.report), score_sentences
    if not rows:
        return []
    planned = ask.primary_contrast(ctx.report)
    several = len({(e["system"], e.get("opponent") or e.get("human")) for e in rows}) > 1
    blocks: list[Block] = [Prose(ctx.words("no_primary_contrast"))] if several and not planned else []
    if len(rows) > MOST_SENTENCES and say is sentences:
        blocks.append(results.win_rate_table(ctx, "answer-table", rows))
    else:
        blocks += [block for entry in rows for block in say(ctx, entry)]
    return results.section(ctx, "answer", "answer", blocks, rows)


def score_sentences(ctx: Context, entry: Entry) -> list[Block]:
    """The same for a study whose primary criterion is the score."""
    words = ctx.words
    if entry.get("estimate") is None:
        names = {"criterion": ctx.criterion(ask.SCORE), "where": "", "opponent": ctx.system(entry["human"])}
        reason = ctx.why(entry.get("reason"))
        return [Prose(words("answer_none", system=ctx.system(entry["system"]), reason=reason, **names), True)]
    shown = {"system": ctx.system(entry["system"]), "estimate": numbers.fixed(entry["estimate"], 1)}
    if ask.has_interval(entry) and entry.get("numerator") is not None:
        lead = words(
            "answer_ratio",
            human=ctx.system(entry["human"]),
            numerator=numbers.fixed(entry["numerator"], 2),
            denominator=numbers.fixed(entry["denominator"], 2),
            low=numbers.fixed(entry["low"], 1),
            high=numbers.fixed(entry["high"], 1),
            level=numbers.level(ask.level_of([entry])),
            **shown,
        )
    else:
        lead = words("answer_ratio_bare", reason=ctx.why(entry.get("reason")), **shown)
    read = words.known(f"context_{entry.get('context')}", "")
    sizes = {key: numbers.count(entry.get(key) or 0) for key in ("n", "raters", "items")}
    sizes["read"] = words("read_how", context=read) if read else ""
    counted = words("answer_scores_counts", method=ctx.method(entry.get("method")), **sizes)
    return [Prose(lead, strong=True), Prose(counted)]


def sentences(ctx: Context, entry: Entry) -> list[Block]:
    """One contrast in plain words: the estimate and its interval, what that means, how much data."""
    words = ctx.words
    names = {
        "criterion": ctx.criterion(entry["criterion"]),
        "system": ctx.system(entry["system"]),
        "opponent": ctx.system(entry["opponent"]),
        "where": "",
    }
    if entry.get("language"):
        language = str(entry["language"])
        pooled = ask.is_pooled(language)
        names["where"] = (
            words("in_pooled") if pooled else words("in_language", language=ctx.language(language))
        )
    if entry.get("estimate") is None:
        return [Prose(words("answer_none", reason=ctx.why(entry.get("reason")), **names), strong=True)]
    shown = {"estimate": numbers.percent(entry["estimate"]), **names}
    if not ask.has_interval(entry):
        lead = words("answer_win_bare", reason=ctx.why(entry.get("reason")), **shown)
        return [Prose(lead, strong=True), counts(ctx, entry)]
    lead = words(
        "answer_win",
        low=numbers.percent(entry["low"]),
        high=numbers.percent(entry["high"]),
        level=numbers.level(ask.level_of([entry])),
        **shown,
    )
    meaning = "answer_straddles"
    if entry["low"] > 0.5:
        meaning = "answer_above"
    elif entry["high"] < 0.5:
        meaning = "answer_below"
    said = [words(meaning, system=names["system"], opponent=names["opponent"]), *parity(ctx, entry)]
    return [Prose(lead, strong=True), Prose(words("sentence_sep").join(said)), counts(ctx, entry)]


def parity(ctx: Context, entry: Entry) -> list[str]:
    """The same contrast as a percentage of human level, where the opponent is human."""
    rows = ask.of(
        ask.entries(ctx.report, "human_level"),
        definition="parity",
        criterion=entry["criterion"],
        system=entry["system"],
        human=entry["opponent"],
        language=entry.get("language"),
    )
    return [
        ctx.words(
            "answer_parity",
            estimate=numbers.fixed(row["estimate"], 1),
            low=numbers.fixed(row["low"], 1),
            high=numbers.fixed(row["high"], 1),
            level=numbers.level(ask.level_of([row])),
        )
        for row in rows
        if ask.has_interval(row)
    ]


def counts(ctx: Context, entry: Entry) -> Prose:
    sizes = {key: numbers.count(entry.get(key) or 0) for key in ("n", "raters", "items")}
    return Prose(ctx.words("answer_counts", method=ctx.method(entry.get("method")), **sizes))


def warnings(ctx: Context) -> list[Section]:
    """Each warning once, with every place it is about."""
    words = ctx.words
    found: dict[tuple[str, str], list[str]] = {}
    for warning in ask.entries(ctx.report, "warnings"):
        key = str(warning.get("code") or ""), str(warning.get("text") or "")
        found.setdefault(key, []).append(place(ctx, str(warning.get("where") or "")))
    items = []
    for (code, said), places in found.items():
        where = words("clause_sep").join(dict.fromkeys(filter(None, places)))
        items.append((words.sentence(said), words("where", where=where) if where else "", code))
    block: Block = Notices(items) if items else Prose(words("no_warnings"))
    return [Section("warnings", words("warnings"), [block])]


def place(ctx: Context, where: str) -> str:
    """`criterion, language` in words; a file name or anything else as it is."""
    criterion, comma, language = where.rpartition(", ")
    known = {str(e.get("criterion")) for name in ask.LISTS for e in ask.entries(ctx.report, name)}
    if comma and criterion in known:
        return ctx.words("list_sep").join((ctx.criterion(criterion), ctx.language(language)))
    return ctx.criterion(where) if where in known else where


def inputs(ctx: Context) -> list[Section]:
    words = ctx.words
    columns = [
        Column(words("file"), numeric=False),
        Column(words("rows")),
        Column(words("used")),
        Column(words("sha256"), numeric=False),
    ]
    rows = [
        [
            Cell(str(s.get("name"))),
            Cell(numbers.count(s.get("rows") or 0), "number"),
            Cell(numbers.count(s.get("used") or 0), "number"),
            Cell(str(s.get("sha256") or numbers.DASH), "code"),
        ]
        for s in sources(ctx)
    ]
    blocks: list[Block] = [Table("files", words("cap_files"), columns, rows)]
    left = [(s, why, n) for s in sources(ctx) for why, n in (s.get("left_out") or {}).items()]
    if left:
        heads = [Column(words("file"), numeric=False), Column(words("reason"), numeric=False)]
        body = [
            [Cell(str(s.get("name"))), Cell(words.sentence(why)), Cell(numbers.count(n), "number")]
            for s, why, n in left
        ]
        blocks.append(Table("left-out", words("cap_left_out"), [*heads, Column(words("rows"))], body, 2))
    else:
        blocks.append(Prose(words("nothing_left_out")))
    return [Section("inputs", words("inputs"), blocks)]


def method(ctx: Context) -> list[Section]:
    words = ctx.words
    report = ctx.report
    pairs = [(words("seed"), Cell(str(report.get("seed", numbers.DASH))))]
    replicates = ctx.plan.get("replicates")
    if replicates:
        pairs.append((words("replicates"), Cell(numbers.count(replicates))))
    cluster = ctx.plan.get("item_cluster") or "item"
    blocks: list[Block] = [
        Prose(words("note_cluster", cluster=ctx.cluster(str(cluster)))),
        Facts(pairs),
    ]
    versions = sorted((report.get("versions") or {}).items())
    if versions:
        columns = [Column(words("part"), numeric=False), Column(words("version"), numeric=False)]
        rows = [[Cell(str(part)), Cell(str(number))] for part, number in versions]
        blocks.append(Table("versions", words("cap_versions"), columns, rows))
    return [Section("method", words("method"), blocks)]
