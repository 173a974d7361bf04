#!/usr/bin/env python3
"""Kiểm tra tệp kết quả trước khi nộp. / Checks a result file before it is handed in.

    python3 check.py path/to/test.csv predictions.csv

Standard library only. Says every fault with its line and ends with 1, or says that the file is fine.
"""

import csv
import math
import sys
from pathlib import Path

HEADER = ["id", "prediction"]


def faults(ids, file):
    try:
        text = Path(file).read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        yield "tệp không phải UTF-8 / the file is not UTF-8"
        return
    lines = csv.reader(text.splitlines())
    header = next(lines, [])
    if header != HEADER:
        yield f"dòng 1: tiêu đề phải là id,prediction / line 1: the header must be id,prediction (found {header})"
        return
    seen = set()
    for line, row in enumerate(lines, start=2):
        if len(row) != 2:
            yield f"dòng {line}: cần 2 ô / line {line}: 2 fields are needed (found {len(row)})"
            continue
        if row[0] not in ids:
            yield f"dòng {line}: id lạ / line {line}: unknown id ({row[0]})"
        if row[0] in seen:
            yield f"dòng {line}: id lặp lại / line {line}: repeated id ({row[0]})"
        seen.add(row[0])
        if not is_number(row[1]):
            yield f"dòng {line}: không phải số hữu hạn / line {line}: not a finite number ({row[1]})"
    if ids - seen:
        yield f"thiếu {len(ids - seen)} id / {len(ids - seen)} ids are missing"


def is_number(text):
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def main(test_file, predictions_file):
    with open(test_file, newline="", encoding="utf-8") as file:
        ids = {row["id"] for row in csv.DictReader(file)}
    found = list(faults(ids, predictions_file))
    sys.exit("\n".join(found) if found else print("Tệp hợp lệ. / The file is fine."))


if __name__ == "__main__":
    main(*sys.argv[1:3])
