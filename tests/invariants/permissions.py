"""Who may open and change what: the least role for GET and for POST of each address, written by hand.

`tests/annotations/staff/test_teams.py` compares the addresses about studies with it. An address without a
line here fails that test. Addresses are written as the URL configuration writes them.
"""

from collections.abc import Iterator
from typing import NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver

from evalsite.core.models import Role

OWNER, RESEARCHER, WATCHER = Role.OWNER, Role.RESEARCHER, Role.WATCHER
INCLUDES: dict[str, tuple[str, ...]] = {
    OWNER: (OWNER,),
    RESEARCHER: (OWNER, RESEARCHER),
    WATCHER: (OWNER, RESEARCHER, WATCHER),
}
"""Who has at least that role. Reviewers see training data and nothing of studies."""


class Least(NamedTuple):
    """The least role for each method; None where the address does not take the method (405)."""

    get: str | None
    post: str | None

    def allows(self, role: str, method: str) -> bool:
        least = self.get if method == "GET" else self.post
        return least is not None and role in INCLUDES[least]

    def takes(self, method: str) -> bool:
        return (self.get if method == "GET" else self.post) is not None


LOOK = Least(WATCHER, None)
"""Progress and, after unblinding, reports."""
WORK = Least(RESEARCHER, RESEARCHER)
READ_ROWS = Least(RESEARCHER, None)
"""Raters, emails and single judgments."""
DO = Least(None, RESEARCHER)
OWN = Least(OWNER, OWNER)

STUDY = "studies/<slug:slug>/"
STUDIES: dict[str, Least] = {
    STUDY: LOOK,
    f"{STUDY}watch/live/": LOOK,
    f"{STUDY}preview/": WORK,
    f"{STUDY}preview/<path:rest>": WORK,
    f"{STUDY}freeze/": DO,
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
    f"{STUDY}pay/": Least(OWNER, None),
    f"{STUDY}pay.csv": Least(OWNER, None),
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
    "api/v1/studies/<slug:slug>/": LOOK,
    "api/v1/studies/<slug:slug>/watch/": LOOK,
    "api/v1/studies/<slug:slug>/raters/": READ_ROWS,
    "api/v1/studies/<slug:slug>/reports/": LOOK,
    "api/v1/studies/<slug:slug>/reports/<slug:code>/": LOOK,
    "api/v1/studies/<slug:slug>/tables/": READ_ROWS,
    "api/v1/studies/<slug:slug>/tables/<slug:name>/": READ_ROWS,
}
"""Addresses about one study, by the role in its team. Without that role the answer is 404, as for a study
that does not exist."""

WITHOUT_STUDY: dict[str, Least] = {
    "studies/": LOOK,
    "studies/new/": WORK,
    "studies/new/unsaved/": DO,
    "studies/new/file/": WORK,
    "planning/": LOOK,
    "planning/simulate/": Least(None, WATCHER),
    "planning/chart.svg": LOOK,
}
"""Addresses about studies in general, by the role in the current team (planning: in any)."""

FOR_EVERYBODY = ("studies/report.css", "studies/report.js", "api/v1/studies/")
"""Style and script of reports, and the list of the API, which is empty for reviewers."""


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """Every route of the site, as the URL configuration writes it."""
    for found in (resolver or get_resolver()).url_patterns:
        route = prefix + str(found.pattern)
        if isinstance(found, URLResolver):
            yield from routes(found, route)
        elif isinstance(found, URLPattern):
            yield route
