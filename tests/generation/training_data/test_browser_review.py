"""Reviewing in a real browser: by keys alone, drafts that outlive a reload, pages that everyone can read."""

import pytest
from django.urls import reverse
from playwright.sync_api import Route

from evalsite.core.models import User
from generation.training_data.datasets.building import build
from generation.training_data.datasets.reviewing import queue_of
from generation.training_data.models import Review
from tests.browser import NARROW, WIDE, axe_findings, overflow, visit
from tests.factories import person
from tests.generation.conftest import session_of
from tests.generation.training_data.finished import finished_run

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_a_review_by_keys_and_every_page_in_both_languages(live_server) -> None:
    run = finished_run(share=0.5, twice=0.0, filtered=True)
    una = person("una", role=User.Role.ADMIN)
    cookies = session_of(una, live_server.url)
    with visit(live_server.url, width=WIDE, language="en") as context:
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(live_server.url + reverse("generation-review", args=[run.code]))
        late: list[Route] = []
        page.route("**/js/review*.js", lambda route: late.append(route), times=1)
        with page.expect_request("**/js/review*.js"):
            page.locator(".page-head .btn-primary").click(no_wait_after=True)
        emotion = page.locator("#f-emotion")
        early = emotion.input_value() + " Early."
        emotion.fill(early)
        emotion.blur()
        first = page.url
        late.pop().continue_()
        page.wait_for_load_state()
        page.reload()
        assert emotion.input_value() == early, "kept although it was typed before the page's script had come"
        page.keyboard.press("e")
        page.keyboard.press("Escape")
        pacing = page.locator("#f-pacing")
        written = pacing.input_value()
        pacing.fill(f"{written} {written}")
        pacing.press("Escape")
        page.reload()
        assert page.locator("#f-pacing").input_value() == f"{written} {written}", "the draft is kept"
        page.keyboard.press("a")
        page.wait_for_url(lambda url: url != first)
        second = page.url
        assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('review:'))") == []
        page.keyboard.press("2")
        page.keyboard.type("bad beat, no end")
        assert page.locator("#words").input_value() == "bad beat, no end", "words are words, not keys"
        page.keyboard.press("Escape")
        for key in "ane":
            page.keyboard.press(key)
        assert page.url == second, "while a rejection is open no key accepts, goes on or changes"
        page.locator("#words").press("Enter")
        page.wait_for_url(lambda url: url != second)
        assert list(Review.objects.values_list("decision", "reason", "words")) == [
            ("edit", "", ""),
            ("reject", "incoherent", "bad beat, no end"),
        ]
    build(run, "sample", una, without_reviews=True)
    paths = [
        reverse("generation-run", args=[run.code]),
        reverse("generation-review", args=[run.code]),
        reverse("generation-candidate", args=[run.code, queue_of(run, una).waiting[0]]),
        first.removeprefix(live_server.url),
        reverse("generation-rejected", args=[run.code, "people"]),
        reverse("generation-dataset", args=["sample", 1]),
        reverse("generation-examples", args=["sample", 1]),
    ]
    for language, width in (("en", WIDE), ("zh-hans", NARROW)):
        with visit(live_server.url, width=width, language=language) as context:
            context.add_cookies(cookies)
            page = context.new_page()
            for path in paths:
                page.goto(live_server.url + path)
                assert axe_findings(page) == [], path
                assert overflow(page) <= 0, path
