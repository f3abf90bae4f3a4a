"""Give-aways and innocents planted as a judge would: `pytest -s` prints what is found and flagged now.

Each batch was written before the rules were run on it; what was found of it then stands in `docs/studies.md`.
The rules were improved after each, so what is asked for here is that nothing gets lost again.
"""

import tomllib
from collections import Counter

import pytest

from tests.generation.screenplay.judged import CASES, KINDS, clean, found, giveaways

pytestmark = pytest.mark.slow
BATCHES = tuple(tomllib.loads((CASES / "giveaways_en.toml").read_text(encoding="utf-8"))["models"])


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("batch", BATCHES)
def test_planted_give_aways_are_found(batch, language):
    """At least 93 %, 56 of 60, and two thirds of each of the ten kinds."""
    caught, planted, missed = Counter(), Counter(), []
    for kind, planting, base, text in giveaways(language, batch):
        hit = bool(found(base, text))
        caught[kind] += hit
        planted[kind] += 1
        missed += [] if hit else [planting]
    print(f"\n{language} {batch}: {sum(caught.values())} of {sum(planted.values())}; missed {missed}")
    assert sum(caught.values()) >= 0.93 * sum(planted.values())
    assert all(caught[kind] >= planted[kind] * 2 / 3 > 0 for kind in KINDS)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["innocents", "innocents_second", "innocents_third", "innocents_fourth"])
def test_clean_scripts_are_left_alone(name, language):
    """At most 2 % of 200 scripts, each with one or two innocents."""
    flagged = {what: places for what, base, text in clean(language, name) if (places := found(base, text))}
    print(f"\n{language} {name}: {len(flagged)} of 200 clean scripts flagged {list(flagged) or ''}")
    assert len(flagged) <= 0.02 * 200
