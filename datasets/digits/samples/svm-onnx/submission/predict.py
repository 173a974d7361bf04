"""A support vector machine that was exported to ONNX."""

import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd

HERE = Path(__file__).resolve().parent


def load(path):
    options = onnxruntime.SessionOptions()
    # One processor is what the sandbox gives; more threads would only wait for each other.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def main(input_folder, output_folder):
    session = load(HERE / "model.onnx")
    images = pd.read_csv(input_folder / "test.csv", index_col="id")
    pixels = images.to_numpy(dtype=np.float32)
    labels = session.run([session.get_outputs()[0].name], {session.get_inputs()[0].name: pixels})[0]
    pd.DataFrame({"id": images.index, "label": labels}).to_csv(output_folder / "predictions.csv", index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
