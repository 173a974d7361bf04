"""Reads instances and plans of the delivery-route contest, and measures a plan.

A plan is a CSV file with the header `instance,vehicle,stop`; a vehicle's rows stand in driving order. Every vehicle
leaves the depot, makes its stops and comes back. The same file serves the scorer and the starter kit's check.py.
"""

import csv
import json
import math
import os
import stat
from pathlib import Path

HEADER = ["instance", "vehicle", "stop"]
MAX_PLAN_BYTES = 5_000_000
# A link is not followed and a pipe not waited for; Windows has neither flag, but another one.
OPEN_FLAGS = os.O_RDONLY
for _flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):
    OPEN_FLAGS |= getattr(os, _flag, 0)


class Infeasible(Exception):
    """Why a plan for an instance cannot be driven. The text is in Vietnamese and English."""


def read_instances(file):
    """Instances by name: capacity, depot (x, y) in metres, stops {id: (x, y, parcels)}."""
    found = {}
    for instance in json.loads(Path(file).read_text(encoding="utf-8"))["instances"]:
        stops = {stop["id"]: (stop["x"], stop["y"], stop["parcels"]) for stop in instance["stops"]}
        found[instance["name"]] = {
            "capacity": instance["capacity"],
            "depot": (instance["depot"]["x"], instance["depot"]["y"]),
            "stops": stops,
        }
    return found


def read_plan(file):
    """Routes by instance and vehicle: {instance: {vehicle: [stop, …]}}. Raises Infeasible where it is no plan."""
    try:
        lines = csv.reader(read_text(file).splitlines(), strict=True)
        if next(lines, []) != HEADER:
            raise Infeasible("dòng 1: tiêu đề phải là instance,vehicle,stop / line 1: the header must be that")
        routes = {}
        for line, row in enumerate(lines, start=2):
            if not row:
                continue
            if len(row) != len(HEADER):
                raise Infeasible(f"dòng {line}: cần 3 ô / line {line}: 3 fields are needed")
            instance, vehicle, stop = row
            routes.setdefault(instance, {}).setdefault(vehicle, []).append(stop)
    except csv.Error as error:
        raise Infeasible(f"CSV không đọc được / the CSV cannot be read: {error}") from error
    return routes


def read_text(file):
    """The text of a regular file of at most MAX_PLAN_BYTES; a team's folder may hold links and pipes."""
    try:
        descriptor = os.open(file, OPEN_FLAGS)
    except OSError as error:
        raise Infeasible(f"không mở được tệp / the file cannot be opened: {error.strerror}") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_PLAN_BYTES:
            raise Infeasible("tệp không thường hoặc quá 5 MB / not a plain file, or over 5 MB")
        with open(descriptor, "rb", closefd=False) as content:
            return content.read(MAX_PLAN_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Infeasible("tệp không phải UTF-8 / the file is not UTF-8") from error
    finally:
        os.close(descriptor)


def length_km(instance, routes):
    """Kilometres driven. Raises Infeasible unless each stop is served once and no vehicle is overloaded."""
    stops, seen = instance["stops"], set()
    legs = []
    for vehicle, route in routes.items():
        load, here = 0, instance["depot"]
        for stop in route:
            if stop not in stops:
                raise Infeasible(f"không có điểm {stop[:40]} / there is no stop {stop[:40]}")
            if stop in seen:
                raise Infeasible(f"điểm {stop} có hai lần / the stop {stop} stands twice")
            seen.add(stop)
            x, y, parcels = stops[stop]
            legs.append(math.dist(here, (x, y)))
            here, load = (x, y), load + parcels
        if load > instance["capacity"]:
            raise Infeasible(
                f"xe {vehicle[:40]} chở {load} kiện, tối đa {instance['capacity']} / "
                f"vehicle {vehicle[:40]} carries {load} parcels, at most {instance['capacity']}"
            )
        legs.append(math.dist(here, instance["depot"]))
    if len(seen) < len(stops):
        missing = len(stops) - len(seen)
        raise Infeasible(f"còn {missing} điểm chưa giao / {missing} stops are not served")
    return math.fsum(legs) / 1000


def shuttle_km(instance):
    """Kilometres when every stop gets a trip of its own: the longest plan that makes any sense."""
    depot = instance["depot"]
    return 2 * math.fsum(math.dist(depot, (x, y)) for x, y, _ in instance["stops"].values()) / 1000
