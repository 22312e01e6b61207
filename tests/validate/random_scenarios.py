#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""random_scenarios.py WEIR SCHEMA [COUNT [SEED [FOLDER]]]   whole scenarios made at random from the schema's keys

Each is run twice in virtual time with --verify. What must hold, whatever the scenario: it ends in time, with exit 0 or
(a scenario that cannot be) 2 and a message that names a line; the ledger balances and its parts add up; nothing is
corrupted or invented; both runs are the same to the last figure. A key that is refused is taken out and the rest tried
again, so most of what is made does run; at least half must. FOLDER keeps the scenarios that failed.
Exit: 0 all hold, 1 one does not.
"""
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

RUN_SECONDS, REPAIRS = 60, 40

# Keys whose value must fit the rest, or which would make a scenario large: what to draw from.
VALUES = {
    "rate": ["100/s", "2k/s", "5k/s", "10k/s"],
    "duration": ["50ms", "200ms", "1s"],
    "warmup": ["0s", "10ms"],
    "drain": ["0s", "20ms", "5s"],
    "service": ["0", "50us", "300us", "1ms", "2ms", {"law": "exponential", "mean": "200us"},
                {"law": "bimodal", "low": "50us", "high": "5ms", "p": "5%"}],
    "think": ["100us", {"law": "exponential", "mean": "1ms"}],
    "size": ["0", "60B", "200B", "3KiB", {"law": "lognormal", "median": "200B", "sigma": 1}],
    "capacity": [1, 2, 7, 7, 64, 1024],
    "workers": [1, 2, 3],
    "concurrency": [1, 2, 4],
    "senders": [1, 2, 3],
    "count": [0, 1, 50, 500],
    "classes": [{"info": "100%"}, {"debug": "50%", "info": "30%", "error": "20%"}],
    "rates": [["1k/s", "10/s"], ["0/s", "500/s", "5k/s"]],
    "dwell": [["10ms", "30ms"], ["10ms", "1ms", "20ms"]],
    "alpha": [1.5, 2.5],
    "batch": [1, 10, 100],
    "retry_after": ["10ms", "none"],
    "initial": [1, 20],
    "min": [1],
    "max": [50, 200],
    "signal": ["none", "stop"],
    "period": ["50ms", "1s"],
}
# Only outside virtual time, or about files that are not there.
LEFT_OUT = {"path", "checkpoint", "file", "listen", "expect", "matrix", "name", "seed", "reps", "engine",
            "memory_limit", "to", "swap"}
NEEDED = {"constant": ["rate"], "poisson": ["rate"], "on_off": ["rate", "on", "off"], "closed": ["think"],
          "pareto": ["rate", "alpha"], "mmpp": ["rates", "dwell"], "diurnal": ["rate", "period", "swing"]}


class Maker:
    def __init__(self, schema, seed):
        self.schema, self.r = schema, random.Random(seed)

    def quantity(self, pattern):
        r = self.r
        if "(ns|us|ms|s|m|h)" in pattern:
            return r.choice(["200us", "1ms", "5ms", "20ms", "100ms"])
        if "/[smh]" in pattern:
            return r.choice(["10/s", "100/s", "2k/s"])
        if "iB" in pattern:
            return r.choice(["100B", "4KiB", "64KiB"])
        if "%" in pattern:
            return f"{r.randint(1, 99)}%"
        return r.randint(1, 20)

    def value(self, key, spec):
        """A value of the shape that the schema gives; None: this one is left out."""
        r = self.r
        if key == "size" and "pattern" in spec:  # of a batch
            return r.choice([1, 5, 50])
        if key in VALUES and not (key in ("batch", "alpha", "min", "max") and "properties" in spec):
            if spec.get("type") == "object" and key == "batch":
                return self.table(spec)
            return r.choice(VALUES[key])
        if "anyOf" in spec:
            return self.value("", r.choice(spec["anyOf"]))
        if "enum" in spec:
            choices = [c for c in spec["enum"] if c is not None]
            return r.choice(choices)
        if "properties" in spec and spec.get("maxProperties") == 1:  # a strategy with parameters
            name = r.choice(list(spec["properties"]))
            return {name: self.table(spec["properties"][name])}
        if "properties" in spec:
            return self.table(spec)
        if spec.get("type") == "array" and "items" in spec:
            return [v for v in (self.value("", spec["items"]) for _ in range(r.randint(1, 3))) if v is not None]
        if "pattern" in spec and "name" not in key and spec.get("type") != "string":
            return self.quantity(spec["pattern"])
        return None

    def table(self, spec, chance=0.4, must=()):
        made = {}
        for key, below in spec.get("properties", {}).items():
            if key in must or (key not in LEFT_OUT and self.r.random() < chance):
                value = self.value(key, below)
                if value is not None:
                    made[key] = value
        return made

    def source(self, index):
        spec = self.schema["properties"]["sources"]["items"]
        arrivals = spec["properties"]["arrival"]
        made = {"name": f"source{index}", "type": self.r.choice(spec["properties"]["type"]["enum"])}
        process = self.r.choice(list(NEEDED))
        arrival = {"process": process}
        for key in NEEDED[process]:
            arrival[key] = self.value(key, arrivals["properties"][key])
        if process == "mmpp":
            arrival["dwell"] = VALUES["dwell"][VALUES["rates"].index(arrival["rates"])]
        made["arrival"] = arrival
        if made["type"] == "otlp":
            made["batch"] = 1  # any queue can hold a request
        rest = self.table(spec, 0.25)
        return {**{k: v for k, v in rest.items() if k not in ("name", "type", "arrival")}, **made}

    def edge(self, spec, made):
        """A small queue and a strategy, most of the time: what a scenario is for. Of a list one may not go with another."""
        r = self.r
        if r.random() < 0.8:
            made["queue"] = {"capacity": r.choice(VALUES["capacity"]), **self.table(spec["queue"]["anyOf"][-1], 0.2)}
        if r.random() < 0.8:
            made["strategy"] = self.value("", spec["strategy"]["anyOf"][r.choice([0, 0, 1, -1])])
        return made

    def stage(self, index):
        spec = self.schema["properties"]["pipeline"]["items"]
        rest = {k: v for k, v in self.table(spec, 0.4).items() if k not in ("stage", "after")}
        made = self.edge(spec["properties"], {"stage": f"stage{index}", **rest})
        if index > 1 and self.r.random() < 0.15:
            made["after"] = f"stage{self.r.randrange(index)}"
        return made

    def sink(self, spec):
        made = self.table(spec, 0.3, must=("type",))
        if self.r.random() < 0.6:
            made.update(type="model", service=self.r.choice(VALUES["service"]))
        return self.edge(spec["properties"], made) if self.r.random() < 0.4 else made

    def event(self, targets):
        r = self.r
        made = {"at": f"{r.randint(0, 200)}ms"}
        if r.random() < 0.6:
            made["for"] = f"{r.randint(1, 100)}ms"
        what = r.choice(["rate", "service", "stall", "stall", "signal"])
        sources, stages = targets
        if what == "rate":
            made["set"] = {f"{r.choice(sources)}.rate": r.choice(["x0", "x3", "2k/s"])}
        elif what == "service":
            made["set"] = {f"{r.choice(stages + ['sink'])}.service": r.choice(["x5", "1ms"])}
        elif what == "signal":
            made = {"at": made["at"], "signal": "stop"}
        else:
            made["stall"] = r.choice(sources + stages + ["sink"])
            made.setdefault("for", "30ms")
        return made

    def scenario(self):
        top = self.schema["properties"]
        made = {k: v for k, v in self.table(self.schema, 0.3, must=("duration",)).items()
                if k not in ("sources", "pipeline", "sink", "sinks", "timeline")}
        made = {"name": "random", "engine": "sim", "seed": self.r.randint(0, 9999), "drain": "5s", **made}
        made["sources"] = [self.source(i) for i in range(self.r.choice([1, 1, 1, 2, 3]))]
        stages = [self.stage(i) for i in range(self.r.choice([0, 1, 1, 1, 2, 3]))]
        if stages:
            made["pipeline"] = stages
        if "sinks" in top and self.r.random() < 0.25:
            each = top["sinks"]["properties"]["each"]["items"]
            sinks = [{**self.sink(each), "name": f"sink{i}"} for i in range(self.r.choice([2, 3]))]
            made["sinks"] = {**{k: v for k, v in self.table(top["sinks"], 0.7).items() if k != "each"}, "each": sinks}
        else:
            made["sink"] = self.sink(top["sink"])
        if self.r.random() < 0.4:
            names = ([s["name"] for s in made["sources"]], [s["stage"] for s in stages])
            made["timeline"] = [self.event(names) for _ in range(self.r.randint(1, 3))]
        return made


def write(value, path, indent, lines, places):
    """Block YAML, one key a line; places[line] is the path of what stands there."""
    for key, below in value.items() if isinstance(value, dict) else enumerate(value):
        head = " " * indent + (f"{key}:" if isinstance(value, dict) else "-")
        nested = isinstance(below, dict) or (isinstance(below, list) and any(isinstance(x, (dict, list)) for x in below))
        places.append(path + [key])
        lines.append(head if nested and below else f"{head} {json.dumps(below)}")
        if nested:
            write(below, path + [key], indent + 2, lines, places)


def drop(scenario, path):
    """Takes out what stands at the path. False: that must stay, or is gone."""
    below = scenario
    for key in path[:-1]:
        if isinstance(below, dict) and key not in below:
            return False
        below = below[key]
    if isinstance(below, dict) and path[-1] not in below:
        return False
    if path[-1] in ("name", "type", "stage", "sources", "sink", "sinks", "each", "duration", "process"):
        return False
    del below[path[-1]]
    return True


def command(weir, file, out):
    return [weir, "run", file, "--quiet", "--json", "--verify", "--out", out]


def once(weir, folder, file, turn):
    """(exit, document, stderr); exit None: it took too long."""
    out = os.path.join(folder, f"out{turn}")
    try:
        done = subprocess.run(command(weir, file, out), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=RUN_SECONDS, cwd=folder)
    except subprocess.TimeoutExpired:
        return None, None, ""
    finally:
        shutil.rmtree(out, ignore_errors=True)
    return done.returncode, done.stdout, done.stderr


def same_part(cell):
    """Without what the real machine adds."""
    return {k: v for k, v in cell.items() if k not in ("cpu", "memory", "wall_s")}


def judge(first, second):
    """What is wrong with two runs of one scenario, or nothing."""
    a, b = (json.loads(text)["cells"] for text in (first, second))
    for x, y in zip(a, b):
        ledger = x["ledger"]
        if x["status"] != "ok":
            return f"{x['status']}: {x['reason']}"
        ends = sum(ledger[k] for k in ("delivered", "filtered", "refused_final", "in_flight", "spilled", "unsent"))
        if ledger["unknown"] or ledger["generated"] != ends + ledger["lost"]["total"]:
            return f"the ledger does not add up: {ledger}"
        if ledger["lost"]["total"] != sum(v for k, v in ledger["lost"].items() if k != "total"):
            return f"the losses do not add up: {ledger['lost']}"
        check = ledger["sink_check"]
        if check["corrupted"] or check["invented"] or not x["verified"]:
            return f"the sink's check: {check}, verified {x['verified']}"
        if same_part(x) != same_part(y):
            differ = [k for k in x if k in same_part(x) and x[k] != y[k]]
            return f"the second run is another one: {', '.join(differ)}"
    return ""


def attempt(weir, folder, scenario):
    """(what is wrong or "", whether it ran, the file)."""
    file = os.path.join(folder, "random.yaml")
    for _ in range(REPAIRS):
        lines, places = [], []
        write(scenario, [], 0, lines, places)
        with open(file, "w", encoding="utf-8") as to:
            to.write("\n".join(lines) + "\n")
        code, text, error = once(weir, folder, file, 1)
        if code != 2:
            break
        found = [int(line) for line in re.findall(r"random\.yaml:(\d+):\d+: .", error)]
        if not found and "random.yaml" not in error:
            return f"exit 2 without a place: {error.strip()}", False, file
        # From the end, so that what stands before keeps its place.
        dropped = [drop(scenario, places[line - 1]) for line in sorted(set(found), reverse=True) if line <= len(places)]
        if not any(dropped):
            if os.environ.get("SHOW_REFUSED"):
                print(error.strip())
            return "", False, file
    if code == 2:
        return "", False, file
    if code != 0:
        status = f"exit {code}" if code is not None else f"no end within {RUN_SECONDS} s"
        reason = re.findall(r'"reason": *"([^"]+)"', text or "")
        return f"{status}: {reason[:1] or error.strip()[-300:]}", True, file
    code, again, error = once(weir, folder, file, 2)
    return (judge(text, again) if code == 0 else f"the second run: exit {code}: {error[-300:]}"), True, file


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    weir = os.path.realpath(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as schema_file:
        schema = json.load(schema_file)
    count, seed = (int(a) for a in (sys.argv[3:5] + ["60", "1"][len(sys.argv[3:5]):]))
    keep = sys.argv[5] if len(sys.argv) > 5 else None
    failed = ran = 0
    with tempfile.TemporaryDirectory() as folder:
        for index in range(seed, seed + count):
            wrong, did_run, file = attempt(weir, folder, Maker(schema, index).scenario())
            ran += did_run
            if wrong:
                failed += 1
                print(f"FAIL seed {index}: {wrong}", flush=True)
                with open(file, encoding="utf-8") as made:
                    text = made.read()
                if keep:
                    os.makedirs(keep, exist_ok=True)
                    with open(os.path.join(keep, f"{index}.yaml"), "w", encoding="utf-8") as to:
                        to.write(text)
                else:
                    print(text)
    print(f"{count} scenarios, {ran} ran, {failed} failed")
    if ran * 2 < count:
        print("FAIL: fewer than half could be run")
    return 1 if failed or ran * 2 < count else 0


if __name__ == "__main__":
    sys.exit(main())
