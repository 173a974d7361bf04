"""Tìm theo chữ số gần nhất, rồi đóng gói. / Finds digits by the nearest mean image, and packs the answers.

    python3 baseline.py labelled.csv keyframes.csv queries/ submission.zip

Standard library only. Reads the digits of each query's first line, looks for the places where key frames look most
like them, and ranks these places.
"""

import csv
import io
import re
import sys
import zipfile
from pathlib import Path

MOST_ROWS = 100


def read_labelled(path):
    with open(path, newline="", encoding="utf-8") as file:
        return [(int(row[0]), [int(p) for p in row[1:]]) for row in list(csv.reader(file))[1:]]


def read_keyframes(path):
    """Video → its key frames, in the order of time: (frame, 64 pixels)."""
    videos = {}
    with open(path, newline="", encoding="utf-8") as file:
        for video, frame, *pixels in list(csv.reader(file))[1:]:
            videos.setdefault(video, []).append((int(frame), [int(p) for p in pixels]))
    return videos


def nearest_centroid(labelled):
    """A function: image → cost of each digit, the squared distance to the digit's mean image.

    In tenths and whole numbers, so that the same files give the same ranking everywhere.
    """
    means = []
    for digit in range(10):
        images = [image for label, image in labelled if label == digit]
        means.append([round(10 * sum(column) / len(images)) for column in zip(*images)])

    def costs(image):
        return [sum((10 * pixel - m) ** 2 for pixel, m in zip(image, mean)) for mean in means]

    return costs


def digits_of(text):
    return [int(digit) for digit in re.findall(r"\d", text.splitlines()[0])]


def answer(name, text, videos, costs):
    """The best rows for one query. `costs`: video → costs of the digits for each key frame."""
    digits, kind = digits_of(text), name.rsplit("-", 1)[1]
    after = 1 if kind == "qa" else 0
    places = []
    for video, of_frames in costs.items():
        for at in range(len(of_frames) - len(digits) - after + 1):
            cost = sum(of_frames[at + n][digit] for n, digit in enumerate(digits))
            places.append((cost, video, at))
    rows = []
    for _, video, at in sorted(places)[:MOST_ROWS]:
        frames = [frame for frame, _ in videos[video][at : at + len(digits) + after]]
        if kind == "kis":
            rows.append([video, frames[0]])
        elif kind == "qa":
            following = costs[video][at + len(digits)]
            rows.append([video, frames[-1], following.index(min(following))])
        else:
            rows.append([video, *frames])
    return rows


def answer_all(queries, videos, costs_of):
    """Query name → rows, best first."""
    costs = {video: [costs_of(image) for _, image in frames] for video, frames in videos.items()}
    return {name: answer(name, text, videos, costs) for name, text in queries.items()}


def write_pack(path, answers):
    """A ZIP archive that holds `submission/<query>.csv`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, rows in answers.items():
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(rows)
            pack.writestr(f"submission/{name}.csv", text.getvalue())


def main(labelled_file, keyframes_file, queries_folder, pack_file):
    queries = {path.stem: path.read_text(encoding="utf-8") for path in sorted(Path(queries_folder).glob("*.txt"))}
    costs_of = nearest_centroid(read_labelled(labelled_file))
    write_pack(pack_file, answer_all(queries, read_keyframes(keyframes_file), costs_of))
    print(pack_file)


if __name__ == "__main__":
    main(*sys.argv[1:5])
