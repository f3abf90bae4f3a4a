"""Give-aways written apart from the rules, in batches, and clean scenes: `pytest -s` prints both.

Each batch was run unseen once, and `docs/studies.md` has that first figure. Afterwards the rules were
improved in general terms, so these tests only check that nothing gets lost again.
"""

import random
import tomllib
from functools import cache
from pathlib import Path

import pytest

from generation.screenplay.leaks.scanning import scan
from tests.generation.screenplay.clean_scripts import clean, planted
from tests.generation.screenplay.test_leak_rates import NAMES

pytestmark = pytest.mark.slow
CASES = Path(__file__).parent / "cases"
BATCHES = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(CASES.glob("batch_*.toml"))
}
INNOCENTS = [
    tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8"))
    for name in ("innocents", "innocents_more")
]
CAST = ["Qwen", "Claude", "Gemini"]
CLEAN = 200
BLOCKS = 4


def found(text, language, cast=()):
    return {
        (finding.kind, text[finding.start : finding.end])
        for finding in scan(text, language, characters=cast, **NAMES)
    }


@cache
def of_clean(language, number):
    return found(clean(language, number), language)


def is_found(where, text, language, number):
    whole = planted(clean(language, number), {"where": where, "text": text}, language)
    return bool(found(whole, language) - of_clean(language, number))


def with_innocents(language, number):
    """A clean scene with four innocents between its blocks, by number."""
    draw = random.Random(number)
    pool = [block for each in INNOCENTS for block in each[language]]
    gap = "\n\n" if language == "en" else "\n"
    blocks = clean(language, 5000 + number).rstrip("\n").split(gap)
    for block in draw.sample(pool, BLOCKS):
        blocks.insert(draw.randint(2, len(blocks) - 1), block.replace("|", "\n"))
    return gap.join(blocks) + "\n"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_batch_is_found(language):
    """At least 95 % of each batch, and two thirds of each kind."""
    for name, batch in BATCHES.items():
        hits = {
            kind: [is_found(*plant, language, 3000 + n % 5) for n, plant in enumerate(plants)]
            for kind, plants in batch[language].items()
        }
        total, caught = sum(map(len, hits.values())), sum(map(sum, hits.values()))
        print(f"\n{language} {name}: {caught} of {total}")
        assert caught >= 0.95 * total, name
        assert all(sum(each) >= len(each) * 2 / 3 for each in hits.values()), name


@pytest.mark.parametrize("language", ["en", "zh"])
def test_scenes_full_of_innocents_are_left_alone(language):
    """At most 2 % of 200 scenes, each with four of some hundred and fifty innocents."""
    flagged = {n: what for n in range(CLEAN) if (what := found(with_innocents(language, n), language, CAST))}
    print(f"\n{language}: {len(flagged)} of {CLEAN} scenes flagged {flagged or ''}")
    assert len(flagged) <= 0.02 * CLEAN
