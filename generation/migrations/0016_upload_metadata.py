from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generation", "0015_reason_codes")]
    operations = [
        migrations.RenameField("upload", "told", "metadata"),
        migrations.AlterField(
            "upload",
            "metadata",
            models.JSONField(blank=True, default=dict, help_text="What is known of it so far: system, source."),
        ),
    ]
