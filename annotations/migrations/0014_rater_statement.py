"""What raters say of themselves is kept each time that it changes."""

import django.db.models.deletion
from django.db import migrations, models

from evalsite.core.append_only import append_only

# What profiles say so far is the first of what they will have said.
SO_FAR = """
INSERT INTO annotations_raterstatement (rater_id, about, content, at)
SELECT id, 'profile',
       jsonb_build_object('profile', profile, 'series_known', series_known, 'conflicts', conflicts), now()
FROM annotations_rater WHERE profile <> '{}'::jsonb
"""


class Migration(migrations.Migration):
    dependencies = [("annotations", "0013_change_told")]

    operations = [
        migrations.CreateModel(
            name="RaterStatement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "about",
                    models.CharField(
                        choices=[("profile", "profile and series"), ("training_use", "use for training")],
                        max_length=20,
                    ),
                ),
                (
                    "content",
                    models.JSONField(help_text="{profile, series_known, conflicts}, or {training_use}."),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "rater",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="statements",
                        to="annotations.rater",
                    ),
                ),
            ],
            options={"ordering": ["pk"]},
        ),
        migrations.RunSQL(SO_FAR, reverse_sql=migrations.RunSQL.noop),
        append_only("annotations_raterstatement", removable=True),
    ]
