"""How many planted give-aways the scan finds, and how many clean scripts it flags: `pytest -s` prints both.

The plants of `cases/planted.toml` go into clean scripts of the same grammar; a plant counts as found when the
scan says something that it does not say of the script without it.
"""

import tomllib
from pathlib import Path

import pytest

from generation.screenplay.leaks.scanning import scan
from tests.generation.screenplay.clean_scripts import clean, planted

CASES = Path(__file__).parent / "cases"
PLANTED = tomllib.loads((CASES / "planted.toml").read_text(encoding="utf-8"))
MORE = tomllib.loads((CASES / "planted_more.toml").read_text(encoding="utf-8"))
CLEAN_MORE = tomllib.loads((CASES / "clean_more.toml").read_text(encoding="utf-8"))
NAMES = {
    "system_names": ["dsr", "direct", "drafting engine", "Two-Stage Writer"],
    "series_titles": ["The Long Portage", "长水行"],
}
CLEAN = 100


def found(text, language):
    return {(finding.kind, text[finding.start : finding.end]) for finding in scan(text, language, **NAMES)}


def is_found(plant, language, number):
    text = clean(language, number)
    return bool(found(planted(text, plant, language), language) - found(text, language))


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_planted_give_aways_are_found(language):
    """At least 57 of 60 (95 %) and four of six in each kind, also among those kept back."""
    caught, kept_back, missed = {}, [], []
    for kind, plants in PLANTED.items():
        hits = [is_found(plant, language, 1000 + 7 * n) for n, plant in enumerate(plants[language])]
        caught[kind] = sum(hits)
        kept_back += [hit for hit, plant in zip(hits, plants[language], strict=True) if plant.get("held")]
        missed += [plant["text"] for hit, plant in zip(hits, plants[language], strict=True) if not hit]
        assert len(hits) >= 6
    total = sum(len(plants[language]) for plants in PLANTED.values())
    print(f"\n{language}: {sum(caught.values())} of {total} planted found, "
          f"{sum(kept_back)} of {len(kept_back)} of those kept back; {caught}; missed {missed}")  # fmt: skip
    assert sum(caught.values()) >= 0.95 * total
    assert min(caught.values()) >= 4
    assert sum(kept_back) >= 0.95 * len(kept_back)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_clean_scripts_are_left_alone(language):
    """At most 2 of 100, though each holds four innocents."""
    flagged = {number: found(clean(language, number), language) for number in range(CLEAN)}
    flagged = {number: what for number, what in flagged.items() if what}
    print(f"\n{language}: {len(flagged)} of {CLEAN} clean scripts flagged {flagged or ''}")
    assert len(flagged) <= 0.02 * CLEAN


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_further_batches_are_found(language):
    missed = [
        plant["text"] for n, plant in enumerate(MORE[language]) if not is_found(plant, language, 2000 + n)
    ]
    total = len(MORE[language])
    print(f"\n{language}: {total - len(missed)} of {total} of the further batches found; missed {missed}")
    assert len(missed) <= 0.05 * len(MORE[language])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_scenes_in_other_hands_are_left_alone(language):
    assert [found(text, language) for text in CLEAN_MORE[language]] == [set()] * len(CLEAN_MORE[language])
