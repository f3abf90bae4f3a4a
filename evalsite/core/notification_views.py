"""The notifications of the person who is signed in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evalsite.core import notifications
from evalsite.core.access import staff_required
from evalsite.core.views import see_other

SHOWN = 100


@never_cache
@require_safe
@staff_required
def notification_list(request: HttpRequest) -> HttpResponse:
    newest = notifications.notifications_of(request.user)[:SHOWN]  # type: ignore[arg-type]
    rows = [{"row": row, "text": notifications.text_of(row)} for row in newest]
    return render(request, "staff/notifications.html", {"rows": rows})


@require_POST
@staff_required
def open_notification(request: HttpRequest, key: int) -> HttpResponse:
    """Mark one notification as read and go to the page that it is about."""
    row = get_object_or_404(notifications.notifications_of(request.user), pk=key)  # type: ignore[arg-type]
    notifications.mark_read(row.user, only=row.pk)
    return see_other(notifications.address_of(row))


@require_POST
@staff_required
def mark_all_read(request: HttpRequest) -> HttpResponse:
    notifications.mark_read(request.user)  # type: ignore[arg-type]
    return see_other(reverse("notifications"))
