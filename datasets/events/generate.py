#!/usr/bin/env python3
"""Rebuilds the event retrieval contest's data, samples and expected scores from scikit-learn's bundled digits data.

    pip install --only-binary=:all: -r ../images/python-ml/requirements-dev.txt
    python3 generate.py           writes everything
    python3 generate.py --check   writes nothing; fails if a committed file differs
"""

import collections
import csv
import io
import math
import random
import sys
import unicodedata
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.path.insert(0, str(HERE / "starter-kit"))
import baseline  # noqa: E402
from generated import Generated, expected  # noqa: E402

SEED = 20260401
LABELLED = 500
SHOTS_OF_A_VIDEO = 50
VIDEOS_OF_A_BATCH = 9
QUERIES = {"kis": 16, "qa": 12, "trake": 12}
CUTOFFS = (1, 5, 20, 50, 100)
WORDS = [
    ("không", "zero"), ("một", "one"), ("hai", "two"), ("ba", "three"), ("bốn", "four"),
    ("năm", "five"), ("sáu", "six"), ("bảy", "seven"), ("tám", "eight"), ("chín", "nine"),
]  # fmt: skip
PIXELS = [f"p{n}" for n in range(64)]

Shot = collections.namedtuple("Shot", "video first last digit image")
Query = collections.namedtuple("Query", "name kind text truth")


class Archive:
    """Images as shots of videos, one after the other; the other images are labelled, to learn from."""

    def __init__(self):
        bunch = load_digits()
        order = np.random.RandomState(SEED).permutation(len(bunch.target))
        images, digits = bunch.data[order].astype(int), bunch.target[order].astype(int)
        self.labelled = list(zip(digits[:LABELLED].tolist(), images[:LABELLED].tolist()))
        lengths = random.Random(SEED)
        self.videos = {}
        for place, (digit, image) in enumerate(zip(digits[LABELLED:].tolist(), images[LABELLED:].tolist())):
            number = place // SHOTS_OF_A_VIDEO
            video = f"L{number // VIDEOS_OF_A_BATCH + 1:02}_V{number % VIDEOS_OF_A_BATCH + 1:03}"
            shots = self.videos.setdefault(video, [])
            first = shots[-1].last + 1 if shots else 0
            shots.append(Shot(video, first, first + lengths.randint(20, 75), digit, image))

    def runs_found_once(self, length, followed):
        """Runs of shots whose digits follow each other like this nowhere else; `followed` by one more shot."""
        places = collections.defaultdict(list)
        for shots in self.videos.values():
            for at in range(len(shots) - length + 1):
                digits = tuple(shot.digit for shot in shots[at : at + length])
                places[digits].append((shots, at))
        for digits, found in sorted(places.items()):
            shots, at = found[0]
            if len(found) == 1 and at + length + followed <= len(shots):
                yield shots[at : at + length + followed]


def keyframe(shot):
    return (shot.first + shot.last) // 2


