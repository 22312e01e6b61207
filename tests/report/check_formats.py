# SPDX-License-Identifier: Apache-2.0
"""check_formats.py FOLDER [DOCUMENT]: every report in FOLDER is what its readers take, and says what the document says.

A format is checked by the file's name in the table. Results of cells that are not ok must be nowhere among them.
"""
import csv
import io
import json
import os
import re
import sys
from collections import Counter
import xml.etree.ElementTree as ET

folder = sys.argv[1]


def refuse(constant):
    raise ValueError(f"{constant} is not JSON")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file, parse_constant=refuse)


document = load(sys.argv[2] if len(sys.argv) > 2 else os.path.join(folder, "result.json"))
cells = document.get("cells", [])
ok = [c for c in cells if c["status"] == "ok"]
bad = [c for c in cells if c["status"] != "ok"]
bench = bool(cells) and cells[0]["engine"] == "bench"
delivered = [c for c in ok if bench or c["response_ns"]["count"]]


def number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def names_only_ok(names):
    """Queues of the cells that are not ok and of no cell that is: none of them may be named."""
    gone = {c["params"]["queue"] for c in bad} - {c["params"]["queue"] for c in ok}
    for name in names:
        assert not any(f"queue={queue}" in name for queue in gone), f"{name} is not a result"


