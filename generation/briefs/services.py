"""What people do to a brief: write, change, delete it. All of it goes into the audit trail."""

from dataclasses import dataclass

from django.db import transaction

from evalsite.core.models import record
from generation.briefs.uses import BriefUse, uses_of
from generation.models import Brief
from generation.reading import BriefSpec
from generation.services import StoredBrief, store_briefs


class SlugTaken(Exception):
    """There is a brief of this slug, and this was to be a new one."""


class ChangedMeanwhile(Exception):
    """Somebody has changed or deleted the brief since it was opened; their change stands."""


class InUse(Exception):
    """Something hangs on it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What hangs on a brief."""

    jobs: int
    scripts: int
    uses: tuple[BriefUse, ...]

    @property
    def is_fixed(self) -> bool:
        """Whether a change would make history false: something was written or judged for it as it is."""
        return bool(self.jobs or self.scripts or self.frozen)

    @property
    def is_free(self) -> bool:
        """Whether nothing would miss it."""
        return not (self.jobs or self.scripts or self.uses)

    @property
    def frozen(self) -> list[BriefUse]:
        return [use for use in self.uses if use.frozen]

    @property
    def drafts(self) -> list[BriefUse]:
        return [use for use in self.uses if not use.frozen]


def standing_of(brief: Brief) -> Standing:
    return Standing(brief.jobs.count(), brief.scripts.count(), tuple(uses_of([brief.slug])))


@transaction.atomic
def write_brief(*, spec: BriefSpec, expected: str, by: str) -> StoredBrief:
    """Store what was written in the browser, as files are stored.

    `expected` is the digest of the brief as it was opened, empty for a new one. Raises SlugTaken,
    ChangedMeanwhile, and `InputErrors` as `store_briefs` does.
    """
    found = Brief.objects.select_for_update().filter(slug=spec.slug).first()
    if expected and (found is None or found.digest != expected):
        raise ChangedMeanwhile
    if found is not None and not expected:
        raise SlugTaken
    return store_briefs([spec], by=by, alone=True)[0]


@transaction.atomic
def delete_brief(*, brief: Brief, by: str) -> None:
    """Delete a brief on which nothing hangs. Raises InUse."""
    brief = Brief.objects.select_for_update().get(pk=brief.pk)
    if not standing_of(brief).is_free:
        raise InUse
    record(who=by, verb="delete brief", about=brief.slug, digest=brief.digest)
    brief.delete()
