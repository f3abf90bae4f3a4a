"""Several copies of a model behind one address, by vLLM's own data parallelism."""

from generation.models import Job, Run
from tests.noted import note
from tests.vllm.plugin import LAST
from tests.vllm.seen import command, require_right, tokens
from tests.vllm.server import Server


def test_replicas_share_the_work_of_a_run(replicas: Server, briefs: list) -> None:
    words = ("--system", "dsr", "direct", "--brief", "all", "--samples", "3", "--base-url", replicas.url)
    _, faults, code = command("generate", *words)
    assert code == 0, faults
    run = Run.objects.latest("pk")
    assert run.jobs.filter(state=Job.State.DONE).count() == 2 * len(briefs) * 3
    asked = require_right(run, briefs, LAST / "replicas.jsonl")
    assert tokens(run) == replicas.tokens()
    answered = replicas.answered()
    assert sorted(answered) == ["0", "1"]
    assert sum(answered.values()) == sum(asked.values())
    assert min(answered.values()) >= sum(asked.values()) / 4
    note(f"two replicas behind one address: {run.jobs.count()} jobs, answered by each: {answered}")
