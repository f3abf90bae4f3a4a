"""Desk, browser: whole studies from the link to the completion code store exactly what the rater did.

The rater's own log is the measure: every field in the order in which it was set, every mark with its words.
"""

import os
import select
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from annotations.models import Answer, Assignment, Consent, Guess, Pairing, Rater, Slot, Study
from tests.annotations.desk.cast import make_study, newcomer
from tests.annotations.desk.hands import Keys, Mouse, Plain, Touch, changes_kept, kept, stored
from tests.annotations.desk.participation_cast import COMPLETION, DEBRIEFING, PAY, PRACTICE, with_practice
from tests.annotations.desk.test_enter_steps import CHECKS, CONSENT
from tests.browser import ARGUMENTS, NAMES, NARROW, PATIENCE_MS, chromium, visit

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OTHERS = ("character", "dialogue", "format")
WORDS = {
    "en": (
        "She never lifts the rec",
        "eiver, I think.",
        "too early",
        "B again?",
        "chair, the",
    ),
    "zh": ("她一直没拿起听筒，我们也不知", "道为什么。", "来得太早", "又是乙稿？", "把椅子，"),
}
GUESSES = (("human", "2"), ("machine", "3"), ("unsure", ""))
Cut = Callable[[Mouse], None]


def study_of(language: str = "en", pairs: int = 3) -> Study:
    """Two pairs to practise on, some to judge of which the last is a check, and all that comes after."""
    study = make_study(
        pairs=pairs,
        seats=1,
        language=language,
        consent=CONSENT,
        checks=CHECKS,
        pay=PAY,
        practice=PRACTICE,
        sittings={"pairs": 2, "break_minutes": 15},
        guess={"when": "last", "scripts": 3},
        debriefing=DEBRIEFING,
        completion=COMPLETION,
    )
    check = f"tapirbrief{pairs - 1}"
    study.briefs.filter(slug=check).update(role="check")
    Pairing.objects.filter(study_brief__slug=check).update(kind="check", worse="second")
    return with_practice(study, language=language)


def come_in(hand: Mouse, secret: str) -> None:
    hand.page.goto(f"/r/{secret}/")
    hand.press("main .btn-primary")
    hand.page.wait_for_url(lambda url: secret not in url)


def begin(hand: Mouse, secret: str) -> None:
    """From the link to the first pair."""
    come_in(hand, secret)
    hand.page.wait_for_url("**/consent/")
    hand.tick("agree", "")
    hand.tick("training_use", "")
    hand.press("main .btn-primary")
    hand.page.wait_for_url("**/profile/")
    for name, value in (("years", "6-10"), ("credits", "1-5"), ("role", "writer")):
        hand.tick(name, value)
    hand.press("main .btn-primary")
    hand.page.wait_for_url("**/instructions/")
    hand.press("main .btn-primary")
    hand.page.wait_for_url("**/r/a/*/")


def practise(hand: Mouse) -> None:
    """Two pairs, of which the first script is the damaged one, wherever it stands."""
    for _ in range(2):
        shown = hand.page.locator('[data-pane="left"] .script').text_content() or ""
        better = "right" if "first" in shown else "left"
        hand.choose("choice-overall", better)
        hand.send()
        hand.page.wait_for_url("**/practised/")
        hand.press("main .btn-primary")
        hand.page.wait_for_url("**/r/a/*/")


def answer_others(hand: Mouse, choice: str, scores: tuple[str, str]) -> None:
    for name in OTHERS:
        hand.choose(f"choice-{name}", choice)
    for side, score in zip(("left", "right"), scores, strict=True):
        hand.choose(f"score-{side}", score)


