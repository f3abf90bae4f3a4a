"""The same requests by distilabel, in its own environment: `python client.py REQUESTS.json`.

The file holds `url`, `model`, `sampling`, `messages` (one list a request) and `in_flight`. The last line
printed is JSON: how many answers came, the seconds from when the step was ready to ask, and of the whole run.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from distilabel.models import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import ChatGeneration


class NotingGeneration(ChatGeneration):
    """Notes in a file when it is ready: starting its process is not counted against it."""

    note: str

    def load(self) -> None:
        super().load()
        Path(self.note).write_text(repr(time.time()))


def main(path: str) -> int:
    told = json.loads(Path(path).read_text())
    sampling = told["sampling"]
    rows = [{"messages": messages} for messages in told["messages"]]
    with (
        tempfile.TemporaryDirectory() as folder,
        Pipeline(name="bench", cache_dir=f"{folder}/cache") as pipeline,
    ):
        load = LoadDataFromDicts(data=rows, batch_size=told["in_flight"])
        llm = OpenAILLM(
            model=told["model"],
            base_url=told["url"],
            api_key="none",
            timeout=600,
            max_retries=0,
            generation_kwargs={
                "temperature": sampling["temperature"],
                "top_p": sampling["top_p"],
                "max_new_tokens": sampling["max_tokens"],
                "extra_body": {"seed": sampling["seed"]},
            },
        )
        # A batch is asked at once and waited for whole, so its size is what is in flight. Two replicas with
        # half of it each were tried and took nearly twice as long.
        ask = NotingGeneration(
            note=f"{folder}/ready",
            llm=llm,
            input_batch_size=told["in_flight"],
            add_raw_output=False,
            add_raw_input=False,
        )
        load >> ask
        begin = time.time()
        made = pipeline.run(use_cache=False)
        end = time.time()
        ready = float(Path(folder, "ready").read_text())
    answers = sum(bool(each) for each in made["default"]["train"]["generation"])
    print(json.dumps({"answers": answers, "seconds": end - ready, "whole": end - begin}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
