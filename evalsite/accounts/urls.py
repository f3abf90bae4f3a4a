"""Sign-in, a person's own account, and the people of the site."""

from functools import wraps
from typing import Any

from allauth.account import views as allauth_views
from allauth.mfa.base import views as factor_views
from allauth.mfa.recovery_codes import views as code_views
from allauth.mfa.totp import views as app_views
from allauth.mfa.webauthn import views as passkey_views
from allauth.socialaccount.providers.openid_connect import views as openid_views
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.cache import never_cache

from evalsite.accounts import account_views, people_views, sign_in_views
from evalsite.core.access import View, staff_required


def own(view: Any, template: str) -> View:
    """An allauth page for the signed-in person, in a template of this site."""
    return never_cache(staff_required(view.as_view(template_name=f"staff/{template}.html")))


def own_passkey(view: Any, template: str) -> View:
    """The same, on a site that offers passkeys."""
    page = own(view, template)

    @wraps(page)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.PASSKEYS:
            raise Http404
        return page(request, *args, **kwargs)

    return wrapped


# allauth finds its pages by its own names for them.
second_factors = [
    path("", account_views.account, name="mfa_index"),
    path("authenticator/", own(app_views.ActivateTOTPView, "authenticator_add"), name="mfa_activate_totp"),
    path(
        "authenticator/remove/",
        own(app_views.DeactivateTOTPView, "authenticator_remove"),
        name="mfa_deactivate_totp",
    ),
    path(
        "recovery-codes/",
        own(code_views.ViewRecoveryCodesView, "recovery_codes"),
        name="mfa_view_recovery_codes",
    ),
    path(
        "recovery-codes/new/",
        own(code_views.GenerateRecoveryCodesView, "recovery_codes_new"),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "recovery-codes/download/",
        staff_required(
            code_views.DownloadRecoveryCodesView.as_view(template_name="staff/recovery_codes.txt")
        ),
        name="mfa_download_recovery_codes",
    ),
    path("passkeys/add/", own_passkey(passkey_views.AddWebAuthnView, "passkey_add"), name="mfa_add_webauthn"),
    path("passkeys/", account_views.account, name="mfa_list_webauthn"),
    path(
        "passkeys/<int:pk>/remove/",
        own_passkey(passkey_views.RemoveWebAuthnView, "passkey_remove"),
        name="mfa_remove_webauthn",
    ),
    path("confirm/", account_views.confirm, name="account-confirm"),
    path("confirm/code/", own(factor_views.ReauthenticateView, "confirm_code"), name="mfa_reauthenticate"),
    path(
        "confirm/passkey/",
        own_passkey(passkey_views.ReauthenticateWebAuthnView, "confirm_passkey"),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "confirm/password/",
        own(allauth_views.ReauthenticateView, "confirm_password"),
        name="account_reauthenticate",
    ),
]

urlpatterns = [
    path("staff/login/", sign_in_views.staff_login, name="staff-login"),
    path("staff/login/", sign_in_views.staff_login, name="account_login"),
    path(
        "staff/login/code/",
        factor_views.AuthenticateView.as_view(template_name="staff/code.html"),
        name="mfa_authenticate",
    ),
    path("staff/login/openid/<slug:provider_id>/", sign_in_views.openid_login, name="openid_connect_login"),
    path(
        "staff/login/openid/<slug:provider_id>/callback/",
        openid_views.callback,
        name="openid_connect_callback",
    ),
    path("staff/logout/", sign_in_views.staff_logout, name="staff-logout"),
    path("staff/logout/", sign_in_views.staff_logout, name="account_logout"),
    path("staff/enter/", sign_in_views.staff_enter, name="staff-enter"),
    path("staff/forgotten/", sign_in_views.forgotten, name="password-forgotten"),
    path("staff/password/<uidb64>/<token>/", sign_in_views.ChoosePassword.as_view(), name="password-choose"),
    path("staff/account/", account_views.account, name="account"),
    path("staff/account/details/", account_views.change_details, name="account-details"),
    path("staff/account/address/<str:token>/", account_views.confirm_address, name="account-address"),
    path("staff/account/teams/<int:offer>/", account_views.answer_offer, name="account-offer"),
    path("staff/account/password/", account_views.change_password, name="account-password"),
    path("staff/account/sessions/end/", account_views.end_other_sessions, name="account-end-sessions"),
    path("staff/account/", include(second_factors)),
    path("people/", people_views.people_list, name="people"),
    path("people/invite/", people_views.invite, name="people-invite"),
    path("people/invite/<int:offer>/withdraw/", people_views.withdraw_offer, name="people-withdraw"),
    path("people/teams/", people_views.teams, name="teams"),
    path("people/teams/<slug:team>/", people_views.rename_team, name="team-rename"),
    path("people/<int:account>/", people_views.person_page, name="person"),
    path("people/<int:account>/role/", people_views.set_role, name="person-role"),
    path("people/<int:account>/link/", people_views.make_link, name="person-link"),
    path("people/<int:account>/leave/<slug:team>/", people_views.leave_team, name="person-leave"),
    path("people/<int:account>/do/<slug:action>/", people_views.act, name="person-act"),
]
