from django.db import migrations

from evalsite.core.append_only import no_truncate


class Migration(migrations.Migration):

    dependencies = [
        ('training_data', '0003_team'),
    ]

    operations = no_truncate(
        'training_data_scene',
        'training_data_review',
        'training_data_dataset',
        'training_data_example',
        'training_data_trainedmodel',
        'training_data_profilereview',
        'training_data_datasetprofile',
    )
