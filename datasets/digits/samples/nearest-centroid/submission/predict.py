"""Đoán mỗi ảnh theo ảnh trung bình gần nhất. / Labels each image by the nearest mean image.

    python3 predict.py INPUT_FOLDER OUTPUT_FOLDER
"""

import sys
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent


def main(input_folder, output_folder):
    means = pd.read_csv(HERE / "means.csv", index_col="label")
    images = pd.read_csv(input_folder / "test.csv", index_col="id")
    distances = ((images.to_numpy()[:, None, :] - means.to_numpy()[None, :, :]) ** 2).sum(axis=2)
    predictions = pd.DataFrame({"id": images.index, "label": means.index[distances.argmin(axis=1)]})
    predictions.to_csv(output_folder / "predictions.csv", index=False)
    print(f"{len(predictions)} images")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
