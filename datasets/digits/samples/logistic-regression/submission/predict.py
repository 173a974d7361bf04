"""Standardized pixels and a logistic regression that was fitted beforehand with scikit-learn."""

import sys
from pathlib import Path

import joblib
import pandas as pd

HERE = Path(__file__).resolve().parent


def main(input_folder, output_folder):
    model = joblib.load(HERE / "model.joblib")
    images = pd.read_csv(input_folder / "test.csv", index_col="id")
    labels = model.predict(images.to_numpy())
    pd.DataFrame({"id": images.index, "label": labels}).to_csv(output_folder / "predictions.csv", index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
