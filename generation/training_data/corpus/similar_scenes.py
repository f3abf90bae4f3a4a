"""Which stored scenes nearly are given texts: the one place that knows when one text nearly is another.

    scenes_near(Script.objects.filter(...))         # keys of scenes
    shares_near(Script.objects.filter(...))         # {script: {scene: share in common}}, by keys
    scenes_like([scene.pk, ...])                    # others that nearly repeat some scenes
    text_is_near(text, scripts, "en")               # of a text that is no stored scene

They have `NEARLY` in common by their signatures, or are the same, or one is a part of the other. Which scene
of a run or of the whole corpus repeats which earlier one is another question (`corpus_index`): there each
has one like, the likest.

Scripts and scenes are immutable, so what was found for one is valid until scenes come or go.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from generation.blinding import sealed_pairs
from generation.models import Language, Script
from generation.screenplay import digest as digest_of
from generation.screenplay import measure, parse
from generation.training_data.corpus.cutting import speakers_of
from generation.training_data.corpus.minhash import (
    CONTAINED_FROM,
    LEAST_COMMON,
    NEARLY,
    best_likes,
    by_columns,
    count_of,
    matrix_of,
    nearest_rows,
    signature_of,
)
from generation.training_data.models import Scene

if TYPE_CHECKING:
    from generation.training_data.corpus.minhash import Counts, Matrix

BATCH = 500


@dataclass(frozen=True, slots=True)
class Index:
    """Signatures of stored scenes in the order in which they were imported; some 550 bytes for each."""

    keys: list[int]
    matrix: Matrix
    counts: Counts

    @classmethod
    def load(cls, language: str, team: int | None = None) -> Index:
        """Load the signatures of all scenes in a language, or of those of one team (key)."""
        rows = Scene.objects.filter(work__language=language).order_by("pk")
        rows = rows.filter(work__series__team=team) if team is not None else rows
        found, signatures = [], []
        for key, signature in rows.values_list("pk", "signature").iterator(2000):
            found.append(key)
            signatures.append(bytes(signature))
        return cls(found, *matrix_of(signatures))

    def nearest(self, signature: bytes, least: float = LEAST_COMMON) -> list[tuple[int, float]]:
        """The keys of the scenes that have most in common with a signature, the likest first."""
        rows = nearest_rows(signature, self.matrix, self.counts, least)
        return [(self.keys[row], round(found.share, 4)) for row, found in rows]


def mark_alike(language: str, first_key: int, team: int) -> int:
    """Mark every scene of a team from a key on that nearly repeats an earlier one of it; how many those are.

    Earlier is what was imported earlier; what came in one import is in story order. What was marked before
    stays as it is, for runs were planned by it.
    """
    index = Index.load(language, team)
    fresh = bisect_left(index.keys, first_key)
    likes = best_likes(index.matrix, index.counts, fresh)
    _store({index.keys[row]: (index.keys[other], share) for row, (other, share) in likes.items()})
    return len(likes)


def mark_again(language: str, keys: Iterable[int], team: int) -> None:
    """Search again for near-duplicates of a team's scenes whose near-duplicate is gone."""
    index = Index.load(language, team)
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


FEW = 60
"""Texts of at most this many words or characters are looked for to the letter too: signatures do not find
parts of them."""
LEAST = {"en": 24, "zh": 8}
"""Characters at least: less occurs anywhere by chance."""
SCRIPT, SCENE = "script", "scene"
REMEMBERED = 4096
_Known = tuple[str, int, str]
"""A stored text: whether it is a script or a scene, its key and its digest."""
_Shares = Mapping[int, float]
"""Keys of scenes that nearly are a text, and the share in common."""
_found: dict[str, tuple[object, dict[_Known, _Shares]]] = {}
"""By language: the scenes as they were (`stamp`), and what was found among these."""
MOST_FOUND = 100_000
"""Texts of a language that are remembered, of some hundred bytes each: the latest ones."""


def scenes_near(scripts: QuerySet[Script]) -> set[int]:
    """The keys of the scenes that nearly are one of some scripts."""
    return {key for shares in shares_near(scripts).values() for key in shares}


