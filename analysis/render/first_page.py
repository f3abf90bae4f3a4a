"""The first page: one sentence for each primary contrast, the ranking of the systems, sizes and cautions."""

from collections.abc import Iterator, Sequence

from analysis.render import entries as ask
from analysis.render import numbers
from analysis.render.answer import for_series, margin_words, means_over_all, ratio_sentence
from analysis.render.document import (
    Block,
    Cell,
    Column,
    Facts,
    Folded,
    Notices,
    Prose,
    Section,
    Table,
    Verdict,
)
from analysis.render.entries import Entry
from analysis.render.fields import (
    EVEN,
    Context,
    Field,
    Format,
    differ,
    drawn,
    label_of,
    limited,
    limits_label,
    open_end_note,
    ratio,
    role_of,
    two,
)
from analysis.render.results import best_sentences

MOST_RIVALS = 3  # systems that may also be first: of more only their number is given
MOST_CAUTIONS = 2
LEAST_READ = 0.5  # of a script, on average
SIDES = ("better", "worse")


def first_page(
    ctx: Context, cautions: Sequence[tuple[str, str, str]], details: Sequence[Block]
) -> list[Section]:
    """The section that answers the question; none where there is nothing to say.

    `cautions` are the warnings, the worst first; `details` follow the strip.
    """
    board = ask.entries(ctx.report, "leaderboard")
    answers = _answers(ctx, board)
    blocks: list[Block] = [*_void(ctx), *(block for entry in answers for block in _answer(ctx, entry))]
    blocks += _about_intervals(ctx, answers or board)
    if ask.primary_criterion(ctx.report) is None and board:
        blocks.append(Prose(ctx.words("no_primary"), quiet=True))
    for rows in _by_language(board):
        if len(rows) > 2 or not answers:  # of two systems the contrast says it all
            blocks += _leader(ctx, rows)
    blocks += _best_of_k(ctx, answers, board)
    if board:
        blocks.append(leaderboard(ctx, board))
    strip = _strip(ctx, board, cautions)
    if not blocks and not details and not cautions:
        return []
    blocks += [Facts(strip)] if strip else []
    blocks += details
    if cautions:
        blocks.append(Folded(ctx.words("cautions_all", n=len(cautions)), [Notices(cautions)]))
    rows = answers or board
    return [Section("answer", ctx.words("answer"), blocks, label_of(ctx, rows), role_of(rows))]


def _answers(ctx: Context, board: Sequence[Entry]) -> list[Entry]:
    """The planned contrasts. Where the plan names none, the best system of each language against people."""
    found = ask.entries(ctx.report, "answer")
    if ask.primary_contrasts(ctx.report):
        return found
    place = {(row["system"], row.get("language")): row.get("rank") or len(board) + 1 for row in board}
    best: dict[object, Entry] = {}
    for entry in sorted(found, key=lambda e: place.get((e["system"], e.get("language")), len(board) + 1)):
        best.setdefault((entry.get("language"), entry["opponent"]), entry)
    return [entry for entry in found if entry in best.values()]


def _by_language(board: Sequence[Entry]) -> Iterator[list[Entry]]:
    for language in ask.languages(board):
        yield ask.filter_entries(board, language=language)


# sentences


def _void(ctx: Context) -> Iterator[Block]:
    """What voids the study: most of a script out of view, or signs of inattention in half of the raters."""
    words, said = ctx.words, []
    raters = ask.entries(ctx.report, "attention")
    flagged = sum(bool(entry.get("flags")) for entry in raters)
    if flagged > 1 and 2 * flagged >= len(raters):
        said.append(words("void_inattention", n=flagged, of=len(raters)))
    least: dict[str, float] = {}
    for entry in ask.filter_entries(ask.entries(ctx.report, "reading_time"), measure="share_read"):
        if entry.get("estimate") is not None:
            least[entry["system"]] = min(entry["estimate"], least.get(entry["system"], LEAST_READ))
    for system in sorted(least, key=lambda system: least[system]):
        if least[system] < LEAST_READ:
            share = numbers.fixed(100 * least[system], 0)
            said.append(words("void_unread", system=words("quoted", name=ctx.system(system)), share=share))
    if said:
        text = words.sentence_sep.join([*said, words("void_end")])
        yield Verdict(words("verdict_unreliable"), text, "unreliable")


