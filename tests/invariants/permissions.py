"""Who may open and change what: what each address answers to each role, for GET and for POST.

Written by hand. `test_permissions.py` asks every address in every role and compares. An address without a
line here fails that test. Addresses are written as the URL configuration writes them.

Each text has one letter for each of `ROLES`, in that order:

    y   allowed: a page, a redirect to an own page, or a form that names what is missing
    s   redirected to the sign-in
    -   404, like something that does not exist
    x   403
    n   405, or whatever the address answers to a method that it does not take
"""

from collections.abc import Iterator
from typing import NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver

ROLES = (
    "anonymous",
    "rater",  # with an open study's personal link, in a browser that is not signed in
    "account",  # signed in, but not a member of the staff
    "reviewer",
    "watcher",
    "researcher",
    "owner",
    "admin",  # of the site, in no team
    "outsider",  # owner of another team
)
"""Roles from reviewer to owner are those in the team that the row of the address belongs to."""


class Answers(NamedTuple):
    get: str
    post: str


NOT = "nnnnnnnnn"
"""The address does not take this method."""

# Pages about a row of the team.
LOOK = Answers("ss--yyy--", NOT)
READ_ROWS = Answers("ss---yy--", NOT)
"""Raters, emails, single judgments, files."""
WORK = Answers("ss---yy--", "ss---yy--")
DO = Answers(NOT, "ss---yy--")
OWN = Answers("ss----y--", "ss----y--")
OWNERS_DO = Answers(NOT, "ss----y--")
REVIEW = Answers("ss-y-yy--", NOT)
DECIDE = Answers("ss-y-yy--", "ss-y-yy--")
FILE_BY_POST = Answers("ss---yy--", "ss---yy--")
"""A file is asked for by POST where its rights are restricted."""

# Pages about the current team, so an outsider sees the other team's.
LIST = Answers("ss--yyy-y", NOT)
NEW = Answers("ss---yy-y", "ss---yy-y")
OWNERS_NEW = Answers("ss----y-y", "ss----y-y")

# Pages of the site.
PUBLIC = Answers("yyyyyyyyy", NOT)
PUBLIC_POST = Answers(NOT, "yyyyyyyyy")
PUBLIC_FORM = Answers("yyyyyyyyy", "yyyyyyyyy")
STAFF = Answers("ss-yyyyyy", NOT)
STAFF_FORM = Answers("ss-yyyyyy", "ss-yyyyyy")
STAFF_DO = Answers(NOT, "ss-yyyyyy")
MANAGE = Answers("ss----yyy", NOT)
"""Owners and admins, on the page People."""
MANAGE_FORM = Answers("ss----yyy", "ss----yyy")
MANAGE_PERSON = Answers("ss----yy-", NOT)
MANAGE_PERSON_FORM = Answers("ss----yy-", "ss----yy-")
ADMIN = Answers("ss-----y-", "ss-----y-")

# Raters' pages. Members of the study's team are refused in the browser that they work in.
DESK = Answers("xyxxxxxxx", NOT)
DESK_FORM = Answers("xyxxxxxxx", "xyxxxxxxx")
DESK_DO = Answers(NOT, "xyxxxxxxx")
BY_LINK = Answers("yyyxxxxyy", "yyyxxxxyy")

