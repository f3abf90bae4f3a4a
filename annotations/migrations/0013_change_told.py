"""Changes keep the time at which they were made beside the one at which the site heard of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotations", "0012_freezing")]

    operations = [
        migrations.AlterModelOptions(name="answerchange", options={"ordering": ["at", "pk"]}),
        migrations.AddField(
            model_name="answerchange", name="arrived_at", field=models.DateTimeField(null=True)
        ),
        # So far a change was only known from its arrival.
        migrations.RunSQL(
            "UPDATE annotations_answerchange SET arrived_at = at", reverse_sql=migrations.RunSQL.noop
        ),
        migrations.AlterField(model_name="answerchange", name="arrived_at", field=models.DateTimeField()),
        migrations.AddField(
            model_name="answerchange",
            name="page",
            field=models.CharField(
                blank=True,
                default="",
                help_text="A random code of the page that told of it, new at each loading.",
                max_length=32,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="answerchange",
            name="number",
            field=models.PositiveIntegerField(blank=True, help_text="Counts from 1 on each page.", null=True),
        ),
        migrations.AddConstraint(
            model_name="answerchange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("page", ""), _negated=True),
                fields=("assignment", "page", "number"),
                name="change_told_once",
            ),
        ),
    ]
