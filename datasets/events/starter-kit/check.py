#!/usr/bin/env python3
"""Kiểm tra gói bài trước khi nộp. / Checks a pack before it is handed in.

    python3 check.py queries/ submission.zip

Standard library only. Says every fault with file and line and ends with 1, or says that the pack is fine.
"""

import csv
import io
import re
import sys
import zipfile
from pathlib import Path

FOLDER = "submission/"
MOST_ROWS = 100
LONGEST_ANSWER = 100
SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")
VIDEO_FILES = (".mp4", ".avi", ".mkv", ".mov", ".webm", ".ts", ".m4v", ".flv")


def events_of(text):
    """A TRAKE query asks for one frame of each digit in its first line."""
    return len(re.findall(r"\d", text.splitlines()[0]))


def faults(queries, pack_file):
    """Yields sentences. `queries`: name → text."""
    try:
        pack = zipfile.ZipFile(pack_file)
    except zipfile.BadZipFile:
        yield "đây không phải tệp ZIP / this is not a ZIP file"
        return
    names = [name for name in pack.namelist() if not name.endswith("/")]
    if "[Content_Types].xml" in names:
        yield "đây là bảng tính Excel / this is an Excel spreadsheet"
        return
    inside = [name for name in names if name.startswith(FOLDER) and "/" not in name[len(FOLDER) :]]
    if not inside:
        yield f"thiếu thư mục {FOLDER} trong tệp ZIP / the ZIP file holds no folder {FOLDER}"
    for name in inside or names:
        yield from (f"{name}{fault}" for fault in faults_of_file(queries, name, pack.read(name)))
    for name in sorted(set(names) - set(inside)) if inside else []:
        if name.lower().endswith((".csv", *SPREADSHEETS)):
            yield f"{name}: phải nằm ngay trong {FOLDER} / it must lie directly in {FOLDER}"


def faults_of_file(queries, name, data):
    if name.lower().endswith(SPREADSHEETS) or data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        yield ": là bảng tính, không phải CSV / it is a spreadsheet, not CSV"
        return
    query = Path(name).name[: -len(".csv")]
    if not name.lower().endswith(".csv"):
        yield ": tên phải kết thúc bằng .csv / its name must end in .csv"
        return
    if query not in queries:
        yield ": không có truy vấn này / there is no such query"
        return
    if data.startswith(b"\xef\xbb\xbf"):
        yield ": bắt đầu bằng dấu BOM / it begins with a byte-order mark"
        data = data[3:]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = 1 + data[: error.start].count(b"\n")
        yield f", dòng / line {line}: không phải UTF-8 / it is not UTF-8"
        text = data.decode("latin-1")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = 0
    try:
        for row in filter(None, reader):
            rows += 1
            for fault in faults_of_row(query, queries[query], [field.strip() for field in row]):
                yield f", dòng / line {reader.line_num}: {fault}"
    except csv.Error as error:
        yield f", dòng / line {reader.line_num}: {error}"
        return
    if rows == 0:
        yield ": tệp rỗng / the file is empty"
    if rows > MOST_ROWS:
        yield f": có {rows} dòng, nhiều nhất {MOST_ROWS} / it has {rows} rows, {MOST_ROWS} is the limit"


def faults_of_row(query, text, row):
    kind = query.rsplit("-", 1)[1]
    events = events_of(text) if kind == "trake" else 1
    width = 1 + events + (kind == "qa")
    if kind == "qa" and len(row) > width:
        yield f"{len(row)} cột; dấu phẩy trong câu trả lời phải nằm trong ngoặc kép / {len(row)} columns; quote commas"
        return
    if len(row) != width:
        yield f"cần {width} cột, có {len(row)} / {width} columns are needed, {len(row)} were found"
        return
    if not row[0] or row[0].lower().endswith(VIDEO_FILES):
        yield f"tên video không có đuôi / a video's name without extension ({row[0]!r})"
    frames = row[1 : 1 + events]
    wrong = [frame for frame in frames if not re.fullmatch("[0-9]+", frame)]
    for frame in wrong:
        yield f"khung hình là số nguyên / a frame is a whole number ({frame!r})"
    if not wrong and sorted(map(int, frames)) != list(map(int, frames)):
        yield "khung hình phải theo thứ tự thời gian / frames must stand in the order of time"
    if kind == "qa" and len(row[2]) > LONGEST_ANSWER:
        yield f"câu trả lời dài quá {LONGEST_ANSWER} ký tự / the answer has more than {LONGEST_ANSWER} characters"


def main(queries_folder, pack_file):
    queries = {path.stem: path.read_text(encoding="utf-8") for path in sorted(Path(queries_folder).glob("*.txt"))}
    if not queries:
        sys.exit(f"{queries_folder}: không có truy vấn / there are no queries")
    found = list(faults(queries, pack_file))
    sys.exit("\n".join(found) if found else print("Gói hợp lệ. / The pack is fine."))


if __name__ == "__main__":
    main(*sys.argv[1:3])