STUDY = "studies/<slug:slug>/"
STUDIES: dict[str, Answers] = {
    STUDY: LOOK,
    f"{STUDY}watch/live/": LOOK,
    f"{STUDY}preview/": WORK,
    f"{STUDY}preview/<path:rest>": WORK,
    f"{STUDY}freeze/": DO,
    f"{STUDY}freeze/cancel/": DO,
    f"{STUDY}freeze/live/": LOOK,
    f"{STUDY}warnings/": DO,
    f"{STUDY}warnings/<int:number>/reopen/": DO,
    f"{STUDY}edit/": WORK,
    f"{STUDY}edit/unsaved/": DO,
    f"{STUDY}duplicate/": WORK,
    f"{STUDY}rename/": WORK,
    f"{STUDY}archive/": WORK,
    f"{STUDY}restore/": DO,
    f"{STUDY}delete/": OWN,
    f"{STUDY}thaw/": WORK,
    f"{STUDY}open/": DO,
    f"{STUDY}pause/": DO,
    f"{STUDY}close/": WORK,
    f"{STUDY}unblind/": WORK,
    f"{STUDY}enrol/": DO,
    f"{STUDY}raters/": READ_ROWS,
    f"{STUDY}raters/invite/": WORK,
    f"{STUDY}raters/bulk/": DO,
    f"{STUDY}raters/waiting/": DO,
    f"{STUDY}raters/messages/": WORK,
    f"{STUDY}raters/messages/test/": DO,
    f"{STUDY}raters/messages/<slug:kind>/": WORK,
    f"{STUDY}raters/<slug:code>/answers/<int:number>/": WORK,
    f"{STUDY}raters/mails/": READ_ROWS,
    f"{STUDY}raters/mails/live/": READ_ROWS,
    f"{STUDY}raters/mails/cancel/": DO,
    f"{STUDY}raters/mails/again/": DO,
    f"{STUDY}raters/mails/<slug:code>/": WORK,
    f"{STUDY}raters/mails/<slug:code>/live/": READ_ROWS,
    f"{STUDY}raters/mails/<slug:code>/decide/": DO,
    f"{STUDY}raters/<slug:code>/": READ_ROWS,
    f"{STUDY}raters/<slug:code>/contact/": DO,
    f"{STUDY}raters/<slug:code>/erase/": WORK,
    f"{STUDY}raters/<slug:code>/link/": WORK,
    f"{STUDY}raters/<slug:code>/leave/": WORK,
    f"{STUDY}findings/": READ_ROWS,
    f"{STUDY}findings/look/": DO,
    f"{STUDY}findings/live/": READ_ROWS,
    f"{STUDY}findings/texts/": READ_ROWS,
    f"{STUDY}findings/scripts/<slug:brief>/<int:number>/": READ_ROWS,
    f"{STUDY}findings/scripts/<slug:brief>/<int:number>/reject/": WORK,
    f"{STUDY}findings/rejected/<slug:code>/back/": DO,
    f"{STUDY}findings/<slug:code>/": WORK,
    f"{STUDY}findings/<slug:code>/reopen/": DO,
    f"{STUDY}pay/": Answers("ss----y--", NOT),
    f"{STUDY}pay.csv": Answers("ss----y--", NOT),
    f"{STUDY}amend/": DO,
    f"{STUDY}report/": LOOK,
    f"{STUDY}report/state/": LOOK,
    f"{STUDY}report/compute/": DO,
    f"{STUDY}report/codebook/": LOOK,
    f"{STUDY}report/codebook.csv": LOOK,
    f"{STUDY}report/links/": OWN,
    f"{STUDY}report/links/<slug:code>/end/": OWN,
    f"{STUDY}report/cases/": READ_ROWS,
    f"{STUDY}report/cases/passages/": READ_ROWS,
    f"{STUDY}report/cases.jsonl": READ_ROWS,
    f"{STUDY}report/cases/<slug:code>/": READ_ROWS,
    f"{STUDY}report/cases/<slug:code>.html": READ_ROWS,
    f"{STUDY}report/bundle.zip": READ_ROWS,
    f"{STUDY}report/tables/<slug:name>.<slug:form>": READ_ROWS,
    f"{STUDY}report/<slug:code>/tables/<slug:name>.<slug:form>": LOOK,
    f"{STUDY}report/<slug:code>/full-pdf/": DO,
    f"{STUDY}report/<slug:code>/full-pdf/state/": LOOK,
    f"{STUDY}report/<slug:code>/files/<path:name>": LOOK,
}
"""Pages about one study."""

API_STUDY = f"api/v1/{STUDY}"
API_NOT = "xxxnnnnnn"
"""Strangers are asked for a token; the address does not take this method."""

