"""A logistic regression that was fitted beforehand with scikit-learn, one image at a time."""

from pathlib import Path

import joblib
import numpy as np
from stream import serve

MODEL = joblib.load(Path(__file__).resolve().parent / "model.joblib")


def predict(pixels):
    return MODEL.predict(np.array([pixels]))[0]


if __name__ == "__main__":
    serve(predict)
