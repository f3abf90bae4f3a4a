"""deploy/compose agrees with the settings and the rest of deploy/."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from ruamel.yaml import YAML

from evalsite.celery import app

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "compose"


@pytest.fixture(scope="module")
def services() -> dict:
    return YAML(typ="safe").load((FOLDER / "compose.yaml").read_text())["services"]


def test_the_site_never_gets_the_databases_owner(services):
    owner = {name for name, each in services.items() if "DATABASE_OWNER" in str(each.get("environment"))}
    assert owner == {"migrate", "postgres"}


def test_every_setting_is_one_that_evalsite_reads(services):
    known = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert set(services["web"]["environment"]) - known == {"VLLM_BASE_URL"}


def test_every_queue_but_that_of_gpus_has_a_worker(services):
    command = services["worker"]["command"]
    queues = set(command[command.index("-Q") + 1].split(","))
    assert queues == {queue.name for queue in app.conf.task_queues} - {"gpu"}


def test_rabbitmq_waits_longer_than_the_longest_task():
    milliseconds = re.search(r"^consumer_timeout = (\d+)$", (FOLDER / "rabbitmq.conf").read_text(), re.M)
    assert int(milliseconds[1]) > 1000 * settings.CELERY_TASK_TIME_LIMIT


def test_the_model_server_has_the_version_that_was_checked(services):
    wanted = re.search(r"^vllm==(.+)$", (ROOT / "requirements" / "gpu.in").read_text(), re.M)
    assert services["vllm"]["image"].endswith(f":v{wanted[1]}")
    options = (ROOT / "tests/deploy/vllm-0.32.0-options.txt").read_text().split()
    used = [part.split("=")[0].removeprefix("--") for part in services["vllm"]["command"]]
    assert set(used) <= {option.removeprefix("--") for option in options}


def test_no_secret_or_model_of_the_folder_is_copied_into_the_image():
    """Restoring needs the private key of backups in `backups/`, and the image copies the repository."""
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {"**/.env", "**/site.env", "deploy/compose/backups", "deploy/compose/models"} <= {*ignored}


def test_what_the_image_copies_and_mounts_is_there(services):
    for service in services.values():
        for volume in service.get("volumes", []):
            if volume.startswith("./"):
                assert (FOLDER / volume.split(":")[0]).is_file()
