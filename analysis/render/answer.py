"""What was asked, and the details of the answer: what its interval means, other clusters, margin, counts."""

from collections.abc import Sequence

from analysis.render import entries as ask
from analysis.render import numbers, results
from analysis.render.document import Block, Cell, Facts, Prose
from analysis.render.entries import Entry
from analysis.render.fields import Context, has_step

MOST_SENTENCES = 5  # beyond that the first one and a table are easier to read


def plan_facts(ctx: Context) -> list[Block]:
    """What the plan asked, of whom and about what."""
    words, plan = ctx.words, ctx.plan
    pairs: list[tuple[str, Cell]] = []

    def add(key: str, said: str) -> None:
        if said:
            pairs.append((words(key), Cell(said)))

    lead = ask.primary_criterion(ctx.report)
    add("primary_criterion", ctx.criterion(lead) if lead else "")
    planned = [
        words("contrast", a=ctx.quoted(a), b=ctx.quoted(b)) for a, b in ask.primary_contrasts(ctx.report)
    ]
    add("primary_contrasts" if len(planned) > 1 else "primary_contrast", words("name_sep").join(planned))
    people = ask.humans(ctx.report)
    add("systems", _names(ctx, [s for s in ask.systems(ctx.report) if s not in people]))
    add("human_systems", _names(ctx, people))
    codes = ask.languages([*ask.entries(ctx.report, "win_rates"), *ask.entries(ctx.report, "mean_scores")])
    spoken = [ctx.language(code) for code in codes if code and not ask.is_pooled(code)]
    add("languages", words("name_sep").join(spoken))
    add("sizes", sizes(ctx))
    for table, key in (("judgments", "rows_used"), ("scores", "scores_used")):
        used = [s for s in ask.entries(ctx.report, "inputs") if s.get("table") == table]
        rows = words.counted("rows", _total(used, "rows"))
        add(key, words("used_of", used=numbers.count(_total(used, "used")), rows=rows) if used else "")
    if plan.get("margin") is not None:
        add("margin", render_margin_reason(ctx))
    blocks: list[Block] = [Facts(pairs)] if pairs else []
    if not lead:
        blocks.append(Prose(words("no_primary")))
    return blocks


def render_margin_reason(ctx: Context) -> str:
    reason = ctx.text_of(ctx.plan.get("margin_reason"))
    said = margin_words(ctx)
    return ctx.words("with_reason", said=said, reason=reason) if reason else said


def margin_words(ctx: Context) -> str:
    """The margin of the plan in its unit."""
    if ctx.plan.get("margin_of") == "points":
        return ctx.words("margin_of_score", value=f"{ctx.plan['margin']:g}")
    return ctx.words("margin_points", value=numbers.percent(ctx.plan["margin"]))


def sizes(ctx: Context) -> str:
    """The sizes of the study: raters, scenes and series."""
    found = ask.sizes(ctx.report)
    said = [ctx.words.counted(key, found[key]) for key in ("raters", "items", "series") if found.get(key)]
    return ctx.words("clause_sep").join(said)


def _names(ctx: Context, names: Sequence[str]) -> str:
    return ctx.words("name_sep").join(map(ctx.system, names))


def _total(rows: Sequence[Entry], key: str) -> int:
    return sum(row.get(key) or 0 for row in rows)


def answer_details(ctx: Context) -> list[Block]:
    """The answer with its evidence, for the primary criterion."""
    lead = ask.primary_criterion(ctx.report)
    if not lead:
        return []
    by_scores = ask.answered_by_scores(ctx.report)
    rows = ask.score_headline(ctx.report) if by_scores else ask.headline(ctx.report)
    if not rows:
        return []
    planned = ask.primary_contrasts(ctx.report)
    several = len({(e["system"], e.get("opponent") or e.get("human")) for e in rows}) > 1
    blocks: list[Block] = [Prose(ctx.words("no_primary_contrast"))] if several and not planned else []
    main = [e for e in rows if e.get("family") == "primary"] or rows
    beside = [e for e in rows if e not in main]
    if by_scores:
        many = len(main) > MOST_SENTENCES
        said = main[:1] if many else main
        blocks += [block for entry in said for block in score_sentences(ctx, entry)]
        if many:
            blocks.append(results.human_level_table(ctx, "answer-table", main, "cap_human"))
    elif len(main) > MOST_SENTENCES:
        blocks.append(results.win_rate_table(ctx, "answer-table", main))
    else:
        blocks += [block for entry in main for block in sentences(ctx, entry)]
    for entry in beside:
        text = by_language(ctx, entry)
        if several:
            other = ctx.quoted(entry.get("opponent") or entry.get("human"))
            pair = ctx.words("contrast", a=ctx.quoted(entry["system"]), b=other)
            text = ctx.words("alt_one", a=pair, value=text)
        blocks.append(Prose(text, quiet=True))
    return blocks


