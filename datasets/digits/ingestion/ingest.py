"""Feeds hidden images to a team's program one by one and writes down its answers.

The images stand beside this file, in a container that the team's program has no part of; the folder /app/shared is
common to both. The files in it are described in the starter kit's stream.py.

Whatever the team's program does, this program ends with 0: unanswered images are missing in predictions.csv, and the
scorer says so. The team's folder is not trusted: links, pipes and long files in place of an answer are no answer.
"""

import csv
import io
import json
import os
import stat
import time
from pathlib import Path

IMAGES = Path(__file__).resolve().parent / "images.csv"
SHARED = Path("/app/shared")
OUTPUT = Path("/app/output/predictions.csv")
# The first answer has to wait for the team's imports.
FIRST_ANSWER_S = 30.0
ANSWER_S = 5.0
PAUSE_S = 0.0005
ANSWER_BYTES = 64


def replace(path, text):
    partial = path.with_name(path.name + ".new")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(partial, path)


def read_answer():
    """The file's text, or nothing if it is not a short regular file."""
    try:
        descriptor = os.open(SHARED / "answer.txt", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        return os.read(descriptor, ANSWER_BYTES).decode("ascii", errors="replace")
    finally:
        os.close(descriptor)


def wait_for_answer(number, seconds):
    """The label, or None when none came in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        fields = read_answer().split()
        if len(fields) == 2 and fields[0] == str(number):
            return fields[1]
        time.sleep(PAUSE_S)
    return None


def feed(images):
    """Pairs of id and label, up to the first image without an answer."""
    seconds = FIRST_ANSWER_S
    for number, (image_id, *pixels) in enumerate(images, start=1):
        replace(SHARED / "image.json", json.dumps({"number": number, "pixels": [int(p) for p in pixels]}))
        label = wait_for_answer(number, seconds)
        if label is None:
            print(f"image {number}: no answer within {seconds:g} s", flush=True)
            return
        yield image_id, label
        seconds = ANSWER_S


def collect(images):
    """What was answered until the end, or until the team's program spoiled the common folder."""
    answered = []
    try:
        for row in feed(images):
            answered.append(row)
    except OSError as error:
        print(f"the shared folder cannot be used: {error}", flush=True)
    return answered


def main():
    with IMAGES.open(newline="", encoding="utf-8") as file:
        images = list(csv.reader(file))[1:]
    answered = collect(images)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["id", "label"])
    writer.writerows(answered)
    # The end is told whether or not the results could be written: the team's program waits for it.
    for path, text in [(OUTPUT, table.getvalue()), (SHARED / "image.json", json.dumps({"end": True}))]:
        try:
            replace(path, text)
        except OSError as error:
            print(f"{path} cannot be written: {error}", flush=True)
    print(f"{len(answered)} of {len(images)} images answered", flush=True)


if __name__ == "__main__":
    main()
