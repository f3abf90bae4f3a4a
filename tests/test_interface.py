"""The public interface: commands, options, addresses, columns and report keys that scripts rely on.

The lists are written out here, so that a rename fails this test before it breaks a script.
"""

import contextlib
import csv
import importlib
import io
import json
import re
import sys
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands, load_command_class
from django.test import Client
from django.urls import Resolver404, resolve

from analysis.tables import frames
from tests import factories

ROOT = Path(__file__).resolve().parents[1]

MAKE_TARGETS = """
help install run test test-slow test-all test-vllm test-training training-env check bench coverage
screenshots requirements clean fuzz-api
"""

COMMANDS = {
    "load_study": "file --freeze --open",
    "load_briefs": "",
    "import_scripts": """
        --system --name --human --writer --brief --scene --origin --version --rights --credit --knew
    """,
    "generate": """
        --system --brief --as --samples --seed --base-url --mix-adapters --by-worker --retry-failed
        --go-on --limit-tokens --limit-cost --price-in --price-out --estimate
    """,
    "synthesize": """
        folder --works --recipe --seed --base-url --dataset --without-reviews --by-worker --retry-failed
        --go-on --limit-tokens --limit-cost --price-in --price-out --estimate
    """,
    "simulate_raters": """
        study --raters --seed --url --qualities --careless --slow --resume --accepted --at-once --longest
    """,
    "freeze_study": "study --undo",
    "open_study": "study",
    "close_study": "study",
    "unblind_study": "study --by",
    "export_study": "study --out --format",
    "report": "study --out --seed --replicates --full-pdf --full-markdown",
    "bundle": "study --out",
    "verify_study": "study",
    "check_backend": "--base-url",
    "fake_server": "--port --slow --fail-every --trouble --mixes-up --context --model",
    "sweep": "",
    "load_demo": "",
    "demo_links": "",
    "load_systems": "--check",
    "export_scripts": "format out",
    "measure_scripts": "--again",
    "import_corpus": "folder --dry-run --replace --change-rights",
    "dataset": "",
    "register_model": "card",
    "compile_translations": "--check",
    "enrol_raters": "study --count --reads --ready --out",
    "accept_findings": "study --reason",
    "send_test_mail": "address",
    "account_link": "name --remove-second-factor",
    "backup": "file --recipient --keep",
    "restore": "file --identity",
    "export_draft": "study --out",
    "load_draft": "file --team",
    "erase_expired": "",
    "create_token": "name --scope --days --team",
}
DATASET_COMMANDS = "build list show export compare remake"

PROGRAMS = {
    "analysis.stats report": """
        --judgments --scores --marks --plan --primary --human --replicates --seed --no-plots --out --lang
        --full-pdf --full-markdown
    """,
    "analysis.stats check": "--judgments --scores --marks --plan",
    "analysis.stats verify": "BUNDLE --report",
    "analysis.stats power": "--out",
    "analysis.stats.coverage": "",
    "analysis.stats.attention_rates": "",
    "generation.training train": "recipe",
    "generation.training check": "recipe",
    "generation.training card": "recipe",
    "generation.runs.sums": "",
    "evalsite.local run": "--no-demo --with-parent",
    "bench.run": "name",
}

ENVIRONMENT = """
PORT DATABASE_URL DATABASE_OWNER_URL BROKER_URL SECRET_KEY VLLM_PYTHON HOST EVALSITE_VAR PUBLIC_URL
ALLOWED_HOSTS TRUSTED_PROXIES
LEASE_MINUTES WEB_CONCURRENCY WORKER_CONCURRENCY LOG_LEVEL DEBUG GENERATION_LEASE_S EMAIL_HOST EMAIL_PORT
EMAIL_HOST_USER EMAIL_HOST_PASSWORD EMAIL_USE_TLS EMAIL_USE_SSL EMAIL_TIMEOUT DEFAULT_FROM_EMAIL
BACKUP_AGE_RECIPIENT RETENTION_DAYS_RATER_CONTACT RETENTION_DAYS_RATER_WORDS RETENTION_DAYS_SIGN_INS
API_REQUESTS_PER_MINUTE
"""

