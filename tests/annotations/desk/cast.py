"""A small running study for the tests of pages: four criteria, real scripts, seats that read one language.

Slugs are sentinel words that no page may show.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core import signing
from django.test import Client

from annotations.desk import next_page, services, sessions
from annotations.desk.forms import ProfileForm
from annotations.models import Assignment, Criterion, Entry, Pairing, Rater, Seat, Slot, Study, StudyBrief
from evalsite.core.digests import text_digest
from generation.screenplay import parse, render_html

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"

TIERS = [
    (1, 3, "Unacceptable", "不可用"),
    (4, 5, "Flawed", "有硬伤"),
    (6, 6, "Acceptable", "合格"),
    (7, 8, "Good", "良好"),
    (9, 10, "Excellent", "优秀"),
    (11, 12, "Exceptional", "卓越"),
]

CRITERIA = [
    ("overall", "Overall", "综合", "Overall, which script is better?", "综合来看，哪一稿更好？"),
    ("character", "Character", "人物", "Which script writes its people better?", "哪一稿的人物写得更好？"),
    ("dialogue", "Dialogue", "台词", "Which script has the better dialogue?", "哪一稿的台词更好？"),
    (
        "format",
        "Format",
        "剧本格式",
        "Which script could be shot as it stands?",
        "哪一稿格式更规范、更好拍？",
    ),
]

ENGLISH = """INT. NIGHT DESK - NIGHT

A board of lamps. One of them lights. NORA looks at it and does not move.

NORA
(to herself)
Not again.

She picks up the receiver.

NORA
Which floor?

VOICE
I was hoping that you would know.
"""

CHINESE = """1-1 候车室 夜 内
人物：林晚、老周
△ 钟停在两点一刻。林晚把行李箱推到墙边，坐下，又站起来。
林晚（低声）：这趟车还来吗？
老周：来是来的，就是不知道哪一天。
△ 老周把暖水瓶推过去。
"""


def spec(**changes: Any) -> dict[str, Any]:
    """A study's file, as far as the pages read it."""
    tiers = [{"from": a, "to": b, "label": {"en": en, "zh": zh}} for a, b, en, zh in TIERS]
    return {
        "score": {"rubric": "scene", "version": "1", "min": 1, "max": 12, "tiers": tiers},
        "marks": True,
        "consent": {
            "version": "v1",
            "text": {
                "en": "We ask you to compare scripts.\n\n- You may stop at any time.",
                "zh": "请您比较两稿剧本。\n\n- 随时可以停。",
            },
        },
        "instructions": {"en": "Read both scripts to the end.", "zh": "请把两稿都读完。"},
        "criteria": [],
        **changes,
    }


def script(language: str, more: str = "") -> tuple[str, str]:
    """(text, HTML) of a short scene."""
    parsed = parse((ENGLISH if language == "en" else CHINESE) + more, language)
    return parsed.text, render_html(parsed)


def with_older_markup(html: str) -> str:
    """The HTML of an English script as older versions rendered and froze it."""
    html = re.sub(
        r'<p class="(sp-action[^"]*)" data-o="(\d+)">(.*)</p>',
        r'<p class="\1"><span data-o="\2">\3</span></p>',
        html,
    )
    speech = r'<p class="sp-cue".*\n(?:<p class="sp-(?:paren|dialogue).*\n)*'
    return re.sub(speech, r'<div class="sp-speech">\n\g<0></div>\n', html)


def make_study(
    *,
    state: str = "open",
    pairs: int = 3,
    seats: int = 2,
    language: str = "en",
    single: bool = False,
    more: str = "",
    **changes: Any,
) -> Study:
    """`single`: one script at a time. `more` stands in every script after its first lines."""
    study = Study.objects.create(
        slug="zebrastudy",
        title={"en": "Two drafts of a scene", "zh": "一场戏的两稿"},
        question={"en": "Which is better?", "zh": "哪一稿更好？"},
        spec=spec(**changes),
        spec_digest="0" * 64,
        frozen_digest="0" * 64,
        seed=1,
    )
    for order, (slug, label_en, label_zh, en, zh) in enumerate(CRITERIA):
        Criterion.objects.create(
            study=study,
            slug=slug,
            order=order,
            primary=order == 0,
            label={"en": label_en, "zh": label_zh},
            question={"en": en, "zh": zh},
            guidance={"en": f"Look at {label_en.lower()} alone.", "zh": f"只看{label_zh}。"},
        )
    pairings = [_pairing(study, number, language, single=single, more=more) for number in range(pairs)]
    for number in range(1, seats + 1):
        first, *others = (slug for slug, *_ in CRITERIA)
        turn = number % len(others)
        seat = Seat.objects.create(
            study=study,
            number=number,
            languages=[language],
            criteria=[first, *others[turn:], *others[:turn]],
        )
        for position, pairing in enumerate(pairings, start=1):
            Slot.objects.create(
                seat=seat, position=position, pairing=pairing, first_on_left=single or position % 2 == 0
            )
    study.state = state
    study.save(update_fields=["state"])
    return study


