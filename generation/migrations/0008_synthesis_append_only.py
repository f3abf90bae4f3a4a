from django.db import migrations

from evalsite.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("generation", "0007_synthesis"), ("core", "0002_append_only")]
    operations = [
        append_only("generation_scene", columns=["text", "digest", "work_id", "number"], removable=True),
        append_only("generation_review", removable=True),
        append_only("generation_dataset", columns=["slug", "version", "digest", "run_id", "recipe", "funnel", "card"], removable=True),
        append_only("generation_example", removable=True),
    ]
