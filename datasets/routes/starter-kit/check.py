#!/usr/bin/env python3
"""Kiểm tra và chấm kế hoạch trên máy bạn. / Checks and scores a plan on your own machine.

    python3 check.py plan.csv path/to/small.json path/to/large.json

The same rules as the judge's, on all instances; which of them are public is not told. Standard library only.
Ends with 1 if any instance has no plan that can be driven.
"""

import sys

import plan


def main(plan_file, instance_files):
    try:
        routes = plan.read_plan(plan_file)
    except plan.Infeasible as reason:
        sys.exit(f"{plan_file}: {reason}")
    fine = True
    for file in instance_files:
        for name, instance in plan.read_instances(file).items():
            try:
                length = plan.length_km(instance, routes.get(name, {}))
                print(f"{name}: {length:.3f} km, ratio {length / plan.shuttle_km(instance):.4f}")
            except plan.Infeasible as reason:
                fine = False
                print(f"{name}: {reason}")
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