API: dict[str, Answers] = {
    # The list is empty for people without studies.
    "api/v1/studies/": Answers("xxxyyyyyy", "xxx--yy-y"),
    API_STUDY: Answers("xxx-yyy--", API_NOT),
    f"{API_STUDY}freeze/": Answers("xxx-yyy--", "xxx--yy--"),
    f"{API_STUDY}open/": Answers(API_NOT, "xxx--yy--"),
    f"{API_STUDY}pause/": Answers(API_NOT, "xxx--yy--"),
    f"{API_STUDY}close/": Answers(API_NOT, "xxx--yy--"),
    f"{API_STUDY}findings/": Answers("xxx--yy--", API_NOT),
    f"{API_STUDY}findings/accept/": Answers(API_NOT, "xxx--yy--"),
    f"{API_STUDY}warnings/": Answers("xxx--yy--", API_NOT),
    f"{API_STUDY}watch/": Answers("xxx-yyy--", API_NOT),
    f"{API_STUDY}raters/": Answers("xxx--yy--", "xxx--yy--"),
    f"{API_STUDY}reports/": Answers("xxx-yyy--", "xxx--yy--"),
    f"{API_STUDY}reports/<slug:code>/": Answers("xxx-yyy--", API_NOT),
    f"{API_STUDY}reports/<slug:code>/files/<path:name>": Answers("xxx-yyy--", API_NOT),
    f"{API_STUDY}tables/": Answers("xxx--yy--", API_NOT),
    f"{API_STUDY}tables/<slug:name>/": Answers("xxx--yy--", API_NOT),
    f"{API_STUDY}tables/<slug:name>.<slug:form>": Answers("xxx--yy--", API_NOT),
    "api/schema/": Answers("xxxyyyyyy", "xxxnnnnnn"),
    "api/docs/": STAFF,
    "staff/account/tokens/": STAFF,
    # Reviewers and people in no team have no tokens.
    "staff/account/tokens/new/": Answers("ss--yyy-y", "ss--yyy-y"),
    # A token of the owner.
    "staff/account/tokens/<slug:code>/revoke/": Answers("ss----y--", "ss----y--"),
}

GENERAL: dict[str, Answers] = {
    # It tells people without a team what is missing.
    "studies/": Answers("ss--yyyyy", NOT),
    "studies/new/": NEW,
    "studies/new/unsaved/": Answers(NOT, "ss---yy-y"),
    "studies/new/file/": NEW,
    # Shared reports need them.
    "studies/report.css": PUBLIC,
    "studies/report.js": PUBLIC,
    "planning/": LIST,
    "planning/simulate/": Answers(NOT, "ss--yyy-y"),
    "planning/chart.svg": LIST,
}
"""Pages about studies in general."""

