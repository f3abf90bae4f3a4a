"""Large bodies: read only for a valid token, and only where the view takes files."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from rest_framework.request import Request
from rest_framework.response import Response

from evalsite.api.views import ApiView, as_view_for_uploads
from evalsite.core.middleware import BodyLimits

pytestmark = pytest.mark.django_db
MANY = 5_000_000


class Upload(ApiView):
    scope = "generation"

    def post(self, request: Request) -> Response:
        return Response({})


def refused(view, secret: str, length: int = MANY) -> HttpResponse | None:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    request = RequestFactory().post("/api/v1/upload/", headers=headers)
    request.META["CONTENT_LENGTH"] = str(length)
    request.user = AnonymousUser()
    return BodyLimits(lambda _request: HttpResponse()).process_view(request, view)


def test_a_valid_token_may_send_a_large_file(program):
    view = as_view_for_uploads(Upload, 10_000_000)
    assert refused(view, program.secret) is None
    assert refused(view, program.secret, 11_000_000).status_code == 413


@pytest.mark.parametrize("secret", ["", "evs_wrong"])
def test_others_may_not(db, secret):
    answer = refused(as_view_for_uploads(Upload, 10_000_000), secret)
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")


def test_other_views_take_small_bodies(program):
    assert refused(Upload.as_view(), program.secret).status_code == 413
