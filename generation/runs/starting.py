"""What the two forms that start a run have in common: scripts from briefs, and training data from scenes."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from evalsite.core.errors import InputErrors
from generation.models import Run
from generation.runs.services import PlannedRun
from generation.runs.spending import MILLION, Use

CHOOSE, START = "choose", "start"
"""Steps of the form: back to what was chosen, and on to the run. Anything else shows what it would use."""


def shown(use: Use) -> dict[str, Any]:
    """What a page says of an estimate; `cost` is None where nothing has a price."""
    cost = use.cost / MILLION if use.cost else None
    return {"prompt": use.prompt, "completion": use.completion, "tokens": use.tokens, "cost": cost}


def tell_refused(form: forms.Form, refused: InputErrors) -> None:
    for fault in refused.errors:
        form.add_error(None, f"{fault.path}: {fault.message} {fault.fix}")


def to_run(request: HttpRequest, planned: PlannedRun) -> HttpResponse:
    """To the page of the run, which says whether it is new."""
    if planned.created:
        messages.success(request, _("The run is planned, and workers begin with it."))
    elif planned.run.state == Run.State.DONE:
        said = _("This very run was made before and has ended. Another seed makes another one.")
        messages.info(request, said)
    else:
        messages.info(request, _("This very run was planned before: it goes on where it stood."))
    response = HttpResponseRedirect(reverse("generation-run", args=[planned.run.code]))
    response.status_code = 303
    return response
