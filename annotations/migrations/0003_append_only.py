from django.db import migrations

from evalsite.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("annotations", "0002_initial"), ("core", "0002_append_only")]
    operations = [
        append_only("annotations_judgment"),
        append_only("annotations_score"),
        append_only("annotations_consent"),
        append_only("annotations_amendment", removable=True),
        append_only("annotations_entry", columns=["code", "html", "text", "digest"], removable=True),
    ]
