//! Reads what an organizer's scorer wrote: `scores.json`, else Codabench's older `scores.txt`.

use std::{collections::BTreeMap, path::Path};

use judge_core::{
    faults::{Fault, FaultKind, quote},
    protocol::Scores,
};

use super::strict::{self, Value};
use crate::collect::read_file;

const MOST_BYTES: u64 = 1024 * 1024;
const JSON: &str = "scores.json";
const LINES: &str = "scores.txt";

/// The scores in an output folder, for both splits: each of the metrics, and the optional ones that are there.
pub fn read_scores(folder: &Path, metrics: &[String], optional: &[String]) -> Result<Scores, Vec<Fault>> {
    let one = |kind: FaultKind| vec![Fault::new(kind)];
    let value = if let Some(bytes) = read_file(folder, JSON, MOST_BYTES).map_err(one)? {
        strict::parse(&bytes).map_err(|error| one(unreadable(&error.to_string())))?
    } else if let Some(bytes) = read_file(folder, LINES, MOST_BYTES).map_err(one)? {
        parse_text(&bytes).map_err(one)?
    } else {
        return Err(one(FaultKind::ScoresMissing));
    };
    let Value::Object(object) = value else {
        return Err(one(unreadable("not an object")));
    };
    pick(&object, metrics, optional)
}

/// `{"public": {…}, "private": {…}}`, or one flat object that counts for both.
fn pick(
    object: &BTreeMap<String, Value>,
    metrics: &[String],
    optional: &[String],
) -> Result<Scores, Vec<Fault>> {
    let (public, private) = match (object.get("public"), object.get("private")) {
        (Some(Value::Object(public)), Some(Value::Object(private))) => (public, private),
        _ => (object, object),
    };
    let mut faults = Vec::new();
    let mut scores = Scores::default();
    for metric in metrics {
        for (source, target) in [(public, &mut scores.public), (private, &mut scores.private)] {
            match source.get(metric) {
                Some(Value::Number(value)) => {
                    target.insert(metric.clone(), *value);
                }
                Some(_) => faults.push(Fault::new(FaultKind::MetricNotFinite { metric: metric.clone() })),
                None => faults.push(Fault::new(FaultKind::MetricMissing { metric: metric.clone() })),
            }
        }
    }
    for metric in optional {
        if let (Some(Value::Number(first)), Some(Value::Number(second))) =
            (public.get(metric), private.get(metric))
        {
            scores.public.insert(metric.clone(), *first);
            scores.private.insert(metric.clone(), *second);
        }
    }
    faults.dedup();
    if faults.is_empty() { Ok(scores) } else { Err(faults) }
}

/// A YAML mapping, or else lines `key: number`, as older scorers write them.
fn parse_text(bytes: &[u8]) -> Result<Value, FaultKind> {
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable("not UTF-8"))?;
    match strict::parse_yaml(text) {
        Ok(Value::Object(object)) => Ok(Value::Object(object)),
        Ok(_) | Err(_) => parse_lines(text),
    }
}

/// Other lines are left out, as unknown keys are.
fn parse_lines(text: &str) -> Result<Value, FaultKind> {
    let mut object = BTreeMap::new();
    for line in text.lines() {
        let Some((key, number)) = line.split_once(':') else {
            continue;
        };
        let value = match number.trim().parse::<f64>() {
            Ok(value) if value.is_finite() => Value::Number(value),
            _ => Value::Other,
        };
        if object.insert(key.trim().to_owned(), value).is_some() {
            return Err(unreadable(&format!("the key {:?} is there twice", quote(key.trim()))));
        }
    }
    Ok(Value::Object(object))
}

fn unreadable(reason: &str) -> FaultKind {
    FaultKind::ScoresUnreadable { reason: quote(reason) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn scores(name: &str, text: &str) -> Result<Scores, Vec<FaultKind>> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), text).unwrap();
        read_scores(folder.path(), &["f1".to_owned()], &["time".to_owned()])
            .map_err(|faults| faults.into_iter().map(|fault| fault.kind).collect())
    }

    #[test]
    fn a_flat_file_counts_for_both_splits() {
        let found = scores(JSON, r#"{"f1": 0.5, "extra": {"x": [1]}}"#).unwrap();
        assert_eq!((found.public["f1"], found.private["f1"]), (0.5, 0.5));
        assert_eq!(found.public.len(), 1);
    }

    #[test]
    fn the_splits_are_told_apart() {
        let found = scores(JSON, r#"{"public": {"f1": 0.5}, "private": {"f1": 1}}"#).unwrap();
        assert_eq!((found.public["f1"], found.private["f1"]), (0.5, 1.0));
        let missing = FaultKind::MetricMissing { metric: "f1".into() };
        assert_eq!(scores(JSON, r#"{"public": {"f1": 0.5}, "private": {}}"#), Err(vec![missing]));
    }

    #[test]
    fn codabench_lines_are_read_and_a_key_named_twice_is_not() {
        assert_eq!(scores(LINES, "f1: 0.25\nnote: ok\n").unwrap().public["f1"].to_bits(), 0.25_f64.to_bits());
        assert!(matches!(&scores(LINES, "f1: 1\nf1: 2").unwrap_err()[0], FaultKind::ScoresUnreadable { .. }));
        assert_eq!(scores(LINES, "f1: nan"), Err(vec![FaultKind::MetricNotFinite { metric: "f1".into() }]));
    }

    #[test]
    fn scores_txt_is_yaml_and_what_is_not_asked_for_is_left_out() {
        let both = |text| scores(LINES, text).unwrap().public.into_iter().collect::<Vec<_>>();
        let all = [("f1".to_owned(), 0.5), ("time".to_owned(), 3.0)];
        assert_eq!(
            both("# figures\nf1: 5e-1\n\"time\": 3\nextra: {f1: 9, deep: [1, {a: b}]}\nnote: .nan\n"),
            all
        );
        assert_eq!(both("{f1: 0.5, time: 3}"), all);
        assert_eq!(both("f1:0.5\ntime:3\n"), all, "a space is not needed");
        assert_eq!(both("f1: 0.5\ntime: soon"), all[..1], "an optional metric may lack a number");
        assert_eq!(scores(LINES, "f1: .inf"), Err(vec![FaultKind::MetricNotFinite { metric: "f1".into() }]));
    }

    #[test]
    fn unusable_files_are_named_by_their_fault() {
        assert_eq!(scores("other", "x"), Err(vec![FaultKind::ScoresMissing]));
        assert!(matches!(&scores(JSON, "[1]").unwrap_err()[0], FaultKind::ScoresUnreadable { .. }));
        let huge = format!("{{\"f1\": 1{}}}", " ".repeat(2 * 1024 * 1024));
        assert!(matches!(&scores(JSON, &huge).unwrap_err()[0], FaultKind::ScoresUnreadable { .. }));
        assert_eq!(
            scores(JSON, r#"{"f1": "0.9"}"#),
            Err(vec![FaultKind::MetricNotFinite { metric: "f1".into() }])
        );
    }

    #[test]
    fn a_link_as_scores_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join(JSON)).unwrap();
        let faults = read_scores(folder.path(), &[], &[]).unwrap_err();
        assert_eq!(faults[0].kind, FaultKind::NotARegularFile { path: JSON.into() });
    }
}
