#!/usr/bin/env python3
"""Luôn đi tới điểm gần nhất còn chở được. / Always drives to the nearest stop that still fits.

    python3 baseline.py plan.csv path/to/small.json path/to/large.json

Standard library only.
"""

import csv
import math
import sys

import plan


def routes(instance):
    """The stops of each vehicle, in driving order."""
    left = dict(instance["stops"])
    while left:
        here, room, route = instance["depot"], instance["capacity"], []
        while fitting := [stop for stop, (_, _, parcels) in left.items() if parcels <= room]:
            stop = min(fitting, key=lambda one: (math.dist(here, left[one][:2]), one))
            x, y, parcels = left.pop(stop)
            here, room = (x, y), room - parcels
            route.append(stop)
        yield route


def main(plan_file, instance_files):
    with open(plan_file, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(plan.HEADER)
        for instance_file in instance_files:
            for name, instance in plan.read_instances(instance_file).items():
                for number, route in enumerate(routes(instance), start=1):
                    writer.writerows([name, number, stop] for stop in route)
    print(plan_file)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
