from django.db import migrations

from evalsite.core.append_only import no_truncate


class Migration(migrations.Migration):

    dependencies = [
        ('generation', '0003_team'),
    ]

    operations = no_truncate(
        'generation_script',
        'generation_stageoutput',
    )
