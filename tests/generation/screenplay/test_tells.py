"""Marks that would tell the systems of one study apart."""

import math
import random
import re

from generation.screenplay import parse
from generation.screenplay.leaks.tells import MARKS, system_tells
from tests.generation.screenplay.clean_scripts import clean


def scripts(first, count, change=lambda text: text):
    return [parse(change(clean("zh", first + number)), "zh") for number in range(count)]


def dashes(text):
    return text.replace("\n△", "\n△——", 1).replace("——", "--")


def test_a_mark_of_one_system_alone_is_told():
    found = system_tells(
        {"one": scripts(0, 16), "two": scripts(100, 16), "three": scripts(200, 16, dashes)}, seed=1
    )
    told = [
        (tell.mark, tell.held, tell.scripts, tell.held_elsewhere, tell.scripts_elsewhere) for tell in found
    ]
    assert ("dash: --", 16, 16, 0, 32) in told
    # One of C(48, 16) ways to spread 16 marks over 48 scripts; times at most all comparisons.
    assert 0 < found[0].p <= len(MARKS) * 3 / math.comb(48, 16) * 1.001


def test_systems_of_one_hand_are_not_told_apart():
    """Twenty draws of three systems from one grammar; Holm keeps the chance of any tell below 5 % each."""
    pool = scripts(0, 60)
    told = 0
    for seed in range(20):
        drawn = random.Random(seed).sample(pool, 30)
        told += bool(system_tells({"a": drawn[:10], "b": drawn[10:20], "c": drawn[20:]}, seed=seed))
    assert told <= 3  # the 98 % point of Binomial(20, 0.05)


def test_systems_appear_as_letters_that_are_drawn_anew():
    groups = {"human": scripts(0, 12), "dsr": scripts(200, 12, dashes)}
    held = {next(t.held for t in system_tells(groups) if t.mark == "dash: --") for _ in range(40)}
    assert held == {0, 12}  # of two systems A is told, which is now the one, now the other
    assert "dsr" not in repr(system_tells(groups))


def test_two_scripts_are_too_few():
    assert system_tells({"one": scripts(0, 40), "two": scripts(100, 2, dashes)}) == []
    assert system_tells({"one": scripts(0, 3), "two": []}) == []


def test_what_the_house_layout_sets_alike_is_no_mark():
    """Other action marks, ASCII colons and brackets around a heading are gone when a script is parsed."""

    def other(text):
        first, rest = text.split("\n", 1)
        return f"【{first}】\n" + re.sub(
            "^(?!字幕|空镜|▲)([^：\n]+)：", r"\1:", rest.replace("△", "▲"), flags=re.M
        )

    assert system_tells({"one": scripts(0, 16), "two": scripts(0, 16, other)}) == []