GENERATION: dict[str, Answers] = {
    "generation/": LIST,
    "generation/new/": OWNERS_NEW,
    # Briefs and series
    "generation/briefs/": LIST,
    "generation/briefs/new/": OWNERS_NEW,
    "generation/briefs/upload/": OWNERS_NEW,
    "generation/briefs/<slug:brief>/": LOOK,
    "generation/briefs/<slug:brief>/brief.yaml": READ_ROWS,
    "generation/briefs/<slug:brief>/edit/": OWN,
    "generation/briefs/<slug:brief>/delete/": OWN,
    "generation/series/": LIST,
    "generation/series/<slug:series>/": LOOK,
    "generation/series/<slug:series>/title/": OWN,
    "generation/series/<slug:series>/names/": OWN,
    "generation/series/<slug:series>/delete/": OWN,
    # Systems and measures
    "generation/fitness/": LIST,
    "generation/fitness/<slug:system>/": LOOK,
    "generation/systems/": LIST,
    "generation/systems/new/": OWNERS_NEW,
    "generation/systems/<slug:source>/<slug:slug>/": LOOK,
    "generation/systems/<slug:source>/<slug:slug>/preview/": LOOK,
    "generation/systems/<slug:source>/<slug:slug>/system.yaml": READ_ROWS,
    # Scripts by people
    "generation/scripts/": LIST,
    "generation/scripts/new/": OWNERS_NEW,
    "generation/scripts/uploads/<slug:code>/": Answers("ss--yyy--", "ss----y--"),
    "generation/scripts/uploads/<slug:code>/types/": OWNERS_DO,
    "generation/scripts/uploads/<slug:code>/scenes/": OWN,
    "generation/scripts/uploads/<slug:code>/source/": OWN,
    "generation/scripts/uploads/<slug:code>/check/": OWN,
    "generation/scripts/uploads/<slug:code>/drop/": OWN,
    "generation/scripts/texts/<int:key>/<slug:kind>/": FILE_BY_POST,
    "generation/scripts/<slug:brief>/<slug:system>/<int:sample>/": LOOK,
    "generation/scripts/<slug:brief>/<slug:system>/<int:sample>/<slug:kind>/": FILE_BY_POST,
    # Runs
    "generation/<slug:code>/": LOOK,
    "generation/<slug:code>/live/": LOOK,
    "generation/<slug:code>/live/jobs/": LOOK,
    "generation/<slug:code>/texts/": LOOK,
    "generation/<slug:code>/name/": OWN,
    "generation/<slug:code>/limits/": OWN,
    "generation/<slug:code>/pause/": OWN,
    "generation/<slug:code>/go-on/": OWN,
    "generation/<slug:code>/cancel/": OWN,
    "generation/<slug:code>/retry/": OWN,
    "generation/<slug:code>/<slug:brief>/<slug:system>/<int:sample>/": LOOK,
    "generation/<slug:code>/<slug:brief>/<slug:system>/<int:sample>/history.jsonl": READ_ROWS,
    # Training data
    "generation/corpus/": LIST,
    "generation/corpus/new/": OWNERS_NEW,
    "generation/corpus/new/<slug:code>/": OWN,
    "generation/corpus/new/<slug:code>/drop/": OWN,
    "generation/corpus/<slug:work>/": LOOK,
    "generation/corpus/<slug:work>/delete/": OWN,
    "generation/corpus/<slug:work>/<int:number>/": LOOK,
    "generation/synthesis/": LIST,
    "generation/synthesis/new/": OWNERS_NEW,
    "generation/<slug:code>/jobs/<int:key>/": LOOK,
    "generation/<slug:code>/jobs/<int:key>/history.jsonl": READ_ROWS,
    "generation/review/": Answers("ss-y-yy-y", NOT),
    "generation/review/<slug:code>/": REVIEW,
    "generation/review/<slug:code>/profiles/": REVIEW,
    "generation/review/<slug:code>/profiles/<int:job>/": DECIDE,
    "generation/review/<slug:code>/rejected/<slug:step>/": REVIEW,
    "generation/review/<slug:code>/<int:candidate>/": DECIDE,
    "generation/review/<slug:code>/filter/": OWNERS_DO,
    "generation/review/<slug:code>/build/": OWNERS_DO,
    "generation/review/<slug:code>/dismiss/": OWNERS_DO,
    "generation/datasets/": LIST,
    "generation/datasets/<slug:dataset>/<int:version>/": LOOK,
    "generation/datasets/<slug:dataset>/<int:version>/examples/": LOOK,
    "generation/datasets/<slug:dataset>/<int:version>/download/": READ_ROWS,
    "generation/models/": LIST,
    "generation/models/<slug:model>/": LOOK,
}

API_GENERATION: dict[str, Answers] = {
    "api/v1/briefs/": Answers("xxxyyyyyy", "xxx---y-y"),
    "api/v1/briefs/<slug:brief>/": Answers("xxx-yyy--", API_NOT),
    "api/v1/series/": Answers("xxxyyyyyy", API_NOT),
    "api/v1/series/<slug:series>/": Answers("xxx-yyy--", API_NOT),
    "api/v1/systems/": Answers("xxxyyyyyy", "xxx---y-y"),
    "api/v1/systems/<slug:system>/": Answers("xxx-yyy--", API_NOT),
    "api/v1/included-systems/": Answers("xxxyyyyyy", API_NOT),
    "api/v1/scripts/": Answers("xxxyyyyyy", "xxx---y-y"),
    "api/v1/scripts/<slug:brief>/<slug:system>/<int:sample>/": Answers("xxx-yyy--", API_NOT),
    "api/v1/runs/": Answers("xxxyyyyyy", "xxx---y-y"),
    "api/v1/runs/<slug:code>/": Answers("xxx-yyy--", API_NOT),
    "api/v1/runs/<slug:code>/pause/": Answers(API_NOT, "xxx---y--"),
    "api/v1/runs/<slug:code>/resume/": Answers(API_NOT, "xxx---y--"),
    "api/v1/runs/<slug:code>/cancel/": Answers(API_NOT, "xxx---y--"),
    "api/v1/runs/<slug:code>/retry/": Answers(API_NOT, "xxx---y--"),
    "api/v1/runs/<slug:code>/limits/": Answers(API_NOT, "xxx---y--"),
}
"""Briefs, systems, scripts and runs over the API."""

