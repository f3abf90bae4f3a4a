"""What the demonstration is called, and who works there."""

from django.conf import settings

from evalsite.core.models import User

OPEN, FINISHED = "demo", "demo-finished"
STAFF = (("mara", User.Role.ADMIN), ("jonas", User.Role.RESEARCHER))
EXAMPLES = settings.BASE_DIR / "examples"
QUALITIES = EXAMPLES / "demo-qualities.yaml"
SEED = 2025
"""Of the simulated raters who have filled the finished study."""
