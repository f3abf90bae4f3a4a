from django.db import migrations

from evalsite.core.append_only import append_only, create_function


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [create_function(), append_only("core_auditevent")]
