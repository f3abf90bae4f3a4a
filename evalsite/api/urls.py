"""A person's own tokens. The API's addresses are in the urls.py of their apps."""

from django.urls import path

from evalsite.api import pages

urlpatterns = [
    path("staff/account/tokens/", pages.token_list, name="tokens"),
    path("staff/account/tokens/new/", pages.token_add, name="token-add"),
    path("staff/account/tokens/<slug:code>/revoke/", pages.token_revoke, name="token-revoke"),
]
