"""Entries in the form of a study that are not saved yet, kept on the server for each user and study."""

from typing import Any

from django.http import HttpRequest

from annotations.models import Study, UnfinishedForm
from evalsite.core.models import User

MOST_CHARACTERS = 400_000
NOT_KEPT = ("csrfmiddlewaretoken", "step", "discard")
SEVERAL = ("briefs", "practice_briefs", "checks_briefs", "criteria")
"""Fields that have a list of values."""


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def stored(request: HttpRequest, study: Study | None = None) -> UnfinishedForm | None:
    """What this user has typed and not saved."""
    return UnfinishedForm.objects.filter(user=_user(request), study=study).first()


def store(request: HttpRequest, study: Study | None = None) -> None:
    """Keep the fields that were sent. Entries too long for any study are not kept."""
    content = {key: values for key, values in request.POST.lists() if key not in NOT_KEPT}
    if sum(len(value) for values in content.values() for value in values) > MOST_CHARACTERS:
        return
    UnfinishedForm.objects.update_or_create(user=_user(request), study=study, defaults={"content": content})


def discard(request: HttpRequest, study: Study | None = None) -> None:
    UnfinishedForm.objects.filter(user=_user(request), study=study).delete()


def initial(saved: UnfinishedForm) -> dict[str, Any]:
    """The entries as initial values of a form."""
    return {key: values if key in SEVERAL else values[-1] for key, values in saved.content.items() if values}