def shares_near(scripts: QuerySet[Script]) -> dict[int, _Shares]:
    """The scenes that nearly are one of some scripts, by the script's key: scenes of its team alone."""
    rows = list(scripts.order_by().values_list("pk", "digest", "language", "brief__series__team"))
    near = _near(SCRIPT, [row[:3] for row in rows])
    teams = {row[0]: row[3] for row in rows}
    return _within_teams({key: shares for (_kind, key, _digest), shares in near.items()}, teams)


def scenes_like(keys: Iterable[int]) -> set[int]:
    """The scenes that nearly repeat some others (keys), which are left out, whichever came first.

    Of scenes whose length is that of a line or two only those are found that are the same: they get no work.
    """
    own = set(keys)
    fields = ("pk", "digest", "work__language", "work__series__team")
    rows = list(Scene.objects.filter(pk__in=own).order_by().values_list(*fields))
    near = _near(SCENE, [row[:3] for row in rows])
    teams = {row[0]: row[3] for row in rows}
    found = _within_teams({key: shares for (_kind, key, _digest), shares in near.items()}, teams)
    return {key for shares in found.values() for key in shares} - own


def _within_teams(near: Mapping[int, _Shares], teams: Mapping[int, int]) -> dict[int, _Shares]:
    """The same without scenes of other teams than that of each text; `teams` are by the text's key."""
    keys = {key for shares in near.values() for key in shares}
    scenes = Scene.objects.filter(pk__in=keys).order_by().values_list("pk", "work__series__team")
    own = dict(scenes) if keys else {}
    return {
        text: {key: share for key, share in shares.items() if own.get(key) == teams[text]}
        for text, shares in near.items()
    }


def text_is_near(text: str, scripts: QuerySet[Script], language: str) -> bool:
    """Whether a text that is no stored scene nearly is one of some scripts."""
    rows = scripts.filter(language=language).order_by().values_list("pk", "digest")
    known = [(SCRIPT, key, digest) for key, digest in rows]
    return any(_look(known, _Alone(text, language)).values())


def _near(kind: str, rows: Iterable[tuple[int, str, str]]) -> dict[_Known, _Shares]:
    wanted: dict[str, list[_Known]] = {language: [] for language in Language.values}
    for key, digest, language in rows:
        wanted[language].append((kind, key, digest))
    found: dict[_Known, _Shares] = {}
    for language, texts in wanted.items():
        found |= _remembered(texts, language) if texts else {}
    return found


def _remembered(texts: Sequence[_Known], language: str) -> dict[_Known, _Shares]:
    """Pages ask again and again, in several threads; what was found among scenes that have changed goes,
    and nothing else, so that no number of texts makes each request look for all of them again."""
    scenes = _Stored(language)
    stamp = scenes.stamp()
    if (known := _found.get(language)) is None or known[0] != stamp:
        known = _found[language] = (stamp, {})
    there = known[1]
    found = {each: shares for each in texts if (shares := there.get(each)) is not None}
    if missing := [each for each in texts if each not in found]:
        fresh = _look(missing, scenes)
        found |= fresh
        there.update(fresh)
        if (more := len(there) - MOST_FOUND) > 0:
            for each in list(there)[:more]:
                there.pop(each, None)  # another thread may have been quicker
    return found


@dataclass(frozen=True, slots=True)
class _Stored:
    """The stored scenes of a language, as what is looked through."""

    language: str

    @property
    def _rows(self) -> QuerySet[Scene]:
        return Scene.objects.filter(work__language=self.language).order_by()

    def stamp(self) -> tuple[object, ...]:
        """Another one once scenes have come or gone."""
        told = self._rows.aggregate(n=Count("pk"), last=Max("pk"), at=Max("work__imported_at"))
        return tuple(told.values())

    def index(self) -> Index:
        return Index.load(self.language)

    def of_digests(self, digests: Collection[str]) -> Iterable[tuple[int, str]]:
        return self._rows.filter(digest__in=digests).values_list("pk", "digest")

    def texts(self, *, short: bool) -> Iterator[tuple[int, str, int]]:
        """Keys, words and lengths of all, or of the short ones."""
        rows = self._rows.filter(length__lt=FEW) if short else self._rows
        for key, text, length in rows.values_list("pk", "text", "length").iterator(500):
            yield key, plain_text(text, self.language), length


