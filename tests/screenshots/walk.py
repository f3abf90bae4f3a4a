"""One rater's way in a browser, from the link to having left; a picture at every step."""

from collections.abc import Callable
from typing import Literal

from playwright.sync_api import Page

from tests.screenshots.site import undamaged
from tests.servers import LiveStack

Take = Callable[[str, bytes], None]
"""`take(name, png)` stores what is seen."""
MAIN = "main .btn-primary"
NOTES = {
    "en": "A waits too long for the turn. B has the better last line.",
    "zh": "A 的转折来得太晚；B 的最后一句好。",
}
MARKED = {"en": "He would not say this to her face.", "zh": "他不会当面对她说这句话。"}
REASON = {"en": "B turns on what she does not say.", "zh": "B 的戏在她没说出口的话里。"}


class Walk:
    """A rater who reads `language` in a window that is `narrow` or not."""

    def __init__(self, stack: LiveStack, page: Page, language: Literal["en", "zh"], take: Take) -> None:
        self.stack, self.page, self.language, self.take = stack, page, language, take
        self.narrow = bool(page.viewport_size and page.viewport_size["width"] < 992)

    def all(self, link: str) -> None:
        self.way_in(link)
        self.practice()
        self.look_at_a_pair()
        self.pairs()
        self.ending()

    def see(self, name: str, *, full: bool = True, of: str = "") -> None:
        """The whole page, or what the window shows, or one part of it alone."""
        self.page.mouse.move(0, 0)
        self.page.evaluate("document.fonts.ready")
        page = self.page
        self.take(name, page.locator(of).screenshot() if of else page.screenshot(full_page=full))

    def press(self, selector: str = MAIN) -> None:
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()

    def way_in(self, link: str) -> None:
        page = self.page
        page.goto(link)
        self.see("link")
        self.press()
        self.see("consent")
        page.locator('[name="agree"]').check()
        self.press()
        for name in ("years", "credits", "role"):
            page.locator(f'[name="{name}"]').nth(1).check()
        page.locator('[name="forms_written"]').first.check()
        self.see("profile")
        self.press()
        self.see("instructions")
        self.press()

    def practice(self) -> None:
        """A round with one passed over, and a round with both found."""
        self.see("practice", full=False)
        self.judge(found=False)
        self.see("practice-missed")
        self.press()
        self.judge(found=True)
        self.see("practice-again")
        self.press()
        self.judge(found=True)
        self.press()
        self.judge(found=True)
        self.see("practice-passed")
        self.press()

    def choose(self, name: str, value: str) -> None:
        """Choose by the button itself, which its label covers."""
        self.page.locator(f'[name="{name}"][value="{value}"]').evaluate("button => button.click()")

    def judge(self, *, found: bool | None = None, send: bool = True) -> None:
        """Answer everything and send it; in practice `found` says whether the whole script is chosen."""
        page = self.page
        side = "right"
        if found is not None:
            whole = undamaged(self.stack, str(page.locator("main").get_attribute("data-assignment")))
            side = whole if found else {"left": "right", "right": "left"}[whole]
        names = page.locator('main [name^="choice-"]').evaluate_all(
            "all => [...new Set(all.map(one => one.name))]"
        )
        for name in sorted(names, key=lambda name: name != "choice-overall"):
            self.choose(name, side)
        for score, value in (("score-left", "6"), ("score-right", "8")):
            if page.locator(f'[name="{score}"]').count():
                self.choose(score, value)
        if send:
            self.press('[name="then"][value="next"]')

    def look_at_a_pair(self) -> None:
        page = self.page
        self.see("judge", full=False)
        page.locator("#scripts").evaluate("node => window.scrollTo(0, node.offsetTop)")
        self.see("judge-read", full=False)
        if self.narrow:
            page.locator('[data-show="right"]').click()
            self.see("judge-other", full=False)
            page.locator('[data-show="left"]').click()
        else:
            page.locator('[data-pane="right"] [data-scroll]').evaluate("node => node.scrollTo(0, 260)")
            self.see("judge-other", full=False)
        self.choose("choice-overall", "right")
        self.choose("strength-overall", "2")
        self.see("judge-choice", full=False)
        self.mark()
        self.sheets()
        self.press('[name="then"][value="next"]')
        self.see("judge-missing", full=False)
        self.judge(send=False)
        page.locator("#reason").fill(REASON[self.language])
        page.locator('[data-marks="left"] summary').click()
        page.locator('[data-marks="left"]').evaluate("node => node.scrollIntoView({block: 'center'})")
        self.see("judge-marks", full=False)
        self.see("judge-questions", of="#questions")

    def mark(self) -> None:
        page = self.page
        page.locator('[data-pane="left"] .sp-dialogue').nth(1).evaluate(
            """node => {
                node.scrollIntoView({block: "center"});
                const range = document.createRange();
                range.selectNodeContents(node);
                getSelection().removeAllRanges();
                getSelection().addRange(range);
                document.dispatchEvent(new Event("pointerup"));
            }"""
        )
        page.locator('[data-mark-class="character"]').click()
        page.locator("[data-mark-note]").fill(MARKED[self.language])
        self.see("judge-mark", full=False)
        page.locator("[data-mark-done]").click()

    def sheets(self) -> None:
        page = self.page
        for name in ("brief", "notes", "keys"):
            opener = page.locator(f'[data-sheet-open="{name}"]')
            if not opener.is_visible():
                continue
            opener.click()
            if name == "notes":
                page.locator("#note").fill(NOTES[self.language])
            self.see(f"judge-{name}", full=False)
            page.locator(f'[data-sheet="{name}"] [data-sheet-close]').click()

    def skip(self) -> None:
        page = self.page
        page.locator("main details.fold summary").last.click()
        page.locator('[data-skip] [name="reason"]').first.check()
        page.locator("[data-skip]").scroll_into_view_if_needed()
        self.see("judge-skip", full=False)
        self.press("[data-skip] button")

    def pairs(self) -> None:
        """What is left: one is skipped, the first proposed break is looked at, the rest is sent."""
        page = self.page
        self.press('[name="then"][value="next"]')
        self.skip()
        seen_break = False
        while "/guess/" not in page.url:
            if "/break/" in page.url:
                if not seen_break:
                    self.see("break")
                    page.goto(f"{self.stack.url}/r/go/pause/")
                    self.see("pause")
                    page.goto(f"{self.stack.url}/r/go/break/")
                seen_break = True
                self.press("main form .btn")
            else:
                self.judge()

    def ending(self) -> None:
        page = self.page
        self.choose("origin-1", "human")
        self.choose("confidence-1", "2")
        self.see("guess")
        self.press()
        self.see("debriefing")
        self.press()
        self.see("done")
        for name in ("statement", "withdraw"):
            page.goto(f"{self.stack.url}/r/go/{name}/")
            self.see(name)
        self.press('a[href$="?what=leave"]')
        self.see("withdraw-sure")
        self.press('button[value="leave"]')
        page.locator("main details summary").click()
        self.see("withdrawn")

    def single(self, link: str) -> None:
        """The page of one script, in a study of that kind."""
        page = self.page
        page.goto(link)
        self.press()
        page.locator('[name="agree"]').check()
        self.press()
        for name in ("years", "credits", "role"):
            page.locator(f'[name="{name}"]').nth(1).check()
        self.press()
        self.press()
        page.locator("#scripts").evaluate("node => window.scrollTo(0, node.offsetTop)")
        self.see("single", full=False)