def judge(hand: Mouse, number: int, language: str, cut: Cut | None) -> None:
    """One pair: marks, a first choice and a change of mind, the rest, words in which the line is cut."""
    half, rest, noted, private, words = WORDS[language]
    where = hand.page.url
    sides = ("left", "right") if number % 2 else ("right",)
    for side, kind in zip(sides, ("pacing", "plot"), strict=False):
        hand.mark(side, kind, words, noted)
    first, then = ("left", "right") if number % 2 else ("neither", "left")
    hand.choose("choice-overall", first)
    hand.saved()
    if hand.saves:
        hand.choose("choice-overall", then)
        hand.saved()
    if then in ("left", "right") and hand.saves:
        hand.choose("strength-overall", str(number % 3 + 1))
    if not (cut and number % 2 == 0):
        answer_others(hand, "tie", (str(number + 2), str(12 - number)))
    if number % 2 == 0:
        hand.write("reason", half)
        hand.saved()
        if cut:
            cut(hand)
        else:
            hand.write("reason", rest)
            hand.knew("right")
    hand.note(private)
    hand.saved()
    hand.send()
    hand.page.wait_for_url(lambda url: url != where)


def guess(hand: Mouse) -> dict[str, tuple[str, str]]:
    """Answers by the text that was shown."""
    hand.page.wait_for_url("**/guess/")
    found = {}
    for number, (origin, sure) in enumerate(GUESSES, start=1):
        shown = hand.page.locator(".reread").nth(number - 1).text_content() or ""
        hand.tick(f"origin-{number}", origin)
        if sure:
            hand.tick(f"confidence-{number}", sure)
        found[shown] = (origin, sure)
    hand.press("main .btn-primary")
    return found


def leave(hand: Mouse, earned: str, debriefing: str) -> None:
    hand.page.wait_for_url("**/debriefing/")
    expect(hand.page.locator("main")).to_contain_text(debriefing)
    hand.press("main .btn-primary")
    hand.page.wait_for_url("**/done/")
    expect(hand.page.locator("main")).to_contain_text("QUINCE7")
    expect(hand.page.locator("main")).to_contain_text(earned)


def whole(hand: Mouse, secret: str, language: str, cut: Cut | None) -> dict[str, tuple[str, str]]:
    begin(hand, secret)
    practise(hand)
    pairs = Slot.objects.filter(phase="main").count()
    for number in range(1, pairs + 1):
        judge(hand, number, language, cut if number == 2 else None)
        if number == 2:
            hand.page.wait_for_url("**/break/")
            hand.press("main form .btn")
            hand.page.wait_for_url("**/r/a/*/")
    guesses = guess(hand)
    leave(hand, f"{Decimal(PAY['per_pair']) * pairs}", DEBRIEFING[language])
    return guesses


def is_part(found: list[tuple[str, str]], of: list[tuple[str, str]]) -> bool:
    """Whether `found` is `of` with gaps, and ends and begins as it does."""
    rest = iter(of)
    return all(value in rest for value in found) and (found[0], found[-1]) == (of[0], of[-1])


def first_of(changes: list[tuple[str, str]], field: str) -> str:
    return next(value for name, value in changes if name == field)


def agree(hand: Mouse, *, exact: bool = True) -> None:
    """Hold the database against the log. Arrows pass by radio buttons that the log does not name."""
    sent = {one.code: one for one in Assignment.objects.all()}
    assert sent.keys() == hand.did.keys()
    for code, did in hand.did.items():
        found = kept(sent[code])
        assert found.last() == did.last()
        assert found.marks == sorted(did.marks, key=lambda mark: mark[0])
        changes, made = changes_kept(sent[code]), did.changes()
        if not hand.saves:
            # All at once, when the form is sent.
            changes, made = sorted(changes), sorted(made)
        assert changes == made if exact else is_part(made, changes)
        assert {name for name, _ in changes} == {name for name, _ in made}
        for one in sent[code].judgments.select_related("criterion"):
            assert one.first_choice == first_of(made if exact else changes, f"choice-{one.criterion.slug}")