@dataclass(frozen=True, slots=True)
class _Alone:
    """One text that is not stored; its key is 0."""

    text: str
    language: str

    def index(self) -> Index:
        return Index([0], *matrix_of([signature_of_text(self.text, self.language)]))

    def of_digests(self, digests: Collection[str]) -> Iterable[tuple[int, str]]:
        own = digest_of(self.text)
        return [(0, own)] if own in digests else []

    def texts(self, *, short: bool) -> Iterator[tuple[int, str, int]]:
        yield 0, plain_text(self.text, self.language), 0


def _look(texts: Sequence[_Known], among: _Stored | _Alone) -> dict[_Known, dict[int, float]]:
    index = among.index()
    if not index.keys:
        return {each: {} for each in texts}
    index = Index(index.keys, by_columns(index.matrix), index.counts)
    signatures = _signatures(texts)
    near = {each: dict(index.nearest(signatures[each], NEARLY)) for each in texts}
    by_digest: dict[str, list[_Known]] = {}
    for each in texts:
        by_digest.setdefault(each[2], []).append(each)
    for key, digest in among.of_digests(list(by_digest)):
        for each in by_digest[digest]:
            near[each][key] = 1.0
    scripts = [each for each in texts if each[0] == SCRIPT]
    short = [each for each in scripts if count_of(signatures[each]) < max(CONTAINED_FROM, FEW)]
    if scripts:
        plain = {each: _plain_of(*each[1:]) for each in scripts}
        for key, own, length in among.texts(short=not short):
            for each in scripts if length < FEW else short:
                if _holds(own, plain[each], among.language):
                    near[each][key] = 1.0
    return near


def _holds(one: str, other: str, language: str) -> bool:
    """Whether one of two texts is part of the other."""
    return min(len(one), len(other)) >= LEAST[language] and (one in other or other in one)


def plain_text(text: str, language: str) -> str:
    """The words alone, in lower case."""
    return (" " if language == "en" else "").join(re.findall(r"[^\W_]+", text.casefold()))


def _signatures(texts: Iterable[_Known]) -> dict[_Known, bytes]:
    """Scenes have theirs stored."""
    keys = {each[1]: each for each in texts if each[0] == SCENE}
    stored = Scene.objects.filter(pk__in=keys).order_by().values_list("pk", "signature")
    found = {keys[key]: bytes(signature) for key, signature in stored.iterator(2000)}
    return found | {each: _signature_of(*each[1:]) for each in texts if each[0] == SCRIPT}


@lru_cache(maxsize=REMEMBERED)
def _signature_of(key: int, digest: str) -> bytes:
    """Some half a kilobyte each."""
    text, language = Script.objects.values_list("text", "language").get(pk=key)
    return signature_of_text(text, language)


@lru_cache(maxsize=512)
def _plain_of(key: int, digest: str) -> str:
    text, language = Script.objects.values_list("text", "language").get(pk=key)
    return plain_text(text, language)


WHY = _("Hidden while a study that uses it is blinded.")


def sealed_scripts(team: int | None = None) -> QuerySet[Script]:
    """The scripts under seal, of whatever system, of all teams or one (key): all samples."""
    scripts = Script.objects.all() if team is None else Script.objects.filter(brief__series__team=team)
    pairs = set(scripts.order_by().values_list("brief__slug", "system__slug").distinct())
    found = Q(pk__in=())
    briefs: dict[str, set[str]] = defaultdict(set)
    for brief, system in sealed_pairs(pairs):
        briefs[system].add(brief)
    for system, slugs in briefs.items():
        found |= Q(system__slug=system, brief__slug__in=slugs)
    return scripts.filter(found)


def all_hidden() -> set[int]:
    """The keys of all scenes whose text may not be displayed."""
    return scenes_near(sealed_scripts())


def hidden_scenes(keys: Collection[int]) -> set[int]:
    """Those of some scenes (keys) whose text may not be displayed."""
    return all_hidden() & set(keys) if keys else set()


def hides(text: str, language: str, team: int) -> bool:
    """The same of a team's text that is no stored scene yet."""
    return text_is_near(text, sealed_scripts(team), language)