def junit(path):
    root = ET.parse(path).getroot()
    assert root.tag == "testsuites"
    count = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in root:
        assert suite.tag == "testsuite" and suite.get("name")
        kinds = [child.tag for child in suite]
        assert kinds == sorted(kinds), "properties come before the tests"
        own = dict.fromkeys(count, 0)
        names = set()
        for case in suite.findall("testcase"):
            assert case.get("name") and case.get("classname") and float(case.get("time")) >= 0
            assert set(case.keys()) == {"name", "classname", "time"}
            results = [child.tag for child in case]
            assert len(results) <= 1 and set(results) <= {"failure", "error", "skipped"}, results
            assert all("message" in child.keys() for child in case)
            assert case.get("name") not in names, "two tests of one name"
            names.add(case.get("name"))
            own["tests"] += 1
            for tag, key in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
                own[key] += tag in results
        for key, value in own.items():
            assert int(suite.get(key)) == value, f"{key} of {suite.get('name')}"
            count[key] += value
        if suite.get("timestamp"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp"))
    for key, value in count.items():
        assert int(root.get(key)) == value, key
    if "queues" in document:
        assert (count["tests"], count["failures"], count["skipped"]) == (
            document["passed"] + document["failed"] + document["skipped"], document["failed"], document["skipped"])
    else:
        expected = sum(1 + len(c["expect"]) for c in cells)
        failed = sum(e["ok"] is False for c in cells for e in c["expect"])
        assert (count["tests"], count["failures"]) == (expected, failed)
        assert count["errors"] == sum(c["status"] in ("invalid", "failed") for c in cells)


def google(path):
    o = load(path)
    context, list_ = o["context"], o["benchmarks"]
    for key in ("date", "host_name", "executable", "num_cpus", "caches", "load_avg", "library_build_type"):
        assert key in context, key
    assert context["json_schema_version"] == 1
    by_name = {}
    for b in list_:
        assert b["run_type"] == "iteration" and b["time_unit"] == "ns" and b["name"] == b["run_name"]
        for key in ("real_time", "cpu_time", "iterations", "threads", "repetitions", "repetition_index"):
            assert number(b[key]) and b[key] >= 0, key
        by_name.setdefault(b["name"], []).append(b)
    names_only_ok(by_name)
    for name, reps in by_name.items():
        assert len({b["repetition_index"] for b in reps}) == len(reps) <= reps[0]["repetitions"], name
    want = sorted(ns for c in ok for ns in c["bench"]["ns_per_item"]["reps"]) if bench else sorted(
        c["response_ns"]["p50"] for c in delivered)
    assert sorted(b["real_time"] for b in list_) == want
    assert not bench or not any(b["cpu_time"] for b in list_), "one figure for all repetitions is no sample of each"


def go(path):
    line_form = re.compile(r"Benchmark[^a-z\s]\S*-\d+(\t| )\d+((\t)[-+.0-9e]+ \S+)+$")
    key_form = re.compile(r"[a-z][^A-Z\s]*:( .*)?$")
    lines, higher = [], []
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file.read().split("\n"):
            if line.startswith("Benchmark"):
                assert line_form.match(line), line
                lines.append(line)
            elif line.startswith("Unit "):
                assert re.fullmatch(r"Unit \S+ better=higher", line), line
                higher.append(line.split()[1])
            else:
                assert not line or line[0] == "#" or key_form.match(line), line
    names_only_ok(line.split("\t")[0] for line in lines)
    assert higher and all(any(f" {unit}" in line for line in lines) for unit in higher)
    assert len(lines) == (sum(len(c["bench"]["ns_per_item"]["reps"]) for c in ok) if bench else len(ok))


def openmetrics(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert text.endswith("# EOF\n")
    try:
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
    except ImportError:
        print("openmetrics: not read: the package python3-prometheus-client is missing")
        return
    families = {f.name: f for f in text_string_to_metric_families(text)}
    infos = families["weir_cell"].samples
    assert sorted(s.labels["status"] for s in infos) == sorted(c["status"] for c in cells)
    gone = {c["params"]["queue"] for c in bad} - {c["params"]["queue"] for c in ok}
    for name, family in families.items():
        for s in family.samples:
            assert name == "weir_cell" or s.labels["queue"] not in gone, f"{name} of {s.labels['queue']}"
    if bench:
        medians = [s.value for s in families["weir_bench_item_seconds"].samples if s.labels["bound"] == "median"]
        want = [c["bench"]["ns_per_item"]["median"] / 1e9 for c in ok]
    else:
        medians = [s.value for s in families["weir_response_seconds"].samples if s.name.endswith("_count")]
        want = [c["response_ns"]["count"] for c in delivered]
        total = sum(s.value for s in families["weir_records"].samples)
        assert total == sum(c["ledger"]["generated"] - c["ledger"]["unknown"] for c in ok), "records by state"
    assert len(medians) == len(want)
    assert all(abs(a - b) <= 1e-12 * b for a, b in zip(sorted(medians), sorted(want)))


def github(path, unit):
    list_ = load(path)
    assert isinstance(list_, list) and list_
    for o in list_:
        assert set(o) <= {"name", "unit", "value", "range", "extra"} and number(o["value"])
        assert all(isinstance(o[k], str) for k in o if k != "value")
    assert len({o["name"] for o in list_}) == len(list_)
    assert all((o["unit"] == "1/s") == (unit == "1/s") for o in list_)
    names_only_ok(o["name"] for o in list_)


def bencher(path):
    o = load(path)
    names_only_ok(o)
    for name, measures in o.items():
        for slug, m in measures.items():
            assert re.fullmatch(r"[a-z0-9-]+", slug), slug
            assert set(m) <= {"value", "lower_value", "upper_value"} and all(number(v) for v in m.values()), name
            assert m.get("lower_value", m["value"]) <= m["value"] <= m.get("upper_value", m["value"])
    # Repetitions are one point; the same repetition once more is another.
    seen, points = Counter(), set()
    for c in ok:
        point = json.dumps([c["params"], c["scenario"], c["engine"]], sort_keys=True)
        points.add((point, seen[point, c["rep"]]))
        seen[point, c["rep"]] += 1
    assert len(o) == len(points)


def cells_csv(path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(io.StringIO(file.read(), newline=""), strict=True))
    assert rows and {r["status"] for r in rows} <= {"ok", "invalid", "failed"}
    want = next(c for c in ok)
    metric = "bench.items_per_s" if bench else "rate.delivered_per_s"
    value = want["bench"]["items_per_s"] if bench else want["rate"]["delivered_per_s"]
    own = [r for r in rows if r["metric"] == metric and r["queue"] == want["params"]["queue"]]
    assert any(abs(float(r["value"]) - value) <= 1e-9 * value for r in own)


def series(path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(io.StringIO(file.read(), newline=""), strict=True))
    gone = {c["params"]["queue"] for c in bad} - {c["params"]["queue"] for c in ok}
    assert not any(f"queue={queue}" in r["params"] for r in rows for queue in gone)
    there = {r["params"].split(";")[0] for r in rows}
    want = {f"queue={c['params']['queue']}" for c in ok}
    assert there and there >= {w for w in want if not set(w) & set(',";')}, f"{want - there} are missing"


def hgrm(path):
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    assert lines[0].split() == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"] and lines[1] == ""
    data = [line.split() for line in lines[2:] if line[0] != "#"]
    foot = [line for line in lines if line[:1] == "#"]
    assert [line.split("=")[0].strip() for line in foot[:3]] == ["#[Mean", "#[Max", "#[Buckets"]
    for before, after in zip(data, data[1:]):
        assert float(before[0]) <= float(after[0]) and float(before[1]) <= float(after[1])
        assert int(before[2]) <= int(after[2])
    assert all(len(row) == 4 for row in data) and data[-1][1:] == ["1.000000000000", data[-1][2], "inf"]
    name = re.match(r"#\[(\w+) of (.*), ms, ", foot[3])
    key = {"response": "response_ns", "service": "service_ns", "latency": "latency_ns", "rtt": "rtt_ns"}[name[1]]
    own = [c["bench"][key] if bench else c[key] for c in ok
           if "/queue=" + re.sub(r"[\x00-\x1f]", " ", c["params"]["queue"]) in name[2]
           and f"/strategy={c['params'].get('strategy')}" in name[2] + f"/strategy={c['params'].get('strategy')}" * bench]
    assert own, name[2]
    if len(own) == 1:  # the median's line is the document's median
        median = next(row for row in data if float(row[1]) >= 0.5)
        assert abs(float(median[0]) * 1e6 - own[0]["p50"]) < 1 and int(data[-1][2]) == own[0]["count"]
        assert abs(float(data[-1][0]) * 1e6 - own[0]["max"]) < 1


def markdown(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    tables = re.findall(r"(?:^\|.*\n)+", text, re.M)
    assert tables
    for table in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, "a row has more columns than its table"
    for status in {c["status"] for c in bad}:
        assert f"**{status}**" in text, status


CHECKS = {"report.md": markdown, "cells.csv": cells_csv, "series-ok.csv": series, "junit.xml": junit,
          "google-benchmark.json": google, "go-benchmark.txt": go, "metrics.txt": openmetrics,
          "github-smaller.json": lambda p: github(p, "ns"), "github-bigger.json": lambda p: github(p, "1/s"),
          "bencher.json": bencher}

wrong = 0
for name in sorted(os.listdir(folder)):
    check = hgrm if name.endswith(".hgrm") else CHECKS.get(name)
    if check is None:
        continue
    try:
        check(os.path.join(folder, name))
    except Exception as error:  # which one it was matters more than the traceback
        print(f"{name}: {type(error).__name__}: {error} (line {error.__traceback__.tb_next.tb_lineno})")
        wrong += 1
sys.exit(wrong > 0)