def _answer(ctx: Context, entry: Entry) -> Iterator[Block]:
    words = ctx.words
    names = {
        "system": ctx.quoted(entry["system"]),
        "opponent": ctx.quoted(entry["opponent"]),
        "criterion": ctx.criterion(entry["criterion"]),
        "where": _where(ctx, entry),
    }
    if entry.get("estimate") is None:
        text = words("answer_none", reason=ctx.why(ask.reason(entry)), **names)
        yield Verdict(words("verdict_none"), text, "none")
        return
    by_scores = entry["measure"] == "score_difference"
    show = _points if by_scores else numbers.percent
    names |= {"estimate": show(entry["estimate"]), "series": for_series(ctx, entry)}
    said = words("page_score" if by_scores else "page_win", **names)
    used = {**entry, **entry.get("interval_used", {})}  # reports of older versions have none
    verdict = str(entry["verdict"])
    # Beside a claim within a margin the p of the difference would read as that of the claim.
    p = _p(ctx, entry) if entry.get("margin") is None or verdict in SIDES else []
    inside = [*_interval(ctx, used, show, "" if by_scores else "%"), *p]
    text = words("page_sentence", said=said, inside=words("clause_sep").join(inside))
    ratios = _ratios(ctx, entry) if by_scores else []
    sentences = [*(ratio_sentence(ctx, row) for row in ratios), text, *_claim(ctx, entry, by_scores)]
    yield Verdict(words(f"verdict_{verdict}"), words.sentence_sep.join(sentences), verdict)
    for row in ratios:
        yield from means_over_all(ctx, row)


def _about_intervals(ctx: Context, rows: Sequence[Entry]) -> Iterator[Block]:
    """What the intervals of the results are about: which series, and how many comparisons."""
    tests = max((entry.get("tests") or 0 for entry in rows if "verdict" in entry), default=0)
    level = numbers.level(ask.level_of(rows))
    said = []
    if tests > 1:
        clear = numbers.count(ask.clear_primary_tests(ctx.report))
        said.append(ctx.words("page_tests", tests=numbers.count(tests), clear=clear, level=level))
    if ask.item_cluster(ctx.report) == "series":
        warned = {warning.get("code") for warning in ask.entries(ctx.report, "warnings")}
        key = "page_few_series" if "few_series" in warned else "page_generalize"
        said += [ctx.words(key)] if any(map(ask.has_interval, rows)) else []
    elif any(entry.get("series") for entry in rows):
        said.append(ctx.words("page_these_series"))
        if any(ask.other_limits(entry) is not None for entry in rows):
            said.append(ctx.words("page_other_series"))
    if said:
        yield Prose(ctx.words.sentence_sep.join(said), quiet=True)


def _claim(ctx: Context, entry: Entry, by_scores: bool) -> Iterator[str]:
    """What the claim within the margin means, and what proves that these raters see a difference."""
    claim = str(entry.get("claim", "difference")).replace("-", "_")
    if claim == "difference":
        return
    level, margin = (0.0 if by_scores else 0.5), float(entry["margin"])
    show = _points if by_scores else lambda value: f"{numbers.percent(value)}%"
    limits = {"limit": show(level - margin), "upper": show(level + margin), "margin": margin_words(ctx)}
    yield ctx.words(f"claim_{claim}", **limits)
    if not entry["claim_holds"]:
        yield ctx.words("claim_open")
    elif entry["verdict"] not in SIDES:
        assay = entry["assay"] or "none"
        weak = ctx.quoted(ctx.plan["weak_baseline"]) if assay == "baseline" else ""
        yield ctx.words(f"assay_{assay}", weak=weak)


def _where(ctx: Context, entry: Entry) -> str:
    language = str(entry.get("language") or "")
    if not language or ask.is_pooled(language):
        return ""
    return ctx.words("in_language", language=ctx.language(language))


def _points(value: float) -> str:
    text = numbers.fixed(value, 2)
    return text if text.startswith(numbers.MINUS) else f"+{text}"


def _interval(ctx: Context, entry: Entry, show: Format, unit: str) -> list[str]:
    if not ask.has_interval(entry):
        return [ctx.words("page_no_interval", reason=ctx.why(ask.reason(entry)))]
    level = numbers.level(ask.level_of([entry]))
    low, high = show(entry["low"]), show(entry["high"])
    return [ctx.words(f"page_interval{'_percent' if unit else ''}", level=level, low=low, high=high)]


def _p(ctx: Context, entry: Entry) -> list[str]:
    """p; where the family holds several tests, the adjusted p and their number beside it."""
    p, adjusted = entry.get("p"), entry.get("p_adjusted")
    if p is None:
        return []
    if adjusted is None or entry.get("tests") == 1:
        return [numbers.p_equals(p)]
    tests = numbers.count(entry["tests"])
    return [ctx.words("page_p_both", p=numbers.p_equals(p), adjusted=numbers.p_equals(adjusted), tests=tests)]


def _ratios(ctx: Context, entry: Entry) -> list[Entry]:
    """The ratio of means behind a difference of mean scores, where the other system is people."""
    if entry.get("human_level") is None:
        return []
    wanted = {key: entry.get(key) for key in ("criterion", "language", "context", "system", "definition")}
    return ask.filter_entries(ask.entries(ctx.report, "human_level"), human=entry["opponent"], **wanted)


