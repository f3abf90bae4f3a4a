"""The warnings of an analysis, the worst first, each once with every place it is about."""

from collections.abc import Mapping

from analysis.messages import Message
from analysis.render import entries as ask
from analysis.render.document import Block, Folded, Notices
from analysis.render.fields import Context
from analysis.render.names import clean

# How much a warning takes from the answer: what is not named stands before the last of these.
WORST = (
    "no_rows",
    "interim_look",
    "no_primary",
    "few_raters",
    "few_items",
    "few_series",
    "series_matter",
    "sensitive",
    "lengths_differ",
    "little_read",
    "drift",
    "unmet",
    "several_studies",
)
LEAST = ("scores_in_pairs", "breakdown_left_out", "unknown_columns")
SHOWN = 4
MOST_PLACES = 3

Item = tuple[str, str, str]


def warnings(ctx: Context) -> list[Block]:
    """The worst few in sight, one of each kind; the others on request; nothing where there is none."""
    items = collected(ctx)
    first: dict[str, Item] = {}
    for item in items:
        first.setdefault(item[2], item)
    shown = list(first.values())[:SHOWN]
    rest = [item for item in items if item not in shown]
    if not shown:
        return []
    blocks: list[Block] = [Notices(shown)]
    if rest:
        key = "more_warnings" if len(rest) > 1 else "more_warnings_one"
        blocks.append(Folded(ctx.words(key, n=len(rest)), [Notices(rest)]))
    return blocks


def collected(ctx: Context) -> list[Item]:
    words = ctx.words
    found: dict[tuple[str, Message | None], list[str]] = {}
    said_above = ("simulated_only", "model_only")  # the banner says it already, and louder
    criteria = {str(e.get("criterion")) for name in ask.LISTS for e in ask.entries(ctx.report, name)}
    for warning in ask.entries(ctx.report, "warnings"):
        if warning.get("code") in said_above:
            continue
        key = str(warning["code"]), ask.message_of(warning, "text")
        found.setdefault(key, []).extend(place(ctx, one, criteria) for one in warning["places"])
    items = []
    for (code, said), named in found.items():
        where = listed(ctx, list(dict.fromkeys(filter(None, named))))
        text = words.sentence(said) if said else ""
        items.append((text, words("where", where=where) if where else "", code))
    return sorted(items, key=lambda item: rank(item[2]))


def listed(ctx: Context, places: list[str]) -> str:
    """The places, of many the first few (of what leads, where it is among them) and how many more."""
    lead = tuple(map(ctx.criterion, ask.leading_criteria(ctx.report)))
    ranked = sorted(places, key=lambda place: not place.startswith(lead))
    if len(ranked) > MOST_PLACES + 1:
        more = ctx.words("where_more", n=len(ranked) - MOST_PLACES)
        ranked = [*ranked[:MOST_PLACES], more]
    return ctx.words("clause_sep").join(ranked)


def rank(code: str) -> int:
    if code in WORST:
        return WORST.index(code)
    return len(WORST) + 1 + (LEAST.index(code) + 1 if code in LEAST else 0)


def place(ctx: Context, where: Mapping[str, str | None], criteria: set[str]) -> str:
    """A criterion, and a language or how scripts were read, in words; a file name as it is."""
    name, part = str(where["name"]), where["part"]
    known = name in criteria
    said = ctx.criterion(name) if known else clean(name)
    if not part:
        return said
    return ctx.words("list_sep").join((said, ctx.language(part))) if known else f"{said}, {clean(part)}"