SITE: dict[str, Answers] = {
    "": Answers("ssyyyyyyy", NOT),
    # They take any method, and say the same.
    "healthz": PUBLIC_FORM,
    "readyz": PUBLIC_FORM,
    "metrics": PUBLIC_FORM,
    "language/": PUBLIC_FORM,
    "display/": PUBLIC_POST,
    # The first team.
    "team/": Answers(NOT, "ss-yyyy--"),
    "notifications/": STAFF,
    "notifications/read/": STAFF_DO,
    # One's own, here the owner's.
    "notifications/<int:key>/": Answers(NOT, "ss----y--"),
    "notifications/mails/<slug:code>/": OWNERS_DO,
    "help/": STAFF,
    "help/<str:page>/": STAFF,
    "help/images/<path:path>": STAFF,
}

WEBHOOK = "team/webhooks/<slug:code>/"
WEBHOOKS: dict[str, Answers] = {
    "team/webhooks/": Answers("ss---yy-y", NOT),
    "team/webhooks/new/": NEW,
    WEBHOOK: READ_ROWS,
    f"{WEBHOOK}edit/": WORK,
    f"{WEBHOOK}test/": DO,
    f"{WEBHOOK}secret/": WORK,
    f"{WEBHOOK}switch/": DO,
    f"{WEBHOOK}delete/": WORK,
    f"{WEBHOOK}messages/<slug:message>/": READ_ROWS,
    f"{WEBHOOK}messages/<slug:message>/resend/": DO,
}

PEOPLE: dict[str, Answers] = {
    "people/": MANAGE,
    "people/invite/": MANAGE_FORM,
    # An account that is invited to the team.
    "people/invite/<int:offer>/withdraw/": Answers(NOT, "ss----yy-"),
    "people/teams/": ADMIN,
    "people/teams/<slug:team>/": ADMIN,
    # A researcher of the team.
    "people/<int:account>/": MANAGE_PERSON,
    "people/<int:account>/role/": Answers(NOT, "ss----yy-"),
    "people/<int:account>/link/": MANAGE_PERSON_FORM,
    "people/<int:account>/leave/<slug:team>/": MANAGE_PERSON_FORM,
    "people/<int:account>/do/<slug:action>/": MANAGE_PERSON_FORM,
}

NO_FACTOR = Answers("ss-------", "ss-------")
"""No account in this test has a second factor."""
NOTHING_TO_CONFIRM = Answers("ss-xxxxxx", "ss-xxxxxx")
"""And none has a password."""

ACCOUNT: dict[str, Answers] = {
    "staff/login/": PUBLIC_FORM,
    # Only in the middle of a sign-in.
    "staff/login/code/": Answers("ssyyyyyyy", "ssyyyyyyy"),
    # No provider is configured.
    "staff/login/openid/<slug:provider_id>/": Answers("---------", "---------"),
    "staff/login/openid/<slug:provider_id>/callback/": Answers("---------", "---------"),
    "staff/logout/": Answers(NOT, "sssssssss"),
    # The link is spent.
    "staff/enter/": Answers("yyyyyyyyy", "xxxxxxxxx"),
    "staff/password/<uidb64>/<token>/": Answers("xxxxxxxxx", "xxxxxxxxx"),
    "staff/forgotten/": PUBLIC_FORM,
    "staff/account/": STAFF,
    "staff/account/details/": STAFF_DO,
    # A link that belongs to no account, and an invitation of someone else.
    "staff/account/address/<str:token>/": Answers("ss-xxxxxx", "ss-xxxxxx"),
    "staff/account/teams/<int:offer>/": Answers(NOT, "ss-------"),
    "staff/account/password/": STAFF_FORM,
    "staff/account/sessions/end/": STAFF_DO,
    "staff/account/authenticator/": STAFF_FORM,
    "staff/account/authenticator/remove/": NO_FACTOR,
    "staff/account/recovery-codes/": Answers("ss-------", "ss-nnnnnn"),
    "staff/account/recovery-codes/new/": STAFF_FORM,
    "staff/account/recovery-codes/download/": NO_FACTOR,
    "staff/account/passkeys/": STAFF,
    "staff/account/passkeys/add/": STAFF_FORM,
    "staff/account/passkeys/<int:pk>/remove/": NO_FACTOR,
    "staff/account/confirm/": STAFF,
    "staff/account/confirm/code/": NOTHING_TO_CONFIRM,
    "staff/account/confirm/passkey/": NOTHING_TO_CONFIRM,
    "staff/account/confirm/password/": NOTHING_TO_CONFIRM,
}

