from django.db import migrations

from evalsite.core.append_only import append_only

# The address is where a run asks, which may move; all else decided what its datasets are made of.
FUNCTION = """
CREATE FUNCTION generation_keep_settings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ROW(NEW.frozen_settings - 'addresses', NEW.digest, NEW.kind)
        IS DISTINCT FROM ROW(OLD.frozen_settings - 'addresses', OLD.digest, OLD.kind)
        AND EXISTS (SELECT FROM generation_dataset WHERE run_id = OLD.id)
    THEN
        RAISE EXCEPTION 'generation_run is append-only: a dataset stands on its settings'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER generation_run_keep_settings BEFORE UPDATE OF frozen_settings, digest, kind ON generation_run
    FOR EACH ROW EXECUTE FUNCTION generation_keep_settings();
"""
BACK = """
DROP TRIGGER generation_run_keep_settings ON generation_run;
DROP FUNCTION generation_keep_settings();
"""
DATASET = ["slug", "version", "digest", "run_id", "recipe", "funnel", "card"]


def _removable_no_more(table: str, columns: list[str]) -> list[migrations.RunSQL]:
    """The guard of 0008 goes, one against removal too comes."""
    of_columns = f" OF {', '.join(columns)}" if columns else ""
    back = (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE{of_columns} ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION evalsite_refuse_change()"
    )
    return [
        migrations.RunSQL(f"DROP TRIGGER {table}_append_only ON {table}", back),
        append_only(table, columns=columns),
    ]


class Migration(migrations.Migration):
    dependencies = [("generation", "0009_intake"), ("core", "0002_append_only")]
    operations = [
        *_removable_no_more("generation_review", []),
        *_removable_no_more("generation_dataset", DATASET),
        *_removable_no_more("generation_example", []),
        append_only("generation_trainedmodel"),
        migrations.RunSQL(FUNCTION, BACK),
    ]
