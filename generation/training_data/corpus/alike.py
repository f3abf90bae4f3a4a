"""Near-duplicates among stored scenes: their signatures side by side, and marking the like of each."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generation.screenplay import measure, parse
from generation.training_data.corpus.likeness import (
    LEAST_COMMON,
    Matrix,
    best_likes,
    matrix_of,
    nearest_rows,
    signature_of,
)
from generation.training_data.corpus.speakers import speakers_of
from generation.training_data.models import Scene

BATCH = 500


@dataclass(frozen=True, slots=True)
class Index:
    """Signatures of stored scenes in the order in which they were imported; some 550 bytes for each."""

    keys: list[int]
    matrix: Matrix
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, language: str) -> "Index":
        """Of all scenes in a language."""
        rows = Scene.objects.filter(work__language=language).order_by("pk")
        found, signatures = [], []
        for key, signature in rows.values_list("pk", "signature").iterator(2000):
            found.append(key)
            signatures.append(bytes(signature))
        return cls(found, *matrix_of(signatures))

    def nearest(self, signature: bytes, least: float = LEAST_COMMON) -> list[tuple[int, float]]:
        """The keys of the scenes that have most in common with a signature, the likest first."""
        rows = nearest_rows(signature, self.matrix, self.counts, least)
        return [(self.keys[row], round(found.share, 4)) for row, found in rows]


def mark_alike(language: str, first_key: int) -> int:
    """Mark every scene from a key on that nearly repeats an earlier one; how many those are.

    Earlier is what was imported earlier; what came in one import is in story order. What was marked before
    stays as it is, for runs were planned by it.
    """
    index = Index.of(language)
    fresh = int(np.searchsorted(np.array(index.keys, dtype=np.int64), first_key))
    likes = best_likes(index.matrix, index.counts, fresh)
    _store({index.keys[row]: (index.keys[other], share) for row, (other, share) in likes.items()})
    return len(likes)


def mark_again(language: str, keys: Iterable[int]) -> None:
    """Look anew for the likes of scenes whose like is gone."""
    index = Index.of(language)
    places = {key: row for row, key in enumerate(index.keys)}
    found: dict[int, tuple[int | None, float | None]] = {}
    for key in keys:
        row = places[key]
        signature = bytes(Scene.objects.values_list("signature", flat=True).get(pk=key))
        near = nearest_rows(signature, index.matrix[:row], index.counts[:row])
        found[key] = (index.keys[near[0][0]], round(near[0][1].share, 4)) if near else (None, None)
    _store(found)


def _store(likes: dict[int, tuple[int | None, float | None]] | dict[int, tuple[int, float]]) -> None:
    rows = [Scene(pk=key, like_id=other, likeness=share) for key, (other, share) in likes.items()]
    Scene.objects.bulk_update(rows, ["like", "likeness"], batch_size=BATCH)


def signature_of_text(text: str, language: str) -> bytes:
    """The signature of a text that is no stored scene."""
    names = speakers_of(measure(parse(text, language)).speakers, language, {})
    return signature_of(text, language, names)
