"""A whole study by program, from briefs to a table of win rates.

Run it on an empty site (`make run ARGS=--no-demo`), as a whole or cell by cell in an editor:

    python3 -m venv client-env
    client-env/bin/pip install ./clients/python[examples]
    export EVALSITE_URL=http://127.0.0.1:8000
    export EVALSITE_TOKEN=$(.venv/bin/python manage.py create_token mara --scope studies:read studies:write \
        raters:read raters:write generation:read generation:write results:read results:write)
    client-env/bin/python clients/python/examples/study.py
"""

# %% Connect
import os
from pathlib import Path

import pandas as pd

from evalsite_client import Client

client = Client(os.environ["EVALSITE_URL"], os.environ["EVALSITE_TOKEN"])
material = Path(__file__).resolve().parents[3] / "examples"
slug, systems, seats = "by-program", ["dsr", "direct", "human"], 9

# %% Store the briefs: what every system gets for each scene
briefs = client.add_briefs(files=sorted(material.glob("briefs/en/*.yaml")))
print(pd.DataFrame(briefs)[["slug", "outcome"]])

# %% Upload one script of each system for each brief
for system in systems:
    files = {each["slug"]: material / "scripts" / each["slug"] / f"{system}.fountain" for each in briefs}
    uploaded = client.upload_scripts(files, system=system, human=system == "human", rights="redistribute")
    print(system, [each["outcome"] for each in uploaded])

# %% Create the study
study_file = f"""
slug: {slug}
title: Scenes for two series
question: Does writing prose first give better scenes than one prompt, and how far is it from people?
systems:
  - {{slug: dsr, name: Prose first}}
  - {{slug: direct, name: One prompt}}
  - {{slug: human, name: Screenwriters, kind: human}}
criteria: [overall, dialogue]
design: {{raters_per_pairing: 3, seats: [{{reads: [en], count: {seats}}}]}}
briefs: [{", ".join(each["slug"] for each in briefs)}]
plan: {{generalize_to: these-series}}
unblinders: [mara, jonas]
"""
print(client.save_study(study_file)["outcome"])

# %% Look at what could tell raters who wrote a script, and accept it or change the scripts
for finding in client.findings(slug, open=True):
    print(finding["where"], finding["kind"], finding["excerpt"])
print(client.accept_findings(slug, "The same in the scripts of all systems."))

# %% Freeze, open, and enrol raters. Give each person one of the links.
client.freeze(slug)
client.open(slug)
invited = client.enrol_raters(slug, seats, simulated=True)
print(pd.DataFrame(invited["raters"])[["code", "link"]].to_string(index=False))

# %% Wait for the raters. These are simulated ones, so start them in another terminal:
#
#     .venv/bin/python manage.py simulate_raters by-program --raters 0 --resume --seed 1
#
# For people, leave out `simulated`. A webhook tells you when they have finished.
client.wait_until_judged(slug, timeout=3600, interval=5)
client.close_study(slug)

# %% Two people unblind the study on its page. The API can't do it.
#
#     .venv/bin/python manage.py unblind_study by-program --by mara --by jonas
print(f"Please unblind {slug}.")
client.wait_until_unblinded(slug, timeout=3600, interval=5)

# %% The win rate of each system against all others, with its 95 % confidence interval
report = client.compute_report(slug)
results = report["results"] or {}
win_rates = pd.DataFrame(results["win_rates"])
table = win_rates[(win_rates["criterion"] == "overall") & (win_rates["opponent"] == "*all")]
print(table[["system", "estimate", "low", "high", "n"]].to_string(index=False))

# %% Download the report and a table
client.download_report_file(slug, report["code"], "report.pdf", "report.pdf")
client.download_table(slug, "judgments", "judgments.csv")
client.close()
