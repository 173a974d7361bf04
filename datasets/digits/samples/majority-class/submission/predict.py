"""Gives every image the most frequent label of the training set."""

import csv
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def rows(file):
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def main(input_folder, output_folder):
    label = rows(HERE / "majority.csv")[0]["label"]
    with (output_folder / "predictions.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "label"])
        writer.writerows([image["id"], label] for image in rows(input_folder / "test.csv"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
