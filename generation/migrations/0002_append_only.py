from django.db import migrations

from evalsite.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("generation", "0001_initial"), ("core", "0002_append_only")]
    operations = [
        append_only("generation_script", columns=["text", "digest", "brief_id", "system_id", "sample"], removable=True),
        append_only("generation_stageoutput", removable=True),
    ]
