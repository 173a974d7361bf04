"""Computes the metrics of judge-core with scikit-learn and scipy.

Reads one JSON document {"cases": [{"metric": …, "truth": […], "predicted": […], "classes": n}, …]} on stdin; writes
{"versions": {…}, "values": [number or null, …]}. Null stands for NaN: the metric is not defined.
"""

import json
import math
import sys
import warnings
from importlib.metadata import version

import numpy as np
from scipy import stats
from sklearn import metrics as sk

warnings.simplefilter("ignore")

AVERAGED = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score}


def of_labels(name, truth, predicted):
    plain = {
        "accuracy": sk.accuracy_score,
        "balanced_accuracy": sk.balanced_accuracy_score,
        "matthews": sk.matthews_corrcoef,
        "cohen_kappa": sk.cohen_kappa_score,
    }
    if name in plain:
        return plain[name](truth, predicted)
    kind, average = name.split("_")
    return AVERAGED[kind](truth, predicted, average=average, pos_label=1, zero_division=0)


OTHERS = {
    "roc_auc": sk.roc_auc_score,
    "average_precision": sk.average_precision_score,
    "mae": sk.mean_absolute_error,
    "mse": sk.mean_squared_error,
    "rmse": sk.root_mean_squared_error,
    "rmsle": sk.root_mean_squared_log_error,
    "mape": sk.mean_absolute_percentage_error,
    "r2": sk.r2_score,
    "pearson": lambda truth, predicted: stats.pearsonr(truth, predicted).statistic,
    "spearman": lambda truth, predicted: stats.spearmanr(truth, predicted).statistic,
}


def value(case):
    name, truth, predicted = case["metric"], np.array(case["truth"]), np.array(case["predicted"])
    if name == "log_loss":
        classes = case["classes"]
        result = sk.log_loss(truth, predicted.reshape(-1, classes), labels=range(classes))
    elif name == "log_loss_binary":
        result = sk.log_loss(truth, predicted, labels=[0, 1])
    elif name in OTHERS:
        result = OTHERS[name](truth, predicted)
    else:
        result = of_labels(name, truth, predicted)
    return float(result) if math.isfinite(result) else None


def main():
    cases = json.load(sys.stdin)["cases"]
    versions = {name: version(name) for name in ("numpy", "scipy", "scikit-learn")}
    json.dump({"versions": versions, "values": [value(case) for case in cases]}, sys.stdout)


if __name__ == "__main__":
    main()
