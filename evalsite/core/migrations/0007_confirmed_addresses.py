from django.conf import settings
from django.db import migrations, models
import django.db.models.deletion

# A confirmation belongs to one address, whatever route the change takes: a page, the admin, a command or a statement.
FORGET_CONFIRMATION = """
CREATE FUNCTION evalsite_forget_confirmation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.email_confirmed_at := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER core_user_forget_confirmation BEFORE UPDATE ON core_user
    FOR EACH ROW WHEN (NEW.email IS DISTINCT FROM OLD.email) EXECUTE FUNCTION evalsite_forget_confirmation();
"""
UNDO = "DROP TRIGGER core_user_forget_confirmation ON core_user; DROP FUNCTION evalsite_forget_confirmation();"


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0006_accounts'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='email_confirmed_at',
            field=models.DateTimeField(editable=False, help_text='When the person used a link that was mailed to the address. A trigger empties it when the address changes.', null=True),
        ),
        migrations.CreateModel(
            name='MembershipOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('owner', 'owner'), ('researcher', 'researcher'), ('watcher', 'watcher'), ('reviewer', 'reviewer')], max_length=20)),
                ('email', models.EmailField(help_text='As the inviter typed it.', max_length=254)),
                ('made_at', models.DateTimeField(auto_now=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='core.team')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='membership_offers', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('user', 'team'), name='membership_offer_once')],
            },
        ),
        migrations.RunSQL(FORGET_CONFIRMATION, UNDO),
    ]
