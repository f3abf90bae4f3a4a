"""The ways into the demonstration: links for the staff, for raters, and to the report."""

import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import F
from django.urls import reverse

from annotations.desk import services, sessions
from annotations.models import Rater, Study
from evalsite.site.demo import DESK, FINISHED, OPEN, staff_links

READS = {OPEN: (["zh"], ["en"], ["en", "zh"]), **dict.fromkeys(DESK, (["zh"], ["en"]))}
"""The raters of each study, by the languages that they read."""
ENROLLED_BY = "demo"


def demo_links(url: str) -> dict[str, Any]:
    """`staff`, `raters` and `reports` as links.json holds them. Staff links are new each time, others kept.

    Raises Study.DoesNotExist where the demonstration was never loaded.
    """
    studies = {study.slug: study for study in Study.objects.filter(slug__in=READS)}
    if OPEN not in studies:
        raise Study.DoesNotExist(OPEN)
    kept = _kept_links()
    return {
        "staff": staff_links(url),
        "raters": {slug: _raters(studies[slug], url, kept) for slug in READS if slug in studies},
        "reports": [url + reverse("study-report", args=[FINISHED])],
    }


def _raters(study: Study, url: str, kept: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"reads": reads, "link": url + reverse("rater-enter", args=[secret])}
        for reads in READS[study.slug]
        if (secret := _secret(study, reads, kept))
    ]


def _kept_links() -> dict[str, str]:
    """Secrets printed before, by the code of their rater: a link that works is not replaced."""
    return {rater.code: secret for secret, rater in _kept_secrets()}


def _kept_secrets() -> Iterator[tuple[str, Rater]]:
    """From the links of this run, if it has any yet, and of the last one."""
    for name in ("links.kept.json", "links.json"):
        try:
            kept = json.loads((settings.VAR_DIR / "run" / name).read_text())
            rows = [row for raters in kept["raters"].values() for row in raters]
            secrets = [row["link"].rstrip("/").rsplit("/", 1)[-1] for row in rows]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
        for secret in secrets:
            rater = sessions.rater_for_secret(secret)
            if rater is not None and rater.withdrawn_at is None:
                yield secret, rater


def _secret(study: Study, reads: list[str], kept: dict[str, str]) -> str | None:
    """The secret of the demonstration's rater with these languages: kept, or issued again, or of a new rater.

    None where that rater has left and nobody can be enrolled any more.
    """
    mine = study.raters.filter(
        languages=reads,
        withdrawn_at__isnull=True,
        seat__events__detail__by=ENROLLED_BY,
        seat__events__rater_code=F("code"),
    ).first()
    if mine is not None:
        return kept.get(mine.code) or services.reissue_link(rater=mine, by=ENROLLED_BY)
    try:
        return services.enrol(study=study, languages=reads, by=ENROLLED_BY).secret
    except (services.NoFreeSeat, services.NotOpen):
        return None
