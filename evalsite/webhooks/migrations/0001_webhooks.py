
import django.db.models.deletion
import evalsite.core.codes
import evalsite.webhooks.models
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0006_accounts'),
    ]

    operations = [
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=evalsite.webhooks.models.message_code, max_length=40, unique=True)),
                ('type', models.CharField(max_length=40)),
                ('data', models.JSONField()),
                ('key', models.CharField(blank=True, help_text='An event with a key is sent once.', max_length=80)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('delivered', 'delivered'), ('failed', 'failed')], default='waiting', max_length=10)),
                ('failures', models.PositiveIntegerField(default=0, help_text='Since it was last sent by hand.')),
                ('not_before', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('seconds', models.FloatField()),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('answer', models.CharField(blank=True, max_length=500)),
                ('problem', models.CharField(blank=True, choices=[('timeout', 'no answer within 15 seconds'), ('unreachable', 'no connection to the receiver'), ('internal', 'the address leads into a private network, which is not allowed here'), ('secret_lost', "the secret can't be decrypted: rotate it")], max_length=20)),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='webhooks.delivery')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Endpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=evalsite.core.codes.random_code, max_length=16, unique=True)),
                ('url', models.CharField(max_length=500)),
                ('events', models.JSONField(default=list, help_text='Values of EventType.')),
                ('secret', models.TextField(help_text='Encrypted.')),
                ('previous_secret', models.TextField(blank=True, help_text='Encrypted.')),
                ('rotated_at', models.DateTimeField(null=True)),
                ('disabled', models.CharField(blank=True, choices=[('staff', 'disabled by a member of the team'), ('gone', 'the receiver answered 410 Gone')], max_length=10)),
                ('quiet_until', models.DateTimeField(help_text='No attempts before, after one failed.', null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='webhooks', to='core.team')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AddField(
            model_name='delivery',
            name='endpoint',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='webhooks.endpoint'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['not_before'], name='webhook_waiting'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['created_at'], name='webhook_created'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('endpoint', 'type', 'key'), name='webhook_event_once'),
        ),
    ]
