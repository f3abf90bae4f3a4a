"""Which patterns are skipped: never one that would match."""

import re

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from generation.screenplay.leaks import scanning
from generation.screenplay.leaks.needed_letters import can_match, find_all

PATTERNS = sorted(
    {pattern for language in ("en", "zh") for _, _, pattern in scanning._patterns(language)}, key=str
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=strategies.data())
def test_every_text_that_a_pattern_matches_has_the_letters_that_it_needs(data: strategies.DataObject) -> None:
    pattern = data.draw(strategies.sampled_from(PATTERNS))
    text = data.draw(strategies.from_regex(pattern))
    assert [match.span() for match in find_all(pattern, text)] == [
        match.span() for match in pattern.finditer(text)
    ]


def test_most_patterns_are_skipped_for_a_plain_scene() -> None:
    scene = "INT. KITCHEN - NIGHT\n\nADA\nThe kettle has boiled twice.\n\nShe turns the key."
    assert sum(can_match(pattern, scene) for pattern in PATTERNS) < 0.3 * len(PATTERNS)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("system", "\u017fYSTEM"),  # the long s
        ("kin", "\u212a\u0131n"),  # the Kelvin sign, the dotless i
        ("(?:in){2}", "\u0130N\u0130N"),  # the dotted capital I
        (r"\bab(?:cd|e)?f", "ABF"),
        ("(?:ab|)c", "c"),
        ("ab*c", "ac"),
        ("(?=.*end)start", "start, end"),
        ("(?!ab)cd", "cd"),
    ],
)
def test_case_options_and_repetitions(pattern: str, text: str) -> None:
    assert list(find_all(re.compile(pattern, re.IGNORECASE), text))


@pytest.mark.parametrize("pattern", ["system", "(?:sys|pro)tem", r"sys\s?tem", "(?:tem){1,2}", "a(?=b)"])
def test_a_text_without_the_letters_is_not_searched(pattern: str) -> None:
    assert not can_match(re.compile(pattern), "style a mess")
