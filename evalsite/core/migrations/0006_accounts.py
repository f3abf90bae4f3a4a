from django.db import migrations, models

# Notes who changed a password, an address or a username, whatever route the change took: a page, the admin, a command or
# a statement. `User.changes_own_access` names the account whose person acts. The moment never moves back.
NOTE_ACCESS = """
CREATE FUNCTION evalsite_note_access() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mark text := coalesce(current_setting('evalsite.changes_own_access', true), '');
    own boolean := mark = NEW.id::text;
    same boolean := mark = NEW.id::text || ' same';
BEGIN
    IF NEW.password IS DISTINCT FROM OLD.password AND NOT same THEN
        NEW.password_set_at := clock_timestamp();
        NEW.password_set_by_self := own;
    ELSE
        NEW.password_set_at := OLD.password_set_at;
        NEW.password_set_by_self := OLD.password_set_by_self;
    END IF;
    IF NEW.email IS DISTINCT FROM OLD.email THEN
        NEW.email_set_by_self := own;
    ELSIF NOT own THEN
        NEW.email_set_by_self := OLD.email_set_by_self;
    END IF;
    IF NOT own AND NOT same AND (NEW.password, NEW.email, NEW.username)
        IS DISTINCT FROM (OLD.password, OLD.email, OLD.username)
    THEN
        NEW.access_changed_by_other_at := clock_timestamp();
    END IF;
    NEW.access_changed_by_other_at := greatest(NEW.access_changed_by_other_at, OLD.access_changed_by_other_at);
    RETURN NEW;
END $$;
CREATE TRIGGER core_user_note_access BEFORE UPDATE ON core_user
    FOR EACH ROW EXECUTE FUNCTION evalsite_note_access();
"""
FORGET = "DROP TRIGGER core_user_note_access ON core_user; DROP FUNCTION evalsite_note_access();"

# The table of Django's database cache, as `createcachetable` would make it.
CACHE = """
CREATE TABLE core_cache (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX core_cache_expires ON core_cache (expires);
"""

# django-axes kept names and addresses of failed sign-ins; its tables are not used any more.
DROP_AXES = """
DROP TABLE IF EXISTS
    axes_accessattemptexpiration, axes_accessattempt, axes_accessfailurelog, axes_accesslog CASCADE;
DELETE FROM django_migrations WHERE app = 'axes';
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0005_audit_chain'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='access_changed_by_other_at',
            field=models.DateTimeField(editable=False, help_text='When someone else last changed the password, the mail address, the username or a second factor, or made a sign-in link. A trigger sets it for the first three, and never lets it move back.', null=True),
        ),
        migrations.AddField(
            model_name='user',
            name='email_set_by_self',
            field=models.BooleanField(default=False, editable=False, help_text='Whether the person typed or saved the address, and no one else.'),
        ),
        migrations.AddField(
            model_name='user',
            name='password_set_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='user',
            name='password_set_by_self',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name='user',
            name='sessions_end_at',
            field=models.DateTimeField(editable=False, help_text='Sessions that began before this moment are signed out.', null=True),
        ),
        migrations.RunSQL(NOTE_ACCESS, FORGET),
        migrations.RunSQL(CACHE, "DROP TABLE core_cache"),
        migrations.RunSQL(DROP_AXES, migrations.RunSQL.noop),
    ]
