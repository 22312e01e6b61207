# SPDX-License-Identifier: Apache-2.0
"""craft_page.py RESULT FOLDER: documents made from a real one, to see a page that is hard to make.

hostile/  names and texts that would be markup or script, and cells that are invalid, failed and skipped
large/    500 cells with figures of their own
"""
import copy
import json
import os
import shutil
import sys

EVIL = ['<script>window.hostile=1</script>', '</script><script>window.hostile=1</script>',
        '<img src=x onerror="window.hostile=1">', '" onmouseover="window.hostile=1" x="', "'-->]]>&amp;<!--",
        'javascript:window.hostile=1//\u2028\ud83d\ude00']


def write(document, source, folder):
    os.makedirs(folder)
    with open(os.path.join(folder, "result.json"), "w", encoding="utf-8") as file:
        json.dump(document, file)
    for name in ("series.csv", "histograms.jsonl"):
        shutil.copy(os.path.join(source, name), folder)


def hostile(document):
    cells = []
    model = next(c for c in document["cells"] if c["status"] == "ok")
    for i, status in enumerate(["ok", "invalid", "failed", "skipped", "ok", "ok"]):
        cell = copy.deepcopy(model)
        cell.update(index=i, scenario=EVIL[1], status=status, reason="" if status == "ok" else EVIL[i])
        cell["params"] = {"queue": EVIL[i], "strategy": "block", EVIL[2]: EVIL[5 - i]}
        cell["expect"] = [{"text": EVIL[0], "ok": status == "ok"}]
        cells.append(cell)
    cells[1]["ledger"]["unknown"] = 17
    document["cells"] = cells
    document["run"]["scenarios"] = [{"name": EVIL[1], "question": EVIL[0] + EVIL[3], "file": EVIL[2], "hash": EVIL[4]}]
    document["run"]["argv"] = ["weir", "run", EVIL[1], "it's", EVIL[3]]
    document["env"]["cpu"] = EVIL[2]
    document["run"]["id"] = model["scenario"] + EVIL[0]
    return document


def large(document):
    model = [c for c in document["cells"] if c["status"] == "ok"]
    cells = []
    for i in range(500):
        cell = copy.deepcopy(model[i % len(model)])
        cell.update(index=i)
        cell["params"]["sink.service"] = (1 + i // 20) * 1e-6
        cell["params"]["parse.queue.capacity"] = 2 ** (i % 20)
        cell["rate"]["delivered_per_s"] = 1000 + (i * 7919) % 10007
        cells.append(cell)
    document["cells"] = cells
    return document


def main():
    source, folder = os.path.dirname(sys.argv[1]), sys.argv[2]
    for make in (hostile, large):
        with open(sys.argv[1], encoding="utf-8") as file:
            document = json.load(file)
        write(make(document), source, os.path.join(folder, make.__name__))


main()
