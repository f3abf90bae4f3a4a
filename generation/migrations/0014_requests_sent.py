from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("generation", "0012_profile_reviews"),
    ]

    operations = [
        migrations.AddField(
            model_name="stageoutput",
            name="sent",
            field=models.JSONField(
                default=dict,
                help_text="The request as it was sent, without its messages; empty before this was kept.",
            ),
        ),
        migrations.AddField(
            model_name="stageoutput",
            name="ignored",
            field=models.JSONField(
                default=list, help_text="Parameters of it that the provider is documented to ignore."
            ),
        ),
        migrations.AlterField(
            model_name="stageoutput",
            name="sampling",
            field=models.JSONField(help_text="The parameters that the system's file states."),
        ),
    ]
