"""Client for the API of an evalsite: blinded evaluations of machine-written screenplays.

>>> from evalsite_client import Client
>>> with Client("https://evalsite.example.org", "evs_...") as client:
...     for study in client.studies(state="open"):
...         print(study["slug"], client.watch(study["slug"])["judgments"])

Methods return what the API answers, as typed dictionaries. Lists are iterators that fetch one page after the
other. Every error is an `EvalsiteError`.
"""

import base64
import hashlib
import hmac
import json
import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, NotRequired, Self, TypedDict, cast

import httpx

__version__ = "0.5.0"
__all__ = ["Client", "EvalsiteError", "WebhookError", "verify_webhook"]

PAGE_SIZE = 200
RETRIED = (429, 503)
LONGEST_WAIT_S = 60.0


class Fault(TypedDict):
    """One fault of a request: where, what and how to fix it."""

    path: str
    line: int | None
    column: int | None
    what: str
    fix: str


class EvalsiteError(Exception):
    """What the site refused, or that it did not answer.

    Attributes
    ----------
    status : HTTP status; 0 if there was no answer.
    title : short name of the status.
    detail : what is wrong and how to fix it.
    code : short name of the error for programs, such as `wrong_state`.
    errors : the single faults.
    """

    def __init__(
        self, status: int, title: str, detail: str, *, code: str = "", errors: Sequence[Fault] = ()
    ) -> None:
        self.status, self.title, self.detail = status, title, detail
        self.code, self.errors = code, list(errors)
        super().__init__(status, title, detail)

    def __str__(self) -> str:
        return "\n".join([f"{self.status} {self.title}: {self.detail}", *map(_fault_line, self.errors)])


def _fault_line(fault: Fault) -> str:
    place = ":".join(str(part) for part in (fault["path"], fault["line"], fault["column"]) if part)
    return f"  {place}: {fault['what']} {fault['fix']}".rstrip()


class Series(TypedDict):
    """A series. In lists of series, also its language, aliases, name map and number of briefs."""

    slug: str
    title: str
    language: NotRequired[str]
    aliases: NotRequired[list[str]]
    names: NotRequired[list[dict[str, str]]]
    briefs: NotRequired[int]


class Character(TypedDict):
    name: str
    profile: str


class NewBrief(TypedDict):
    """A brief to be stored, with the fields of its YAML file."""

    slug: str
    series: Series
    language: str
    order: int
    target_length: int
    outline: str
    characters: list[Character]
    previous_context: NotRequired[str]
    guideline: NotRequired[str]


class Brief(NewBrief):
    digest: str
    scripts: int
    created_at: str


class StoredBrief(TypedDict):
    """`outcome` is created, changed or unchanged."""

    slug: str
    outcome: str
    digest: str


class Stage(TypedDict):
    name: str
    prompt: str
    model: str


class IncludedSystem(TypedDict):
    slug: str
    name: str
    languages: list[str]
    stages: list[Stage]


class System(IncludedSystem):
    """`file` is in the answer about a single system."""

    kind: str
    shared: bool
    family: str
    digest: str
    scripts: int
    created_at: str
    file: NotRequired[str]


class Script(TypedDict):
    """While a blinded study uses it, `digest`, `length`, `writer` and `created_at` are None."""

    brief: str
    system: str
    sample: int
    language: str
    sealed: bool
    digest: str | None
    length: int | None
    writer: str | None
    created_at: str | None


class ScriptText(Script):
    text: str
    provenance: dict[str, Any] | None


class FileWarning(TypedDict):
    line: int
    message: str


class UploadedScript(TypedDict):
    """`outcome` is created or unchanged."""

    file: str
    brief: str
    sample: int
    outcome: str
    digest: str
    scenes: int
    warnings: list[FileWarning]


class Jobs(TypedDict):
    blocked: int
    waiting: int
    claimed: int
    done: int
    failed: int


class Run(TypedDict):
    """The answer about a single run has more: settings, limits, use, failures."""

    code: str
    name: str
    kind: str
    state: str
    systems: list[str]
    jobs: Jobs
    created_by: str | None
    created_at: str
    ended_at: str | None
    briefs: NotRequired[list[str]]
    samples: NotRequired[int]
    seed: NotRequired[int]
    pause_reason: NotRequired[str]
    limit_tokens: NotRequired[int | None]
    limit_cost: NotRequired[float | None]
    requests: NotRequired[int]
    rejected: NotRequired[int]
    unanswered: NotRequired[int]
    expected: NotRequired[dict[str, float]]
    used: NotRequired[dict[str, float] | None]
    seconds_left: NotRequired[float | None]
    retriable: NotRequired[int]
    failures: NotRequired[list[dict[str, Any]]]


