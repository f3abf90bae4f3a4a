"""Damage: known to be worse, of the words that were there, the same every time."""

from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.briefs.files import read_script_file
from generation.screenplay import Kind, Script, parse, render_html
from generation.screenplay.damage import KINDS, LEAST_CUT, MOST_CUT, TooShort, damage
from generation.screenplay.house import house
from generation.screenplay.measure import count_han, count_words, measure

SCRIPTS = sorted((Path(__file__).resolve().parents[3] / "examples/scripts").glob("*/*"))


@cache
def example(index: int) -> Script:
    path = SCRIPTS[index]
    return house(parse(read_script_file(path), "zh" if path.suffix == ".txt" else "en"))


def words(script: Script, kinds: frozenset[Kind] = frozenset(Kind) - {Kind.CHARACTER}) -> Counter[str]:
    """Characters in Chinese, words in English, without cues, of which one goes where two speeches meet."""
    texts = [e.text for e in script.elements if e.kind in kinds]
    return Counter(word for text in texts for word in (text if script.language == "zh" else text.split()))


def spoken_by(script: Script) -> list[str]:
    """Who says each line."""
    found, speaker = [], ""
    for element in script.elements:
        if element.kind is Kind.CHARACTER:
            speaker = element.text.split("(")[0].strip()
        elif element.kind is Kind.DIALOGUE:
            found.append(speaker)
    return found


@settings(max_examples=40, deadline=None)
@given(index=st.integers(0, len(SCRIPTS) - 1), kind=st.sampled_from(KINDS), seed=st.integers(0, 2**53))
def test_words_are_moved_or_taken_out_and_never_invented(index: int, kind: str, seed: int) -> None:
    script = example(index)
    damaged, what = damage(script, kind, seed)
    assert damage(script, kind, seed) == (damaged, what)
    before, after = words(script), words(damaged)
    assert not after - before
    length, left = measure(script).length, measure(damaged).length
    if kind == "cut":
        # Up to a quarter of a percent: the share is told in thousandths.
        assert LEAST_CUT <= what.share <= MOST_CUT
        unit = count_han if script.language == "zh" else count_words
        ((first, last),) = (place["elements"] for place in what.as_json()["where"])
        gone = sum(
            unit(e.text) for e in script.elements[first:last] if e.kind not in (Kind.HEADING, Kind.CAST)
        )
        assert length - left == pytest.approx(gone, abs=12)
        assert damaged.elements[0].text == script.elements[0].text
        assert damaged.elements[-1].text == script.elements[-1].text
    else:
        assert after == before
    spoken = frozenset({Kind.DIALOGUE, Kind.ACTION})
    if kind == "swap":
        assert [e.text for e in damaged.elements if e.kind in spoken] == [
            e.text for e in script.elements if e.kind in spoken
        ]
        pairs = zip(spoken_by(script), spoken_by(damaged), strict=True)
        changed = [before for before, after in pairs if before != after]
        assert len(changed) >= 4
        assert what.share >= 0.25
    if kind == "shuffle":
        assert what.share >= 0.5
        follows = set(pairwise(e.line for e in script.elements if e.kind in spoken))
        torn = [
            pair
            for pair in pairwise(e.line for e in damaged.elements if e.kind in spoken)
            if pair not in follows
        ]
        assert len(torn) >= 3


@settings(max_examples=20, deadline=None)
@given(index=st.integers(0, len(SCRIPTS) - 1), kind=st.sampled_from(KINDS), seed=st.integers(0, 2**53))
def test_what_is_left_is_a_script_with_right_offsets(index: int, kind: str, seed: int) -> None:
    damaged, what = damage(example(index), kind, seed)
    for element in damaged.elements:
        assert damaged.text[element.start : element.end] == element.text
    assert damaged.text == "\n".join(element.text for element in damaged.elements)
    assert damaged.scenes[0].first == 0
    assert damaged.scenes[-1].last == len(damaged.elements)
    assert all(a.last == b.first for a, b in pairwise(damaged.scenes))
    assert render_html(damaged).startswith('<div class="script')
    # CONT'D stands where somebody speaks on after an action, in a script that has it; nowhere else.
    original, marked = cues(example(index)), cues(damaged)
    used = sum(mark for _, goes_on, _, mark in original if goes_on) * 2 > sum(on for _, on, _, _ in original)
    for name, goes_on, beside, mark in marked:
        assert mark == (used and goes_on), name
        assert not beside, f"{name} speaks twice, with nothing between"
    for place in what.as_json()["where"]:
        first, last = place["elements"]
        assert 0 <= first < last <= len(example(index).elements)
        assert place["lines"][0] <= place["lines"][1]


def cues(script: Script) -> list[tuple[str, bool, bool, bool]]:
    """Of each cue: its text without marks; whether that speaker goes on; whether nothing stands between;
    whether CONT'D says so."""
    found: list[tuple[str, bool, bool, bool]] = []
    last, between = "", False
    for element in script.elements:
        if element.kind is Kind.HEADING:
            last = ""
        if element.kind is Kind.CHARACTER and not element.dual:
            cue = element.text.replace("(CONT'D)", "").strip()
            name = cue.split("(")[0].strip()
            found.append((cue, name == last, name == last and not between, "CONT'D" in element.text))
            last = name
        between = element.kind not in (Kind.CHARACTER, Kind.PARENTHETICAL, Kind.DIALOGUE)
    return found


def test_different_seeds_damage_differently() -> None:
    for kind in KINDS:
        assert len({damage(example(0), kind, seed)[0].text for seed in range(8)}) > 1


def test_a_scene_that_is_cut_whole_loses_its_heading_too() -> None:
    scenes = "\n\n".join(
        f"INT. ROOM {n} - DAY\n\nA lamp, a chair, a rug and {n} cups.\n\nADA\nSo this is number {n}."
        for n in range(1, 13)
    )
    damaged, _ = damage(parse(scenes, "en"), "cut", 5)
    assert len(list(damaged.of(Kind.HEADING))) < 12
    for scene in damaged.scenes:
        assert any(element.kind is not Kind.HEADING for element in damaged.scene_elements(scene))


def test_a_flashback_that_is_cut_whole_loses_its_marks_too() -> None:
    said = "\n".join(f"林木：这里是第{n}句话，说得不短也不长，正好够数。" for n in "一二三四五六七八九十")
    scene = f"渡口　日　内\n\n△天亮了。\n{said}\n\n闪回：\n△雨，很大的雨，下了一夜。\n闪回完\n\n{said}"
    script, lost = parse(scene, "zh"), 0
    for seed in range(40):
        damaged, _ = damage(script, "cut", seed)
        text = damaged.text
        assert ("雨" in text) == ("闪回：" in text) == ("闪回完" in text)
        lost += "雨" not in text
    assert lost


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("cut", "INT. BUS - NIGHT\n\nRain.\n\nADA\nEnd of the line.", "9 words"),
        ("shuffle", "INT. BUS - NIGHT\n\n" + "Rain, and more of it. " * 20, "could change places"),
        ("swap", "INT. BUS - NIGHT\n\n" + "ADA\nEnd of the line, all of you.\n\n" * 12, "answer each other"),
        ("cut", "INT. BUS - NIGHT\n\n" + "Rain, and more of it. " * 20, "needed for a cut"),
    ],
)  # fmt: skip
def test_a_script_that_is_too_short_says_of_what(kind: str, text: str, says: str) -> None:
    with pytest.raises(TooShort, match=says):
        damage(parse(text, "en"), kind, 1)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="shuffle, swap, cut"):
        damage(example(0), "burn", 1)
