"""Hồi quy tuyến tính trên train.csv. / A linear regression on train.csv.

    python3 baseline.py path/to/train.csv path/to/test.csv predictions.csv
"""

import sys

import pandas as pd
from sklearn.linear_model import LinearRegression


def main(train_file, test_file, predictions_file):
    train = pd.read_csv(train_file, index_col="id")
    test = pd.read_csv(test_file, index_col="id")
    model = LinearRegression().fit(train[test.columns], train["progression"])
    predictions = pd.DataFrame({"id": test.index, "prediction": model.predict(test).round(4)})
    predictions.to_csv(predictions_file, index=False)
    print(predictions_file)


if __name__ == "__main__":
    main(*sys.argv[1:4])
