"""What gunicorn serves."""

import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evalsite.settings")

# Two processes with keys of their own would not know each other's sessions; a known key could be forged.
if not settings.KEPT_SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set: give the server a secret of 50 characters or more.")

application = get_wsgi_application()
# Read the addresses, and with them all views, before processes are forked that share them.
_ = get_resolver().url_patterns
