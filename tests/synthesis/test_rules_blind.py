"""Faults planted by somebody who had not read the rules, and what of them is caught: the table is printed.

At first sight (before anything was changed for a lot; en, zh): lot A, quote 14 of 15 and 16 of 16, later
event 11 of 14 and 15 of 16, missing speaker 15 of 15 and 15 of 15, inner life 16 of 16 and 16 of 16,
copied page 16 of 16 and 16 of 16, wrong language 12 of 14 and 9 of 14, broken answer 17 of 18 and 16 of
16; 5 of 58 sound answers refused. Lot B: quote 11 of 11 and 11 of 11, later event 8 of 13 and 11 of 12,
missing 11 of 11 and 10 of 10, inner life 11 of 11 and 11 of 11, copied 10 of 10 and 9 of 9, language 11
of 11 and 10 of 10, broken 13 of 13 and 11 of 12; 3 of 35 refused. Lot C, of later events alone: 12 of 12
and 10 of 11; 1 of 18 refused. Lot D: quote 13 of 16 and 16 of 16, later event 13 of 18 and 11 of 13,
missing 20 of 20 and 13 of 13, inner life 15 of 18 and 12 of 14, copied 17 of 17 and 12 of 12, language 14
of 16 and 12 of 12, broken 19 of 20 and 15 of 16; 10 of 153 refused. Lot E: quote 15 of 16 and 16 of 16,
later event 15 of 18 and 17 of 18, missing 16 of 16 and 19 of 19, inner life 15 of 15 and 17 of 17, copied
13 of 13 and 15 of 15, language 13 of 13 and 14 of 15, broken 19 of 20 and 15 of 16; 6 of 111 refused. Lot
F, about stories that no rule was set by: quote 19 of 21 and 25 of 25, later event 19 of 30 and 21 of 40,
missing 21 of 23 and 24 of 25, inner life 6 of 24 and 12 of 30, copied 21 of 21 and 18 of 18, language 19
of 20 and 20 of 21, broken 24 of 29 and 28 of 30; 15 of 96 refused. After each lot but C the rules were
changed, so that what is printed today is no rate of what they have not seen (`docs/synthesis-rules.md`).
Of the sound answers that are still refused most are contexts; some are slips of their writer: something
that is only seen in the scene itself, a person under another name, a line of dialogue.
"""

import time
from collections import Counter

import pytest

from generation.synthesis.rules.tongues import foreign
from tests.synthesis.blind import LOTS, faults, shown, sound

LEAST = {"later": 0.8}
"""Giveaways within a true sentence (lot G) cannot be had by words: `docs/synthesis-rules.md`."""
type Key = tuple[str, str]
"""A kind of fault and a language."""
TURKISH = (
    "Ada elinde fenerle iskeleye iniyor. Feribottan başka kimin indiğini bilmek istiyor. Piet uzakta duruyor "
    "ve defteri gösteriyor, sayılar tutuyor. Ada yine soruyor, kimse yanıt vermiyor, deniz susuyor, sis."
)


def test_faults_that_were_written_blind_are_caught(capsys: pytest.CaptureFixture[str]) -> None:
    planted, caught, left_out, past = Counter[Key](), Counter[Key](), Counter[Key](), []
    for case in (each for lot in LOTS for each in faults(lot)):
        key = (case.kind, case.language)
        if not case.tells():
            left_out[key] += 1
            continue
        planted[key] += 1
        caught[key] += case.refusal() is not None
        if case.refusal() is None:
            past.append(shown(case))
    with capsys.disabled():
        print(f"\n{'fault written blind':32}{'en':>12}{'zh':>12}")
        for kind in sorted({kind for kind, _ in planted}):
            cells = [f"{caught[kind, each]} of {planted[kind, each]}" for each in ("en", "zh")]
            print(f"{kind:32}" + "".join(f"{cell:>12}" for cell in cells))
        print(f"left out, for the answer is refused without them too: {left_out.total()}")
        print("\n".join(past))
    assert left_out.total() <= 0.05 * planted.total(), left_out
    for key, count in planted.items():
        assert count >= 20, key
        assert caught[key] >= LEAST.get(key[0], 0.9) * count, (key, caught[key], count)


def test_sound_answers_that_were_written_blind_pass(capsys: pytest.CaptureFixture[str]) -> None:
    cases = [each for lot in LOTS for each in sound(lot)]
    refused = [f"{shown(each)}: {why.reason()}" for each in cases if (why := each.refusal())]
    with capsys.disabled():
        print(f"\nsound answers written blind: {len(refused)} of {len(cases)} refused")
        print("\n".join(refused))
    assert len(cases) >= 100
    assert len(refused) <= 0.05 * len(cases), refused


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ('Ada lifts the cap. "Je ne sais pas où il est," says Piet, and she writes it down.', "en", ""),
        ("They meet at the Café de la Gare, where Herr von der Tann waits on a bench in the sun.", "en", ""),
        ("She waits. Sie wartet auf der Treppe und sieht nicht zu ihm hinauf. He goes.", "en", "German"),
        ("She waits. Elle reste dans la rue et ne le regarde pas. He goes.", "en", "French"),
        ("She waits. Ella se queda en la calle y no lo mira. He goes.", "en", "Spanish"),
        ("She waits. 她站在街上，没有看他一眼。 He goes.", "en", "Chinese"),
        ("The sign says 小满诊所 and the paint is wet.", "en", ""),
        ("He 舔了舔笔尖, and it leaves a mark there.", "en", "Chinese"),
        (TURKISH, "en", "another language"),
        (f"She waits for the ferry. He looks at her book. {TURKISH}", "en", "another language"),
        ("She waits. Она стоит на улице. He goes.", "en", "another script"),
        ("小满站住。她听见有人说：“I do not know what you mean by that.”", "zh", ""),
        ("小满在 Vancouver Film Academy 读过两年书，回来以后开了这间店。", "zh", ""),
        ("小满站住。The old man does not look at her at all. 她走了。", "zh", "English"),
        ("小满はゆっくりと立ち上がって、窓の外を見た。", "zh", "Japanese"),
        ("小满走进一家叫“猫の家”的小店。", "zh", ""),
        ("冯经理忙用手去 rub his chin，then he 把钢笔套上 and closed it，看着桌子不说话。", "zh", "English"),
        ("收音机里放着 The End of the Road，他把 of 念成了“奥夫”。", "zh", ""),
        ("酒馆叫 End of the Road。她推门进去。过了三年，她又走过 End of the Road，门关着。", "zh", ""),
    ],
)
def test_a_sentence_in_another_language_is_found_and_a_name_or_a_speech_is_not(
    text: str, language: str, found: str
) -> None:
    assert foreign(text, language) == found


def test_hostile_texts_take_time_in_proportion() -> None:
    for text in ("a" * 199_000, "a," * 99_000, '"a' * 99_000, "汉" * 199_000, "der die " * 24_000):
        began = time.process_time()
        for language in ("en", "zh"):
            foreign(text, language)
        assert time.process_time() - began < 5, text[:9]
