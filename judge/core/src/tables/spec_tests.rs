use super::{
    spec::*,
    test_support::{at, metric, positive, scorer},
};
use crate::{
    metrics::{Metric, MetricSpec},
    protocol::TableScorer,
    text::Text,
};

#[test]
fn the_metrics_decide_what_the_columns_hold() {
    let of = |columns: &[&str], metrics| form(&scorer(columns, metrics));
    assert_eq!(of(&["y"], vec![metric(Metric::Accuracy), metric(Metric::F1Macro)]), Ok(Form::Labels));
    assert_eq!(of(&["y"], vec![metric(Metric::Rmse), metric(Metric::Spearman)]), Ok(Form::Numbers));
    assert_eq!(
        of(&["p"], vec![positive(Metric::RocAuc, "1"), positive(Metric::LogLoss, "1")]),
        Ok(Form::PositiveScores { positive: "1".into() })
    );
    assert_eq!(
        of(&["0", "1"], vec![metric(Metric::LogLoss), positive(Metric::RocAuc, "1")]),
        Ok(Form::ClassProbabilities)
    );
}

#[test]
fn a_definition_that_cannot_score_is_refused() {
    use Metric::{Accuracy, F1Binary, LogLoss, Mae, RocAuc};
    let error = |columns: &[&str], metrics| check(&scorer(columns, metrics)).unwrap_err();
    assert_eq!(error(&["y"], vec![]), SpecError::NoMetric);
    assert_eq!(error(&["y"], vec![metric(Mae), metric(Mae)]), SpecError::DuplicateMetric { metric: Mae });
    assert_eq!(
        error(&["y"], vec![metric(Accuracy), metric(Mae)]),
        SpecError::MixedKinds { one: Accuracy, other: Mae }
    );
    assert_eq!(error(&["y", "z"], vec![metric(Mae)]), SpecError::OneColumnNeeded { metric: Mae, found: 2 });
    assert_eq!(error(&[], vec![metric(LogLoss)]), SpecError::OneColumnNeeded { metric: LogLoss, found: 0 });
    assert_eq!(error(&["id"], vec![metric(Mae)]), SpecError::DuplicateColumn { column: "id".into() });
    assert_eq!(error(&[""], vec![metric(Mae)]), SpecError::BadColumnName { column: String::new() });
    assert_eq!(error(&["y"], vec![metric(F1Binary)]), SpecError::PositiveMissing { metric: F1Binary });
    assert_eq!(error(&["p"], vec![metric(LogLoss)]), SpecError::PositiveMissing { metric: LogLoss });
    assert_eq!(error(&["y"], vec![positive(Accuracy, "a")]), SpecError::PositiveUseless { metric: Accuracy });
    assert_eq!(
        error(&["p"], vec![positive(RocAuc, "a"), positive(LogLoss, "b")]),
        SpecError::TwoPositives { one: "a".into(), other: "b".into() }
    );
    assert_eq!(
        error(&["a", "b"], vec![positive(RocAuc, "c")]),
        SpecError::PositiveNotAColumn { metric: RocAuc, positive: "c".into() }
    );
}

#[test]
fn each_kind_of_metric_has_its_form() {
    let of = |columns: &[&str], one| form(&scorer(columns, vec![one])).unwrap();
    assert_eq!(of(&["y"], metric(Metric::SubsetAccuracy)), Form::LabelSets);
    assert_eq!(of(&["y"], at(Metric::RecallAtK, 10)), Form::Rankings);
    assert_eq!(of(&["y"], metric(Metric::MaskDice)), Form::Masks);
    assert_eq!(of(&["y"], metric(Metric::Wer)), Form::Texts);
    assert_eq!(of(&["a", "b", "c"], at(Metric::TopKAccuracy, 2)), Form::ClassProbabilities);
    assert_eq!(of(&["c", "s", "x", "top", "w", "h"], metric(Metric::BoxMap)), Form::Boxes);
}

#[test]
fn options_are_given_where_they_mean_something() {
    use Metric::{Mae, MapAtK, Mrr, Ndcg, Pinball, RecallAtK, TopKAccuracy, Wer};
    let error = |columns: &[&str], one| check(&scorer(columns, vec![one])).unwrap_err();
    let pinball = |alpha| MetricSpec { alpha: Some(alpha), ..Pinball.into() };
    assert_eq!(error(&["y"], metric(RecallAtK)), SpecError::OptionMissing { metric: RecallAtK, option: "k" });
    assert_eq!(error(&["y"], metric(Pinball)), SpecError::OptionMissing { metric: Pinball, option: "alpha" });
    assert_eq!(error(&["y"], at(Wer, 3)), SpecError::OptionUseless { metric: Wer, option: "k" });
    assert_eq!(
        error(&["y"], MetricSpec { alpha: Some(0.5), ..Mae.into() }),
        SpecError::OptionUseless { metric: Mae, option: "alpha" }
    );
    let domain = Text::new("ít nhất là 1", "at least 1");
    assert_eq!(
        error(&["y"], at(MapAtK, 0)),
        SpecError::OptionOutOfRange { metric: MapAtK, option: "k", domain }
    );
    let domain = Text::new("nằm giữa 0 và 1", "between 0 and 1");
    for alpha in [0.0, 1.0, -1.0, f64::NAN, f64::INFINITY] {
        let refused =
            SpecError::OptionOutOfRange { metric: Pinball, option: "alpha", domain: domain.clone() };
        assert_eq!(error(&["y"], pinball(alpha)), refused);
    }
    let domain = Text::new("nhỏ hơn số lớp", "less than the number of classes");
    assert_eq!(
        error(&["a", "b"], at(TopKAccuracy, 2)),
        SpecError::OptionOutOfRange { metric: TopKAccuracy, option: "k", domain }
    );
    assert!(matches!(
        error(&["y"], at(TopKAccuracy, 1)),
        SpecError::OtherColumnsNeeded { metric: TopKAccuracy, found: 1, .. }
    ));
    let twice = |k| check(&scorer(&["y"], vec![at(Ndcg, 5), metric(Mrr), at(Ndcg, k)]));
    assert_eq!(twice(5), Err(SpecError::DuplicateMetric { metric: Ndcg }));
    assert_eq!(twice(10), Ok(()));
}

#[test]
fn a_gain_column_is_for_ranked_items() {
    let with_gain =
        |one, column: &str| TableScorer { gain_column: Some(column.into()), ..scorer(&["p"], vec![one]) };
    assert_eq!(check(&with_gain(metric(Metric::Ndcg), "gain")), Ok(()));
    assert_eq!(
        check(&with_gain(metric(Metric::Ndcg), "y")),
        Err(SpecError::DuplicateColumn { column: "y".into() })
    );
    assert_eq!(
        check(&with_gain(metric(Metric::Mae), "gain")),
        Err(SpecError::GainUseless { metric: Metric::Mae })
    );
}
