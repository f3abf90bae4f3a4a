"""Django's own admin under the house's name, with the staff's one way in."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured
from django.db.models.base import ModelBase
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class HouseAdmin(admin.AdminSite):
    site_header = "evalsite"
    site_title = "evalsite"
    index_title = _("Stored data")
    site_url = "/studies/"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Refuse sealed rows: no one may read them here, admins included."""
        models = [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable
        for model in models:
            if getattr(model, "sealed", False):
                raise ImproperlyConfigured(f"{model.__name__} is sealed: the admin may not show it.")
            super().register(model, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Only for people to whom it shows anything. Other accounts get 404, as on pages for admins."""
        if request.user.is_authenticated and not request.user.uses_admin:
            raise Http404
        return super().has_permission(request)

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        """There is one sign-in, with its lock-out and its links."""
        if request.user.is_authenticated:
            # Signed in and still not let in: not one of those who may.
            raise Http404
        return redirect_to_login(request.GET.get("next", reverse("admin:index")))
