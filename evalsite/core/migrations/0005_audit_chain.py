import django.utils.timezone
from django.db import migrations, models

from evalsite.core.append_only import append_only, no_truncate
from evalsite.core.chain_digests import (
    FIRST,
    commitment,
    committed_values,
    content_digest,
    line_digest,
    new_salt,
)

# Runs at the end of the transaction that wrote the line, so the lock is held only while it commits.
# As the owner of the table, for the application's role may only insert lines. The table is named with its
# schema, or a temporary table of the same name would catch the line.
CHAIN = """
CREATE FUNCTION evalsite_chain_line() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    place bigint;
    before text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('evalsite audit chain'));
    EXECUTE format('SELECT sequence, digest FROM %I.%I WHERE sequence IS NOT NULL ORDER BY sequence DESC LIMIT 1',
                   TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO place, before;
    place := coalesce(place, 0) + 1;
    before := coalesce(before, repeat('0', 64));
    EXECUTE format('UPDATE %I.%I SET sequence = $1, previous = $2, digest = $3 WHERE id = $4 AND sequence IS NULL',
                   TG_TABLE_SCHEMA, TG_TABLE_NAME)
      USING place, before,
            encode(sha256(convert_to(place || E'\\n' || before || E'\\n' || NEW.content, 'UTF8')), 'hex'), NEW.id;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER core_auditevent_chain AFTER INSERT ON core_auditevent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.sequence IS NULL)
    EXECUTE FUNCTION evalsite_chain_line();
"""
UNCHAIN = "DROP TRIGGER core_auditevent_chain ON core_auditevent; DROP FUNCTION evalsite_chain_line();"

# A line gets its place once. Later a value may only be erased, together with its salt.
REFUSE = """
CREATE FUNCTION evalsite_refuse_trail_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    place CONSTANT text[] := '{sequence,previous,digest}';
    erasable CONSTANT text[] := '{who,about,detail,salts}';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.sequence IS NULL AND to_jsonb(NEW) - place = to_jsonb(OLD) - place THEN
            RETURN NEW;
        END IF;
        IF to_jsonb(NEW) - erasable = to_jsonb(OLD) - erasable
           AND NEW.who IN (OLD.who, '') AND NEW.about IN (OLD.about, '')
           AND NEW.detail <@ OLD.detail AND NEW.salts <@ OLD.salts AND NEW.salts <> OLD.salts THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER core_auditevent_append_only BEFORE UPDATE OR DELETE ON core_auditevent
    FOR EACH ROW EXECUTE FUNCTION evalsite_refuse_trail_change();
"""
ALLOW = """
DROP TRIGGER core_auditevent_append_only ON core_auditevent;
DROP FUNCTION evalsite_refuse_trail_change();
"""


def chain_existing_lines(apps, schema_editor):
    """Lines from before the chain join it in the order of their keys. It says nothing of what they were before."""
    lines = apps.get_model("core", "AuditEvent").objects.order_by("pk")
    previous, changed = FIRST, []
    for sequence, line in enumerate(lines.iterator(chunk_size=1000), 1):
        values = committed_values(line.who, line.about, line.detail)
        line.salts = {name: new_salt() for name in values}
        line.commitments = {name: commitment(value, line.salts[name]) for name, value in values.items()}
        line.content = content_digest(line.at, line.verb, line.commitments)
        line.sequence, line.previous = sequence, previous
        line.digest = previous = line_digest(sequence, previous, line.content)
        changed.append(line)
    fields = ["salts", "commitments", "content", "sequence", "previous", "digest"]
    lines.model.objects.bulk_update(changed, fields, batch_size=500)


before = append_only('core_auditevent')


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0004_teams'),
    ]

    operations = [
        migrations.CreateModel(
            name='FailedSignIns',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hour', models.DateTimeField()),
                ('account', models.BigIntegerField(default=0, help_text='The key of the account; 0 if there is none.')),
                ('count', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('hour', 'account'), name='failed_sign_ins_once')],
            },
        ),
        migrations.CreateModel(
            name='TimeStamp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.BigIntegerField()),
                ('digest', models.CharField(max_length=64)),
                ('reply', models.BinaryField(help_text="The authority's reply, in DER.")),
                ('at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='time'),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='commitments',
            field=models.JSONField(default=dict, editable=False, help_text='Per value: its salted digest.'),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='salts',
            field=models.JSONField(default=dict, editable=False, help_text='Per value that is not erased: its salt.'),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='content',
            field=models.CharField(default='', editable=False, help_text='Digest of the line apart from its place.', max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='auditevent',
            name='sequence',
            field=models.BigIntegerField(editable=False, null=True, unique=True),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='previous',
            field=models.CharField(db_default='', default='', editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='digest',
            field=models.CharField(db_default='', default='', editable=False, max_length=64),
        ),
        migrations.RunSQL(before.reverse_sql, before.sql),
        migrations.RunPython(chain_existing_lines, migrations.RunPython.noop),
        migrations.RunSQL(REFUSE, ALLOW),
        migrations.RunSQL(CHAIN, UNCHAIN),
        *no_truncate('core_auditevent', 'core_timestamp'),
        append_only('core_timestamp'),
    ]