ADDRESSES = """
/ /healthz /readyz /metrics /admin/ /language/ /display/ /staff/login/ /staff/logout/ /staff/enter/
/r/mySecret_-mySecret_-mySecret/ /r/from/door/ /r/go/ /r/go/consent/ /r/go/profile/
/r/go/instructions/ /r/go/pause/ /r/go/break/ /r/go/change/ /r/go/guess/ /r/go/debriefing/ /r/go/done/
/r/go/statement/ /r/go/statement.pdf /r/go/withdraw/ /r/a/code/ /r/a/code/answer/ /r/a/code/change/
/r/a/code/skip/ /r/a/code/guess/ /r/a/code/practised/ /r/a/code/print.pdf /studies/ /studies/new/
/studies/new/file/
/studies/report.css /studies/report.js /studies/slug/ /studies/slug/freeze/
/studies/slug/freeze/live/ /studies/slug/thaw/ /studies/slug/open/ /studies/slug/pause/
/studies/slug/close/ /studies/slug/unblind/ /studies/slug/amend/ /studies/slug/enrol/
/studies/slug/raters/ /studies/slug/raters/invite/ /studies/slug/raters/bulk/ /studies/slug/raters/mails/
/studies/slug/raters/messages/ /studies/slug/raters/code/ /r/new-link/
/studies/slug/raters/code/link/ /studies/slug/raters/code/leave/ /studies/slug/findings/
/studies/slug/pay/ /studies/slug/pay.csv /studies/slug/report/ /studies/slug/report/state/
/studies/slug/report/compute/ /studies/slug/report/bundle.zip
/studies/slug/report/codebook/ /studies/slug/report/codebook.csv /studies/slug/report/links/
/shared/mySecret_-mySecret_-mySecret/ /shared/mySecret_-mySecret_-mySecret/en/
/studies/slug/report/tables/win_rates.csv /studies/slug/report/code/tables/win_rates.csv
/studies/slug/report/code/files/report.json /studies/slug/report/code/full-pdf/
/studies/slug/report/code/full-pdf/state/ /planning/ /planning/simulate/ /planning/chart.svg
/generation/ /generation/new/ /generation/briefs/ /generation/series/ /generation/scripts/
/generation/systems/ /generation/fitness/ /generation/corpus/ /generation/synthesis/
/generation/review/code/ /generation/datasets/ /generation/models/ /generation/code/ /api/schema/
/api/docs/ /api/v1/studies/ /api/v1/studies/slug/ /api/v1/studies/slug/watch/
/api/v1/studies/slug/raters/ /api/v1/studies/slug/reports/ /api/v1/studies/slug/reports/code/
/api/v1/studies/slug/tables/ /api/v1/studies/slug/tables/judgments/ /api/v1/studies/slug/freeze/
/api/v1/studies/slug/open/ /api/v1/studies/slug/pause/ /api/v1/studies/slug/close/
/api/v1/studies/slug/findings/ /api/v1/studies/slug/findings/accept/ /api/v1/studies/slug/warnings/
/api/v1/studies/slug/tables/judgments.csv /api/v1/studies/slug/reports/code/files/report.json
/staff/account/tokens/ /staff/account/tokens/new/ /staff/account/tokens/code/revoke/
"""

COLUMNS = {
    "judgments": """
        study assignment item series language rater rater_kind sitting position criterion left_system
        right_system choice strength first_choice seconds read_left_s read_right_s share_read_left
        share_read_right left_script right_script left_length right_length kind reading layout knew_left
        knew_right guess_left guess_right guess_left_confidence guess_right_confidence excluded
        submitted_at read_first switches imputed
    """,
    "scores": """
        study assignment item series language rater rater_kind sitting position context side system script
        score scale_min scale_max rubric seconds kind excluded submitted_at layout read_s share_read
        length knew guess guess_confidence
    """,
    "marks": """
        study assignment item rater system script class scene start end note submitted_at kind
    """,
    "raters": """
        code kind enrolled_at finished_at withdrawn_at training_use profile_years profile_credits
        profile_role profile_forms_written
    """,
    "assignments": "state skip_reason reason excluded layout",
    "scripts": """
        code system sample redraws length writer finish_reason digest item language length_unit origin version
        rights
    """,
    "rejections": """
        code item system sample digest next_sample next_digest found reason rejected_by rejected_at
    """,
}
OTHER_EXPORTS = ["codebook.csv", "plan.json", "study.json"]

