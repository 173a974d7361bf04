"""Computes the metrics of judge-core with the reference implementations of their fields.

Reads one JSON document {"cases": [{"metric": …, …}, …]} on stdin; writes {"versions": {…}, "values": [number or null, …]}.
Null stands for "not defined" (NaN, or pycocotools' -1).
"""

import contextlib
import io
import json
import math
import sys
import warnings
from importlib.metadata import PackageNotFoundError, version

import jiwer
import numpy as np
from pycocotools import mask as coco_masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scipy import stats
from sklearn import metrics as sk
from sklearn.preprocessing import MultiLabelBinarizer

warnings.simplefilter("ignore")

PACKAGES = ("numpy", "scipy", "scikit-learn", "jiwer", "rapidfuzz", "pycocotools", "pytrec-eval-terrier")
AVERAGED = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score}


# ---- Labels, numbers, scores, probabilities ----


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


def quadratic_kappa(truth, predicted):
    both = np.concatenate([truth, predicted])
    scale = range(both.min(), both.max() + 1)
    return sk.cohen_kappa_score(truth, predicted, labels=scale, weights="quadratic")


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
    "quadratic_kappa": quadratic_kappa,
}


def of_columns(case):
    name, truth, predicted = case["metric"], np.array(case["truth"]), np.array(case["predicted"])
    if name == "log_loss":
        classes = case["classes"]
        return sk.log_loss(truth, predicted.reshape(-1, classes), labels=range(classes))
    if name == "log_loss_binary":
        return sk.log_loss(truth, predicted, labels=[0, 1])
    if name == "top_k_accuracy":
        classes = case["classes"]
        return sk.top_k_accuracy_score(truth, predicted.reshape(-1, classes), k=case["k"], labels=range(classes))
    if name == "pinball":
        return sk.mean_pinball_loss(truth, predicted, alpha=case["alpha"])
    if name in OTHERS:
        return OTHERS[name](truth, predicted)
    return of_labels(name, truth, predicted)


# ---- Label sets ----


def of_label_sets(case):
    labels = MultiLabelBinarizer().fit(case["truth"] + case["predicted"])
    truth, predicted = labels.transform(case["truth"]), labels.transform(case["predicted"])
    if case["metric"] == "subset_accuracy":
        return sk.accuracy_score(truth, predicted)
    return sk.f1_score(truth, predicted, average=case["metric"].removeprefix("multilabel_f1_"), zero_division=0)


# ---- Ranked items ----


def measure_of(name, k):
    if name == "ndcg":
        return f"ndcg_cut.{k}" if k else "ndcg"
    return {"mrr": "recip_rank", "recall_at_k": f"recall.{k}"}.get(name, f"map_cut.{k}")


def of_rankings(case):
    import pytrec_eval

    name, k, queries = case["metric"], case["k"], case["queries"]
    judged = {str(i): {item: int(gain) for item, gain in query["relevant"]} for i, query in enumerate(queries)}
    runs = {}
    for i, query in enumerate(queries):
        # trec_eval's reciprocal rank knows no cut.
        ranked = query["ranked"][:k] if name == "mrr" else query["ranked"]
        runs[str(i)] = {item: float(len(ranked) - rank) for rank, item in enumerate(ranked)}
    measure = measure_of(name, k)
    results = pytrec_eval.RelevanceEvaluator(judged, {measure}).evaluate(runs)
    values = []
    for i in judged:
        value = results.get(i, {}).get(measure.replace(".", "_"), 0.0)
        if name == "map_at_k_capped":
            relevant = sum(gain > 0 for gain in judged[i].values())
            value *= relevant / min(relevant, k)
        values.append(value)
    return np.mean(values)


def of_real_gains(case):
    values = []
    for query in case["queries"]:
        gains = dict(map(tuple, query["relevant"]))
        unranked = [item for item in gains if item not in query["ranked"]]
        # Enough places behind the answer, so that what was not found counts for the ideal only.
        cut = len(query["ranked"])
        k = min(case["k"] or 10**6, cut + len(gains))
        padding = [f"padding {i}" for i in range(cut + len(gains))]
        order = query["ranked"] + padding + unranked
        relevance = [gains.get(item, 0.0) for item in order]
        scores = [len(order) - rank for rank in range(len(order))]
        values.append(sk.ndcg_score([relevance], [scores], k=k, ignore_ties=True))
    return np.mean(values)


# ---- Masks ----


def coco_mask(size, runs):
    counts, at = [], 0
    for start, length in runs:
        # pycocotools' own masks have no two runs that touch; given such, it stops where both masks do.
        if counts and start - 1 == at:
            counts[-1] += length
        else:
            counts += [start - 1 - at, length]
        at = start - 1 + length
    counts.append(size[0] * size[1] - at)
    return coco_masks.frPyObjects({"counts": counts, "size": size}, *size)


def of_masks(case):
    values = []
    for pair in case["pairs"]:
        truth, predicted = (coco_mask(pair["size"], pair[side]) for side in ("truth", "predicted"))
        pixels = [coco_masks.decode(mask).ravel() for mask in (truth, predicted)]
        if case["metric"] == "mask_dice":
            value = sk.f1_score(*pixels, zero_division=1)
        elif pixels[0].any() or pixels[1].any():
            value = coco_masks.iou([predicted], [truth], [0])[0][0]
        else:
            value = sk.jaccard_score(*pixels, zero_division=1)
        values.append(value)
    return np.mean(values)


# ---- Boxes ----


def coco(images, annotations):
    classes = sorted({one["category_id"] for one in annotations} | {1})
    data = COCO()
    data.dataset = {
        "images": [{"id": image} for image in images],
        "categories": [{"id": one} for one in classes],
        "annotations": annotations,
    }
    data.createIndex()
    return data


def annotation(number, image, category, bbox, **more):
    area = bbox[2] * bbox[3]
    return {
        "id": number,
        "image_id": image,
        "category_id": category,
        "bbox": bbox,
        "area": area,
        "iscrowd": 0,
        **more,
    }


def of_boxes(case):
    images = range(1, case["pictures"] + 1)
    truth = [annotation(i, *one) for i, one in enumerate(case["truth"], 1)]
    found = [annotation(i, *one[:3], score=one[3]) for i, one in enumerate(case["found"], 1)]
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(coco(images, truth), coco(images, found), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    value = evaluation.stats[{"box_map": 0, "box_map_50": 1, "box_map_75": 2}[case["metric"]]]
    return math.nan if value < 0 else value


# ---- Texts ----


def of_texts(case):
    rate = {"wer": jiwer.wer, "cer": jiwer.cer}[case["metric"]]
    return rate(case["truth"], case["predicted"])


SHAPES = {"queries": of_rankings, "pairs": of_masks, "pictures": of_boxes}


def value(case):
    name = case["metric"]
    if name == "ndcg_of_real_gains":
        result = of_real_gains(case)
    elif name in ("wer", "cer"):
        result = of_texts(case)
    elif name.startswith("multilabel_") or name == "subset_accuracy":
        result = of_label_sets(case)
    else:
        shape = next((of for key, of in SHAPES.items() if key in case), of_columns)
        result = shape(case)
    return float(result) if math.isfinite(result) else None


def versions():
    found = {}
    for name in PACKAGES:
        # There is no wheel of pytrec_eval but for x86_64.
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def main():
    cases = json.load(sys.stdin)["cases"]
    json.dump({"versions": versions(), "values": [value(case) for case in cases]}, sys.stdout)


if __name__ == "__main__":
    main()
