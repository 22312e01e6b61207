# SPDX-License-Identifier: Apache-2.0
"""craft.py RESULT FOLDER: a run's folder made from a real one, with what is hard to export.

Names with commas, quotes, markup and line ends; cells that are invalid, failed and skipped; a histogram with values
beyond the last bucket and counts of more than 32 bits; figures that are null.
"""
import copy
import csv
import json
import math
import os
import sys

LAST, OVERFLOW = 34815, 1 << 43
NASTY = 'a, "b" <c> & d\\e|f/g=h;i\u00e9\n-2'


def index_of(value):
    if value >= OVERFLOW:
        return LAST
    shift = max(0, value.bit_length() - 11)
    return shift * 1024 + (value >> shift)


def highest(index):
    shift = 0 if index < 2048 else index // 1024 - 1
    return ((index - shift * 1024 + 1) << shift) - 1


def histogram(values):
    buckets = {}
    for value, count in values:
        buckets[index_of(value)] = buckets.get(index_of(value), 0) + count
    return {"count": sum(c for _, c in values), "overflow": sum(c for v, c in values if v >= OVERFLOW),
            "min": min(v for v, _ in values), "max": max(v for v, _ in values),
            "sum": float(sum(v * c for v, c in values)),
            "buckets": [n for pair in sorted(buckets.items()) for n in pair]}


def percentile(values, share):
    """The nearest rank; a bucket's upper end, but never above the greatest."""
    total, seen = sum(c for _, c in values), 0
    rank = max(1, math.ceil(share * total))
    for value, count in sorted(values):
        seen += count
        if seen >= rank:
            most = max(v for v, _ in values)
            return most if value >= OVERFLOW else min(most, highest(index_of(value)))


def summary(values):
    shares = {"p50": .5, "p90": .9, "p99": .99, "p999": .999, "p9999": .9999}
    total = sum(c for _, c in values)
    return {"count": total, "min": min(v for v, _ in values), "mean": sum(v * c for v, c in values) // total,
            **{k: percentile(values, s) for k, s in shares.items()}, "max": max(v for v, _ in values)}


def write_series(source, path, run, cells):
    """Ten rows of each cell, also of those that are not ok, with the columns of a real file."""
    with open(source, encoding="utf-8", newline="") as file:
        head, first = list(csv.reader(file))[:2]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(head)
        for cell in cells:
            params = ";".join(f"{k}={v}" for k, v in cell["params"].items())
            for i in range(10):
                writer.writerow([run, cell["scenario"], cell["engine"], params, cell["rep"], f"0.{i}"] + first[6:])


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        document = json.load(file)
    folder = sys.argv[2]
    os.makedirs(folder)
    model = next(c for c in document["cells"] if c["status"] == "ok")
    cells, lines = [], []

    def add(status, reason, queue, response=None, service=None):
        cell = copy.deepcopy(model)
        cell.update(index=len(cells), status=status, reason=reason)
        cell["params"]["queue"] = queue
        cell["params"]["le"] = 0.5  # a label that OpenMetrics keeps for itself
        line = {"schema": "weir.histogram/1", "run": document["run"]["id"], "index": cell["index"],
                "seed": cell["seed"], "begun_s": 1893456000.5 + cell["index"]}
        for key, values in (("response_ns", response), ("service_ns", service)):
            cell[key] = summary(values) if values else {k: 0 if k == "count" else None for k in model[key]}
            if values:
                line[key] = histogram(values)
        if not values:
            cell["rate"]["delivered_per_s"] = 0
        cells.append(cell)
        if len(line) > 5:
            lines.append(json.dumps(line) + "\n")

    many = [(n * n * 977, 1 + n % 7) for n in range(1, 3000)]
    add("ok", "", "plain", many, [(0, 1), (2047, 3), (2048, 5), (4099, 70000000000)])
    add("ok", "", NASTY, [(OVERFLOW + 98765, 2), (OVERFLOW - 1, 1), (5, 300)], [(1, 1)])
    add("ok", "", "nothing delivered")
    add("ok", "", "plain", many)  # the same point and repetition once more, as a suite may have it
    add("invalid", "the ledger does not balance: " + NASTY, "worthless", many, many)
    add("failed", "killed by signal 11", "crashed")
    add("skipped", "cannot run <here>", "absent")
    cells[0]["expect"] = [{"text": "loss < 0 & p99 > 0", "ok": False}, {"text": "holds", "ok": True}]
    document["cells"] = cells
    with open(os.path.join(folder, "result.json"), "w", encoding="utf-8") as file:
        json.dump(document, file)
    with open(os.path.join(folder, "histograms.jsonl"), "w", encoding="utf-8") as file:
        file.writelines(lines)
    write_series(os.path.join(os.path.dirname(sys.argv[1]), "series.csv"), os.path.join(folder, "series.csv"),
                 document["run"]["id"], [c for c in cells if c["params"]["queue"] != NASTY])


main()
