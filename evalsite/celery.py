"""The Celery application. Queues: default, analysis, gpu."""

import os

from celery import Celery
from django_structlog.celery.receivers import CeleryReceiver
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evalsite.settings")

app = Celery("evalsite")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Classic queues in RabbitMQ. Quorum queues protect against the loss of one of several brokers; we use one.
app.conf.task_queues = [Queue(name) for name in ("default", "analysis", "gpu")]
app.autodiscover_tasks()
# A task's log lines have its id and the id of the request that sent it.
receiver = CeleryReceiver()
receiver.connect_worker_signals()
