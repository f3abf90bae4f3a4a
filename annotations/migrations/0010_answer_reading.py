from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0009_desk"),
    ]

    operations = [
        migrations.AddField(
            model_name="answer",
            name="reading",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="What the page has measured so far (annotations/desk/reading_time.py).",
            ),
        ),
    ]
