#!/usr/bin/env python3
"""Writes a root file system as an image archive in the format of `docker save`.

The same root gives the same bytes: entries are sorted, owners and times are fixed. Standard library only.
"""

import argparse
import datetime
import hashlib
import io
import json
import os
import platform
import stat
import sys
import tarfile
import tempfile
from pathlib import Path

ENV = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/tmp",
    "PYTHONUNBUFFERED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
    # One thread each: times stay stable, and a many-core host does not run into the limit of processes.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "LOKY_MAX_CPU_COUNT": "1",
}
WORKING_DIR = "/app/program"
# The engine brings its own of these.
EMPTY = ("dev", "proc", "sys", "run")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def walk(root):
    """Every path below `root`, sorted, without the contents of the folders in EMPTY."""
    pending = [""]
    while pending:
        folder = pending.pop()
        names = sorted(os.listdir(root / folder))
        below = []
        for name in names:
            path = f"{folder}/{name}" if folder else name
            yield path
            mode = (root / path).lstat().st_mode
            if stat.S_ISDIR(mode) and path not in EMPTY:
                below.append(path)
        pending.extend(reversed(below))


def entry(path, status, epoch):
    """The tar header of one path; sockets and devices have none."""
    info = tarfile.TarInfo(path)
    info.mode = stat.S_IMODE(status.st_mode)
    info.uid, info.gid, info.mtime = status.st_uid, status.st_gid, epoch
    if stat.S_ISDIR(status.st_mode):
        info.type = tarfile.DIRTYPE
    elif stat.S_ISREG(status.st_mode):
        info.size = status.st_size
    elif stat.S_ISLNK(status.st_mode):
        info.type = tarfile.SYMTYPE
    else:
        return None
    return info


def write_layer(root, file, epoch):
    """Writes the only layer and returns its digest, which is also its DiffID: it is not compressed."""
    hashing = HashingWriter(file)
    linked = {}
    with tarfile.open(fileobj=hashing, mode="w|", format=tarfile.GNU_FORMAT) as tar:
        for path in walk(root):
            full = root / path
            status = full.lstat()
            info = entry(path, status, epoch)
            if info is None:
                continue
            inode = (status.st_dev, status.st_ino)
            if info.type == tarfile.SYMTYPE:
                info.linkname = os.readlink(full)
            elif info.isreg() and inode in linked:
                info.type, info.linkname, info.size = tarfile.LNKTYPE, linked[inode], 0
            if info.isreg():
                linked[inode] = path
                with full.open("rb") as content:
                    tar.addfile(info, content)
            else:
                tar.addfile(info)
    return hashing.digest()


class HashingWriter:
    """A file that hashes what is written to it."""

    def __init__(self, file):
        self.file, self.hash = file, hashlib.sha256()

    def write(self, data):
        self.hash.update(data)
        return self.file.write(data)

    def digest(self):
        return self.hash.hexdigest()


def image_config(layer, epoch):
    created = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "architecture": ARCHITECTURES[platform.machine()],
        "os": "linux",
        "created": created,
        "config": {
            "Env": [f"{key}={value}" for key, value in ENV.items()],
            "Cmd": ["python3"],
            "WorkingDir": WORKING_DIR,
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer}"]},
        "history": [{"created": created, "created_by": "datasets/images/python-ml/build.sh"}],
    }


def write_archive(out, name, layer_file, layer, config, epoch):
    """Writes the archive and returns the image's id and the archive's digest."""
    config_bytes = json.dumps(config, separators=(",", ":")).encode()
    image = hashlib.sha256(config_bytes).hexdigest()
    # The second tag names the content, for engines whose image id is not the configuration's digest.
    tags = [f"dautri/{name}:latest", f"dautri/{name}:{image[:12]}"]
    manifest = [{"Config": f"{image}.json", "RepoTags": tags, "Layers": [f"{layer}/layer.tar"]}]

    def add(tar, path, size, content):
        info = tarfile.TarInfo(path)
        info.size, info.mtime, info.mode = size, epoch, 0o644
        tar.addfile(info, content)

    hashing = HashingWriter(out)
    with tarfile.open(fileobj=hashing, mode="w|", format=tarfile.GNU_FORMAT) as tar:
        manifest_bytes = json.dumps(manifest, separators=(",", ":")).encode()
        add(tar, "manifest.json", len(manifest_bytes), io.BytesIO(manifest_bytes))
        add(tar, f"{image}.json", len(config_bytes), io.BytesIO(config_bytes))
        size = layer_file.seek(0, os.SEEK_END)
        layer_file.seek(0)
        add(tar, f"{layer}/layer.tar", size, layer_file)
    return f"sha256:{image}", hashing.digest()


def packages(root):
    """What is installed: Debian's Python, and the Python packages with their versions."""
    found = {}
    for paragraph in (root / "var/lib/dpkg/status").read_text(encoding="utf-8").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and line[0] != " ")
        if fields.get("Package") == "python3.11":
            found["python3.11"] = fields["Version"]
    for metadata in sorted(root.glob("usr/local/lib/python3.*/dist-packages/*.dist-info/METADATA")):
        fields = {}
        for line in metadata.read_text(encoding="utf-8").splitlines():
            if not line:
                break
            key, _, value = line.partition(": ")
            fields.setdefault(key, value)
        found[fields["Name"].lower().replace("_", "-")] = fields["Version"]
    return found


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--recipe", required=True)
    parser.add_argument("--epoch", type=int, required=True)
    parser.add_argument("root", type=Path)
    parser.add_argument("out", type=Path)
    return parser.parse_args()


def main():
    args = arguments()
    # Written beside the goal and renamed, so that nobody ever sees half an archive.
    partial = args.out.with_name(args.out.name + ".partial")
    try:
        with tempfile.TemporaryFile(dir=args.root.parent) as layer_file, partial.open("wb") as out:
            layer = write_layer(args.root, layer_file, args.epoch)
            config = image_config(layer, args.epoch)
            image_id, archive = write_archive(out, args.name, layer_file, layer, config, args.epoch)
        description = {
            "name": args.name,
            "image_id": image_id,
            "archive_sha256": archive,
            "size": partial.stat().st_size,
            "recipe": args.recipe,
            "packages": packages(args.root),
        }
        beside = args.out.with_suffix(".json")
        beside_partial = beside.with_name(beside.name + ".partial")
        beside_partial.write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
        partial.replace(args.out)
        beside_partial.replace(beside)
    except OSError as error:
        partial.unlink(missing_ok=True)
        sys.exit(f"archive.py: {error}")
    print(json.dumps(description, indent=2))


if __name__ == "__main__":
    main()
