from django.db import migrations

from evalsite.core.append_only import no_truncate


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0010_team'),
    ]

    operations = no_truncate(
        'annotations_judgment',
        'annotations_score',
        'annotations_mark',
        'annotations_consent',
        'annotations_guess',
        'annotations_amendment',
        'annotations_raterstatement',
        'annotations_entry',
        'annotations_answerrevision',
    )