def by_language(ctx: Context, entry: Entry) -> str:
    """The same contrast in one language, where the pooled one is what the plan asked."""
    words = ctx.words
    shown = {
        "role": words.known(str(entry.get("family")), ""),
        "language": ctx.language(str(entry.get("language") or "")),
    }
    if entry.get("estimate") is None:
        return words("answer_by_language_none", reason=ctx.why(ask.reason(entry)), **shown)
    digits = numbers.percent if entry.get("opponent") else lambda value: numbers.fixed(value, 1)
    shown["estimate"] = digits(entry["estimate"])
    if ask.has_interval(entry):
        low, high = digits(entry["low"]), digits(entry["high"])
        level = numbers.level(ask.level_of([entry]))
        said = words("answer_by_language", level=level, low=low, high=high, **shown)
    else:
        said = words("answer_by_language_bare", reason=ctx.why(ask.reason(entry)), **shown)
    return words.sentence_sep.join((said, counts(ctx, entry)))


def score_sentences(ctx: Context, entry: Entry) -> list[Block]:
    """The same for a study whose primary criterion is the score."""
    words = ctx.words
    if entry.get("estimate") is None:
        names = {
            "criterion": ctx.criterion(str(entry["criterion"])),
            "where": "",
            "opponent": ctx.quoted(entry["human"]),
        }
        reason = ctx.why(ask.reason(entry))
        return [Prose(words("answer_none", system=ctx.quoted(entry["system"]), reason=reason, **names), True)]
    read = words.known(f"context_{entry.get('context')}", "")
    counted = words(
        "answer_scores_counts",
        sizes=_sizes(ctx, entry, "scores"),
        read=words("read_how", context=read) if read else "",
        method=ctx.method(ask.method(entry)),
    )
    return [
        Prose(ratio_sentence(ctx, entry), strong=True),
        *means_over_all(ctx, entry),
        Prose(counted, quiet=True),
    ]


def ratio_sentence(ctx: Context, entry: Entry) -> str:
    """The two mean scores, and human level by their ratio."""
    words = ctx.words
    shown = {"system": ctx.quoted(entry["system"]), "estimate": numbers.fixed(entry["estimate"], 1)}
    if not ask.has_interval(entry) or entry.get("numerator") is None:
        return words("answer_ratio_bare", reason=ctx.why(ask.reason(entry)), **shown)
    return words(
        "answer_ratio",
        human=ctx.quoted(entry["human"]),
        numerator=numbers.fixed(entry["numerator"], 2),
        denominator=numbers.fixed(entry["denominator"], 2),
        low=numbers.fixed(entry["low"], 1),
        high=numbers.fixed(entry["high"], 1),
        level=numbers.level(ask.level_of([entry])),
        series=for_series(ctx, entry),
        **shown,
    )


def for_series(ctx: Context, entry: Entry) -> str:
    """That the result is about the series at hand alone."""
    if entry.get("cluster") == "series" or not entry.get("series"):
        return ""
    return ctx.words("for_series", series=ctx.words.counted("series", entry["series"]))


def means_over_all(ctx: Context, entry: Entry) -> list[Block]:
    """The mean scores over all scores, where they are not the two means of the ratio."""
    means = ask.means_over_all(ctx.report, entry)
    if means is None:
        return []
    rows = ask.filter_entries(ask.entries(ctx.report, "mean_scores"), system=entry["system"])
    adjusted = any(has_step(row, "adjusted_mean") for row in rows)
    said = ctx.words(
        "answer_means",
        scores=ctx.words.counted("scores", entry.get("n") or 0),
        adjusted=ctx.words("means_adjusted") if adjusted else "",
        system=ctx.quoted(entry["system"]),
        human=ctx.quoted(entry["human"]),
        system_mean=numbers.fixed(means[0], 2),
        human_mean=numbers.fixed(means[1], 2),
    )
    return [Prose(said)]