RATERS: dict[str, Answers] = {
    "r/go/": DESK_FORM,
    "r/go/consent/": DESK_FORM,
    "r/go/profile/": DESK_FORM,
    "r/go/instructions/": DESK_FORM,
    "r/go/pause/": DESK,
    "r/go/change/": DESK,
    "r/go/break/": DESK,
    "r/go/guess/": DESK_FORM,
    "r/go/debriefing/": DESK_FORM,
    "r/go/done/": DESK,
    # The study pays nothing.
    "r/go/statement/": Answers("x-xxxxxxx", NOT),
    "r/go/statement.pdf": Answers("x-xxxxxxx", NOT),
    "r/go/withdraw/": DESK_FORM,
    "r/a/<slug:code>/": DESK_FORM,
    "r/a/<slug:code>/answer/": DESK_FORM,
    "r/a/<slug:code>/change/": DESK_FORM,
    "r/a/<slug:code>/skip/": DESK_DO,
    "r/a/<slug:code>/print.pdf": DESK,
    # It is no pair to practise on.
    "r/a/<slug:code>/practised/": Answers("x-xxxxxxx", NOT),
    "r/a/<slug:code>/guess/": DESK_FORM,
    "r/new-link/": PUBLIC_FORM,
    "r/from/<slug:door>/": BY_LINK,
    r"r/^(?P<secret>[A-Za-z0-9_-]{3,200})/$": BY_LINK,
}

SHARED: dict[str, Answers] = {
    "shared/<slug:secret>/": PUBLIC,
    "shared/<slug:secret>/<slug:lang>/": PUBLIC,
    "shared/<slug:secret>/<slug:lang>/files/<path:name>": PUBLIC,
    "shared/<slug:secret>/<slug:lang>/tables/<slug:name>.<slug:form>": PUBLIC,
}

# Django's admin sends everybody who may not enter to its own sign-in, which is a 404 for somebody who is
# signed in. Staff who aren't admins may enter and find nothing there.
FORBIDDEN = Answers("ss-----x-", "ss-----x-")
NOWHERE = Answers("ss-------", "ss-------")
DJANGO_ADMIN: dict[str, Answers] = {
    "admin/": ADMIN,
    "admin/login/": Answers("ss-------", "ss-------"),
    "admin/logout/": Answers("yy-----n-", "yy-----s-"),
    "admin/password_change/": ADMIN,
    "admin/password_change/done/": Answers("ss-----y-", "ss-----n-"),
    "admin/autocomplete/": Answers("ss-----x-", "ss-----n-"),
    "admin/jsi18n/": Answers("ss-----y-", "ss-----n-"),
    "admin/r/<path:content_type_id>/<path:object_id>/": NOWHERE,
    "admin/core/user/": ADMIN,
    "admin/core/user/add/": ADMIN,
    "admin/core/user/<id>/password/": ADMIN,
    # It leads to the next.
    "admin/core/user/<path:object_id>/": ADMIN,
    "admin/core/user/<path:object_id>/change/": ADMIN,
    "admin/core/user/<path:object_id>/delete/": ADMIN,
    "admin/core/user/<path:object_id>/history/": ADMIN,
    # The audit trail can't be changed here.
    "admin/core/auditevent/": ADMIN,
    "admin/core/auditevent/add/": FORBIDDEN,
    "admin/core/auditevent/<path:object_id>/": ADMIN,
    "admin/core/auditevent/<path:object_id>/change/": Answers("ss-----y-", "ss-----x-"),
    "admin/core/auditevent/<path:object_id>/delete/": FORBIDDEN,
    "admin/core/auditevent/<path:object_id>/history/": ADMIN,
    "admin/^(?P<app_label>core)/$": ADMIN,
    "admin/(?P<url>.*)$": NOWHERE,
}

PERMISSIONS: dict[str, Answers] = {
    **STUDIES, **API, **GENERAL, **GENERATION, **API_GENERATION,
    **SITE, **WEBHOOKS, **PEOPLE, **ACCOUNT, **RATERS, **SHARED, **DJANGO_ADMIN,
}  # fmt: skip


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """Every route of the site, as the URL configuration writes it."""
    for found in (resolver or get_resolver()).url_patterns:
        route = prefix + str(found.pattern)
        if isinstance(found, URLResolver):
            yield from routes(found, route)
        elif isinstance(found, URLPattern):
            yield route
