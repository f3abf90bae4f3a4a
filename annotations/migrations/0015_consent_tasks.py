"""A consent says of how many pairs its text speaks; of earlier ones that is not known."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotations", "0014_rater_statement")]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="tasks",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="How many pairs, or scripts, the text speaks of; empty: not known.",
                null=True,
            ),
        ),
    ]
