from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0015_consent_tasks"),
    ]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="terms",
            field=models.JSONField(
                default=dict,
                help_text="The same as {first, text, more}: points as codes with params, and the study's own text.",
            ),
        ),
    ]