REPORT_KEYS = "inputs plan seed versions"
ENTRY_KEYS = """
criterion estimate low high level method n raters items language series family cluster other_cluster
other_low other_high
"""
REPORT_LISTS = {
    "rater_groups": "system opponent by name measure context wins ties losses",
    "group_interactions": """
        system opponent by name reference measure groups context p p_adjusted adjustment tests
    """,
    "covariates": "term system opponent by name reference se p p_adjusted adjustment tests",
    "win_rates": """
        system opponent wins ties losses neither without_ties row_mean p p_adjusted adjustment
        bootstrap_low bootstrap_high
    """,
    "human_level": """
        system human definition baseline context numerator denominator non_inferior equivalent
        bootstrap_low bootstrap_high
    """,
    "best_of_k": "system k chance by with_human numerator denominator bias context",
    "mean_scores": """
        system context sd_between_raters sd_between_items row_mean bootstrap_low bootstrap_high
    """,
    "errors": "system class count per_1000 per_1000_low per_1000_high",
    "abilities": "system log_worth se rank_low rank_high bootstrap_low bootstrap_high",
    "ability_model": "term se prior loglik",
    "differences": "system other of p p_adjusted adjustment context",
    "agreement": "measure scope context",
    "position_bias": "scope measure p p_adjusted adjustment",
    "length_bias": "measure p p_adjusted adjustment",
    "raters": "rater left_share median_seconds leave_one_out checks_passed accuracy checks",
    "blinding": "system measure chance p p_adjusted adjustment unsure left_aside",
    "strength": "system opponent left_out",
    "error_ratios": "system human class per count human_count",
    "sensitivity": "system opponent rule left_out main",
    "breakdown": "system opponent by name of wins ties losses",
    "lengths": "system unit scripts median sd",
    "reading_time": "system measure left_out",
    "drift": "system opponent measure early late left_out",
    "looks": "look of system opponent boundary crossed",
    "controls": "system measure chance left_out p p_adjusted adjustment",
    "attention": "rater flags untold",
    "flow": "step unit table count detail",
    "warnings": "code text where",
}
REPORT_FILES = ["report.json", "report.md", "report.html", "report.pdf"]


# Commands


def test_make_lists_every_target() -> None:
    text = "\n".join(path.read_text() for path in [ROOT / "Makefile", *(ROOT / "make").glob("*.mk")])
    assert set(MAKE_TARGETS.split()) <= set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_management_command_takes_its_arguments(name: str) -> None:
    assert missing_words(help_of_command(name), COMMANDS[name]) == []


def help_of_command(name: str) -> str:
    command = load_command_class(get_commands()[name], name)
    return command.create_parser("manage.py", name).format_help()


def missing_words(text: str, wanted: str) -> list[str]:
    """The words that a help text lacks; options must stand there whole."""
    return [
        word for word in wanted.split() if not re.search(rf"(?<![\w-]){word}(?![\w-])", text, re.IGNORECASE)
    ]


def test_dataset_has_its_commands() -> None:
    help_text = help_of_command("dataset")
    assert [name for name in DATASET_COMMANDS.split() if name not in help_text] == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_takes_its_options(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, *words = program.split()
    monkeypatch.setattr(sys, "argv", [module, *words, "--help"])
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit) as ended:
        run_module(module)
    assert ended.value.code == 0
    assert missing_words(out.getvalue(), PROGRAMS[program]) == []


def run_module(module: str) -> None:
    """Run the `main` of a program as `python -m` would, with sys.argv as it is."""
    with contextlib.suppress(ModuleNotFoundError):
        module = importlib.import_module(f"{module}.__main__").__name__
    main = importlib.import_module(module).main
    main(sys.argv[1:]) if main.__code__.co_argcount else main()


def test_the_example_environment_names_every_variable() -> None:
    text = (ROOT / ".env.example").read_text()
    assert [
        name for name in ENVIRONMENT.split() if not re.search(rf"^(# )?{name}=", text, re.MULTILINE)
    ] == []


