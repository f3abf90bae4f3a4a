"""The sentence at the head of each section: what its numbers say, in plain words."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from analysis.render import entries as ask
from analysis.render import numbers
from analysis.render.document import Block, Prose
from analysis.render.entries import Entry
from analysis.render.fields import Context, Format, limited, ratio, two
from analysis.render.rater_groups import groups_sentence, term_name

Say = Callable[[Context, Sequence[Entry]], str]
MOST_NAMED = 3
ORDER_TERMS = ("late", "first", "after", "length")


def lead(ctx: Context, rows: Sequence[Entry], say: Say) -> list[Block]:
    """The sentence about the pooled rows where the study pools its languages, else one for each language."""
    known = [entry for entry in rows if entry.get("estimate") is not None]
    several = len(ask.languages(rows)) > 1
    if not known:
        reasons = {ask.reason(entry) for entry in rows}
        return [Prose(ctx.words("say_none", reason=ctx.why(reasons.pop())))] if len(reasons) == 1 else []
    codes = ask.languages(ask.pooled_first(known))
    codes = codes[:1] if ask.is_pooled(codes[0]) else codes
    said = [(code, say(ctx, ask.filter_entries(known, language=code))) for code in codes]
    if several and not ask.is_pooled(codes[0]):
        text = ctx.words.sentence_sep.join(
            ctx.words("say_in_language", language=ctx.language(code), said=one) for code, one in said if one
        )
    else:
        text = said[0][1]
    return [Prose(text)] if text else []


def is_clear(entry: Entry) -> bool:
    """Whether the adjusted p is small enough."""
    p = entry.get("p_adjusted")
    return p is not None and p <= 1 - float(entry.get("level") or 0.95)


def _value(ctx: Context, entry: Entry, show: Format, unit: str = "%") -> str:
    key = "say_percent" if unit else "say_value"
    if not ask.has_interval(entry):
        return ctx.words(f"{key}_bare", value=show(entry["estimate"]))
    return ctx.words(
        key,
        value=show(entry["estimate"]),
        low=show(entry["low"]),
        high=show(entry["high"]),
        level=numbers.level(ask.level_of([entry])),
    )


def _joined(ctx: Context, said: Iterable[str]) -> str:
    return ctx.words("clause_sep").join(said)


def win_rates(ctx: Context, rows: Sequence[Entry]) -> str:
    """Which pairs have a clear winner."""
    words = ctx.words
    pairs = ask.each_pair_once(ctx.report, [e for e in rows if not ask.is_group(e["opponent"])])
    clear = [entry for entry in pairs if is_clear(entry)]
    if not pairs:
        return ""
    if looks := ask.entries(ctx.report, "looks"):
        return words("say_look", look=looks[0].get("look"), of=looks[0].get("of"))
    if all(entry.get("p_adjusted") is None for entry in pairs):
        return words("say_untested")
    if any(entry.get("derived_from") for entry in pairs):
        return words("say_winners_scores", n=len(clear), all=len(pairs))
    if not clear:
        return words("say_no_winner", n=len(pairs)) if len(pairs) > 1 else words("say_no_winner_one")
    if len(clear) > MOST_NAMED:
        return words("say_winners_many", n=len(clear), all=len(pairs))
    said = []
    for entry in clear:
        ends = (entry["system"], entry["opponent"])
        first, second = ends if entry["estimate"] > 0.5 else ends[::-1]
        said.append(words("say_preferred", a=ctx.quoted(first), b=ctx.quoted(second)))
    rest = len(pairs) - len(clear)
    open_ones = words("say_rest_open", n=rest) if rest else ""
    return words("say_winners", winners=_joined(ctx, said), rest=open_ones)


def human_level(ctx: Context, rows: Sequence[Entry]) -> str:
    """Human level of each system, the highest first."""
    words = ctx.words
    definition = "parity" if any(e["definition"] == "parity" for e in rows) else "ratio_of_means"
    known = ask.best_first([e for e in rows if e["definition"] == definition])
    several = len({entry["human"] for entry in known}) > 1
    said = []
    for entry in known[:MOST_NAMED]:
        name = ctx.quoted(entry["system"])
        if several:
            name = words("contrast", a=name, b=ctx.quoted(entry["human"]))
        said.append(words("say_of_system", system=name, value=_value(ctx, entry, ratio(1))))
    return words(f"say_level_{definition}", values=_joined(ctx, said)) if said else ""


def mean_scores(ctx: Context, rows: Sequence[Entry]) -> str:
    known = ask.best_first(rows)
    one, last = known[0], known[-1]
    said = [ctx.words("say_of_system", system=ctx.quoted(one["system"]), value=_value(ctx, one, two, ""))]
    if last["system"] == one["system"]:
        return ctx.words("say_score", value=said[0])
    lowest = ctx.words("say_of_system", system=ctx.quoted(last["system"]), value=_value(ctx, last, two, ""))
    where = {key: one.get(key) for key in ("criterion", "language", "context")}
    gaps = ask.filter_entries(ask.entries(ctx.report, "differences"), of="score", **where)
    clear = [
        ctx.words("say_higher", a=ctx.quoted(one), b=ctx.quoted(other), value=numbers.fixed(abs(gap), 2))
        for one, other, gap in (_higher_first(e) for e in gaps if is_clear(e))
    ]
    key = "say_scores_many" if len(clear) > MOST_NAMED else "say_scores_clear" if clear else "say_scores_open"
    tail = ctx.words(key, names=_joined(ctx, clear), n=len(clear), all=len(gaps)) if gaps else ""
    return ctx.words.sentence_sep.join(
        filter(None, (ctx.words("say_scores", best=said[0], last=lowest), tail))
    )


def _higher_first(entry: Entry) -> tuple[str, str, float]:
    one, other = str(entry["system"]), str(entry["other"])
    return (one, other, entry["estimate"]) if entry["estimate"] > 0 else (other, one, -entry["estimate"])


def by_criterion(ctx: Context, rows: Sequence[Entry]) -> str:
    """On how many criteria the first planned contrast is won, and on which clearly."""
    words, mine = ctx.words, _first_contrast(rows)
    ahead = sum(entry["estimate"] > 0.5 for entry in mine)
    clear = [ctx.criterion(str(entry["criterion"])) for entry in mine if is_clear(entry)]
    names = {"a": ctx.quoted(mine[0]["system"]), "b": ctx.quoted(mine[0]["opponent"])}
    said = words("say_criteria", ahead=ahead, all=len(mine), **names)
    if ask.entries(ctx.report, "looks") or all(entry.get("p_adjusted") is None for entry in mine):
        return said
    tail = words("say_clear_on", names=words("name_sep").join(clear)) if clear else words("say_clear_on_none")
    return words.sentence_sep.join((said, tail))


def _first_contrast(rows: Sequence[Entry]) -> list[Entry]:
    first = rows[0]
    return ask.filter_entries(rows, system=first["system"], opponent=first["opponent"])


def by_part(ctx: Context, rows: Sequence[Entry]) -> str:
    """The first planned contrast in each language, and the series at either end."""
    words, mine = ctx.words, [e for e in rows if e.get("estimate") is not None]
    if not mine:
        return ""
    mine = _first_contrast(mine)
    said = []
    names = {"a": ctx.quoted(mine[0]["system"]), "b": ctx.quoted(mine[0]["opponent"])}
    languages = [e for e in mine if not e.get("by") and e.get("language")]
    if len(languages) > 1:
        values = [
            words("say_in", place=ctx.language(str(e["language"])), value=_value(ctx, e, numbers.percent))
            for e in languages
        ]
        said.append(words("say_languages", values=_joined(ctx, values), **names))
    series = sorted((e for e in mine if e.get("by") == "series"), key=lambda e: e["estimate"])
    if len(series) > 1:
        low, high = (numbers.percent(e["estimate"]) for e in (series[0], series[-1]))
        count = len({entry["name"] for entry in series})
        said.append(words("say_series", n=count, low=low, high=high, **names))
    return words.sentence_sep.join([*said, words("say_parts_untested")] if said else [])


def series_differ(ctx: Context) -> Iterator[str]:
    """The test of equal series for each primary contrast."""
    for entry in ask.leading(ctx.report, "components"):
        if entry.get("measure") == "series_test":
            names = {"a": ctx.quoted(entry["system"]), "b": ctx.quoted(entry["opponent"])}
            where = f" ({ctx.language(str(entry['language']))})" if entry.get("language") else ""
            clear = ctx.words("say_series_clear" if is_clear(entry) else "say_series_open")
            test = f"F = {numbers.fixed(entry['estimate'], 2)}, {numbers.p_equals(entry['p'])}"
            yield ctx.words("say_series_test", where=where, clear=clear, test=test, **names)


def errors(ctx: Context, rows: Sequence[Entry]) -> str:
    """All marks, the most frequent kind, and who has most and fewest in one reading of a script."""
    rates: dict[str, float] = {}
    kinds: dict[str, int] = {}
    for entry in rows:
        rates[entry["system"]] = rates.get(entry["system"], 0.0) + entry["estimate"]
        kinds[entry["class"]] = kinds.get(entry["class"], 0) + (entry.get("count") or 0)
    if not sum(kinds.values()):
        return ctx.words("say_marks_none")
    first = max(kinds, key=lambda kind: kinds[kind])
    n, most = numbers.count(sum(kinds.values())), numbers.count(kinds[first])
    said = [ctx.words("say_marks", n=n, kind=ctx.mark_kind(first), of_kind=most)]
    if len(rates) > 1:
        few, *_, most = sorted(rates, key=lambda name: rates[name])
        ends = {"most": ctx.quoted(most), "few": ctx.quoted(few)}
        ends |= {"high": numbers.rate(rates[most]), "low": numbers.rate(rates[few])}
        said.append(ctx.words("say_errors", **ends))
    return ctx.words.sentence_sep.join(said)


def agreement(ctx: Context, rows: Sequence[Entry]) -> str:
    words = ctx.words
    whole = [e for e in rows if e.get("scope") in (None, "", "all")]
    raw = next((e for e in whole if e.get("measure") == "raw"), None)
    alpha = next((e for e in whole if e.get("measure") in ask.ALPHAS), None)
    if raw is None or alpha is None:
        return ""
    shown = limited(ctx, alpha, "estimate", two).text
    said = [words("say_agreement", raw=_value(ctx, raw, numbers.percent), alpha=shown)]
    for entry in (e for e in rows if e.get("scope") == "*within" and e.get("estimate") is not None):
        said.append(words("say_agreement_within", alpha=limited(ctx, entry, "estimate", two).text))
    return words.sentence_sep.join(said)


def biases(ctx: Context, rows: Sequence[Entry]) -> str:
    """Side, length and drift: the share or slope, and whether it is beyond chance."""
    words, said = ctx.words, []
    left = next((e for e in rows if e.get("measure") == "left_share" and e.get("scope") == "all"), None)
    if left:
        tested = left.get("p_adjusted") is not None
        clear = words("say_clear" if is_clear(left) else "say_not_clear" if tested else "say_too_few")
        said.append(words("say_left", value=_value(ctx, left, numbers.percent), clear=clear))
    slope = next((e for e in rows if e.get("measure") == "slope"), None)
    if slope and slope.get("p_adjusted") is not None:
        key = "say_length_none"
        if is_clear(slope):
            key = "say_longer" if slope["estimate"] > 0 else "say_shorter"
        said.append(words(key))
    drift = [e for e in rows if e.get("measure") == "late_minus_early" and ask.has_interval(e)]
    if drift:
        moved = sum(map(is_clear, drift))
        said.append(words("say_drift" if moved else "say_drift_none", n=moved, all=len(drift)))
    said += _score_terms(ctx, rows)
    return words.sentence_sep.join(said)


def _score_terms(ctx: Context, rows: Sequence[Entry]) -> list[str]:
    """Which terms of order and length the scores of single scripts go with."""
    terms = [e for e in rows if e.get("of") == "score" and e.get("term") in ORDER_TERMS and "p_adjusted" in e]
    clear = [
        ctx.words("say_term", term=term_name(ctx, e), points=two(e["estimate"])) for e in terms if is_clear(e)
    ]
    key = "say_terms" if clear else "say_terms_none"
    return [ctx.words(key, terms=_joined(ctx, clear))] if terms else []


def attention(ctx: Context, rows: Sequence[Entry]) -> str:
    flagged = sum(bool(entry.get("flags")) for entry in rows)
    if not flagged:
        return ctx.words("say_attention_none", all=ctx.words.counted("raters", len(rows)))
    return ctx.words("say_attention", n=flagged, all=ctx.words.counted("raters", len(rows)))


def blinding(ctx: Context, rows: Sequence[Entry]) -> str:
    """How often raters guessed "machine", and whether more often for machine than for human scripts."""
    words = ctx.words
    found = {entry["measure"]: entry for entry in rows if ask.is_group(entry["system"])}
    share, gap = found.get("machine_share"), found.get("hits_minus_false_alarms")
    said = [words("say_guesses", share=numbers.percent(share["estimate"]))] if share else []
    if gap:
        said.append(words("say_recognition", value=_value(ctx, gap, numbers.percent, "")))
        if gap.get("p_adjusted") is not None:
            key = "say_recognized_none"
            if is_clear(gap):
                key = "say_recognized" if gap["estimate"] > 0 else "say_mistaken"
            said.append(words(key))
    return words.sentence_sep.join(said)


def rater_groups(ctx: Context, rows: Sequence[Entry]) -> str:
    """Pooled where the study pools its languages, else one sentence for each language."""
    codes = ask.languages(ask.pooled_first(rows))
    if len(codes) < 2 or ask.is_pooled(codes[0]):
        return groups_sentence(ctx)
    return ctx.words.sentence_sep.join(
        ctx.words("say_in_language", language=ctx.language(code), said=groups_sentence(ctx, code))
        for code in codes
    )


def who_and_what(ctx: Context) -> str:
    """The sizes of the study, and how many of its rows were used."""
    sizes = ask.sizes(ctx.report)
    said = [ctx.words.counted(key, sizes[key]) for key in ("raters", "items", "series") if sizes.get(key)]
    systems = len(ask.systems(ctx.report))
    if not said or not systems:
        return ""
    sources = ask.entries(ctx.report, "inputs")
    used, every = (sum(source.get(key) or 0 for source in sources) for key in ("used", "rows"))
    return ctx.words(
        "say_sizes_people" if ask.humans(ctx.report) else "say_sizes",
        sizes=ctx.words("count_sep").join(said),
        systems=systems,
        used=numbers.count(used),
        rows=numbers.count(every),
    )
