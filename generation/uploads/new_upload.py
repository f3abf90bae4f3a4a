"""Where files of people's scripts come in: bounded in length before anything is made of them."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from evalsite.core.access import View
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


class _Bounded(FileUploadHandler):
    """Skips a file that is longer than any script may be, and all that is more than `most` bytes together."""

    def __init__(self, request: HttpRequest, most: int) -> None:
        super().__init__(request)
        self.most = most
        self.taken = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.taken += len(raw_data)
        for most, length in ((LARGEST, start + len(raw_data)), (self.most, self.taken)):
            if length > most:
                self.request.too_long = most  # type: ignore[union-attr]
                raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


def takes_files(most: int) -> Callable[[View], View]:
    """Let owners send files to a view, of at most `most` bytes together. What is longer is skipped, and
    `request.too_long` is the limit that was passed."""

    def decorate(view: View) -> View:
        protected: View = csrf_protect(view)

        @takes_uploads(most)
        @csrf_exempt  # the inner view checks: files must not be read before their length is bounded
        @never_cache
        @require_http_methods(["GET", "HEAD", "POST"])
        @needs(Role.OWNER)
        @wraps(view)
        def bounded(request: HttpRequest) -> HttpResponse:
            request.too_long = 0  # type: ignore[attr-defined]
            request.upload_handlers.insert(0, _Bounded(request, most))
            return protected(request)

        return bounded

    return decorate


@takes_files(LARGEST)
def new(request: HttpRequest) -> HttpResponse:
    """Take a file; a refusal gives the reason, and nothing of the file is stored."""
    if request.method != "POST":
        return _page(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if request.too_long:  # type: ignore[attr-defined]
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