def _pairing(study: Study, number: int, language: str, *, single: bool, more: str) -> Pairing:
    series = f"okapiseries{number // 2}"
    brief = StudyBrief.objects.create(
        study=study,
        slug=f"tapirbrief{number}",
        series_slug=series,
        language=language,
        order=number,
        content={
            "slug": f"tapirbrief{number}",
            "series": {"slug": series, "title": f"The Long Wait {number // 2}"},
            "language": language,
            "order": number,
            "outline": "Nora takes a call that nobody should have made."
            if language == "en"
            else "林晚等一趟不来的车。",
            "previous_context": "The line was cut off in spring."
            if language == "en"
            else "春天起这条线就停了。",
            "characters": [
                {"name": "NORA", "profile": "Forty, night desk."}
                if language == "en"
                else {"name": "林晚", "profile": "三十岁，赶路的人。"}
            ],
            "guideline": "End on the lamp." if language == "en" else "收在钟上。",
            "target_length": 300,
        },
    )
    entries = []
    for which in ("first", "second"):
        chair = f"A chair, the {which} of {number}." if language == "en" else f"△ 第{number}把椅子，{which}。"
        text, html = script(language, f"\n\n{more}{chair}\n")
        entries.append(
            Entry.objects.create(
                study_brief=brief, html=html, text=text, length=40, digest=text_digest(text + which)
            )
        )
    return Pairing.objects.create(study_brief=brief, first=entries[0], second=None if single else entries[1])


def form_token(held: Assignment) -> str:
    """The token in the form of an assignment."""
    return next_page.form_token(held.rater.code, held.code)


@dataclass
class Reader:
    """A rater with a browser of their own that runs no scripts."""

    rater: Rater
    secret: str
    client: Client

    def get(self, path: str, **kwargs: Any) -> Any:
        return self.client.get(path, **kwargs)

    def post(self, path: str, data: Any = None, **kwargs: Any) -> Any:
        return self.client.post(path, data or {}, **kwargs)

    def held(self) -> Assignment:
        return Assignment.objects.get(rater=self.rater, state="open")

    def answers(self, **changes: Any) -> dict[str, Any]:
        """A whole judgment of the pair that is held; a change to None leaves the field out."""
        held = self.held()
        fields: dict[str, Any] = {f"choice-{slug}": "left" for slug, *_ in CRITERIA}
        fields |= {"strength-overall": "2", "score-left": "8", "score-right": "5", "token": form_token(held)}
        fields |= {name.replace("_", "-"): value for name, value in changes.items()}
        return {name: value for name, value in fields.items() if value is not None}

    def address(self) -> str:
        return f"/r/a/{self.held().code}/"

    def save(self, fields: Any, revision: Any = 0, **more: Any) -> Any:
        """Save a growing answer as the page's script does."""
        sent = {"token": form_token(self.held()), "revision": revision, "fields": fields, **more}
        return self.post(f"{self.address()}answer/", sent, content_type="application/json")

    def skip(self, reason: str = "other") -> Any:
        return self.post(f"{self.address()}skip/", {"token": form_token(self.held()), "reason": reason})


def newcomer(study: Study, *, csrf: bool = False) -> Reader:
    """A rater who has just been sent the link."""
    languages = study.seats.filter(rater=None).order_by("number")[0].languages
    enrolment = services.enrol(study=study, languages=languages)
    return Reader(enrolment.rater, enrolment.secret, Client(enforce_csrf_checks=csrf))


def enter(reader: Reader) -> Reader:
    assert reader.post(f"/r/{reader.secret}/").status_code == 303
    return reader


PROFILE = {"years": "6-10", "credits": "1-5", "role": "writer", "forms_written": ["series"]}


def at_desk(study: Study) -> Reader:
    """A rater who has agreed, answered, read the instructions and holds the first pair.

    What the pages before the desk store is stored without them: they have tests of their own.
    """
    reader = newcomer(study)
    known = f"{reader.rater.code}:{sessions.link_version(reader.rater)}"
    reader.client.cookies[next_page.COOKIE] = signing.TimestampSigner(salt=next_page.COOKIE).sign(known)
    services.give_consent(rater=reader.rater, language="en", training_use=False)
    form = ProfileForm([], data=PROFILE)
    assert form.is_valid()
    services.save_profile(rater=reader.rater, profile=form.profile(), series_known=[])
    assert reader.post("/r/go/instructions/").status_code == 303
    return reader