# Addresses


@pytest.mark.parametrize("address", ADDRESSES.split())
def test_an_address_leads_to_a_view(address: str) -> None:
    try:
        resolve(address)
    except Resolver404:
        pytest.fail(f"no view answers at {address}")


@pytest.mark.django_db
def test_some_addresses_answer(client: Client) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code in {200, 503}
    assert client.get("/metrics").status_code == 200
    assert client.get("/staff/login/").status_code == 200
    for address in ("/studies/", "/generation/", "/planning/"):
        assert client.get(address)["Location"].startswith("/staff/login/")
    assert client.get("/api/v1/studies/").status_code == 401


@pytest.mark.django_db
def test_the_judging_form_has_its_fields(tmp_path: Path, settings) -> None:
    study = factories.make_study(tmp_path, state="open")
    out = tmp_path / "links.json"
    call_command("enrol_raters", study.slug, "--count=1", "--reads=en", "--ready", f"--out={out}")
    rater = Client()
    rater.post(json.loads(out.read_text())[0]["link"].removeprefix(settings.PUBLIC_URL))
    address = rater.get("/r/go/")["Location"]
    page = rater.get(address).content.decode()
    code = address.strip("/").rpartition("/")[2]
    assert f'data-assignment="{code}"' in page
    assert "Script A" in page
    assert "Script B" in page
    names = set(re.findall(r'name="([^"]+)"', page))
    wanted = {"choice-overall", "strength-overall", "score-left", "score-right", "token", "reason", "note"}
    assert wanted - names == set()
    assert {"left", "right", "tie", "neither"} <= set(
        re.findall(r'name="choice-overall"[^>]*?value="([a-z]+)"', page)
    )


# Tables and reports


@pytest.fixture(scope="module")
def report_schema() -> dict:
    return json.loads((ROOT / "analysis/stats/report.schema.json").read_text())


@pytest.mark.django_db
def test_exports_have_every_table_and_column(tmp_path: Path) -> None:
    study = factories.make_study(tmp_path, state="open")
    factories.fill(study)
    factories.unblind(study)
    call_command("export_study", study.slug, f"--out={tmp_path / 'out'}", verbosity=0)
    # An export has this table only if a script was rejected.
    headers = {"rejections": list(frames.rejections(study).columns)}
    for name in COLUMNS.keys() - headers.keys():
        with (tmp_path / "out" / f"{name}.csv").open(newline="") as file:
            headers[name] = next(csv.reader(file))
    for name, columns in COLUMNS.items():
        assert [column for column in columns.split() if column not in headers[name]] == [], name
    assert [name for name in OTHER_EXPORTS if not (tmp_path / "out" / name).exists()] == []


@pytest.mark.slow
def test_the_analysis_of_the_example_gives_every_key(tmp_path: Path, report_schema: dict) -> None:
    from analysis.stats.__main__ import main

    example = ROOT / "docs/example"
    tables = [f"--{name}={example / name}.csv" for name in ("judgments", "scores", "marks", "raters")]
    plan = f"--plan={example / 'plan.json'}"
    assert main(["report", *tables, plan, "--replicates=2", "--no-plots", f"--out={tmp_path}"]) == 0
    assert [name for name in REPORT_FILES if not (tmp_path / name).exists()] == []
    report = json.loads((tmp_path / "report.json").read_text())
    assert [key for key in (*REPORT_KEYS.split(), *REPORT_LISTS) if key not in report] == []
    for name, keys in REPORT_LISTS.items():
        for entry in report[name][:1]:
            allowed = set(report_schema["properties"][name]["items"]["properties"])
            assert [key for key in keys.split() if key not in entry and key not in allowed] == [], name
    assert [key for key in ENTRY_KEYS.split() if key not in report["win_rates"][0]] == []


@pytest.mark.parametrize("name", REPORT_LISTS)
def test_the_schema_has_every_key_of_a_list(name: str, report_schema: dict) -> None:
    known = report_schema["properties"][name]["items"]["properties"]
    assert [key for key in REPORT_LISTS[name].split() if key not in known] == []
