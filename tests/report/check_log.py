# SPDX-License-Identifier: Apache-2.0
"""check_log.py DOCUMENT LINES: what a reader of HdrHistogram's logs saw in ours is what the document says.

A reader knows a value as its bucket, so two values are the same when they share one; a bucket is at most 1/1024 of the
value wide. Repetitions have one tag; within it they are compared in the order of their figures.
"""
import json
import sys


def bucket(value):
    shift = max(0, value.bit_length() - 11)
    return shift * 1024 + (value >> shift)


document = json.load(open(sys.argv[1], encoding="utf-8"))
cells = [c for c in document["cells"] if c["status"] == "ok"]
params = {k for c in document["cells"] for k in c["params"]}
differ = [k for c in document["cells"][:1] for k in c["params"]
          if len({json.dumps(x["params"].get(k)) for x in document["cells"]}) > 1]


def tag_of(kind, cell):
    parts = [f"{k}={cell['params'][k]}" for k in differ]
    text = "".join("_" if c <= " " or c == "," else c for c in ";".join(parts))
    return f"{kind};{text}" if text else kind


want, times = {}, {}
for cell in cells:
    # A repetition that is there already belongs to a point of its own: ";run=2".
    key = json.dumps([cell["params"], cell["rep"]], sort_keys=True)
    times[key] = times.get(key, 0) + 1
    again = f";run={times[key]}" if times[key] > 1 else ""
    for kind in ("response", "service"):
        h = cell[kind + "_ns"]
        if h["count"]:
            row = [h["count"]] + [bucket(h[k]) for k in ("p50", "p90", "p99", "p999", "p9999", "max")]
            want.setdefault(tag_of(kind, cell) + again, []).append(row)

got, last = {}, 0
for line in open(sys.argv[2], encoding="utf-8"):
    tag, start, end, count, *values = line.rstrip("\n").split("\t")
    start, end = float(start), float(end)
    assert start >= last, "intervals are not in order"
    assert abs((end - start) / 1000 - cells[0]["seconds"]) < 0.002, "an interval is not as long as the window"
    last = start
    got.setdefault(tag, []).append([int(count)] + [bucket(int(float(v))) for v in values])

assert set(got) == set(want), f"tags {set(got) ^ set(want)}"
for tag in want:
    assert sorted(got[tag]) == sorted(want[tag]), f"{tag}: {sorted(got[tag])} and not {sorted(want[tag])}"
print(f"{sum(map(len, got.values()))} histograms under {len(got)} tags agree")
