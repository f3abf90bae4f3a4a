"""What the pages of filter, review and datasets say."""

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from evalsite.core.models import User
from generation import reasons
from generation.models import Run
from generation.screenplay import parse, render_html
from generation.training_data.access import rows_in
from generation.training_data.datasets import steps
from generation.training_data.datasets.agreement import agreement_of
from generation.training_data.datasets.build_requests import open_build_requests
from generation.training_data.datasets.building import not_ready
from generation.training_data.datasets.reviewing import PASSED, lack_of, queue_of, readings_of
from generation.training_data.datasets.splitting import unsplit_of, unsplit_said
from generation.training_data.datasets.steps import funnel_of
from generation.training_data.datasets.synthesized_scene import FIELDS, SynthesizedScene
from generation.training_data.models import Candidate, Dataset, Scene, TrainedModel
from generation.training_data.pages import corpus_pages
from generation.training_data.synthesis.recipe import FilterSpec, filter_of, makes_briefs
from generation.training_data.synthesis.rules.texts import overlap

_PIECE = re.compile(r"[A-Za-z0-9’'-]+|\s+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Bar:
    """One step of a funnel as a page draws it; `share` is of all scenes, in percent."""

    step: str
    name: str
    rule: str
    count_in: int
    count_out: int
    share: float
    rejected: list[tuple[str, str, int]]

    @property
    def lost(self) -> int:
        return self.count_in - self.count_out


def bars_of(records: Sequence[Mapping[str, Any]], rules: FilterSpec) -> list[Bar]:
    """A stored funnel in the reader's language."""
    total = records[0]["in"] if records else 0
    return [
        Bar(
            each["step"],
            steps.step_name(each["step"]),
            steps.rule_of(each["step"], rules),
            each["in"],
            each["out"],
            round(100 * each["out"] / total, 2) if total else 0.0,
            [(key, steps.key_name(each["step"], key), count) for key, count in each["rejected"].items()],
        )
        for each in records
    ]


def run_context(run: Run, user: User, asked: Mapping[str, str]) -> dict[str, Any]:
    """What the page of a run of synthesis says of its filter and of what comes of it.

    `asked` is the query: a `build` that was refused comes back with its name, `without` reviews or not.
    """
    frozen = run.frozen_settings
    if run.kind != Run.Kind.SYNTHESIZE or not frozen.get("recipe") or makes_briefs(frozen):
        return {}
    funnel = funnel_of(run)
    readings = readings_of(run)
    return {
        "bars": bars_of(funnel.as_record(), filter_of(run.frozen_settings["recipe"])),
        "funnel_kept": funnel.kept,
        "readings": readings,
        "waits": None if readings.complete else queue_of(run, user),
        "lack": None if readings.complete else lack_of(run),
        "unsplit": unsplit_said(unsplit_of(run)),
        "asked": [(each, reasons.render(each.why)) for each in open_build_requests(run)],
        "build": _build(run, asked),
        "built": list(run.datasets.order_by("slug", "version")),
    }


def _build(run: Run, asked: Mapping[str, str]) -> dict[str, Any]:
    """The form for a dataset as it was sent, and why nothing was built; empty where none was sent."""
    if "build" not in asked:
        return {}
    slug, without = asked["build"][:100], bool(asked.get("without"))
    return {"name": slug, "without": without, "fault": not_ready(run, slug, without_reviews=without)}


LATEST = 3


def overview_counts(teams: Collection[int]) -> dict[str, Any]:
    """Of some teams: datasets, models, and the latest runs of which people have something to read."""
    to_read = Candidate.objects.filter(readers__gt=0, dropped_at__in=PASSED, reviews=None)
    runs = rows_in(Run, teams).filter(kind=Run.Kind.SYNTHESIZE, pk__in=to_read.values("run"))
    return {
        "datasets": rows_in(Dataset, teams).count(),
        "models": rows_in(TrainedModel, teams).count(),
        "to_review": list(runs.order_by("-created_at").values_list("code", flat=True)[:LATEST]),
    }


def queue_context(run: Run) -> dict[str, Any]:
    return {"readings": readings_of(run), "agreement": agreement_of(run), "lack": lack_of(run)}


def scene_name(scene: Scene) -> str:
    """A scene by its work's title and its number, as `_scene_name.html` has it on pages."""
    return _("%(title)s, scene %(n)d") % {"title": scene.work.title, "n": scene.number}


def scene_html(whole: SynthesizedScene) -> SafeString:
    """The source scene in the house layout."""
    return mark_safe(render_html(parse(str(whole.content["text"]), whole.language)))  # noqa: S308 - our own, escaped


def measures_of(whole: SynthesizedScene) -> dict[str, float]:
    """What rules measure of a whole, in percent."""
    return {
        "overlap": 100 * overlap(whole.novel, str(whole.content["text"]), whole.language),
    }


def differences(old: str, new: str) -> SafeString:
    """Two texts as one, with <del> and <ins>: by words, and by characters in Chinese."""
    one, two = _PIECE.findall(old), _PIECE.findall(new)
    parts: list[tuple[str, str]] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if kind in ("replace", "delete"):
            parts.append(("del", "".join(one[a:b])))
        if kind in ("replace", "insert"):
            parts.append(("ins", "".join(two[c:d])))
        if kind == "equal":
            parts.append(("span", "".join(one[a:b])))
    return format_html_join("", "<{0}>{1}</{0}>", ((tag, text) for tag, text in parts))


def edits_shown(whole: SynthesizedScene, edits: Mapping[str, str]) -> list[tuple[str, SafeString]]:
    """The changes of a reader, field by field."""
    labels = field_labels()
    return [(labels[name], differences(whole.fields[name], edits[name])) for name in FIELDS if name in edits]


_PART = re.compile(r"<(exposition|pacing|action|emotion)>\s*(.*?)\s*</\1>", re.DOTALL)


def directives_shown(text: str) -> list[tuple[str, str]]:
    """The parts of directives under their labels; the text as it is where it has none."""
    labels = field_labels()
    return [(labels[name], part) for name, part in _PART.findall(text)] or [("", text)]


def field_labels() -> dict[str, str]:
    return {
        "outline": _("Outline"),
        "previous_context": _("Previous context"),
        "guideline": _("Guideline"),
        "exposition": _("Exposition"),
        "pacing": _("Pacing"),
        "action": _("Action, beat by beat"),
        "emotion": _("Emotion, beat by beat"),
        "novel": _("Prose"),
    }


# The card, which this program itself has written


def _card_words() -> dict[str, str]:
    """What stands over parts and columns of a card, which itself is English for whoever gets the dataset."""
    return {
        "Numbers": _("Numbers"),
        "Sources": _("Sources"),
        "Filter": _("Filter"),
        "Reviewers": _("Reviewers"),
        "How it was made": _("How it was made"),
        "Known limits": _("Known limits"),
        "Reproducing it": _("Reproducing it"),
        "language": _("Language"),
        "examples": _("Examples"),
        "train": _("training"),
        "validation": _("validation"),
        "test": _("test"),
        "mean scene length": _("mean scene length"),
        "mean length of the prose": _("mean length of the prose"),
        "series": _("Series"),
        "genre": _("Genre"),
        "scene length": _("scene length"),
        "work": _("Work"),
        "title": _("Title"),
        "rights": pgettext("of a work", "Rights"),
        "credit": _("Credit"),
        "digest": _("Digest"),
        "step": _("Step"),
        "rule": _("Rule"),
        "in": pgettext("of a filter's step", "in"),
        "out": pgettext("of a filter's step", "out"),
        "removed, by reason": _("removed, by reason"),
        "stage": _("Stage"),
        "prompt": _("Prompt"),
        "requested model": _("Requested model"),
        "responding model": _("Responding model"),
        "answers": _("Answers"),
    }


def _head(text: str) -> str:
    """A heading of a card in the reader's language, marked as being in it."""
    words, language = _card_words().get(text, ""), get_language() or "en"
    if not words or language.startswith("en"):
        return _inline(words or text)
    return format_html('<span lang="{}">{}</span>', language, words)


def card_html(card: str) -> SafeString:
    """Headings, paragraphs, tables, lists, code and quotes of a data card as HTML; all text is escaped.

    Headings of parts and columns are in the reader's language, the rest in English, as it is exported.
    """
    blocks = [_block(block) for block in card.strip().split("\n\n")]
    return mark_safe("\n".join(blocks))  # noqa: S308 - each block is escaped


def _block(block: str) -> str:
    lines = block.split("\n")
    if block.startswith("# "):
        return ""
    if block.startswith("## "):
        return f"<h3>{_head(block[3:])}</h3>"
    if block.startswith("| "):
        return _table(lines)
    if block.startswith("- "):
        return f"<ul>{''.join(f'<li>{_inline(line[2:])}</li>' for line in lines)}</ul>"
    if block.startswith("    "):
        return f'<pre tabindex="0"><code>{escape(block.strip())}</code></pre>'
    return f"<p>{_inline(block)}</p>"


def _inline(text: str) -> str:
    found = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", found)


def _work(slug: str) -> str:
    return format_html('<a href="{}">{}</a>', reverse("generation-work", args=[slug]), slug)


_BROAD = 7
"""From so many columns on a table gets more room than a phone has, rather than cells of many short lines."""


def _table(lines: Sequence[str]) -> str:
    rows = [re.split(r"(?<!\\) \| ", line.removeprefix("| ").removesuffix(" |")) for line in lines]
    head = "".join(f'<th scope="col">{_head(cell)}</th>' for cell in rows[0])
    first = _work if rows[0][0] == "work" else _inline
    body = "".join(
        "<tr>"
        + "".join(
            f"<td>{(_inline if at else first)(cell.replace(chr(92) + '|', '|'))}</td>"
            for at, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows[2:]
    )
    broad = " table-broad" if len(rows[0]) >= _BROAD else ""
    return (
        f'<div class="table-wrap" tabindex="0"><table class="table{broad}"><thead><tr>'
        f"{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def card_values(teams: Collection[int]) -> dict[str, Any]:
    return {
        "corpus": corpus_pages.totals(teams),
        "synthesis_runs": rows_in(Run, teams).filter(kind=Run.Kind.SYNTHESIZE).count(),
        "made": overview_counts(teams),
    }
