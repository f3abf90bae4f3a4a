"""What raters can mark in a script: the kinds of error, their severity, and good lines. Pure.

A study file says `marks: true` for the default kinds, `marks: paper` for those of the DSR paper, or gives its
own.
"""

from annotations.spec.reading import StudyFolder, read_flag, read_text_value
from annotations.spec.values import MarkKind, MarksSpec
from generation.yaml_files import Node

GOOD_LINE = "good-line"
"""The class of a mark that praises a passage. It is never counted as an error."""
GOOD_LINE_LABEL = {"en": "good line", "zh": "亮点"}
RESERVED = (GOOD_LINE, "all")
MOST_KINDS = 10
LONGEST_LABEL = 30
KINDS = {
    "plot": {"en": "plot", "zh": "情节"},
    "character": {"en": "character", "zh": "人物"},
    "dialogue": {"en": "dialogue", "zh": "台词"},
    "pacing": {"en": "pacing", "zh": "节奏"},
    "format": {"en": "format", "zh": "格式"},
    "continuity": {"en": "continuity", "zh": "连贯"},
}
PAPER_KINDS = ("plot", "character", "pacing")
DEFAULT_MARKS = MarksSpec(
    kinds=tuple(MarkKind(slug=slug, label=label) for slug, label in KINDS.items()), good_lines=True
)
PAPER_MARKS = MarksSpec(kinds=tuple(MarkKind(slug=slug, label=KINDS[slug]) for slug in PAPER_KINDS))
"""Also what a study has that was frozen when `true` stood for these three."""


def read_marks(node: Node, place: StudyFolder) -> MarksSpec | None:
    """`true`, `false`, `paper`, or {kinds, severity, good_lines}. A kind is a known slug or {slug, label}."""
    if isinstance(node.value, bool):
        return DEFAULT_MARKS if node.value else None
    if node.value == "paper":
        return PAPER_MARKS
    if not isinstance(node.value, dict):
        node.fault(
            f"{node.name} must be true or false, paper, or a mapping with kinds.",
            "write true, false or paper, or give kinds.",
        )
        return None
    fields = node.mapping(required=(), optional=("kinds", "severity", "good_lines"))
    kinds = _read_kinds(fields["kinds"], place) if "kinds" in fields else DEFAULT_MARKS.kinds
    return MarksSpec(
        kinds=kinds,
        severity=read_flag(fields["severity"]) if "severity" in fields else False,
        good_lines=read_flag(fields["good_lines"]) if "good_lines" in fields else True,
    )


def _read_kinds(node: Node, place: StudyFolder) -> tuple[MarkKind, ...]:
    found: dict[str, MarkKind] = {}
    for item in node.sequence(least=1, most=MOST_KINDS):
        fields = item.mapping(required=("slug",), optional=("label",)) if isinstance(item.value, dict) else {}
        at = fields.get("slug", item)
        slug = at.slug(most=40)
        if slug in RESERVED:
            at.fault(f"{slug} is a reserved name.", "choose another slug.")
        if slug in found:
            at.fault(f"the kind {slug} is named twice.", "remove one of them.")
        label = read_text_value(fields["label"], place) if "label" in fields else KINDS.get(slug, {})
        if any(len(text) > LONGEST_LABEL for text in label.values()):
            fields["label"].fault("this label is too long.", f"use at most {LONGEST_LABEL} characters.")
        if slug and not label:
            at.fault(f"the kind {slug} has no label.", "add label: {en: ..., zh: ...}.")
        found[slug] = MarkKind(slug=slug, label=label)
    return tuple(found.values())
