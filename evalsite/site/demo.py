"""What the demonstration is called, and who works there."""

from django.conf import settings
from django.urls import reverse
from sesame.utils import get_query_string

from evalsite.core.models import User

OPEN, FINISHED = "demo", "demo-finished"
DESK = ("demo-desk", "demo-single")
"""More open studies of the same texts: with practice, checks, pay and all that goes around pairs; one script
at a time."""
STAFF = (("mara", User.Role.ADMIN), ("jonas", User.Role.RESEARCHER))
EXAMPLES = settings.BASE_DIR / "examples"
QUALITIES = EXAMPLES / "demo-qualities.yaml"
SEED = 2025
"""Of the simulated raters who have filled the finished study."""
FINISHED_NONCE = "6pnxwfmq48zk36hshmmmhhb8vgh3njs5"
"""Of the finished study's draw: it has the numbers of docs/statistics.md wherever it is loaded."""


def ensure_staff(name: str, role: str) -> User:
    """Find or make a member of the staff who signs in by a link alone."""
    user, created = User.objects.get_or_create(
        username=name,
        defaults={"role": role, "is_staff": True, "is_superuser": role == User.Role.ADMIN},
    )
    if created:
        user.set_unusable_password()
        user.save()
    return user


def staff_links(url: str) -> list[dict[str, str]]:
    """A link for each of the demonstration's staff that has an account; it signs in once.

    Of the site's addresses only these are loaded, so that a start without the demonstration is quick.
    """
    people = User.objects.filter(username__in=[name for name, _ in STAFF], is_active=True)
    return [
        {
            "name": user.username,
            "role": User.Role.ADMIN if user.is_admin else User.Role.RESEARCHER,
            "link": url + reverse("staff-enter", urlconf="evalsite.accounts.urls") + get_query_string(user),
        }
        for user in people.order_by("pk")
    ]
