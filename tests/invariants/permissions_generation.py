"""Who may do what below /generation/: by address and role the expected status of a GET and of an empty POST.

Written by hand. The roles are those of a person in the team that the page's rows belong to; `nobody` is an
admin of the site who belongs to no team, `stranger` has not signed in. A row of another team is a 404 for
everybody.
"""

ROLES = ("owner", "researcher", "watcher", "reviewer", "nobody", "stranger")
Row = dict[str, tuple[int, int]]


def _row(get: tuple[int, ...], post: tuple[int, ...]) -> Row:
    return dict(zip(ROLES, zip(get, post, strict=True), strict=True))


def look() -> Row:
    """A page for owners, researchers and watchers."""
    return _row((200, 200, 200, 404, 404, 302), (405,) * 6)


def download() -> Row:
    """A file for owners and researchers."""
    return _row((200, 200, 404, 404, 404, 302), (405,) * 6)


def own(get: int, post: int) -> Row:
    """A page on which owners change something."""
    return _row((get, 404, 404, 404, 404, 302), (post, 404, 404, 404, 404, 302))


def own_post(post: int) -> Row:
    """A form of another page, for owners."""
    return _row((405,) * 6, (post, 404, 404, 404, 404, 302))


def review() -> Row:
    """A page for owners, researchers and reviewers."""
    return _row((200, 200, 404, 200, 404, 302), (405,) * 6)


def decide(post: int) -> Row:
    """A page on which owners, researchers and reviewers decide."""
    return _row((200, 200, 404, 200, 404, 302), (post, post, 404, post, 404, 302))


PERMISSIONS: dict[str, Row] = {
    "generation/": look(),
    "generation/new/": own(200, 200),
    # Briefs and series
    "generation/briefs/": look(),
    "generation/briefs/new/": own(200, 422),
    "generation/briefs/upload/": own(200, 422),
    "generation/briefs/<slug:brief>/": look(),
    "generation/briefs/<slug:brief>/brief.yaml": download(),
    "generation/briefs/<slug:brief>/edit/": own(409, 409),  # it has scripts
    "generation/briefs/<slug:brief>/delete/": own(200, 303),
    "generation/series/": look(),
    "generation/series/<slug:series>/": look(),
    "generation/series/<slug:series>/title/": own(200, 200),
    "generation/series/<slug:series>/names/": own(200, 303),
    "generation/series/<slug:series>/delete/": own(200, 303),
    # Systems and measures
    "generation/fitness/": look(),
    "generation/fitness/<slug:system>/": look(),
    "generation/systems/": look(),
    "generation/systems/new/": own(200, 422),
    "generation/systems/<slug:source>/<slug:slug>/": look(),
    "generation/systems/<slug:source>/<slug:slug>/preview/": look(),
    "generation/systems/<slug:source>/<slug:slug>/system.yaml": download(),
    # Scripts by people. A file is asked for by POST where its rights are restricted.
    "generation/scripts/": look(),
    "generation/scripts/new/": own(200, 400),
    "generation/scripts/uploads/<slug:code>/": _row(
        (200, 200, 200, 404, 404, 302), (400, 404, 404, 404, 404, 302)
    ),
    "generation/scripts/uploads/<slug:code>/types/": own_post(303),
    "generation/scripts/uploads/<slug:code>/scenes/": own(200, 303),
    "generation/scripts/uploads/<slug:code>/source/": own(200, 200),
    "generation/scripts/uploads/<slug:code>/check/": own(200, 303),
    "generation/scripts/uploads/<slug:code>/drop/": own(200, 303),
    "generation/scripts/texts/<int:key>/<slug:kind>/": _row(
        (200, 200, 404, 404, 404, 302), (200, 200, 404, 404, 404, 302)
    ),
    "generation/scripts/<slug:brief>/<slug:system>/<int:sample>/": look(),
    "generation/scripts/<slug:brief>/<slug:system>/<int:sample>/<slug:kind>/": _row(
        (200, 200, 404, 404, 404, 302), (200, 200, 404, 404, 404, 302)
    ),
    # Runs
    "generation/<slug:code>/": look(),
    "generation/<slug:code>/live/": look(),
    "generation/<slug:code>/live/jobs/": look(),
    "generation/<slug:code>/texts/": look(),
    "generation/<slug:code>/name/": own(200, 200),
    "generation/<slug:code>/limits/": own(200, 200),
    "generation/<slug:code>/pause/": own(200, 303),
    "generation/<slug:code>/go-on/": own(200, 303),
    "generation/<slug:code>/cancel/": own(200, 303),
    "generation/<slug:code>/retry/": own(200, 303),
    "generation/<slug:code>/<slug:brief>/<slug:system>/<int:sample>/": look(),
    "generation/<slug:code>/<slug:brief>/<slug:system>/<int:sample>/history.jsonl": download(),
    # Training data
    "generation/corpus/": look(),
    "generation/corpus/new/": own(200, 400),
    "generation/corpus/new/<slug:code>/": own(200, 422),
    "generation/corpus/new/<slug:code>/drop/": own(200, 303),
    "generation/corpus/<slug:work>/": look(),
    "generation/corpus/<slug:work>/delete/": own(200, 303),
    "generation/corpus/<slug:work>/<int:number>/": look(),
    "generation/synthesis/": look(),
    "generation/synthesis/new/": own(200, 200),
    "generation/<slug:code>/jobs/<int:key>/": look(),
    "generation/<slug:code>/jobs/<int:key>/history.jsonl": download(),
    "generation/review/": review(),
    "generation/review/<slug:code>/": review(),
    "generation/review/<slug:code>/profiles/": review(),
    "generation/review/<slug:code>/profiles/<int:job>/": decide(303),
    "generation/review/<slug:code>/rejected/<slug:step>/": review(),
    "generation/review/<slug:code>/<int:candidate>/": decide(303),
    "generation/review/<slug:code>/filter/": own_post(303),
    "generation/review/<slug:code>/build/": own_post(303),
    "generation/review/<slug:code>/dismiss/": own_post(303),
    "generation/datasets/": look(),
    "generation/datasets/<slug:dataset>/<int:version>/": look(),
    "generation/datasets/<slug:dataset>/<int:version>/examples/": look(),
    "generation/datasets/<slug:dataset>/<int:version>/download/": download(),
    "generation/models/": look(),
    "generation/models/<slug:model>/": look(),
}
