"""`make load` and `make chaos`: a crowd of raters judges on a site that is started for it.

Django is set up here because the reader of forms belongs to one of its apps. No module connects with it to a
database.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evalsite.settings")
django.setup()