def _best_of_k(ctx: Context, answers: Sequence[Entry], board: Sequence[Entry]) -> list[Block]:
    """How often a system was the best of k, where the same raters scored all of them."""
    if not ask.answered_by_scores(ctx.report):
        return []
    planned = ask.primary_contrasts(ctx.report)
    rows = answers if planned else board
    return best_sentences(ctx, list(dict.fromkeys(str(row["system"]) for row in rows)))


def _leader(ctx: Context, rows: Sequence[Entry]) -> Iterator[Block]:
    """Which system leads, and whether another one may be first."""
    known = [row for row in rows if row.get("rank") is not None]
    if len(known) < 2 or known[1]["rank"] == 1:
        return
    top, words = known[0], ctx.words
    names = {"system": _marked(ctx, top, quoted=True), "n": len(known)}
    names |= {"where": _where(ctx, top), "series": for_series(ctx, top)}
    if top["measure"] == "score":
        said = words("page_leads_score", estimate=numbers.fixed(top["estimate"], 2), **names)
        inside = _interval(ctx, top, lambda value: numbers.fixed(value, 2), "")
    elif top.get("win_rate") is not None:
        rate = {key: top.get(f"win_rate{end}") for key, end in (("low", "_low"), ("high", "_high"))}
        rate = {**top, **rate, "estimate": top["win_rate"]}
        said = words("page_leads_win", estimate=numbers.percent(top["win_rate"]), **names)
        inside = _interval(ctx, rate, numbers.percent, "%")
    else:
        return
    text = words("page_sentence", said=said, inside=words("clause_sep").join(inside))
    yield Verdict(*_first_place(ctx, known, text))


def _first_place(ctx: Context, known: Sequence[Entry], text: str) -> tuple[str, str, str]:
    words, top = ctx.words, known[0]
    if top.get("rank_high") is None:
        return words("verdict_leads"), text, "undecided"
    if top["rank_high"] == 1:
        return words("verdict_first"), words.sentence_sep.join((text, words("page_first"))), "better"
    rivals = [row for row in known[1:] if row["rank_low"] == 1]
    if len(rivals) == len(known) - 1:
        said = words.sentence_sep.join((text, words("page_rivals_all")))
        return words("verdict_undecided"), said, "undecided"
    if len(rivals) > MOST_RIVALS:
        also = words("page_rivals_many", n=len(rivals))
    else:
        also = words("page_rivals", names=words("name_sep").join(ctx.quoted(row["system"]) for row in rivals))
    return words("verdict_leads"), words.sentence_sep.join((text, also)), "undecided"


def _marked(ctx: Context, row: Entry, *, quoted: bool = False) -> str:
    """A system's name, and that it is people."""
    name = ctx.quoted(row["system"]) if quoted else ctx.system(row["system"])
    return ctx.words("page_people", name=name) if row["is_human"] else name


# the ranking


def leaderboard(ctx: Context, rows: Sequence[Entry]) -> Table:
    """The ranking as a table."""
    words = ctx.words
    fields = _fields(ctx, rows)
    cells = [[field.show(row) for field in fields] for row in rows]
    return Table(
        id="leaderboard",
        caption=words("cap_leaderboard", criterion=ctx.criterion(str(rows[0]["criterion"]))),
        columns=[field.column for field in fields],
        rows=cells,
        heads=2,
        notes=_notes(ctx, rows, drawn=any(cell.span for line in cells for cell in line)),
        records=rows,
        views=ctx.seen_by([str(row.get("language") or "") for row in rows]),
        compact=True,
    )


def _fields(ctx: Context, rows: Sequence[Entry]) -> list[Field]:
    """Rank and system; then what people read first, which is drawn: mean scores, or win rates."""
    words = ctx.words
    fields = [
        Field(Column(words("rank_short")), lambda row: _rank(ctx, row)),
        Field(Column(words("system"), numeric=False), lambda row: Cell(_marked(ctx, row))),
    ]
    if differ(rows, "language"):
        fields.append(
            Field(
                Column(words("scripts"), numeric=False), lambda row: Cell(ctx.language(str(row["language"])))
            )
        )
    win = Field(
        Column(words("win_rate_all"), "%"), lambda row: limited(ctx, row, "win_rate", numbers.percent)
    )
    measures = {row["measure"] for row in rows}
    if "score" in measures:
        mean = Field(Column(words("mean")), lambda row: limited(ctx, row, "estimate", two))
        fields += [drawn(mean, rows, "estimate"), win]
    else:
        ability = Field(Column(words("ability_log")), lambda row: _ability(ctx, row))
        fields += [drawn(win, rows, "win_rate", EVEN), *([ability] if "ability" in measures else [])]
    if any(row.get("human_level") is not None for row in rows):
        fields.append(Field(Column(words("level_pct"), "%"), lambda row: _level(ctx, row)))
    return fields


