#!/usr/bin/env python3
"""Rebuilds the diabetes contest's data, samples and expected scores from scikit-learn's bundled diabetes data.

    pip install --only-binary=:all: -r ../images/python-ml/requirements-dev.txt
    python3 generate.py           writes everything
    python3 generate.py --check   writes nothing; fails if a committed file differs
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression, RidgeCV
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from generated import Generated, expected  # noqa: E402

SEED = 20260101
TEST_PATIENTS = 200
# Teams round too; and the committed figures stay the same on every processor.
DECIMALS = 4


class Diabetes:
    """The patients in a new order, split into train and test; test is halved into public and private."""

    def __init__(self):
        bunch = load_diabetes(scaled=False)
        order = np.random.RandomState(SEED).permutation(len(bunch.target))
        self.names = list(bunch.feature_names)
        self.features, self.target = bunch.data[order], bunch.target[order]
        self.ids = np.array([f"b{n:03}" for n in range(1, len(order) + 1)])
        rows = np.arange(len(order))
        train, test = train_test_split(rows, test_size=TEST_PATIENTS, random_state=SEED)
        public, _ = train_test_split(test, test_size=0.5, random_state=SEED)
        self.train, self.test = np.sort(train), np.sort(test)
        self.is_public = np.isin(rows, public)

    def patients(self, rows, labelled=False):
        for row in rows:
            target = [f"{self.target[row]:.12g}"] if labelled else []
            yield [self.ids[row], *(f"{value:.12g}" for value in self.features[row]), *target]

    def scores(self, predicted):
        def metrics(chosen):
            truth, answer = self.target[self.test][chosen], predicted[chosen]
            return {
                "rmse": float(root_mean_squared_error(truth, answer)),
                "mae": float(mean_absolute_error(truth, answer)),
                "r2": float(r2_score(truth, answer)),
            }

        public = self.is_public[self.test]
        return metrics(public), metrics(~public)


def add_data(out, data):
    out.table("public/train.csv", ["id", *data.names, "progression"], data.patients(data.train, labelled=True))
    out.table("public/test.csv", ["id", *data.names], data.patients(data.test))
    truth = [
        [data.ids[r], f"{data.target[r]:.12g}", "public" if data.is_public[r] else "private"] for r in data.test
    ]
    out.table("hidden/truth/truth.csv", ["id", "progression", "split"], truth)


def add_sample(out, data, name, team, division, predicted):
    predicted = np.round(predicted, DECIMALS)
    rows = [[data.ids[r], f"{value:.{DECIMALS}f}"] for r, value in zip(data.test, predicted)]
    out.table(f"samples/{name}/submission.csv", ["id", "prediction"], rows)
    out.json(f"samples/{name}/expected.json", expected(team, division, "diabetes", *data.scores(predicted)))


def main():
    data = Diabetes()
    out = Generated(HERE, owned=["public", "hidden", "samples"])
    add_data(out, data)
    train, target, test = data.features[data.train], data.target[data.train], data.features[data.test]
    add_sample(out, data, "mean", "Hoa Sen", "b", np.full(len(data.test), target.mean()))
    linear = LinearRegression().fit(train, target)
    add_sample(out, data, "linear-regression", "Phù Sa", "b", linear.predict(test))
    ridge = make_pipeline(
        StandardScaler(), PolynomialFeatures(2, include_bias=False), RidgeCV(alphas=[10, 30, 100, 300, 1000])
    )
    add_sample(out, data, "ridge-quadratic", "Thần Nông", "a", ridge.fit(train, target).predict(test))
    out.finish(__doc__)


if __name__ == "__main__":
    main()