def sentences(ctx: Context, entry: Entry) -> list[Block]:
    """One contrast in plain words: the estimate and its interval, what that means, how much data."""
    words = ctx.words
    names = {
        "criterion": ctx.criterion(entry["criterion"]),
        "system": ctx.quoted(entry["system"]),
        "opponent": ctx.quoted(entry["opponent"]),
        "where": "",
    }
    if entry.get("language"):
        language = str(entry["language"])
        pooled = ask.is_pooled(language)
        names["where"] = (
            words("in_pooled") if pooled else words("in_language", language=ctx.language(language))
        )
    if entry.get("estimate") is None:
        return [Prose(words("answer_none", reason=ctx.why(ask.reason(entry)), **names), strong=True)]
    shown = {"estimate": numbers.percent(entry["estimate"]), **names}
    quiet = Prose(counts(ctx, entry), quiet=True)
    if not ask.has_interval(entry):
        lead = words("answer_win_bare", reason=ctx.why(ask.reason(entry)), **shown)
        return [Prose(lead, strong=True), quiet]
    lead = words(
        "answer_win",
        low=numbers.percent(entry["low"]),
        high=numbers.percent(entry["high"]),
        level=numbers.level(ask.level_of([entry])),
        **shown,
    )
    said = [meaning(ctx, entry), *grouped(ctx, entry), *parity(ctx, entry)]
    return [Prose(lead, strong=True), Prose(words.sentence_sep.join(said)), quiet]


def meaning(ctx: Context, entry: Entry) -> str:
    """What the interval says about which of the two is preferred, unless the adjusted p leaves it open."""
    if entry.get("adjusted_note"):
        p, adjusted = (numbers.p_equals(entry[key]) for key in ("p", "p_adjusted"))
        tests = numbers.count(entry["tests"])
        return ctx.words("answer_adjusted", p=p, adjusted=adjusted, tests=tests)
    key = "answer_straddles"
    if entry["low"] > 0.5:
        key = "answer_above"
    elif entry["high"] < 0.5:
        key = "answer_below"
    return ctx.words(key, system=ctx.quoted(entry["system"]), opponent=ctx.quoted(entry["opponent"]))


def grouped(ctx: Context, entry: Entry) -> list[str]:
    """The interval by the other cluster, which decides nothing."""
    limits = ask.other_limits(entry)
    if limits is None:
        return []
    other = str(entry.get("other_cluster"))
    names = {"other": ctx.cluster(other), "cluster": ctx.cluster(str(entry.get("cluster")))}
    names |= {"low": numbers.percent(limits[0]), "high": numbers.percent(limits[1])}
    return [ctx.words("answer_other", **names)]


def parity(ctx: Context, entry: Entry) -> list[str]:
    """The same contrast as a percentage of human level, where the opponent is human."""
    return [
        ctx.words(
            "answer_parity",
            estimate=numbers.fixed(row["estimate"], 1),
            low=numbers.fixed(row["low"], 1),
            high=numbers.fixed(row["high"], 1),
            level=numbers.level(ask.level_of([row])),
        )
        for row in of_parity(ctx, entry)
        if ask.has_interval(row)
    ]


def of_parity(ctx: Context, entry: Entry) -> list[Entry]:
    return ask.filter_entries(
        ask.entries(ctx.report, "human_level"),
        criterion=entry["criterion"],
        definition="parity",
        system=entry["system"],
        human=entry["opponent"],
        language=entry.get("language"),
    )


def counts(ctx: Context, entry: Entry) -> str:
    noun = "judgments" if entry.get("opponent") else "scores"
    method = ctx.method(ask.method(entry))
    return ctx.words("answer_counts", sizes=_sizes(ctx, entry, noun), method=method)


def _sizes(ctx: Context, entry: Entry, noun: str) -> str:
    """What one estimate rests on: its rows, raters, scenes and series."""
    said = [ctx.words.counted(noun, entry.get("n") or 0)]
    said += [ctx.words.counted(key, entry.get(key) or 0) for key in ("raters", "items")]
    if entry.get("series"):
        said.append(ctx.words.counted("series", entry["series"]))
    return ctx.words("count_sep").join(said)
