"""A scripted rater: four pairs of hands that do the same on a page, and a log of what they did."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from annotations.models import Answer, Assignment, Mark

COUNTED = ("choice-", "strength-", "score-", "knew-")


@dataclass
class Did:
    """What was done to one assignment: (field, value) in order, and marks as (side, kind, words, note)."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    marks: list[tuple[str, str, str, str]] = field(default_factory=list)

    def last(self) -> dict[str, str]:
        return {name: value for name, value in dict(self.fields).items() if value}

    def changes(self) -> list[tuple[str, str]]:
        """Every value that a choice, strength, score or box was given, in order."""
        return [(name, value) for name, value in self.fields if name.startswith(COUNTED)]


def kept(held: Assignment) -> Did:
    """What the database holds of one assignment that was sent; texts of marks by their offsets."""
    rows: dict[str, str] = {}
    for one in held.judgments.select_related("criterion"):
        rows[f"choice-{one.criterion.slug}"] = one.choice
        if one.strength is not None:
            rows[f"strength-{one.criterion.slug}"] = str(one.strength)
    rows |= {f"score-{one.side}": str(one.value) for one in held.scores.all()}
    rows |= {f"knew-{side}": "on" for side in ("left", "right") if getattr(held, f"knew_{side}")}
    note = Answer.objects.filter(assignment=held).values_list("content__note", flat=True).first()
    rows |= {name: words for name, words in (("reason", held.reason), ("note", note)) if words}
    return Did(list(rows.items()), [_marked(held, mark) for mark in held.marks.order_by("pk")])


def _marked(held: Assignment, mark: Mark) -> tuple[str, str, str, str]:
    text = held.slot.sides[mark.side].text
    words = "" if mark.start is None else text[mark.start : mark.end]
    return mark.side, mark.error_class, words, mark.note


def changes_kept(held: Assignment) -> list[tuple[str, str]]:
    """In the order in which they were made."""
    return list(held.changes.order_by("at", "pk").values_list("field", "value"))


class Mouse:
    """Presses what can be seen."""

    saves = True

    def __init__(self, page: Page) -> None:
        self.page = page
        self.did: dict[str, Did] = {}

    @property
    def log(self) -> Did:
        return self.did.setdefault(self.page.url.rstrip("/").rsplit("/", 1)[-1], Did())

    def press(self, what: str) -> None:
        self.page.locator(what).first.click()

    def tick(self, name: str, value: str) -> None:
        """A box or a radio button of a plain page."""
        self.press(f'label:has([name="{name}"][value="{value}"])' if value else f'label:has([name="{name}"])')

    def choose(self, name: str, value: str) -> None:
        self.tick(name, value)
        self._chose(name, value)

    def _chose(self, name: str, value: str) -> None:
        """A strength goes with the choice that it belonged to, where scripts run."""
        before = self.log.last()
        self.log.fields.append((name, value))
        strength = name.replace("choice-", "strength-")
        if self.saves and strength != name and strength in before and before.get(name) != value:
            self.log.fields.append((strength, ""))

    def knew(self, side: str) -> None:
        self.tick(f"knew-{side}", "")
        self.log.fields.append((f"knew-{side}", "on"))

    def focus(self, what: str) -> None:
        self.press(what)

    def write(self, name: str, words: str) -> None:
        """Type at the end of what stands there."""
        self.focus(f"#{name}")
        self.page.keyboard.press("Control+End")
        self._type(words)
        self.log.fields.append((name, self.log.last().get(name, "") + words))

    def _type(self, words: str) -> None:
        self.page.keyboard.type(words)

    def note(self, words: str) -> None:
        self.press('[data-sheet-open="notes"]')
        self.write("note", words)
        self.press('[data-sheet="notes"] [data-sheet-close]')

    def look_at(self, side: str) -> None:
        """On a wide screen both are there."""

    def mark(self, side: str, kind: str, words: str, note: str) -> None:
        self.look_at(side)
        self.select(line(self.page, side, words), words)
        self.press(f'[data-mark-class="{kind}"]')
        self._noted(note)
        self.press("[data-mark-done]")
        self.log.marks.append((side, kind, words, note))

    def _noted(self, note: str) -> None:
        # Where the kind is chosen the note has the focus.
        expect(self.page.locator("[data-mark-note]")).to_be_focused()
        self._type(note)

    def select(self, where: Locator, words: str) -> None:
        where.evaluate("node => node.scrollIntoView({ block: 'center' })")
        left, right, middle = where.evaluate(
            """(node, words) => {
                const range = document.createRange();
                const at = node.firstChild.data.indexOf(words);
                range.setStart(node.firstChild, at);
                range.setEnd(node.firstChild, at + words.length);
                const box = range.getBoundingClientRect();
                return [box.left, box.right, (box.top + box.bottom) / 2];
            }""",
            words,
        )
        self.page.mouse.move(left + 1, middle)
        self.page.mouse.down()
        self.page.mouse.move((left + right) / 2, middle)
        self.page.mouse.move(right, middle)
        self.page.mouse.up()

    def saved(self) -> None:
        expect(self.page.locator("[data-saved]")).to_have_attribute("data-state", "saved")

    def send(self) -> None:
        self.press('[name="then"][value="next"]')


