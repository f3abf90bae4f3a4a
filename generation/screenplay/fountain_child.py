"""What the child process does for Fountain: a text in, the library's elements out, both as JSON."""

import json
from collections.abc import Callable

from fountain import FountainElement, FountainParser

from generation.screenplay.fountain import FORCED


def answer(request: bytes, progress: Callable[[], None]) -> bytes:
    document = FountainParser().parse(json.loads(request))
    progress()
    return json.dumps([row for element in document.elements for row in flat(element)]).encode()


def flat(element: FountainElement, dual: str = "") -> list[list[object]]:
    """One library element as rows [type, text, line, extension, dual]; dual dialogue as its parts."""
    if element.type.value == "dual_dialogue":
        rows: list[list[object]] = []
        for side in ("left", "right"):
            speech = element.metadata.get(f"{side}_dialogue")
            parts = [element.metadata.get(f"{side}_character"), *(speech if isinstance(speech, list) else [])]
            for part in parts:
                if isinstance(part, FountainElement):
                    rows += flat(part, side)
        return rows
    extension = element.metadata.get("extension") or ""
    if element.type.value == "action" and element.metadata.get("forced"):
        extension = FORCED
    return [[element.type.value, element.text, element.line_number, extension, dual]]
