"""What is measured of a script before people judge it. Expected numbers are counted by hand."""

import time

import pytest

from generation.screenplay import parse
from generation.screenplay.model import Builder, Kind
from generation.script_metrics.measures import (
    BriefText,
    Fitness,
    Shingles,
    brief_text,
    is_inner,
    measure_text,
    prose_share,
    repetition,
    unknown_speakers,
)
from tests import pace
from tests.generation.screenplay.clean_scripts import clean

EN = """INT. LOFT - DAY

Dust, twenty-one years of it, on every single board.

KESTREL (V.O.)
(low)
You can't take that down with you.

MARA
Watch me.
"""
ZH = """1-1　阁楼　日　内
人物：林晓、林母
△灰尘，二十年了。
林晓（OS）：不行，这个不能拿走。
林母：你看着。
"""
BRIEF = BriefText("en", 25, ("Kestrel Vane", "Mara Oduya"), "Mara finds the loft. Lunn waits below.")
BRIEF_ZH = BriefText("zh", 40, ("林晓", "林母"), "林晓在阁楼里。小何在楼下。")


def of(text, brief=BRIEF, **more):
    return measure_text(parse(text, brief.language), brief, **more)


def test_a_sound_english_script():
    # INT LOFT DAY 3, action 9, KESTREL V O 3, low 1, speech 7, MARA 1, Watch me 2: 26 words, 9 of them spoken
    found = of(EN)
    assert found.length == 26
    assert found.length_ratio == pytest.approx(26 / 25)
    assert found.dialogue_share == pytest.approx(9 / 26)
    assert (found.lines_recognised, found.heading_complete, found.speakers_known) == (1, 1, 1)
    assert (found.markup, found.prose_in_action, found.repetition, found.strangers) == (0, 0, 0, ())
    assert found.language_right
    assert (found.nearest_other, found.human_overlap) == (None, None)


def test_a_sound_chinese_script():
    found = of(ZH, BRIEF_ZH)
    # 阁楼日内 4, 林晓林母 4, 灰尘二十年了 6, 林晓 2, 不行这个不能拿走 8, 林母 2, 你看着 3
    # make 29, 11 of them spoken
    assert (found.length, found.dialogue_share) == (29, pytest.approx(11 / 29))
    assert (found.lines_recognised, found.heading_complete, found.speakers_known) == (1, 1, 1)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("INT. LOFT - DAY", 1.0),
        ("INT. LOFT", 0.0),
        ("INT./EXT. CAR, MOVING - NIGHT", 1.0),
        ("EXT. - DAY", 0.0),
    ],
)
def test_a_heading_is_complete_with_place_and_time(text, share):
    assert of(f"{text}\n\nDust.\n").heading_complete == share


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("1-1　阁楼　日　内", 1.0),
        ("1-1　阁楼　日", 0.0),
        ("第3场　林家客厅　清晨　外", 1.0),
        ("1-2　日　内", 0.0),
    ],
)
def test_a_chinese_heading_is_complete_with_place_time_and_side(text, share):
    assert of(f"{text}\n△灰尘。\n", BRIEF_ZH).heading_complete == share


def test_without_a_heading_none_is_complete():
    assert of("Dust.\n\nMARA\nNo.\n").heading_complete == 0


def test_speakers_of_the_brief():
    speakers = ("KESTREL", "MARA ODUYA", "LUNN", "RADIO VOICE", "MARA & KESTREL", "BOSUN")
    assert unknown_speakers(speakers, BRIEF) == ("BOSUN",)
    assert unknown_speakers(("林晓（OS）", "小何", "众人", "林晓、林母", "老顾"), BRIEF_ZH) == ("老顾",)


def test_lines_that_leave_the_layout_are_counted():
    # Four printed lines, of which the name without a speech is one.
    found = of("INT. LOFT - DAY\n\nDust.\n\nMARA\nNo, and no again.\n\n@KESTREL\n\nDust again.\n")
    assert 0.5 < found.lines_recognised < 1