def make_queries(archive):
    chance = random.Random(SEED)
    kinds = [kind for kind, number in QUERIES.items() for _ in range(number)]
    chance.shuffle(kinds)
    public = {kind: chance.sample(range(number), number // 2) for kind, number in QUERIES.items()}
    once = {length: list(archive.runs_found_once(length, 0)) for length in (4, 5, 6)}
    followed = list(archive.runs_found_once(4, 1))
    seen = collections.Counter()
    for number, kind in enumerate(kinds, start=1):
        split = "public" if seen[kind] in public[kind] else "private"
        seen[kind] += 1
        pool = followed if kind == "qa" else once[chance.choice((4, 5, 6)) if kind == "trake" else 4]
        run = pool.pop(chance.randrange(len(pool)))
        yield make_query(f"query-{number}-{kind}", kind, split, run)


def make_query(name, kind, split, run):
    truth = {"query": name, "type": kind, "split": split, "video": run[0].video}
    digits = ", ".join(str(shot.digit) for shot in (run[:-1] if kind == "qa" else run))
    if kind == "kis":
        truth["ranges"] = [[run[0].first, run[-1].last]]
        vi = f"Các chữ số {digits} hiện ra liền nhau theo đúng thứ tự này. Hãy tìm đoạn đó."
        en = f"The digits {digits} appear one right after the other, in this order. Find that moment."
    elif kind == "qa":
        truth["ranges"] = [[run[-1].first, run[-1].last]]
        truth["answers"] = [str(run[-1].digit), *WORDS[run[-1].digit]]
        vi = f"Ngay sau các chữ số {digits} liền nhau là chữ số nào? Hãy tìm lúc nó hiện ra và ghi chữ số đó."
        en = f"Which digit follows right after {digits}? Find the moment when it appears, and name it."
    else:
        truth["ranges"] = [[shot.first, shot.last] for shot in run]
        vi = f"Các chữ số {digits} hiện ra liền nhau. Hãy tìm lúc mỗi chữ số hiện ra, theo thứ tự thời gian."
        en = f"The digits {digits} appear one right after the other. Find when each of them appears, in order."
    return Query(name, kind, f"{vi}\n{en}\n", truth)


# ---- The score, worked out apart from the platform's own code ------------------------------------------------


def normal(answer):
    return " ".join(unicodedata.normalize("NFC", answer).lower().split())


def r_score(truth, row):
    if row[0] != truth["video"]:
        return 0.0
    inside = [first <= int(frame) <= last for frame, (first, last) in zip(row[1:], truth["ranges"])]
    if truth["type"] == "trake":
        return sum(inside) / len(inside)
    if truth["type"] == "qa" and normal(str(row[2])) not in map(normal, truth["answers"]):
        return 0.0
    return float(inside[0])


def scores(queries, answers):
    def figures(chosen):
        earned = [[r_score(query.truth, row) for row in answers.get(query.name, [])] for query in chosen]
        r_at = {k: math.fsum(max(of_query[:k], default=0.0) for of_query in earned) / len(chosen) for k in CUTOFFS}
        score = math.fsum(r_at.values()) / len(CUTOFFS)
        return {"score": score, **{f"r_at_{k}": value for k, value in r_at.items()}}

    return figures([q for q in queries if q.truth["split"] == "public"]), figures(queries)


# ---- Samples ---------------------------------------------------------------------------------------------------


def nearest_neighbour(labelled):
    """Cost of a digit = squared distance to the nearest labelled image of it. Whole numbers, so that no processor
    ranks differently."""
    of_digit = {d: np.array([image for digit, image in labelled if digit == d]) for d in range(10)}

    def costs(image):
        return [int(((of_digit[d] - np.array(image)) ** 2).sum(axis=1).min()) for d in range(10)]

    return costs


def add_sample(out, queries, name, team, division, answers):
    for query, rows in answers.items():
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        out.text(f"samples/{name}/submission/submission/{query}.csv", text.getvalue())
    out.json(f"samples/{name}/expected.json", expected(team, division, "events", *scores(queries, answers)))


def main():
    archive = Archive()
    queries = list(make_queries(archive))
    out = Generated(HERE, owned=["public", "hidden", "samples"])
    out.table("public/labelled.csv", ["label", *PIXELS], ([digit, *image] for digit, image in archive.labelled))
    shots = [shot for shots in archive.videos.values() for shot in shots]
    frames = [[shot.video, keyframe(shot), *shot.image] for shot in shots]
    out.table("public/keyframes.csv", ["video", "frame", *PIXELS], frames)
    for query in queries:
        out.text(f"public/queries/{query.name}.txt", query.text)
    out.json("hidden/truth/truth.json", {"queries": [query.truth for query in queries]})

    videos = {video: [(keyframe(shot), shot.image) for shot in shots] for video, shots in archive.videos.items()}
    asked = {query.name: query.text for query in queries}
    centroid = baseline.answer_all(asked, videos, baseline.nearest_centroid(archive.labelled))
    neighbour = baseline.answer_all(asked, videos, nearest_neighbour(archive.labelled))
    known_items = {name: rows[:20] for name, rows in centroid.items() if name.endswith("-kis")}
    add_sample(out, queries, "nearest-centroid", "Hải Âu", "b", centroid)
    add_sample(out, queries, "nearest-neighbour", "Bến Nghé", "a", neighbour)
    add_sample(out, queries, "known-items-only", "Cần Giờ", "b", known_items)
    out.finish(__doc__)


if __name__ == "__main__":
    main()