class Study(TypedDict):
    slug: str
    title: dict[str, str]
    question: dict[str, str]
    state: str
    sealed: bool
    archived: bool
    languages: list[str]
    systems: list[str]
    seed: int
    spec_digest: str
    frozen_digest: str
    created_at: str
    frozen_at: str | None
    opened_at: str | None
    closed_at: str | None
    unblinded_at: str | None


class LoadedStudy(TypedDict):
    """`outcome` is created, updated or unchanged."""

    study: Study
    outcome: str
    changed: list[str]
    dropped: list[str]
    kept_out: list[str]


class Freezing(TypedDict):
    """`state` is none, waiting, running, done or failed; `errors` says why it failed."""

    state: str
    step: str
    done: int
    total: int
    unanswered: bool
    errors: list[Fault]


class Finding(TypedDict):
    code: str
    where: str
    kind: str
    excerpt: str
    accepted_by: str
    reason: str
    accepted_at: str | None


class StudyWarning(TypedDict):
    key: str
    code: str
    message: str
    accepted_by: str
    reason: str


class Accepted(TypedDict):
    findings: int
    warnings: int


class SeatFigures(TypedDict):
    total: int
    taken: int
    free: int
    finished: int


class Watch(TypedDict):
    """How far a study is, blind."""

    seats: SeatFigures
    assignments: dict[str, int]
    slots: int
    pairing_counts: dict[str, int]
    judgments: int
    left_share: float | None
    raw_agreement: float | None
    median_minutes: float | None
    languages: list[dict[str, Any]]
    flow: dict[str, int]
    kinds: dict[str, int]
    days: list[dict[str, Any]]
    expected_end: str | None


class Rater(TypedDict):
    code: str
    kind: str
    state: str
    languages: list[str]
    seat: int | None
    done: int
    total: int
    last_seen: str | None
    withdrawn: bool


class NewRater(TypedDict, total=False):
    """A person to invite. All fields are optional."""

    name: str
    email: str
    languages: list[str]
    group: str
    conflicts: list[str]
    mail_language: str


class InvitedRater(TypedDict):
    """`link` is the personal link, which is not shown again."""

    code: str
    link: str
    name: str
    email: str
    languages: list[str]


class Invited(TypedDict):
    raters: list[InvitedRater]
    waiting: int
    mails: int


class ReportFile(TypedDict):
    name: str
    media_type: str
    url: str


class Report(TypedDict):
    """`results` (the content of report.json) and `files` are in the answer about a single report."""

    code: str
    kind: str
    state: str
    parameters: dict[str, int]
    data_digest: str
    reason: str
    created_at: str
    done_at: str | None
    results: NotRequired[dict[str, Any] | None]
    files: NotRequired[list[ReportFile]]


