"""The warnings of an analysis, the worst first, each once with every place it is about."""

from analysis.render import entries as ask
from analysis.render.document import Block, Folded, Notices
from analysis.render.fields import Context
from analysis.render.names import clean

# How much a warning takes from the answer: what is not named stands before the last of these.
WORST = (
    "no_rows",
    "simulated_only",
    "model_only",
    "interim_look",
    "no_primary",
    "sensitive",
    "few_raters",
    "few_items",
    "series_matter",
    "few_series",
    "lengths_differ",
    "little_read",
    "drift",
    "unmet",
    "several_studies",
)
LEAST = ("scores_in_pairs", "breakdown_left_out", "unknown_columns")
SHOWN = 4

Item = tuple[str, str, str]


def warnings(ctx: Context) -> list[Block]:
    """The worst few in sight, the others on request; nothing where there is none."""
    items = collected(ctx)
    if not items:
        return []
    blocks: list[Block] = [Notices(items[:SHOWN])]
    if len(items) > SHOWN:
        more = ctx.words("more_warnings", n=len(items) - SHOWN)
        blocks.append(Folded(more, [Notices(items[SHOWN:])]))
    return blocks


def collected(ctx: Context) -> list[Item]:
    words = ctx.words
    found: dict[tuple[str, str], list[str]] = {}
    for warning in ask.entries(ctx.report, "warnings"):
        key = str(warning.get("code") or ""), str(warning.get("text") or "")
        found.setdefault(key, []).append(place(ctx, str(warning.get("where") or "")))
    items = []
    for (code, said), places in found.items():
        where = words("clause_sep").join(dict.fromkeys(filter(None, places)))
        text = words.sentence(clean(said))
        items.append((text, words("where", where=where) if where else "", code))
    return sorted(items, key=lambda item: rank(item[2]))


def rank(code: str) -> int:
    if code in WORST:
        return WORST.index(code)
    return len(WORST) + 1 + (LEAST.index(code) + 1 if code in LEAST else 0)


def place(ctx: Context, where: str) -> str:
    """`criterion, language` in words; a file name or anything else as it is."""
    criterion, comma, language = where.rpartition(", ")
    known = {str(e.get("criterion")) for name in ask.LISTS for e in ask.entries(ctx.report, name)}
    if comma and criterion in known:
        return ctx.words("list_sep").join((ctx.criterion(criterion), ctx.language(language)))
    return ctx.criterion(where) if where in known else clean(where)
