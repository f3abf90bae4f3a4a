from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0008_guess_label'),
    ]

    operations = [
        migrations.AddField(
            model_name='rater',
            name='staff_conflicts',
            field=models.JSONField(blank=True, default=list, help_text="Those of `conflicts` that staff set; the rater can't remove them."),
        ),
        # Before raters fill in their profile, they have those of the invitation only.
        migrations.RunSQL(
            "UPDATE annotations_rater SET staff_conflicts = conflicts WHERE profile = '{}'",
            migrations.RunSQL.noop,
        ),
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
