from django.db import migrations, models


def name_runs(apps, schema_editor):
    """Give runs from before they had names the name that they would get now."""
    Run = apps.get_model("generation", "Run")
    rows = Run.objects.values_list("pk", "created_at", "frozen_settings__addresses")
    for key, created_at, addresses in rows.iterator():
        slugs = list(addresses or {})
        more = f" +{len(slugs) - 3}" if len(slugs) > 3 else ""
        name = f"{', '.join(slugs[:3])[:95]}{more} · {created_at:%Y-%m-%d}" if slugs else ""
        Run.objects.filter(pk=key).update(name=name)


class Migration(migrations.Migration):
    dependencies = [("generation", "0001_version_0_3")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="name",
            field=models.CharField(
                blank=True, help_text="For people; no part of the digest.", max_length=120
            ),
        ),
        migrations.RunPython(name_runs, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name="attempt",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("sent", "sent"),
                    ("ok", "ok"),
                    ("refused", "answer rejected"),
                    ("error", "error"),
                    ("lost", "lost"),
                ],
                default="sent",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="source",
            name="origin",
            field=models.CharField(
                blank=True,
                choices=[
                    ("commissioned", "written from the brief for a study"),
                    ("aired", "from an aired work"),
                    ("unaired", "from an unaired work"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="source",
            name="rights",
            field=models.CharField(
                choices=[("show", "for raters only"), ("redistribute", "may be redistributed")],
                default="show",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="system",
            name="kind",
            field=models.CharField(
                choices=[
                    ("pipeline", "pipeline"),
                    ("imported", "imported"),
                    ("human", "human"),
                    ("recipe", "training-data recipe"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="upload",
            name="state",
            field=models.CharField(
                choices=[("open", "open"), ("taken", "imported"), ("dropped", "discarded")],
                default="open",
                max_length=20,
            ),
        ),
    ]
