from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0016_consent_terms"),
    ]

    operations = [
        migrations.RenameModel(old_name="Look", new_name="DraftScan"),
        migrations.RenameModel(old_name="Freezing", new_name="FreezeRequest"),
    ]
