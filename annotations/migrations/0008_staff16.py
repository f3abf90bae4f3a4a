from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0007_findings_salt'),
    ]

    operations = [
        migrations.AddField(
            model_name='unfinishedform',
            name='page_key',
            field=models.CharField(blank=True, help_text='Of the page that sent the content.', max_length=12),
        ),
        migrations.AddField(
            model_name='unfinishedform',
            name='save_number',
            field=models.PositiveIntegerField(default=0, help_text='That page numbers what it sends. A late autosave has a lower number.'),
        ),
        migrations.AlterField(
            model_name='unfinishedform',
            name='content',
            field=models.JSONField(help_text='The fields of the form, each a list of values; {} once they are saved or discarded.'),
        ),
    ]
