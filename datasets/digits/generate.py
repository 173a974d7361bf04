#!/usr/bin/env python3
"""Rebuilds the digits contest's data, models and expected scores from scikit-learn's bundled digits.

    pip install --only-binary=:all: -r ../images/python-ml/requirements-dev.txt
    python3 generate.py           writes everything
    python3 generate.py --check   writes nothing; fails if a committed file differs
"""

import io
import sys
import warnings
from pathlib import Path

import joblib
import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from generated import Generated, expected  # noqa: E402

SEED = 20260101
PIXELS = [f"p{i}" for i in range(64)]
SAMPLE_IMAGES = 100


class Digits:
    """The images in a new order, split into train and test; test is halved into public and private."""

    def __init__(self):
        pixels, labels = load_digits(return_X_y=True)
        order = np.random.RandomState(SEED).permutation(len(labels))
        self.pixels, self.labels = pixels[order].astype(int), labels[order]
        self.ids = np.array([f"d{n:04}" for n in range(1, len(labels) + 1)])
        rows = np.arange(len(labels))
        train, test = train_test_split(rows, test_size=600, stratify=self.labels, random_state=SEED)
        public, _ = train_test_split(test, test_size=0.5, stratify=self.labels[test], random_state=SEED)
        self.train, self.test = np.sort(train), np.sort(test)
        # The stream takes every second test image, so that it ends within the time limit on slow machines.
        self.stream = self.test[::2]
        self.is_public = np.isin(rows, public)

    def split(self, row):
        return "public" if self.is_public[row] else "private"

    def images(self, rows, labelled=False):
        for row in rows:
            label = [self.labels[row]] if labelled else []
            yield [self.ids[row], *label, *self.pixels[row]]

    def scores(self, rows, predicted):
        def metrics(chosen):
            truth, answer = self.labels[rows][chosen], predicted[chosen]
            return {
                "accuracy": float(accuracy_score(truth, answer)),
                "f1_macro": float(f1_score(truth, answer, average="macro", zero_division=0)),
                "balanced_accuracy": float(balanced_accuracy_score(truth, answer)),
            }

        public = self.is_public[rows]
        return metrics(public), metrics(~public)


def add_data(out, digits):
    out.table("public/train.csv", ["id", "label", *PIXELS], digits.images(digits.train, labelled=True))
    out.table("hidden/input/test.csv", ["id", *PIXELS], digits.images(digits.test))
    out.table("ingestion/images.csv", ["id", *PIXELS], digits.images(digits.stream))
    for folder, rows in [("truth", digits.test), ("stream-truth", digits.stream)]:
        table = [[digits.ids[r], digits.labels[r], digits.split(r)] for r in rows]
        out.table(f"hidden/{folder}/truth.csv", ["id", "label", "split"], table)
    sample = digits.train[:SAMPLE_IMAGES]
    out.table("starter-kit/sample/test.csv", ["id", *PIXELS], digits.images(sample))
    out.table("starter-kit/sample/truth.csv", ["id", "label"], [[digits.ids[r], digits.labels[r]] for r in sample])
    out.copy("starter-kit/organizer/ingest.py", "ingestion/ingest.py")


def add_majority(out, digits):
    majority = np.bincount(digits.labels[digits.train]).argmax()
    out.table("samples/majority-class/submission/majority.csv", ["label"], [[majority]])
    scores = digits.scores(digits.test, np.full(len(digits.test), majority))
    out.json("samples/majority-class/expected.json", expected("Bến Thành", "b", "digits", *scores))


def add_centroid(out, digits):
    model = NearestCentroid()
    with warnings.catch_warnings():
        # The corner pixels are empty in every image; for Euclidean distances that does not matter.
        warnings.filterwarnings("ignore", message=".*zero standard deviation")
        model.fit(digits.pixels[digits.train], digits.labels[digits.train])
    means = np.round(model.centroids_, 6)
    rows = [[label, *mean] for label, mean in zip(model.classes_, means)]
    for folder in [
        "starter-kit/digits",
        "starter-kit/digits-stream",
        "samples/nearest-centroid/submission",
        "samples/stream-nearest-centroid/submission",
    ]:
        out.table(f"{folder}/means.csv", ["label", *PIXELS], rows)
    out.copy("samples/nearest-centroid/submission/predict.py", "starter-kit/digits/predict.py")
    out.copy("samples/stream-nearest-centroid/submission/model.py", "starter-kit/digits-stream/model.py")
    out.copy("samples/stream-nearest-centroid/submission/stream.py", "starter-kit/digits-stream/stream.py")
    scores = digits.scores(digits.test, model.predict(digits.pixels[digits.test]))
    out.json("samples/nearest-centroid/expected.json", expected("Sao Mai", "b", "digits", *scores))
    scores = digits.scores(digits.stream, model.predict(digits.pixels[digits.stream]))
    out.json("samples/stream-nearest-centroid/expected.json", expected("Sao Mai", "b", "digits-stream", *scores))


def add_logistic(out, digits):
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    model.fit(digits.pixels[digits.train], digits.labels[digits.train])
    predicted = model.predict(digits.pixels[digits.test])
    data = io.BytesIO()
    joblib.dump(model, data, compress=("zlib", 9), protocol=5)

    def is_same(committed):
        loaded = joblib.load(io.BytesIO(committed))
        return np.array_equal(loaded.predict(digits.pixels[digits.test]), predicted)

    out.model("samples/logistic-regression/submission/model.joblib", data.getvalue(), is_same)
    out.model("samples/stream-logistic-regression/submission/model.joblib", data.getvalue(), is_same)
    out.copy("samples/stream-logistic-regression/submission/stream.py", "starter-kit/digits-stream/stream.py")
    scores = digits.scores(digits.test, predicted)
    out.json("samples/logistic-regression/expected.json", expected("Cửu Long", "a", "digits", *scores))
    scores = digits.scores(digits.stream, model.predict(digits.pixels[digits.stream]))
    out.json("samples/stream-logistic-regression/expected.json", expected("Cửu Long", "a", "digits-stream", *scores))


def add_onnx(out, digits):
    test = digits.pixels[digits.test].astype(np.float32)
    model = SVC(kernel="rbf", gamma=0.001, C=2.0)
    model.fit(digits.pixels[digits.train].astype(np.float32), digits.labels[digits.train])
    data = to_onnx(model, test[:1], options={"zipmap": False}).SerializeToString()

    def predict(model_bytes):
        session = onnxruntime.InferenceSession(model_bytes, providers=["CPUExecutionProvider"])
        return session.run([session.get_outputs()[0].name], {session.get_inputs()[0].name: test})[0]

    predicted = model.predict(test)
    assert np.array_equal(predict(data), predicted), "ONNX Runtime predicts what scikit-learn does"
    out.model("samples/svm-onnx/submission/model.onnx", data, lambda old: np.array_equal(predict(old), predicted))
    scores = digits.scores(digits.test, predicted)
    out.json("samples/svm-onnx/expected.json", expected("Rồng Việt", "a", "digits", *scores))


def main():
    digits = Digits()
    out = Generated(HERE, owned=["public", "hidden", "starter-kit/sample"])
    add_data(out, digits)
    add_majority(out, digits)
    add_centroid(out, digits)
    add_logistic(out, digits)
    add_onnx(out, digits)
    out.finish(__doc__)


if __name__ == "__main__":
    main()