class Client:
    """Works with the API of one evalsite as the owner of a token.

    Parameters
    ----------
    url : address of the site, such as https://evalsite.example.org.
    token : from the page Your account, or from `manage.py create_token`.
    timeout : seconds to wait for an answer.
    retries : how often a request is repeated when the connection breaks, or when the site answers 429 or 503.
        A POST carries an `Idempotency-Key`, so the site does it once however often it arrives.
    """

    def __init__(self, url: str, token: str, *, timeout: float = 60.0, retries: int = 6) -> None:
        self._retries = retries
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1/",
            headers={"Authorization": f"Bearer {token}", "User-Agent": f"evalsite-client/{__version__}"},
            timeout=timeout,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # Briefs, series and systems

    def briefs(self, *, series: str | None = None, language: str | None = None) -> Iterator[Brief]:
        """The briefs of your teams, the newest first."""
        return self._list("briefs/", series=series, language=language)

    def brief(self, slug: str) -> Brief:
        return cast(Brief, self._get(f"briefs/{slug}/"))

    def add_briefs(
        self, briefs: Iterable[NewBrief] = (), *, files: Iterable[Path | str] = ()
    ) -> list[StoredBrief]:
        """Store briefs, all or none.

        Parameters
        ----------
        briefs : with the fields of a brief's file.
        files : YAML files, as for `manage.py load_briefs`. Give either `briefs` or `files`.
        """
        texts = [Path(file).read_text("utf-8-sig").strip() for file in files]
        body = {"file": "\n---\n".join(texts) + "\n"} if texts else {"briefs": list(briefs)}
        return cast(list[StoredBrief], self._post("briefs/", body)["briefs"])

    def all_series(self, *, language: str | None = None) -> Iterator[Series]:
        """The series of your teams, the newest first."""
        return self._list("series/", language=language)

    def series(self, slug: str) -> Series:
        return cast(Series, self._get(f"series/{slug}/"))

    def systems(self, *, kind: str | None = None) -> Iterator[System]:
        """The systems that your teams can use, the newest first."""
        return self._list("systems/", kind=kind)

    def included_systems(self) -> Iterator[IncludedSystem]:
        """The systems that are part of evalsite. A run can use them by their slugs."""
        return self._list("included-systems/")

    def system(self, slug: str) -> System:
        return cast(System, self._get(f"systems/{slug}/"))

    def add_system(self, file: Path | str, *, version_of: str | None = None) -> System:
        """Store a system from a YAML file, as for `manage.py load_systems`."""
        body = {"file": Path(file).read_text("utf-8-sig")}
        return cast(System, self._post("systems/", body | ({"version_of": version_of} if version_of else {})))

    # Scripts

    def scripts(
        self,
        *,
        brief: str | None = None,
        system: str | None = None,
        series: str | None = None,
        language: str | None = None,
    ) -> Iterator[Script]:
        """The scripts of your teams, in no particular order."""
        return self._list("scripts/", brief=brief, system=system, series=series, language=language)

    def script(self, brief: str, system: str, sample: int = 1) -> ScriptText:
        """One script with its text; refused while a blinded study uses scripts of its brief and system."""
        return cast(ScriptText, self._get(f"scripts/{brief}/{system}/{sample}/"))

    def upload_scripts(
        self,
        files: Mapping[str, Path | str] | Iterable[Path | str],
        *,
        system: str,
        human: bool = False,
        **about: str,
    ) -> list[UploadedScript]:
        """Upload scripts of one system, all or none.

        Parameters
        ----------
        files : Fountain, Final Draft, Word, PDF or text. Either files by the slug of their brief, or a list
            of files whose names are the slugs: car-two.fountain.
        system : slug of the system that wrote them. A new one is stored.
        human : whether people wrote them.
        about : name, scene, writer, origin, version, rights, credit, knew; the guide says what they mean.
        """
        named = files if isinstance(files, Mapping) else {Path(file).stem: file for file in files}
        parts = [
            ("files", (f"{slug}{Path(file).suffix}", Path(file).read_bytes())) for slug, file in named.items()
        ]
        fields = {"system": system, "human": "true" if human else "false", **about}
        answer = self._send("POST", "scripts/", data=fields, files=parts)
        return cast(list[UploadedScript], answer.json()["scripts"])

    # Runs

    def runs(self, *, state: str | None = None, kind: str | None = None) -> Iterator[Run]:
        """The runs of your teams, the newest first."""
        return self._list("runs/", state=state, kind=kind)

    def run(self, code: str) -> Run:
        return cast(Run, self._get(f"runs/{code}/"))

    def start_run(
        self,
        systems: Iterable[str],
        *,
        briefs: Iterable[str] = (),
        series: Iterable[str] = (),
        **settings: Any,
    ) -> Run:
        """Start a run, or continue the one with the same settings.

        Parameters
        ----------
        systems : slugs of stored or included pipelines.
        briefs, series : slugs; a series means all its briefs.
        settings : samples, seed, name, base_url, key, model, temperature, top_p, no_sampling, max_tokens,
            price_in, price_out, limit_tokens, limit_cost, mix_adapters; the guide says what they mean.
        """
        chosen = {"systems": list(systems), "briefs": list(briefs), "series": list(series)}
        return cast(Run, self._post("runs/", chosen | settings))

    def pause_run(self, code: str) -> Run:
        return cast(Run, self._post(f"runs/{code}/pause/"))

    def resume_run(self, code: str) -> Run:
        return cast(Run, self._post(f"runs/{code}/resume/"))

    def cancel_run(self, code: str) -> Run:
        return cast(Run, self._post(f"runs/{code}/cancel/"))

    def retry_run(self, code: str) -> Run:
        """Retry the failed jobs of a run."""
        return cast(Run, self._post(f"runs/{code}/retry/"))

    def set_run_limits(
        self, code: str, *, limit_tokens: int | None = None, limit_cost: float | None = None
    ) -> Run:
        """Set both limits; None removes one. A run that paused at a limit continues."""
        body = {"limit_tokens": limit_tokens, "limit_cost": limit_cost}
        return cast(Run, self._post(f"runs/{code}/limits/", body))

    def wait_for_run(self, code: str, *, timeout: float = 3600.0) -> Run:
        """Wait until a run is done, cancelled or paused. Raises TimeoutError after `timeout` seconds."""
        return wait(lambda: self.run(code), lambda run: run["state"] != "active", timeout=timeout)

    # Studies

    def studies(self, *, state: str | None = None, archived: bool | None = None) -> Iterator[Study]:
        """The studies of your teams, the newest first."""
        return self._list("studies/", state=state, archived=archived)

    def study(self, slug: str) -> Study:
        return cast(Study, self._get(f"studies/{slug}/"))

    def save_study(self, file: Path | str) -> LoadedStudy:
        """Create a draft from a study file, or update the draft with its slug.

        Parameters
        ----------
        file : the path of a YAML file (`Path`), or its text (`str`). Briefs and scripts are stored already.
        """
        text = file.read_text("utf-8-sig") if isinstance(file, Path) else file
        return cast(LoadedStudy, self._post("studies/", {"file": text}))

    def findings(self, slug: str, *, open: bool | None = None, kind: str | None = None) -> Iterator[Finding]:
        """What texts of a draft say that could tell raters their system."""
        return self._list(f"studies/{slug}/findings/", open=open, kind=kind)

    def warnings(self, slug: str) -> Iterator[StudyWarning]:
        """The warnings about a draft: first the open ones, then the accepted ones."""
        return self._list(f"studies/{slug}/warnings/")

    def accept_findings(self, slug: str, reason: str, *, timeout: float = 600.0) -> Accepted:
        """Accept all open findings and warnings of a draft with one reason.

        Texts that have changed are checked first. Raises TimeoutError if that takes longer than `timeout`
        seconds.
        """

        def accept() -> Accepted | None:
            try:
                return cast(Accepted, self._post(f"studies/{slug}/findings/accept/", {"reason": reason}))
            except EvalsiteError as error:
                if error.code != "checking_texts":
                    raise
                return None

        return cast(Accepted, wait(accept, lambda answer: answer is not None, timeout=timeout))

    def freeze(self, slug: str, *, timeout: float = 600.0) -> Study:
        """Freeze a draft and wait until it is frozen.

        Raises
        ------
        EvalsiteError
            Findings, warnings or faults are to be settled first; `errors` names them.
        TimeoutError
            It takes longer than `timeout` seconds. It goes on; ask `freezing`.
        """
        self._post(f"studies/{slug}/freeze/")
        ended = wait(
            lambda: self.freezing(slug),
            lambda now: now["state"] not in ("waiting", "running"),
            timeout=timeout,
        )
        if ended["state"] != "done":
            detail = "The study was not frozen. Settle what is listed."
            raise EvalsiteError(409, "Conflict", detail, code="blocked", errors=ended["errors"])
        return self.study(slug)

    def freezing(self, slug: str) -> Freezing:
        """How far the freezing of a study is."""
        return cast(Freezing, self._get(f"studies/{slug}/freeze/"))

    def open(self, slug: str) -> Study:
        """Open a frozen or paused study: its raters can judge."""
        return cast(Study, self._post(f"studies/{slug}/open/"))

    def pause(self, slug: str) -> Study:
        """Pause an open study: raters get no new pairs."""
        return cast(Study, self._post(f"studies/{slug}/pause/"))

    def close_study(self, slug: str) -> Study:
        """Close a study. It takes no more judgments, and this cannot be undone."""
        return cast(Study, self._post(f"studies/{slug}/close/"))

    def watch(self, slug: str) -> Watch:
        """How far a study is, blind."""
        return cast(Watch, self._get(f"studies/{slug}/watch/"))

    def wait_until_judged(self, slug: str, *, timeout: float, interval: float = 30.0) -> Watch:
        """Wait until all raters have finished. Raises TimeoutError after `timeout` seconds."""

        def all_finished(now: Watch) -> bool:
            return now["seats"]["finished"] >= now["seats"]["total"]

        return wait(lambda: self.watch(slug), all_finished, timeout=timeout, longest=interval)

    def wait_until_unblinded(self, slug: str, *, timeout: float, interval: float = 30.0) -> Study:
        """Wait until two people have unblinded the study, which the API can't do."""
        return wait(
            lambda: self.study(slug), lambda now: not now["sealed"], timeout=timeout, longest=interval
        )

    # Raters

    def raters(self, slug: str, *, kind: str | None = None, finished: bool | None = None) -> Iterator[Rater]:
        """Everyone who was enrolled, by public code."""
        return self._list(f"studies/{slug}/raters/", kind=kind, finished=finished)

    def invite_raters(
        self, slug: str, raters: Iterable[NewRater], *, send: bool = False, wait: bool = False
    ) -> Invited:
        """Invite people, all or none. The answer has the personal link of each, which is shown once.

        Parameters
        ----------
        slug : of the study.
        raters : at most 1,000.
        send : whether to send an invitation to everyone with an email address.
        wait : whether people without a free seat join the waiting list; otherwise they are an error.
        """
        body = {"raters": list(raters), "send": send, "wait": wait}
        return cast(Invited, self._post(f"studies/{slug}/raters/", body))

    def enrol_raters(
        self, slug: str, count: int, *, languages: Iterable[str] = (), simulated: bool = False
    ) -> Invited:
        """Enrol raters without names. The answer has the personal link of each, which is shown once.

        Parameters
        ----------
        slug : of the study.
        count : at most 1,000.
        languages : reading languages; not needed where all seats have the same ones.
        simulated : whether they are simulated raters, for whom consent and profile are done.
        """
        body = {"count": count, "languages": list(languages), "simulated": simulated}
        return cast(Invited, self._post(f"studies/{slug}/raters/", body))

    # Reports and tables of unblinded studies

    def reports(self, slug: str, *, state: str | None = None) -> Iterator[Report]:
        """The reports of an unblinded study, the newest first."""
        return self._list(f"studies/{slug}/reports/", state=state)

    def report(self, slug: str, code: str) -> Report:
        """One report with its results and files."""
        return cast(Report, self._get(f"studies/{slug}/reports/{code}/"))

    def compute_report(self, slug: str, *, timeout: float = 1800.0) -> Report:
        """Compute a report and wait for it.

        Raises
        ------
        EvalsiteError
            The report failed; `detail` says why.
        TimeoutError
            It takes longer than `timeout` seconds. It goes on; ask `report`.
        """
        asked = self._post(f"studies/{slug}/reports/")
        ended = wait(
            lambda: self.report(slug, asked["code"]),
            lambda now: now["state"] in ("done", "failed"),
            timeout=timeout,
        )
        if ended["state"] == "failed":
            raise EvalsiteError(409, "Conflict", ended["reason"], code="report_failed")
        return ended

    def download_report_file(self, slug: str, code: str, name: str, path: Path | str) -> Path:
        """Download a file of a report, such as `report.pdf`, to `path`."""
        return self._download(f"studies/{slug}/reports/{code}/files/{name}", Path(path))

    def tables(self, slug: str) -> list[str]:
        """The names of the tables of an unblinded study."""
        return cast(list[str], self._get(f"studies/{slug}/tables/")["tables"])

    def table_rows(self, slug: str, name: str) -> Iterator[dict[str, str]]:
        """The rows of a table, with all cells as text."""
        return self._list(f"studies/{slug}/tables/{name}/")

    def download_table(self, slug: str, name: str, path: Path | str) -> Path:
        """Download a whole table. The suffix of `path` is the format: .csv, .jsonl or .parquet."""
        form = Path(path).suffix.removeprefix(".")
        return self._download(f"studies/{slug}/tables/{name}.{form}", Path(path))

    # Requests

    def _get(self, path: str, **query: Any) -> Any:
        return self._send("GET", path, params=_given(query)).json()

    def _post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._send("POST", path, json=dict(body or {})).json()

    def _list(self, path: str, **query: Any) -> Iterator[Any]:
        """All rows, page by page. Of `next` only the cursor is used, so the token goes to no other host."""
        params = _given(query) | {"page_size": PAGE_SIZE}
        while True:
            page = self._get(path, **params)
            yield from page["results"]
            if page["next"] is None:
                return
            params["cursor"] = httpx.URL(page["next"]).params["cursor"]

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """The answer to a request, which carries the same `Idempotency-Key` each time that it is repeated."""
        headers = {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}
        return self._repeat(lambda: self._http.request(method, path, headers=headers, **request))

    def _download(self, path: str, to: Path) -> Path:
        """Stream a file to disk. The name appears when the whole file is there."""
        part = to.with_name(f"{to.name}.part")

        def save() -> httpx.Response:
            with self._http.stream("GET", path) as answer:
                if not answer.is_success:
                    answer.read()
                    return answer
                with part.open("wb") as file:
                    for chunk in answer.iter_bytes():
                        file.write(chunk)
            return answer

        try:
            self._repeat(save)
            return part.replace(to)
        finally:
            part.unlink(missing_ok=True)

    def _repeat(self, ask: Callable[[], httpx.Response]) -> httpx.Response:
        """The answer, after failures that pass. Raises EvalsiteError for any other answer, or for none."""
        for attempt in count():
            last, retry_after = attempt >= self._retries, ""
            try:
                answer = ask()
            except httpx.TransportError as broken:
                if last:
                    reason = f"{type(broken).__name__}: {broken}"
                    raise EvalsiteError(0, "No answer", reason, code="no_answer") from broken
            else:
                if answer.is_success:
                    return answer
                problem = _error_of(answer)
                if last or not (problem.status in RETRIED or problem.code == "idempotency_key_in_use"):
                    raise problem
                retry_after = answer.headers.get("Retry-After", "")
            time.sleep(_pause(attempt, retry_after))
        raise AssertionError("the loop does not end")


