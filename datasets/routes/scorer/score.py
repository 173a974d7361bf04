"""Scores a delivery plan on one set of instances.

Reads /app/input/ref (instances.json, splits.json) and the team's file in /app/input/res; writes
/app/output/scores.json with the splits `public` and `private`:

- ratio: mean over instances of length / length of a trip of its own for every stop. 1 is easy, less is better.
- distance_km: sum of the lengths.
- feasible: share of the instances whose plan can be driven.

An instance without a plan that can be driven counts as PENALTY trips of its own for every stop. So does every
instance when the file cannot be read: a team's mistake never makes this program fail.
"""

import json
import math
from pathlib import Path

import plan

REF = Path("/app/input/ref")
RES = Path("/app/input/res")
OUTPUT = Path("/app/output/scores.json")
PENALTY = 2.0


def team_file():
    """plan.csv, else the only file that was handed in."""
    named = RES / "plan.csv"
    files = sorted(RES.iterdir())
    return files[0] if not named.exists() and len(files) == 1 else named


def read_plan():
    try:
        return plan.read_plan(team_file())
    except plan.Infeasible as reason:
        print(reason)
        return {}


def judge(name, instance, routes):
    """Length, ratio and whether the plan can be driven."""
    reference = plan.shuttle_km(instance)
    try:
        length = plan.length_km(instance, routes)
    except plan.Infeasible as reason:
        print(f"{name}: {reason}")
        return PENALTY * reference, PENALTY, 0.0
    return length, length / reference, 1.0


def summary(results):
    lengths, ratios, feasible = zip(*results)
    return {
        "ratio": math.fsum(ratios) / len(ratios),
        "distance_km": math.fsum(lengths),
        "feasible": math.fsum(feasible) / len(feasible),
    }


def main():
    instances = plan.read_instances(REF / "instances.json")
    splits = json.loads((REF / "splits.json").read_text(encoding="utf-8"))
    routes = read_plan()
    results = {name: judge(name, instance, routes.get(name, {})) for name, instance in instances.items()}
    scores = {
        split: summary([results[name] for name in instances if splits[name] == split])
        for split in ("public", "private")
    }
    OUTPUT.write_text(json.dumps(scores), encoding="utf-8")


if __name__ == "__main__":
    main()