class Keys(Mouse):
    """Tab, space, arrows and the page's own keys: no pointer at all."""

    OVERALL = {"left": "a", "right": "b", "tie": "3", "neither": "0"}
    STRENGTH = {"1": "q", "2": "w", "3": "e"}

    def tab_to(self, what: str) -> None:
        for _ in range(150):
            if self.page.evaluate("what => Boolean(document.activeElement?.matches(what))", what):
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"Tab never reaches {what}")

    focus = tab_to

    def press(self, what: str) -> None:
        self.tab_to(what)
        self.page.keyboard.press("Enter")

    def tick(self, name: str, value: str) -> None:
        self.tab_to(f'[name="{name}"]')
        self.page.keyboard.press("Space")
        wanted = f'[name="{name}"][value="{value}"]' if value else f'[name="{name}"]'
        for _ in range(15):
            if self.page.locator(wanted).is_checked():
                return
            self.page.keyboard.press("ArrowRight")
        pytest.fail(f"the arrows never reach {wanted}")

    def choose(self, name: str, value: str) -> None:
        key = {"choice-overall": self.OVERALL, "strength-overall": self.STRENGTH}.get(name, {}).get(value)
        if key:
            # Among the other questions the same keys answer those: back to the scripts first.
            if self.page.evaluate("Boolean(document.activeElement?.closest('.questions'))"):
                self.page.keyboard.press("g")
            self.page.keyboard.press(key)
        else:
            self.tick(name, value)
        self._chose(name, value)

    def note(self, words: str) -> None:
        self.page.keyboard.press("n")
        self.write("note", words)
        self.page.keyboard.press("Escape")

    def mark(self, side: str, kind: str, words: str, note: str) -> None:
        """Keys mark the whole line in which the words stand."""
        self.tab_to(f'[data-pane="{side}"] [data-scroll]')
        for _ in range(40):
            self.page.keyboard.press("j")
            whole = str(self.page.evaluate("document.activeElement.textContent"))
            if words in whole:
                break
        else:
            pytest.fail(f"j never reaches {words}")
        self.page.keyboard.press("m")
        self.press(f'[data-mark-class="{kind}"]')
        self._noted(note)
        self.page.keyboard.press("Enter")
        self.log.marks.append((side, kind, whole, note))

    def send(self) -> None:
        self.page.keyboard.press("Control+Enter")


class Touch(Mouse):
    """Taps, on a narrow screen. A long press selects by the system: what it leaves is a selection."""

    def press(self, what: str) -> None:
        self.page.locator(what).first.tap()

    def _type(self, words: str) -> None:
        self.page.keyboard.insert_text(words)

    def _noted(self, note: str) -> None:
        # The keyboard of a phone comes only when the note is touched.
        self.press("[data-mark-note]")
        self._type(note)

    def look_at(self, side: str) -> None:
        self.press(f'[data-show="{side}"]')
        expect(self.page.locator(f'[data-pane="{side}"]')).to_be_visible()

    def select(self, where: Locator, words: str) -> None:
        where.evaluate(
            """(node, words) => {
                node.scrollIntoView({ block: "center" });
                const at = node.firstChild.data.indexOf(words);
                getSelection().setBaseAndExtent(node.firstChild, at, node.firstChild, at + words.length);
            }""",
            words,
        )


class Plain(Mouse):
    """The mouse on pages without scripts: nothing is saved before it is sent, marks have no passage."""

    saves = False

    def note(self, words: str) -> None:
        self.write("note", words)

    def mark(self, side: str, kind: str, words: str, note: str) -> None:
        self.press(f'[data-marks="{side}"] summary')
        self.page.locator(f'[name="mark-{side}-1-class"]').select_option(kind)
        self.page.locator(f'[name="mark-{side}-1-note"]').fill(note)
        self.log.marks.append((side, kind, "", note))

    def saved(self) -> None:
        """There is nothing to wait for."""


def line(page: Page, side: str, words: str) -> Locator:
    return page.locator(f'[data-pane="{side}"] [data-o]', has_text=words).first


def stored(page: Page) -> list[Any]:
    """What of answers lies in the browser's storage."""
    return list(
        page.evaluate(
            """() => new Promise((done) => {
                const asked = indexedDB.open("answers", 1);
                asked.onupgradeneeded = () => asked.result.createObjectStore("answers");
                asked.onsuccess = () => {
                    const all = asked.result.transaction("answers").objectStore("answers").getAllKeys();
                    const names = [...Object.keys(localStorage), ...Object.keys(sessionStorage)];
                    all.onsuccess = () => { asked.result.close(); done([...names, ...all.result]); };
                };
            })"""
        )
    )
