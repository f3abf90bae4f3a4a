"""Where a file of people's scripts comes in: bounded in length before anything is made of it."""

from django.contrib import messages
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from evalsite.core.body_limits import takes_uploads
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import Role, User
from evalsite.core.reason_codes import sentence
from evalsite.core.views import see_other
from generation.access import needs, team_of_new
from generation.screenplay.formats.sniff import LARGEST
from generation.uploads import messages as upload_words
from generation.uploads import services as uploads
from generation.uploads.forms import UploadForm


class Bounded(FileUploadHandler):
    """Stops taking a file that is longer than any script may be; the request says so (`too_long`)."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        if start + len(raw_data) > LARGEST:
            self.request.too_long = True  # type: ignore[union-attr]
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


@takes_uploads(LARGEST)
@csrf_exempt  # the inner view checks: the file must not be read before its length is bounded
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.OWNER)
def new(request: HttpRequest) -> HttpResponse:
    """Take a file; one that is refused is told why, and nothing of it is kept."""
    request.upload_handlers.insert(0, Bounded(request))
    return _new(request)


@csrf_protect
def _new(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if getattr(request, "too_long", False):
        return _page(request, form, [_too_long()])
    if not form.is_valid():
        return _page(request, form)
    file = form.cleaned_data["file"]
    assert isinstance(request.user, User)  # `needs` admits only users
    try:
        received = uploads.receive(
            content=file.read(),
            name=file.name,
            language=form.cleaned_data["language"],
            by=request.user,
            team=team_of_new(request),
        )
    except InputErrors as refused:
        return _page(request, form, refused.errors, name=file.name)
    if received.known:
        messages.info(request, _("You already uploaded this file. Continue the import here."))
    return see_other(reverse("generation-upload", args=[received.upload.code]))


def _page(
    request: HttpRequest,
    form: UploadForm,
    faults: list[InputError] | tuple[InputError, ...] = (),
    name: str = "",
) -> HttpResponse:
    context = {
        "form": form,
        "faults": [upload_words.describe_fault(fault) for fault in faults],
        "file_name": name,
        "most": LARGEST // 1_000_000,
    }
    status = 400 if faults or form.errors else 200
    return render(request, "generation/uploads/new.html", context, status=status)


def _too_long() -> InputError:
    fix = sentence("split it into smaller files, or remove its pictures.")
    return InputError(
        "", 1, 1, sentence("the file is larger than %(count)s bytes.", count=f"{LARGEST:,}"), fix
    )
