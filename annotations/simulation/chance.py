"""Chance that depends on what is drawn, never on when: one generator per name."""

import hashlib

import numpy as np


def generator(seed: int, *names: object) -> np.random.Generator:
    """The generator of `names` under a seed: the same in any order of calls, threads and days."""
    key = "\x1f".join([str(seed), *map(str, names)])
    return np.random.default_rng(int.from_bytes(hashlib.sha256(key.encode()).digest()[:16], "big"))