def guesses_agree(told: dict[str, tuple[str, str]]) -> None:
    """Each guess hangs on the script whose text was on the page, and on none that the rater knew."""
    found = {}
    for one in Guess.objects.select_related("assignment__slot__pairing__first"):
        assert not getattr(one.assignment, f"knew_{one.side}")
        found[one.assignment.slot.sides[one.side].text] = (one.origin, str(one.confidence or ""))
    assert sorted(found.values()) == sorted(told.values())
    for text, answer in found.items():
        last = text.splitlines()[-1]
        assert answer in [said for shown, said in told.items() if last in shown]


def the_way_agrees() -> None:
    rater = Rater.objects.get()
    assert Consent.objects.get().training_use
    assert {name: rater.profile[name] for name in ("years", "credits", "role")} == {
        "years": "6-10",
        "credits": "1-5",
        "role": "writer",
    }
    assert rater.practised_at
    assert rater.finished_at
    assert rater.guessed_at
    assert rater.debriefed_at
    states = list(Assignment.objects.order_by("pk").values_list("state", "slot__pairing__kind"))
    assert states[:2] == [("practised", "practice")] * 2
    assert states[2:-1] == [("submitted", "main")] * (Slot.objects.filter(phase="main").count() - 1)
    assert states[-1] == ("submitted", "check")


def without_a_line(hand: Mouse) -> None:
    """The line is cut in the middle of a sentence, the sentence goes on, and the line comes back."""
    hand.page.context.set_offline(True)
    hand.write("reason", WORDS["en"][1])
    have_second_thoughts(hand)
    expect(hand.page.locator("[data-saved]")).to_have_attribute("data-state", "unsaved")
    hand.page.context.set_offline(False)
    hand.saved()
    told_later(hand)


def have_second_thoughts(hand: Mouse) -> None:
    """First choices and others, faster than anything is sent."""
    scored = hand.page.locator('[name="score-right"]').count()
    if not scored:
        hand.choose("score-left", "12")
        hand.choose("score-left", "2")
        return
    answer_others(hand, "left", ("3", "11"))
    hand.choose("choice-overall", "right")
    answer_others(hand, "tie", ("4", "10"))
    hand.choose("choice-overall", "left")
    hand.knew("right")


def told_later(hand: Mouse) -> None:
    """What was changed without a line stands with the times at which it was, not with that of its arrival."""
    held = Assignment.objects.get(state="open")
    told = list(held.changes.exclude(page="").order_by("at", "pk"))
    together = [one for one in told if one.arrived_at == told[-1].arrived_at]
    assert len(together) >= 2
    # A strength that goes with its choice went in the same moment.
    alone = [one for one in together if one.value or not one.field.startswith("strength-")]
    assert len({one.at for one in alone}) == len(alone)
    assert all(one.at < one.arrived_at for one in together)


def test_with_the_mouse(live_server: LiveServer) -> None:
    secret = newcomer(study_of(pairs=4)).secret
    with visit(live_server.url) as context:
        hand = Mouse(context.new_page())
        told = whole(hand, secret, "en", without_a_line)
        assert stored(hand.page) == []
    agree(hand)
    guesses_agree(told)
    the_way_agrees()
    for one in Assignment.objects.all():
        assert one.layout == "columns"
        # Measured, though this hand is quicker than anybody reads.
        assert None not in (one.share_read_left, one.share_read_right)


def test_with_the_keyboard_alone(live_server: LiveServer) -> None:
    secret = newcomer(study_of()).secret
    with visit(live_server.url) as context:
        hand = Keys(context.new_page())
        told = whole(hand, secret, "en", without_a_line)
        assert stored(hand.page) == []
    agree(hand, exact=False)
    guesses_agree(told)
    the_way_agrees()


def test_without_javascript(live_server: LiveServer) -> None:
    secret = newcomer(study_of()).secret
    with visit(live_server.url, script=False) as context:
        hand = Plain(context.new_page())
        told = whole(hand, secret, "en", None)
    agree(hand)
    guesses_agree(told)
    the_way_agrees()


