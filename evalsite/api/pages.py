"""A person's own tokens: list, create, revoke."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evalsite.accounts.second_factor import must_set_up
from evalsite.api import tokens
from evalsite.api.models import Token
from evalsite.api.scopes import OF_ROLE, SCOPES
from evalsite.core.access import signed_in, staff_required
from evalsite.core.errors import OperationError
from evalsite.core.models import Membership, User
from evalsite.core.teams import chosen_team
from evalsite.core.views import FORMS, keep_for_next_page, see_other

COOKIE, SECONDS = "fresh-token", 120
DAYS = {
    7: gettext_lazy("7 days"),
    30: gettext_lazy("30 days"),
    90: gettext_lazy("90 days"),
    365: gettext_lazy("1 year"),
}


class TokenForm(forms.Form):
    """What a new token is for. The scopes that the role in the chosen team can't give are refused."""

    name = forms.CharField(
        label=pgettext_lazy("token", "Name"),
        max_length=80,
        help_text=gettext_lazy("What the token is for, such as the name of a script."),
    )
    membership = forms.ModelChoiceField(
        Membership.objects.none(), label=gettext_lazy("Team"), empty_label=None
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Choose only what the program needs."),
        error_messages={"required": gettext_lazy("Choose at least one scope.")},
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Valid for"), choices=list(DAYS.items()), coerce=int, initial=90
    )

    def __init__(self, memberships: QuerySet[Membership], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = list(memberships)
        possible = {scope for each in found for scope in OF_ROLE[each.role]}
        choices = [(scope, text) for scope, text in SCOPES.items() if scope in possible]
        self.fields["scopes"].choices = choices  # type: ignore[attr-defined]
        field = self.fields["membership"]
        field.queryset = memberships  # type: ignore[attr-defined]
        field.label_from_instance = lambda each: each.team.name  # type: ignore[attr-defined]
        if len(found) == 1:
            field.widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        membership = given.get("membership")
        allowed = OF_ROLE[membership.role] if membership else ()
        if membership and (above := [scope for scope in given.get("scopes", ()) if scope not in allowed]):
            self.add_error(
                "scopes",
                _("Your role in this team can't give: %(scopes)s.") % {"scopes": ", ".join(above)},
            )
        return given


@never_cache
@require_safe
@staff_required
def token_list(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    fresh = request.get_signed_cookie(COOKIE, default="", max_age=SECONDS)
    context = {
        "tokens": user.api_tokens.select_related("team"),
        "fresh": fresh,
        "can_create": tokens.teams_with_tokens(user).exists() and not must_set_up(user),
        "several": user.memberships.count() > 1,
    }
    response = render(request, "staff/tokens.html", context)
    if fresh:
        response.delete_cookie(COOKIE, path=reverse("tokens"), samesite="Strict")
    return response


@never_cache
@require_http_methods(FORMS)
@staff_required
@reauthentication_required(app="evalsite.accounts")
def token_add(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    memberships = tokens.teams_with_tokens(user)
    if must_set_up(user):
        return redirect(reverse("account") + "#factors")
    if not memberships.exists():
        raise Http404
    membership = memberships.filter(team=chosen_team(request)).first() or memberships.first()
    form = TokenForm(memberships, request.POST or None, initial={"membership": membership})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            _token, secret = tokens.create_token(
                user=User.objects.get(pk=user.pk),
                team=given["membership"].team,
                name=given["name"],
                scopes=given["scopes"],
                days=given["days"],
                by=user.get_username(),
            )
        except OperationError:  # The role was changed meanwhile.
            messages.warning(request, _("Your role has changed. No token was created."))
            return see_other("tokens")
        response = see_other("tokens")
        keep_for_next_page(response, request, COOKIE, secret, path=reverse("tokens"), seconds=SECONDS)
        return response
    return render(request, "staff/token_add.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_http_methods(FORMS)
@staff_required
def token_revoke(request: HttpRequest, code: str) -> HttpResponse:
    user = signed_in(request)
    token = Token.objects.filter(user=user, code=code).first()
    if token is None:
        raise Http404
    if request.method != "POST":
        return render(request, "staff/token_revoke.html", {"token": token})
    tokens.revoke_token(token=token, by=user.get_username())
    messages.success(request, _("Token revoked."))
    return see_other("tokens")
