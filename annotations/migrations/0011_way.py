from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0010_answer_reading"),
    ]

    operations = [
        migrations.AddField(
            model_name="rater",
            name="guess_sample",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text=(
                    "The scripts whose origin is asked for at the end, as drawn: [assignment's code, side]."
                ),
            ),
        ),
        migrations.AlterField(
            model_name="assignment",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "open"),
                    ("submitted", "submitted"),
                    ("expired", "expired"),
                    ("skipped", "skipped"),
                    ("late", "late"),
                    ("released", "released"),
                    ("practised", "practised"),
                ],
                default="open",
                max_length=20,
            ),
        ),
    ]
