"""The generated files of a data set: writes them, or checks that what is committed is what the generator makes.

Used by the `generate.py` of each data set. Figures may differ in their last digits between processors, and so may
the bytes of a fitted model: JSON figures are compared closely, and a model by a test that its generator names.
"""

import argparse
import csv
import io
import json
import math
import shutil
import sys
from pathlib import Path

CLOSE = 1e-11


class Generated:
    """Files by their path below one data set's folder."""

    def __init__(self, root, owned):
        """`owned` folders hold nothing but generated files."""
        self.root, self.owned, self.files = Path(root), owned, {}

    def table(self, path, header, rows):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
        self.files[path] = (text.getvalue().encode(), bytes.__eq__)

    def text(self, path, text):
        self.files[path] = (text.encode(), bytes.__eq__)

    def json(self, path, value):
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        self.files[path] = (text.encode(), same_json)

    def copy(self, path, source):
        self.files[path] = ((self.root / source).read_bytes(), bytes.__eq__)

    def model(self, path, data, is_same):
        """`is_same(bytes)` tells whether a committed model predicts what this one does."""
        self.files[path] = (data, lambda committed, _: is_same(committed))

    def finish(self, description):
        """Reads the command line, then writes or checks."""
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("--check", action="store_true", help="write nothing; fail if a committed file differs")
        if parser.parse_args().check:
            faults = self.faults()
            sys.exit("\n".join(faults + ["Run generate.py and commit what it writes."]) if faults else 0)
        for folder in self.owned:
            shutil.rmtree(self.root / folder, ignore_errors=True)
        for path, (data, _) in self.files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_bytes(data)
        print(f"{self.root}: {len(self.files)} files")

    def faults(self):
        found = []
        for path, (data, is_same) in self.files.items():
            file = self.root / path
            if not file.is_file():
                found.append(f"{file} is missing.")
            elif not is_same(file.read_bytes(), data):
                found.append(f"{file} is not what the generator makes.")
        for folder in self.owned:
            for file in sorted((self.root / folder).rglob("*")):
                if file.is_file() and file.relative_to(self.root).as_posix() not in self.files:
                    found.append(f"{file} is not made by the generator.")
        return found


def same_json(committed, made):
    try:
        return same_value(json.loads(committed), json.loads(made))
    except ValueError:
        return False


def same_value(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=CLOSE, abs_tol=CLOSE)
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(same_value(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same_value, a, b))
    return type(a) is type(b) and a == b


def expected(team, division, track, public, private):
    """What `samples/<name>/expected.json` says about a sample that must be scored."""
    return {
        "team": team,
        "division": division,
        "track": track,
        "phase": "main",
        "verdict": "scored",
        "scores": {"public": public, "private": private},
        "tolerance": 1e-9,
    }
