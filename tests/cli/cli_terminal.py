# SPDX-License-Identifier: Apache-2.0
"""cli_terminal.py WEIR WEIR-FAKE: what is on a terminal while weir runs and after, and what is not in pipes."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from terminal import Terminal

WEIR, FAKE = (os.path.realpath(p) for p in sys.argv[1:3])
SCENARIO = """# Which strategy loses least?
name: slow-sink
duration: {duration}
seed: 7
sources: [{{name: app, type: synthetic, arrival: {{process: poisson, rate: 2k/s}}, size: 200B}}]
pipeline: [{{stage: parse, queue: {{capacity: 64}}}}]
sink: {{type: model, service: 1ms}}
drain: 100ms
matrix: {{queue: [mutex, mpmc], strategy: [block, drop_newest]}}
"""


def no_escapes(text, what):
    assert "\x1b" not in text, f"{what}: an escape: {text!r}"


def whole_lines(text):
    """Nothing of a status line is left: neither its bar nor its time."""
    assert not re.search(r"\d:\d\d left", text) and "[#" not in text and "[." not in text, f"left on the screen:\n{text}"
    return text.split("\n")


def the_line_fits_and_is_cleared():
    for columns in (200, 80, 40, 20, 8):
        t = Terminal([FAKE, "run", "s.yaml", "--reps", "2", "--out", f"w{columns}"], columns, stdout="table")
        assert t.finish() == 0, t.raw
        assert t.drawn() and all(len(line) < columns for line in t.drawn()), t.drawn()
        assert any("0/8"[: columns - 1] in line for line in t.drawn()), t.drawn()
        assert "".join(t.screen().split()) == f"resultsinw{columns}", t.screen()
    no_escapes(open("table").read(), "a table in a file")


def figures_of_the_running_cell_are_shown():
    t = Terminal([WEIR, "run", "s2.yaml", "--only", "queue=mpmc", "--only", "strategy=drop_newest", "--out", "live"], 120)
    assert t.finish() == 0, t.raw
    shown = [line for line in t.drawn() if "loss " in line and "p99 " in line]
    assert shown, t.drawn()
    found = re.search(r"slow-sink (\d+ %|drains), loss ([\d.]+) %, p99 ([\d.]+) \w?s$", shown[-1])
    assert found and 0 < float(found[2]) < 100 and float(found[3]) > 0, shown[-1]
    whole_lines(t.screen())


def two_simulations_at_once_share_the_line():
    t = Terminal([WEIR, "run", "long.yaml", "--engine", "sim", "--out", "sims"], 200)
    t.until(lambda raw: re.search(r"\d %, loss [^|\x1b]* \|  m\w+/\w+ \d+ %|\+ 1 more", raw) or "results in" in raw)
    t.type("\x03")
    t.until(lambda raw: "weir: stopping" in raw or "results in" in raw)
    t.type("\x03")
    assert t.finish() in (0, 130), t.raw
    if len(os.sched_getaffinity(0)) > 1:
        assert any("|" in line for line in t.drawn()), t.drawn()[-3:]


def a_narrower_terminal_gets_a_shorter_line():
    t = Terminal([FAKE, "run", "s.yaml", "--out", "narrow"], 100, {"WEIR_FAKE": "*:once", "WEIR_FAKE_FILE": "nowhere"})
    t.until(lambda raw: len(t.drawn()) > 0)
    before = len(t.drawn())
    t.resize(30)
    t.until(lambda raw: len(t.drawn()) > before + 1)
    assert max(map(len, t.drawn()[:before])) > 29, "the wide line was not wide"
    assert all(len(line) <= 29 for line in t.drawn()[before + 1 :]), t.drawn()
    t.type("\x03")
    t.until(lambda raw: "stopping" in raw)
    t.type("\x03")
    assert t.finish() == 130


def an_interrupt_leaves_whole_lines():
    t = Terminal([FAKE, "run", "s.yaml", "--out", "cut"], 100, {"WEIR_FAKE": "*:hang"})
    t.until(lambda raw: "listening on pid:" in raw and len(t.drawn()) > 1)
    t.type("\x03")
    t.until(lambda raw: "weir: stopping" in raw)
    t.type("\x03")
    assert t.finish() == 130
    lines = whole_lines(t.screen())
    assert lines[0].startswith("listening on pid:") and lines[1].startswith("weir: stopping; what was"), lines
    assert lines[-1].startswith("weir: stopped with 0 of 4 cells") or "--resume cut" in lines[-1], lines
    assert not any("^C" in line for line in lines), lines


def what_a_cell_says_stands_on_its_own():
    t = Terminal([FAKE, "run", "s.yaml", "--out", "said"], 100, {"WEIR_FAKE": "*:say"}, stdout="table")
    assert t.finish() == 0
    assert whole_lines(t.screen()) == ["fake: the disk is full"] * 4 + ["results in said"], t.screen()


def cells_that_went_wrong_are_told():
    t = Terminal([FAKE, "run", "s.yaml", "--out", "wrong"], 120, {"WEIR_FAKE": "block:crash"}, stdout="table")
    assert t.finish() == 3
    lines = [line for line in whole_lines(t.screen()) if "crashed: SIGABRT" in line]
    assert len(lines) == 2 and all(re.match(r"\[\d/4\] slow-sink queue=\w+;strategy=block rep 0: failed", l) for l in lines), lines


def terminals_that_cannot_get_a_line_a_cell():
    for env in ({"TERM": "dumb"}, {"CI": "true"}):
        t = Terminal([FAKE, "run", "s.yaml", "--out", "plain" + "".join(env)], 140, env, stdout="table")
        assert t.finish() == 0
        no_escapes(t.raw, env)
        assert len(re.findall(r"^\[\d/4\] slow-sink .*: ok, loss ", t.raw, re.M)) == 4, t.raw


def colour_is_one_thing_and_the_line_another():
    t = Terminal([FAKE, "run", "s.yaml", "--out", "colour"], 120)
    assert t.finish() == 0 and "\x1b[33m" in t.raw and t.drawn(), "a terminal has colours"
    for number, (env, options) in enumerate((({"NO_COLOR": "1"}, []), ({}, ["--color", "never"]))):
        t = Terminal([FAKE, "run", "s.yaml", "--out", f"plain{number}"] + options, 120, env)
        assert t.finish() == 0 and t.drawn() and not re.search(r"\x1b\[[0-9;]*m", t.raw), t.raw


def quiet_is_quiet():
    t = Terminal([FAKE, "run", "s.yaml", "-q", "--out", "quiet"], 80, stdout="table")
    assert t.finish() == 0 and t.raw == "", t.raw


def in_the_background_nothing_is_drawn():
    t = Terminal(["bash", "-c", f"set -m; {FAKE} run s.yaml --out back & wait"], 80, stdout="table")
    t.finish()
    no_escapes(t.raw, "in the background")
    assert t.raw.startswith("results in back\r\n"), t.raw


def pipes_hold_text_alone():
    for out, options in (("p1", []), ("p2", ["--wide"]), ("p3", ["--json"])):
        done = subprocess.run([FAKE, "run", "s.yaml", "--out", out] + options, capture_output=True, text=True)
        assert done.returncode == 0, done
        no_escapes(done.stdout + done.stderr, options)
        assert len(re.findall(r"^\[\d/4\] ", done.stderr, re.M)) == 4, done.stderr
    forced = subprocess.run([FAKE, "run", "s.yaml", "--out", "p4"], capture_output=True, text=True, env={**os.environ, "CLICOLOR_FORCE": "1"})
    no_escapes(forced.stderr, "CLICOLOR_FORCE is about colours, not about the line")
    assert "\x1b[33m" in forced.stdout


def a_bench_has_the_same_line():
    t = Terminal([WEIR, "bench", "--queue", "spsc", "--batch", "1", "--reps", "3", "--seconds", "20ms", "--out", "bench"], 60, stdout="table")
    assert t.finish() in (0, 3), t.raw
    assert any(re.search(r"\d+/\d+ .*(spsc, batch|floor and limit)", line) for line in t.drawn()), t.drawn()
    assert all(len(line) < 60 for line in t.drawn()) and t.screen() == "results in bench", t.screen()


def conformance_has_it_too():
    t = Terminal([WEIR, "conform", "spsc", "--check", "table,refusals"], 40)
    assert t.finish() == 0, t.raw
    assert "  table ..." in t.drawn() and "..." not in t.screen(), t.screen()
    t = Terminal([WEIR, "conform", "spsc", "--check", "table"], 40, {"TERM": "dumb"})
    assert t.finish() == 0
    no_escapes(t.raw, "TERM=dumb")


work = tempfile.mkdtemp()
try:
    os.chdir(work)
    for name in ("NO_COLOR", "CLICOLOR_FORCE", "CI", "COLUMNS", "WEIR_FAKE"):
        os.environ.pop(name, None)
    for name, duration in (("s", "1s"), ("s2", "2s"), ("long", "600s")):
        with open(name + ".yaml", "w") as out:
            out.write(SCENARIO.format(duration=duration))
    for test in [v for k, v in list(globals().items()) if callable(v) and getattr(v, "__module__", "") == "__main__" and not v.__code__.co_argcount]:
        begun = time.monotonic()
        test()
        print(f"ok {test.__name__} ({time.monotonic() - begun:.1f} s)")
finally:
    os.chdir("/")
    shutil.rmtree(work)