def test_leftover_markup_is_counted():
    assert of("INT. LOFT - DAY\n\nDust.<br>\n\nMARA\nSee [this](http://x).\n").markup == 2


@pytest.mark.parametrize(
    ("text", "language", "inner"),
    [
        ("She thinks of the summer by the lake.", "en", True),
        ("He had always known it would end so.", "en", True),
        ("Mara stops, thinks, puts the key back.", "en", False),
        ("The clock says three.", "en", False),
        ("她心想，他不会来了。", "zh", True),
        ("往事涌上心头。", "zh", True),
        ("她站住，没有回头。", "zh", False),
    ],
)
def test_what_no_camera_takes_is_prose(text, language, inner):
    assert is_inner(text, language) is inner


def test_prose_counts_by_length():
    # 8 of 12 words are told from within.
    assert prose_share(["She thinks of the summer by the lake.", "The clock says three."], "en") == 8 / 12
    assert (
        prose_share(["word " * 91, "Nine words are here, and nobody thinks any thought."], "en") == 91 / 100
    )
    assert prose_share([], "en") == 0


def test_repetition_is_the_share_of_runs_met_before():
    # Eight words, five runs of four; the last one repeats the first.
    assert repetition("a b c d a b c d", "en") == pytest.approx(1 / 5)
    assert repetition("甲乙丙丁戊己庚辛壬", "zh") == 0
    assert repetition("", "en") == 0


def test_overlap_with_others():
    text = "one two three four five six seven eight nine"
    mine, other = Shingles.of(text, "en"), Shingles.of(f"Zero. {text.upper()[:-5]}", "en")
    # Two runs of eight, of which "one ... eight" stands in the other text as well.
    assert mine.share_in(other) == 1 / 2
    assert mine.share_in(Shingles.of("", "en")) == 0
    said = "We never had the whole of that money in one place"
    script = f"INT. LOFT - DAY\n\nDust.\n\nMARA\n{said}.\n"
    copied = of(
        script, others=[Shingles.of("else", "en"), Shingles.of(said, "en")], human=Shingles.of(said, "en")
    )
    assert copied.nearest_other == copied.human_overlap == 4 / 5  # the run that begins with "Dust" is new
    assert copied.brief_overlap == 0


def test_the_wrong_language_is_seen():
    assert not of(EN, BRIEF_ZH).language_right


def test_the_brief_as_systems_get_it():
    content = {
        "language": "en", "target_length": 500, "outline": "o", "previous_context": "", "guideline": "g",
        "characters": [{"name": "Mara", "profile": "A diver."}],
    }  # fmt: skip
    assert brief_text(content) == BriefText("en", 500, ("Mara",), "o\n\ng\nMara A diver.")


def test_many_scripts_take_seconds():
    scripts = [parse(clean("zh", number), "zh") for number in range(50)]
    began = time.process_time()
    others = [Shingles.of(script.text, "zh") for script in scripts[:4]]
    found = [measure_text(script, BRIEF_ZH, others, others[0]) for script in scripts]
    assert isinstance(found[0], Fitness)
    assert time.process_time() - began < pace.seconds(0.5)  # a thousand in ten seconds at the slowest


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", ["a", "我", "[", "**", "<", "“", "she thinks ", "A-", "INT. A - ", "心", "、"]
)
def test_hostile_text_is_measured_in_two_seconds(piece):
    """One megabyte of it, as one action line: what a text holds must not make an expression run wild."""
    for language, brief in (("en", BRIEF), ("zh", BRIEF_ZH)):
        builder = Builder(language, "fountain")
        text = piece * (1_000_000 // len(piece.encode()))
        builder.add(Kind.HEADING, text[:100_000], 1)
        builder.add(Kind.CHARACTER, text[:100_000], 2)
        builder.add(Kind.ACTION, text, 3)
        script = builder.script()
        began = time.process_time()
        measure_text(script, brief)
        assert time.process_time() - began < pace.seconds(2)