def browser_on(folder: Path, base: str) -> BrowserContext:
    """A phone whose browser keeps its profile on disk."""
    path = next(path for path in map(shutil.which, NAMES) if path)
    context = chromium().browser_type.launch_persistent_context(
        folder,
        executable_path=path,
        args=ARGUMENTS,
        base_url=base,
        viewport=NARROW,
        has_touch=True,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([{"name": "django_language", "value": "zh-hans", "url": base}])
    return context


def kill(folder: Path) -> None:
    """SIGKILL for the browser that has this profile; what it started ends with it, and is waited for: as long
    as it lives nobody else can open what is kept in the profile."""
    alive: list[int] = []
    for process in Path("/proc").iterdir():
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0") if process.name.isdigit() else []
            if f"--user-data-dir={folder}".encode() not in words:
                continue
            alive.append(os.pidfd_open(int(process.name)))
            if not any(word.startswith(b"--type=") for word in words):
                os.kill(int(process.name), signal.SIGKILL)
    for one in alive:
        ended, _, _ = select.select([one], [], [], PATIENCE_MS / 1000)
        os.close(one)
        assert ended, "a killed browser's processes end"


def test_by_touch_in_chinese_with_a_browser_that_is_killed(live_server: LiveServer, tmp_path: Path) -> None:
    reader = newcomer(study_of("zh"))
    profile = tmp_path / "profile"
    hand = Touch(browser_on(profile, live_server.url).pages[0])

    def crash(hand: Mouse) -> None:
        context, where = hand.page.context, hand.page.url
        context.set_offline(True)
        hand.write("reason", WORDS["zh"][1])
        have_second_thoughts(hand)
        expect(hand.page.locator("[data-saved]")).to_have_attribute("data-state", "unsaved")
        # What is asked of the browser's own database is answered once all that was put there is kept.
        assert stored(hand.page)
        kill(profile)
        with suppress(Exception):
            context.close()
        assert Answer.objects.get(assignment__state="open").content["reason"] == WORDS["zh"][0]
        hand.page = browser_on(profile, live_server.url).pages[0]
        come_in(hand, reader.secret)
        assert hand.page.url == where
        expect(hand.page.locator("#reason")).to_have_value(WORDS["zh"][0] + WORDS["zh"][1])
        hand.saved()
        told_later(hand)

    told = whole(hand, reader.secret, "zh", crash)
    assert stored(hand.page) == []
    hand.page.context.close()
    agree(hand)
    guesses_agree(told)
    the_way_agrees()
    assert set(Assignment.objects.values_list("layout", flat=True)) == {"single"}


def test_one_script_at_a_time(live_server: LiveServer) -> None:
    study = make_study(
        pairs=3,
        seats=1,
        single=True,
        pay=PAY,
        guess={"when": "last", "scripts": 3},
        debriefing=DEBRIEFING,
        completion=COMPLETION,
    )
    secret = newcomer(study).secret
    half, _rest, noted, private, words = WORDS["en"]
    with visit(live_server.url) as context:
        hand = Mouse(context.new_page())
        begin(hand, secret)
        for number in range(1, 4):
            where = hand.page.url
            hand.mark("left", "character", words, noted)
            hand.choose("score-left", str(number))
            hand.saved()
            hand.choose("score-left", str(number + 6))
            hand.write("reason", half)
            if number == 2:
                hand.saved()
                without_a_line(hand)
            hand.note(private)
            hand.saved()
            hand.send()
            hand.page.wait_for_url(lambda url, where=where: url != where)
        told = guess(hand)
        leave(hand, "37.50", DEBRIEFING["en"])
        assert stored(hand.page) == []
    agree(hand)
    guesses_agree(told)
    assert set(Assignment.objects.values_list("state", "switches", "read_right_s")) == {
        ("submitted", None, None)
    }
