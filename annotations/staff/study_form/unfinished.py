"""Entries in the form of a study that are not saved yet, stored on the server for each user and study."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest

from annotations.models import Study, UnfinishedForm
from evalsite.core.access import signed_in

MOST_CHARACTERS = 400_000
NOT_KEPT = ("csrfmiddlewaretoken", "step", "discard", "page_key", "save_number")
MOST_SAVES = 1_000_000
SEVERAL = ("briefs", "practice_briefs", "checks_briefs", "criteria")
"""Fields that have a list of values."""


def stored(request: HttpRequest, study: Study | None = None) -> UnfinishedForm | None:
    """What this user has typed and not saved."""
    return UnfinishedForm.objects.filter(user=signed_in(request), study=study).exclude(content={}).first()


@transaction.atomic
def store(request: HttpRequest, study: Study | None = None, *, autosave: bool = False) -> None:
    """Keep the fields that were sent. Entries too long for any study are not kept.

    Requests can overtake each other. An `autosave` that its page sent before the last stored request of the
    same page is ignored, so it can't bring back entries that were submitted since.
    """
    content = {
        # PostgreSQL stores no NUL.
        key.replace("\0", ""): [value.replace("\0", "") for value in values]
        for key, values in request.POST.lists()
        if key not in NOT_KEPT
    }
    if sum(len(value) for values in content.values() for value in values) > MOST_CHARACTERS:
        return
    rows = UnfinishedForm.objects.select_for_update()
    row, _created = rows.get_or_create(user=signed_in(request), study=study, defaults={"content": {}})
    page_key, number = request.POST.get("page_key", "")[:12], _save_number(request)
    if autosave and page_key and page_key == row.page_key and number <= row.save_number:
        return
    row.content, row.page_key, row.save_number = content, page_key, number
    row.save()


def _save_number(request: HttpRequest) -> int:
    given = request.POST.get("save_number", "")
    return min(int(given), MOST_SAVES) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def discard(request: HttpRequest, study: Study | None = None) -> None:
    """Forget the entries. The row stays: its number keeps late autosaves out."""
    UnfinishedForm.objects.filter(user=signed_in(request), study=study).update(content={})


def initial(saved: UnfinishedForm) -> dict[str, Any]:
    """The entries as initial values of a form."""
    return {key: values if key in SEVERAL else values[-1] for key, values in saved.content.items() if values}
