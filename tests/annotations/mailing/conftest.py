"""A study whose raters have addresses, and a mail server that takes what they get."""

from collections.abc import Iterator

import pytest

from annotations.mailing.invitation_list import read_text
from annotations.mailing.inviting import invite
from annotations.models import Mailing, Study
from evalsite.core.codes import random_code
from tests.factories import make_study
from tests.forms import hidden_fields
from tests.smtp_server import Mailbox, smtp_server


@pytest.fixture
def study(tmp_path) -> Study:
    return make_study(tmp_path, state="open", seats=24)


@pytest.fixture
def mailbox(settings) -> Iterator[Mailbox]:
    with smtp_server() as box:
        settings.MAILERS = box.mailers
        yield box


def invite_people(study: Study, count: int, **options: object) -> Mailing:
    """Invite `count` people: Rater 1 with r1@example.org, and so on."""
    lines = "\n".join(f"Rater {n},r{n}@example.org,en" for n in range(1, count + 1))
    rows = read_text(f"label,mail,languages\n{lines}").rows
    return invite(study=study, rows=rows, code=random_code(16), by="mara", **options)  # type: ignore[arg-type]


def post_all(staff, path: str, **fields: object):
    """Post a page that asks first, and then what it asks for; the second answer."""
    page = staff.post(path, fields).content.decode()
    return staff.post(path, {**hidden_fields(page), **fields, "do": "yes"})
