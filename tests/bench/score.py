"""Scores predictions the way one does with pandas and scikit-learn: read both files, join by id, measure."""

import sys

import pandas as pd
from sklearn.metrics import f1_score


def main(truth_file, predictions_file):
    truth = pd.read_csv(truth_file)
    predictions = pd.read_csv(predictions_file)
    both = truth.merge(predictions, on="id", suffixes=("_truth", "_prediction"), validate="one_to_one")
    if not len(both) == len(truth) == len(predictions):
        sys.exit("the ids do not match")
    print(repr(float(f1_score(both["label_truth"], both["label_prediction"], average="macro"))))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
