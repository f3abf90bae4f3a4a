"""What gunicorn serves."""

import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.template.loader import get_template
from django.urls import get_resolver
from django.utils.translation import override

from evalsite.core.web_database import limit_waiting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evalsite.settings")

# Two processes with keys of their own would not know each other's sessions; a known key could be forged.
if not settings.KEPT_SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set: give the server a secret of 50 characters or more.")


def load() -> None:
    """Load what requests would load one by one, before processes are forked that share it."""
    _ = get_resolver().url_patterns
    for file in (settings.BASE_DIR / "templates" / "rater").glob("*.html"):
        get_template(f"rater/{file.name}")
    for language, _name in settings.LANGUAGES:
        with override(language):
            pass


limit_waiting(settings)
application = get_wsgi_application()
load()