def wait[Answer](
    ask: Callable[[], Answer],
    is_done: Callable[[Answer], bool],
    *,
    timeout: float,
    shortest: float = 0.5,
    longest: float = 10.0,
) -> Answer:
    """Ask again and again until the answer is the one that is waited for.

    Parameters
    ----------
    ask : asks the site.
    is_done : whether to return the answer.
    timeout : seconds after which TimeoutError is raised.
    shortest, longest : seconds between two questions; the time grows by a half each time.
    """
    ends, pause = time.monotonic() + timeout, min(shortest, longest)
    while True:
        answer = ask()
        if is_done(answer):
            return answer
        if (left := ends - time.monotonic()) <= 0:
            raise TimeoutError(f"not done after {timeout:g} seconds: {answer!r:.300}")
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, longest)


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _pause(attempt: int, retry_after: str = "") -> float:
    """Seconds before the next attempt: what the site asks for, or 0.5, 1, 2, 4, ... and some by chance."""
    if retry_after.isdecimal():
        return min(float(retry_after), LONGEST_WAIT_S)
    return min(0.5 * 2.0**attempt, LONGEST_WAIT_S) * random.uniform(1, 1.5)  # noqa: S311


def _error_of(answer: httpx.Response) -> EvalsiteError:
    """The problem details (RFC 9457) of an answer; a proxy's page has none."""
    try:
        problem = answer.json()
        detail = problem["detail"]
    except (ValueError, KeyError, TypeError):
        return EvalsiteError(answer.status_code, answer.reason_phrase, answer.text[:300])
    title = problem.get("title") or answer.reason_phrase
    return EvalsiteError(
        answer.status_code, title, detail, code=problem.get("code", ""), errors=problem.get("errors", ())
    )


