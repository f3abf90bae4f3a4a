"""The digest of everything that freezing fixes. Freezing stores it; checks compute it again."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

from annotations.design import SeatPlan, SlotPlan
from annotations.design.inputs import Origin
from evalsite.core.digests import json_digest

PairingKey = tuple[str, str, str, str, int]
"""A brief, first, second, the pairing's kind, and which variant of the damage."""


def pairing_key(slot: SlotPlan) -> PairingKey:
    return slot.brief, slot.first, slot.second, slot.kind, slot.variant


def commitment(nonce: str) -> str:
    """What stands for a nonce in the digest and the audit trail while the nonce is secret."""
    return sha256(nonce.encode()).hexdigest()


def frozen_digest(
    *,
    spec: str,
    entries: Iterable[str],
    origins: Iterable[Origin],
    draw: Sequence[SeatPlan],
    nonce: str,
    seats: Sequence[SeatPlan] = (),
    known_worse: Iterable[list[Any]] = (),
    lengths: Iterable[list[Any]] | None = None,
    briefs: Iterable[list[Any]] | None = None,
) -> str:
    """Compute the digest of a frozen study.

    Parameters
    ----------
    spec : the digest of the study's value.
    entries : the digests of all entries.
    origins : what is sealed of each entry. Its nonce keeps the digest from being guessed open.
    draw : the main draw, before slots without a script are taken out.
    nonce : the secret part of the draw.
    seats : what raters get, where practice, checks or repeats are placed around the main draw.
    known_worse : per damaged pairing `[brief, first, second, kind, variant, worse, damage]`; with `seats`.
    lengths : per entry `[code, length]`; None in studies frozen before version 0.4.
    briefs : per brief `[slug, language, series, order, role, digest of its content]`; None as well.
    """
    fixed: dict[str, Any] = {
        "spec": spec,
        "entries": sorted(entries),
        "sealed": sorted(origin.digest for origin in origins),
        "draw_commitment": commitment(nonce),
        "draw": [
            [
                [plan.number, list(plan.reads), list(plan.criteria)],
                [[s.position, s.brief, s.first, s.second, s.first_on_left] for s in plan.slots],
            ]
            for plan in draw
        ],
    }
    if seats:
        fixed["seats"] = [
            [
                plan.number,
                [[*pairing_key(s), s.position, s.first_on_left] for s in (*plan.practice, *plan.slots)],
            ]
            for plan in seats
        ]
        fixed["known_worse"] = sorted(known_worse)
    if lengths is not None:
        fixed["lengths"] = sorted(lengths)
    if briefs is not None:
        fixed["briefs"] = sorted(briefs)
    return json_digest(fixed)
