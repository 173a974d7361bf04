#!/usr/bin/env python3
"""Chạy chương trình của đội trên máy bạn như lúc chấm. / Runs a team's program on your machine as the judge does.

    python3 run_local.py digits                      the folder digits/ beside this file
    python3 run_local.py digits-stream
    python3 run_local.py digits --program my-folder

The image, the command and the limits are the contest's; the images are 100 of the training set, so the accuracy
printed here says that the program works, not how good it is. Needs Docker and Python 3.8, nothing else.
"""

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

HERE = Path(__file__).resolve().parent
IMAGE = "dautri/python-ml:latest"
WALL_S = 60
LIMITS = [
    "--network=none",
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--memory=512m",
    "--memory-swap=512m",
    "--cpus=1",
    "--pids-limit=64",
    "--ulimit=core=0",
    "--tmpfs=/tmp:rw,nosuid,nodev,size=64m",
]
NO_DOCKER = """Không gọi được Docker: hãy cài Docker và bật lên, rồi chạy lại. ({reason})
Docker does not answer: install Docker, start it, and try again. ({reason})"""
NO_IMAGE = """Máy này chưa có ảnh Docker {image}. Tải nó từ máy chủ cuộc thi rồi nạp vào Docker:
This machine lacks the image {image}. Download it from the contest's server and load it into Docker:

    curl -fo python-ml.tar SERVER/api/v1/images/python-ml/archive
    docker load -i python-ml.tar

Hoặc tự dựng trên Linux / or build it on Linux: datasets/images/python-ml/build.sh python-ml.tar"""


def docker(*arguments):
    return ["docker", *arguments]


def check_docker(image):
    try:
        answer = subprocess.run(docker("version"), capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        sys.exit(NO_DOCKER.format(reason=error))
    if answer.returncode != 0:
        lines = answer.stderr.strip().splitlines() or ["docker version failed"]
        sys.exit(NO_DOCKER.format(reason=lines[-1]))
    if subprocess.run(docker("image", "inspect", image), capture_output=True, timeout=30).returncode != 0:
        sys.exit(NO_IMAGE.format(image=image))


def user():
    """Never root, also where this script runs as root."""
    uid = os.getuid() if hasattr(os, "getuid") else 0
    return f"--user={uid}:{os.getgid()}" if uid else "--user=10001:10001"


def open_folder(path):
    path.mkdir()
    path.chmod(0o777)
    return path


def start(image, mounts, command):
    """A container in the background; returns its name and its client."""
    name = f"dautri-local-{uuid.uuid4().hex[:12]}"
    volumes = [f"--volume={source}:{target}:{mode}" for source, target, mode in mounts]
    arguments = ["run", "--rm", "--init", f"--name={name}", user(), *LIMITS, *volumes, image, *command]
    return name, subprocess.Popen(docker(*arguments))


def run_all(containers):
    """Waits for all; the exit code of the first is the team's program's."""
    deadline = time.monotonic() + WALL_S
    try:
        return [client.wait(max(0.1, deadline - time.monotonic())) for _, client in containers][0]
    except subprocess.TimeoutExpired:
        sys.exit(f"Quá {WALL_S} giây: lúc chấm sẽ là «Quá thời gian».\nOver {WALL_S} s: judged, this is “Time limit”.")
    finally:
        for name, client in containers:
            if client.poll() is None:
                subprocess.run(docker("rm", "--force", name), capture_output=True)
                client.wait()


def run_batch(image, program, work, output):
    inputs = work / "input"
    inputs.mkdir()
    inputs.chmod(0o755)
    shutil.copy(HERE / "sample" / "test.csv", inputs)
    mounts = [(program, "/app/program", "ro"), (inputs, "/app/input_data", "ro"), (output, "/app/output", "rw")]
    return run_all([start(image, mounts, ["python3", "predict.py", "/app/input_data", "/app/output"])])


def run_stream(image, program, work, output):
    shared = open_folder(work / "shared")
    organizer = work / "organizer"
    organizer.mkdir()
    organizer.chmod(0o755)
    shutil.copy(HERE / "organizer" / "ingest.py", organizer)
    shutil.copy(HERE / "sample" / "test.csv", organizer / "images.csv")
    common = [(shared, "/app/shared", "rw"), (output, "/app/output", "rw")]
    team = start(image, [(program, "/app/program", "ro"), *common], ["python3", "model.py"])
    feeder = start(image, [(organizer, "/app/program", "ro"), *common], ["python3", "ingest.py"])
    return run_all([team, feeder])


def rows(file):
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def accuracy(output):
    file = output / "predictions.csv"
    if not file.is_file():
        sys.exit("Chương trình không ghi predictions.csv.\nThe program wrote no predictions.csv.")
    predicted = {row.get("id"): row.get("label") for row in rows(file)}
    truth = rows(HERE / "sample" / "truth.csv")
    missing = [row["id"] for row in truth if row["id"] not in predicted]
    if missing:
        sys.exit(f"predictions.csv thiếu {len(missing)} id.\npredictions.csv lacks {len(missing)} ids: {missing[:5]}")
    return sum(predicted[row["id"]] == row["label"] for row in truth) / len(truth)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("track", choices=["digits", "digits-stream"])
    parser.add_argument("--program", type=Path, help="your folder; by default the starter kit's")
    parser.add_argument("--image", default=IMAGE)
    args = parser.parse_args()
    program = (args.program or HERE / args.track).resolve()
    required, run = {"digits": ("predict.py", run_batch), "digits-stream": ("model.py", run_stream)}[args.track]
    if not (program / required).is_file():
        sys.exit(f"{program}: không có {required}.\n{program}: there is no {required}.")
    check_docker(args.image)
    with tempfile.TemporaryDirectory(prefix="dautri-local-") as folder:
        work = Path(folder)
        work.chmod(0o755)
        output = open_folder(work / "output")
        started = time.monotonic()
        exit_code = run(args.image, program, work, output)
        seconds = time.monotonic() - started
        if exit_code != 0:
            sys.exit(f"Chương trình kết thúc với mã {exit_code}.\nThe program ended with exit code {exit_code}.")
        print(f"{seconds:.1f} s, accuracy {accuracy(output):.4f}")


if __name__ == "__main__":
    main()