# Webhooks


class WebhookError(ValueError):
    """The message is not genuine, or too old."""


class WebhookMessage(TypedDict):
    """A verified message. `data` has codes and the address of the page about it."""

    type: str
    timestamp: str
    data: dict[str, str]


def verify_webhook(
    secret: str, headers: Mapping[str, str], body: bytes | str, *, tolerance: float = 300.0
) -> WebhookMessage:
    """Verify a message that your program received, and parse it.

    Parameters
    ----------
    secret : of the webhook, `whsec_...`.
    headers : of the request, with names in any case.
    body : of the request, exactly as it arrived.
    tolerance : seconds by which the message may be older or newer than the clock of this machine.

    Raises
    ------
    WebhookError
        A header is missing, the signature does not match, or the message is too old. Answer 400.
    """
    named = {name.lower(): value for name, value in headers.items()}
    try:
        code, moment, signatures = (named[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        age = abs(time.time() - int(moment))
    except (KeyError, ValueError) as error:
        raise WebhookError(f"the header {error} is missing or invalid") from None
    if age > tolerance:
        raise WebhookError(f"the message is {age:.0f} seconds old")
    content = body.encode() if isinstance(body, str) else body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{code}.{moment}.".encode() + content, hashlib.sha256)
    wanted = f"v1,{base64.b64encode(digest).decode()}"
    if not any(hmac.compare_digest(wanted, each) for each in signatures.split() if each.isascii()):
        raise WebhookError("the signature does not match")
    return cast(WebhookMessage, json.loads(content))
