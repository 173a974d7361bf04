#!/usr/bin/env python3
"""Makes the delivery-route contest's instances, sample plans and expected scores. All places are made up.

    pip install --only-binary=:all: -r ../images/python-ml/requirements-dev.txt
    python3 generate.py           writes everything
    python3 generate.py --check   writes nothing; fails if a committed file differs
"""

import sys
from itertools import combinations
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE / "scorer"), str(HERE / "starter-kit")]
import baseline  # noqa: E402
import plan  # noqa: E402
from generated import Generated, expected  # noqa: E402

SEED = 20260101
SIDE_M = 20_000
SETS = {"small": {"stops": 25, "capacity": 20}, "large": {"stops": 160, "capacity": 40}}
# Two of four instances are public; teams are not told which.
SPLITS = ["private", "public", "public", "private"]
PENALTY = 2.0


def make_instance(random, name, stops, capacity):
    """Stops in clusters, as streets and markets make them, around a depot near the middle."""
    centres = random.uniform(0.1, 0.9, size=(6, 2)) * SIDE_M
    places = centres[random.randint(0, len(centres), size=stops)] + random.normal(0, SIDE_M / 15, size=(stops, 2))
    places = np.clip(places, 0, SIDE_M).round().astype(int)
    depot = random.uniform(0.4, 0.6, size=2) * SIDE_M
    parcels = random.randint(1, 6, size=stops)
    return {
        "name": name,
        "capacity": capacity,
        "depot": {"x": int(depot[0]), "y": int(depot[1])},
        "stops": [
            {"id": f"s{n:03}", "x": int(x), "y": int(y), "parcels": int(load)}
            for n, ((x, y), load) in enumerate(zip(places, parcels), start=1)
        ],
    }


def make_sets():
    random = np.random.RandomState(SEED)
    return {
        task: [make_instance(random, f"{task}-{n}", **shape) for n in range(1, len(SPLITS) + 1)]
        for task, shape in SETS.items()
    }


class Map:
    """Distances of one instance; place 0 is the depot. Shares no code with the scorer."""

    def __init__(self, instance):
        self.ids = [stop["id"] for stop in instance["stops"]]
        places = [instance["depot"], *instance["stops"]]
        xy = np.array([[place["x"], place["y"]] for place in places], dtype=float)
        self.metres = np.hypot(*np.moveaxis(xy[:, None] - xy[None, :], -1, 0))
        self.parcels = np.array([0] + [stop["parcels"] for stop in instance["stops"]])
        self.capacity = instance["capacity"]

    def length_m(self, route):
        path = np.array([0, *route, 0])
        return self.metres[path[:-1], path[1:]].sum()

    def measure(self, routes):
        """Length in km, ratio and 1.0, or the penalty and 0.0 where the plan cannot be driven."""
        shuttle = 2 * self.metres[0].sum() / 1000
        served = sorted(stop for route in routes for stop in route)
        overloaded = any(self.parcels[route].sum() > self.capacity for route in routes)
        if served != list(range(1, len(self.ids) + 1)) or overloaded:
            return PENALTY * shuttle, PENALTY, 0.0
        length = sum(self.length_m(route) for route in routes) / 1000
        return length, length / shuttle, 1.0


def savings(city):
    """Clarke and Wright, 1964: join the two routes that save most, while the vehicle can carry both."""
    route_of = {stop: [stop] for stop in range(1, len(city.ids) + 1)}
    saved = sorted(
        (-round(city.metres[0, a] + city.metres[0, b] - city.metres[a, b], 6), a, b)
        for a, b in combinations(route_of, 2)
    )
    for _, a, b in saved:
        first, second = route_of[a], route_of[b]
        if first is second or city.parcels[first + second].sum() > city.capacity:
            continue
        if first[0] == a:
            first = first[::-1]
        if second[-1] == b:
            second = second[::-1]
        if first[-1] == a and second[0] == b:
            joined = first + second
            route_of.update(dict.fromkeys(joined, joined))
    unique = {route[0]: route for route in route_of.values()}
    return [two_opt(city, route) for _, route in sorted(unique.items())]


def two_opt(city, route):
    """Turns pieces of a route around as long as that shortens it by a millimetre or more."""
    shorter = True
    while shorter:
        shorter = False
        for i, j in combinations(range(len(route) + 1), 2):
            turned = route[:i] + route[i:j][::-1] + route[j:]
            if city.length_m(turned) < city.length_m(route) - 0.001:
                route, shorter = turned, True
    return route


def shuttle(city):
    return [[stop] for stop in range(1, len(city.ids) + 1)]


def nearest(instances, name):
    """The starter kit's baseline, in numbers instead of ids."""
    return [[int(stop[1:]) for stop in route] for route in baseline.routes(instances[name])]


def overloaded(routes):
    """A plan with a mistake that teams make: two vehicles' parcels on one vehicle."""
    return [routes[0] + routes[1], *routes[2:]]


def add_sample(out, sets, name, team, division, solve):
    """`solve(instance name, map)` gives the routes."""
    rows, figures = [], {"public": {}, "private": {}}
    for task, instances in sets.items():
        for instance, split in zip(instances, SPLITS):
            city = Map(instance)
            routes = solve(instance["name"], city)
            figures[split].setdefault(task, []).append(city.measure(routes))
            for vehicle, route in enumerate(routes, start=1):
                rows += [[instance["name"], vehicle, city.ids[stop - 1]] for stop in route]
    out.table(f"samples/{name}/submission.csv", plan.HEADER, rows)
    scores = [board_scores(figures[split]) for split in ("public", "private")]
    out.json(f"samples/{name}/expected.json", expected(team, division, "routes", *scores))


def board_scores(by_task):
    """The mean over the tasks of what the scorer says of each."""
    tasks = []
    for results in by_task.values():
        length, ratio, feasible = np.array(results).T
        tasks.append([ratio.mean(), length.sum(), feasible.mean()])
    means = np.mean(tasks, axis=0)
    return dict(zip(["ratio", "distance_km", "feasible"], map(float, means)))


def main():
    sets = make_sets()
    out = Generated(HERE, owned=["public", "hidden", "samples"])
    for task, instances in sets.items():
        out.json(f"public/{task}.json", {"instances": instances})
        out.json(f"hidden/{task}/instances.json", {"instances": instances})
        out.json(f"hidden/{task}/splits.json", {one["name"]: split for one, split in zip(instances, SPLITS)})
    out.copy("starter-kit/plan.py", "scorer/plan.py")

    # The baseline reads files, as teams do; here they may not be written yet.
    parsed = {one["name"]: as_read(one) for instances in sets.values() for one in instances}
    add_sample(out, sets, "shuttle", "Xe Lam", "b", lambda _, city: shuttle(city))
    add_sample(out, sets, "nearest-stop", "Áo Bà Ba", "b", lambda name, _: nearest(parsed, name))
    add_sample(out, sets, "savings", "Kênh Tẻ", "a", lambda _, city: savings(city))
    add_sample(
        out,
        sets,
        "overloaded-vehicle",
        "Cầu Mống",
        "a",
        lambda name, _: overloaded(nearest(parsed, name)) if name == "large-2" else nearest(parsed, name),
    )
    out.finish(__doc__)


def as_read(instance):
    """One instance in the form that `plan.read_instances` gives."""
    return {
        "capacity": instance["capacity"],
        "depot": (instance["depot"]["x"], instance["depot"]["y"]),
        "stops": {stop["id"]: (stop["x"], stop["y"], stop["parcels"]) for stop in instance["stops"]},
    }


if __name__ == "__main__":
    main()