def _notes(ctx: Context, rows: Sequence[Entry], *, drawn: bool) -> list[str]:
    words = ctx.words
    limits = any(row.get(f"{key}low") is not None for row in rows for key in ("", "win_rate_"))
    notes = [words("note_leaderboard", interval=limits_label(ctx, rows))] if drawn and limits else []
    methods = dict.fromkeys(row.get("rank_method") or "none" for row in rows)
    notes += [words(f"note_rank_{method}") for method in methods]
    measures = {row["measure"] for row in rows}
    if "ability" in measures:
        notes += [words("note_ability"), *open_end_note(ctx, rows)]
    if "score" in measures:
        notes.append(words("note_by_scores"))
    definitions = dict.fromkeys(row["definition"] for row in rows if row.get("definition"))
    return notes + [words("parity_note" if name == "parity" else "ratio_note") for name in definitions]


def _rank(ctx: Context, row: Entry) -> Cell:
    rank, low, high = row.get("rank"), row.get("rank_low"), row.get("rank_high")
    if rank is None:
        return Cell(numbers.DASH, "number")
    text = str(rank) if low is None or low == high else ctx.words("rank_range", rank=rank, low=low, high=high)
    return Cell(text, "number", raw=rank)


def _ability(ctx: Context, row: Entry) -> Cell:
    if row["measure"] != "ability":  # none could be computed in this language
        return Cell(numbers.DASH, "number")
    return limited(ctx, row, "estimate", two)


def _level(ctx: Context, row: Entry) -> Cell:
    if row.get("human_level") is None and row["is_human"]:
        return Cell(ctx.words("is_reference"), "number")
    return limited(ctx, row, "human_level", ratio(1))


# the strip


def _strip(
    ctx: Context, board: Sequence[Entry], cautions: Sequence[tuple[str, str, str]]
) -> list[tuple[str, Cell]]:
    words = ctx.words
    pairs = []
    if sizes := _sizes(ctx, board):
        pairs.append((words("sizes"), Cell(sizes)))
    if said := _agreement(ctx, board):
        pairs.append((words("agreement"), Cell(said)))
    if cautions:
        shown = [text for text, _, _ in cautions[:MOST_CAUTIONS]]
        if rest := len(cautions) - len(shown):
            shown.append(words("cautions_more", n=rest))
        pairs.append((words("warnings"), Cell(words.sentence_sep.join(shown))))
    return pairs


def _sizes(ctx: Context, board: Sequence[Entry]) -> str:
    found = ask.sizes(ctx.report)
    said = [ctx.words.counted(key, found[key]) for key in ("raters", "items", "series") if found.get(key)]
    counts = [(table, _rows(ctx, board, table)) for table in ("judgments", "scores")]
    return ctx.words("count_sep").join(said + [ctx.words.counted(table, n) for table, n in counts if n])


def _rows(ctx: Context, board: Sequence[Entry], table: str) -> int:
    """The rows behind the ranking: judgments of its criterion, or all scores."""
    by_scores = bool(board) and board[0]["measure"] == "score"
    if not board or by_scores != (table == "scores"):
        return 0
    if by_scores:
        return sum(row.get("n") or 0 for row in board)
    if board[0]["measure"] == "win_rate":  # each judgment is in the rows of two systems
        return sum(row.get("n") or 0 for row in board) // 2
    return sum(max(row.get("n") or 0 for row in rows) for rows in _by_language(board))


def _agreement(ctx: Context, board: Sequence[Entry]) -> str:
    criterion = board[0]["criterion"] if board else ask.primary_criterion(ctx.report)
    rows = ask.filter_entries(ask.entries(ctx.report, "agreement"), criterion=criterion)
    if board and board[0].get("context"):
        rows = ask.filter_entries(rows, context=board[0]["context"])
    sentences: list[str] = []
    for scope in ("*within", "all"):
        said = []
        for entry in ask.filter_entries(rows, scope=scope):
            if entry.get("measure") in ask.ALPHAS and entry.get("estimate") is not None:
                inside = f"{ctx.language(str(entry['language']))} " if entry.get("language") else ""
                said.append(inside + limited(ctx, entry, "estimate", two).text)
        kind = "score" if board and board[0]["measure"] == "score" else "pair"
        key = "agreement_alpha" if scope == "all" else f"agreement_within_{kind}"
        if scope == "all" and sentences:
            key = "agreement_pooled"
        sentences += [ctx.words(key, values=ctx.words("clause_sep").join(said))] if said else []
    return ctx.words.sentence_sep.join(sentences)
