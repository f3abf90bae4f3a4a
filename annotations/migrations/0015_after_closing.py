from django.db import migrations, models

# Tables are named with their schema: a temporary table of the same name must not answer for them.
GUARD_STATE = """
CREATE FUNCTION evalsite_require_study_state() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    IF TG_ARGV[0] = 'rater' THEN
        SELECT study.state INTO found FROM public.annotations_rater rater
          JOIN public.annotations_study study ON study.id = rater.study_id WHERE rater.id = NEW.rater_id;
    ELSE
        SELECT study.state INTO found FROM public.annotations_assignment held
          JOIN public.annotations_rater rater ON rater.id = held.rater_id
          JOIN public.annotations_study study ON study.id = rater.study_id WHERE held.id = NEW.assignment_id;
    END IF;
    IF NOT found = ANY (TG_ARGV[1]::text[]) THEN
        RAISE EXCEPTION '% takes no row: the study is %', TG_TABLE_NAME, found USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
# What a new row belongs to, and the states of the study in which it may be added, by table.
STATES = {
    'assignment': ('rater', 'open'),
    'sitting': ('rater', 'open'),
    'judgment': ('assignment', 'open'),
    'score': ('assignment', 'open'),
    'mark': ('assignment', 'open'),
    'answerrevision': ('assignment', 'open'),
    'guess': ('assignment', 'open,paused'),
    'exclusionevent': ('assignment', 'open,paused,closed'),
}

# Raters may allow the use for training later, too. Erasing empties a profile.
GUARD_STATEMENTS = """
CREATE FUNCTION evalsite_refuse_statement_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.content = '{}' AND OLD.about = 'profile'
       AND to_jsonb(NEW) - 'content' = to_jsonb(OLD) - 'content' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER annotations_raterstatement_append_only ON annotations_raterstatement;
CREATE TRIGGER annotations_raterstatement_append_only BEFORE UPDATE OR DELETE ON annotations_raterstatement
    FOR EACH ROW EXECUTE FUNCTION evalsite_refuse_statement_change();
CREATE TRIGGER annotations_raterstatement_study_state BEFORE INSERT ON annotations_raterstatement
    FOR EACH ROW WHEN (NEW.about = 'profile')
    EXECUTE FUNCTION evalsite_require_study_state('rater', '{frozen,open,paused}');
"""

# A study only moves on, apart from undoing a freeze, and what was frozen changes no more.
GUARD_PLAN = """
CREATE FUNCTION evalsite_refuse_plan_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    states CONSTANT text[] := '{draft,frozen,open,paused,closed,unblinded}';
    plan CONSTANT text[] := '{slug,title,question,spec,spec_digest,frozen_digest,seed}';
    later boolean := array_position(states, NEW.state::text) >= array_position(states, OLD.state::text)
                  OR (OLD.state = 'paused' AND NEW.state = 'open');
BEGIN
    IF OLD.state = 'frozen' AND NEW.state = 'draft' THEN
        RETURN NEW;
    END IF;
    IF NOT later OR (SELECT jsonb_object_agg(key, to_jsonb(NEW) -> key) <> jsonb_object_agg(key, to_jsonb(OLD) -> key)
                       FROM unnest(plan) AS key) THEN
        RAISE EXCEPTION 'study % is %: this change is refused', OLD.slug, OLD.state USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER annotations_study_plan BEFORE UPDATE ON annotations_study
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION evalsite_refuse_plan_change();

CREATE FUNCTION evalsite_refuse_criterion_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM public.annotations_study study WHERE study.state <> 'draft'
                  AND study.id IN (OLD.study_id, NEW.study_id)) THEN
        RAISE EXCEPTION '% of a frozen study: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER annotations_criterion_plan BEFORE INSERT OR UPDATE OR DELETE ON annotations_criterion
    FOR EACH ROW EXECUTE FUNCTION evalsite_refuse_criterion_change();
"""


def guard(table, belongs_to, states):
    name = f'annotations_{table}'
    return (
        f'CREATE TRIGGER {name}_study_state BEFORE INSERT ON {name} FOR EACH ROW '
        f"EXECUTE FUNCTION evalsite_require_study_state('{belongs_to}', '{{{states}}}')"
    )


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0014_freeze_jobs'),
    ]

    operations = [
        migrations.AddField(
            model_name='judgment',
            name='questions_digest',
            field=models.CharField(blank=True, db_default='', default='', help_text='Digest of the questions on the page that was answered.', max_length=64),
        ),
        *(migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (
            GUARD_STATE,
            *(guard(table, *values) for table, values in STATES.items()),
            GUARD_STATEMENTS,
            GUARD_PLAN,
        )),
    ]
