# SPDX-License-Identifier: Apache-2.0
"""docs/performance.svg: drawn from the kept results, and recognisable as such without drawing it again."""
import collections
import hashlib
import os
import re
import shutil
import subprocess
import tempfile

from performance_page.cases import TOP, cells_of, good, limit, ns, queue, state

PICTURE = os.path.join(TOP, "docs", "performance.svg")
SCRIPT = os.path.join(TOP, "plots", "performance.gp")
REDRAW = "tools/performance page (which wants gnuplot: apt-get install gnuplot-nox)"

# Case, what is picked of it, title.
PANELS = [("spsc-1", {"capacity": 1024}, "1 producer, 1 consumer, 1 an operation"),
          ("spsc-16-64k", {}, "1 producer, 1 consumer, 16 an operation"),
          ("messages-64", {"batch": 16}, "64-byte messages, 16 an operation"),
          ("mpmc-1x1", {}, "many-to-many queues, 1 and 1"),
          ("many-free", {"capacity": 1024}, "4 producers, 1 consumer"),
          ("channel-1x1", {}, "blocking, 1 and 1")]


def panel_data(case, params, title):
    """Rows of queue, median, low, high, near or far; above them the limit at the distance of most rows."""
    cells = sorted(good(cells_of(case, **params)), key=ns)
    if not cells:
        return None
    most = collections.Counter(state(c) for c in cells).most_common(1)[0][0]
    lines = [limit(c) for c in cells if state(c) == most and limit(c)]
    rows = [f"{queue(c)}\t{ns(c):.6g}\t{c['bench']['ns_per_item']['lo']:.6g}\t{c['bench']['ns_per_item']['hi']:.6g}\t{state(c)}\n"
            for c in cells]
    return f"# {title}\n# limit {lines[0] if lines else 0:.6g} {most}\n" + "".join(rows)


def all_data():
    """The panels' data, and the cases that have not been measured."""
    panels = [panel_data(*p) for p in PANELS]
    return panels, [p[0] for p, data in zip(PANELS, panels) if data is None]


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def data_digest(panels):
    """Of all that the picture is made from: figures, titles, and the script that draws them."""
    with open(SCRIPT, encoding="utf-8") as f:
        return digest("\n".join(panels) + f.read())


MARK = re.compile(r"<!-- Drawn by tools/performance page: data (\w+), picture (\w+) -->\n")


def complaint():
    """What is wrong with the kept picture, or None."""
    panels, missing = all_data()
    if missing:
        return f"no results to draw docs/performance.svg from: tools/performance run --only {','.join(missing)}"
    if not os.path.exists(PICTURE):
        return f"docs/performance.svg is missing: {REDRAW}, then commit it"
    with open(PICTURE, encoding="utf-8") as f:
        text = f.read()
    mark = MARK.search(text)
    if not mark or mark.group(1) != data_digest(panels):
        return f"docs/performance.svg was not drawn from the kept results: {REDRAW}"
    if mark.group(2) != digest(MARK.sub("", text)):
        return f"docs/performance.svg has been changed since it was drawn: {REDRAW}"
    return None


def draw():
    """Draws the picture if the kept one is not this. Returns what went wrong, or None."""
    if complaint() is None:
        return None
    panels, missing = all_data()
    if missing or shutil.which("gnuplot") is None:
        return complaint()
    with tempfile.TemporaryDirectory() as folder:
        for i, data in enumerate(panels):
            with open(os.path.join(folder, f"panel{i}.tsv"), "w", encoding="utf-8") as f:
                f.write(data)
        out = os.path.join(folder, "out.svg")
        code = subprocess.run(["gnuplot", "-e", f"data='{folder}'; output_file='{out}'", SCRIPT], check=False).returncode
        if code or not os.path.exists(out):
            return f"gnuplot ended with {code}, see above; docs/performance.svg is as it was"
        with open(out, encoding="utf-8") as f:
            text = f.read().replace("<title>Gnuplot</title>", "<title>What a hand-off costs</title>")
    text = "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
    mark = f"<!-- Drawn by tools/performance page: data {data_digest(panels)}, picture {digest(text)} -->\n"
    head, _, rest = text.partition("\n")  # nothing may stand before the XML declaration
    with open(PICTURE, "w", encoding="utf-8") as f:
        f.write(f"{head}\n{mark}{rest}")
    return None
