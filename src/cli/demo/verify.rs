//! Compares what the server says of a sample with what must come of it.

use serde::Serialize;

use super::samples::{Expected, Sample};
use crate::cli::client::{Evaluation, Scores, Submission};

/// A sample after judging.
#[derive(Debug, Serialize)]
pub struct Checked {
    pub name: String,
    pub team: String,
    pub submission: Option<String>,
    pub ok: bool,
    pub verdicts: Vec<String>,
    /// Over all tasks of the phase.
    pub scores: Option<Scores>,
    /// Sentences; none if all is as expected.
    pub mismatches: Vec<String>,
}

impl Checked {
    pub fn is_right(&self) -> bool {
        self.ok
    }
}

pub fn check(sample: &Sample, judged: anyhow::Result<Submission>) -> Checked {
    let (mismatches, submission) = match judged {
        Ok(found) => (mismatches(&sample.expected, &found), Some(found)),
        Err(fault) => (vec![format!("{fault:#}")], None),
    };
    let evaluations = submission.iter().flat_map(|found| &found.evaluations);
    Checked {
        name: sample.name.clone(),
        team: sample.expected.team.clone(),
        ok: mismatches.is_empty(),
        verdicts: evaluations.filter_map(|evaluation| evaluation.verdict.clone()).collect(),
        scores: submission.as_ref().and_then(|found| found.scores.clone()),
        submission: submission.map(|found| found.id),
        mismatches,
    }
}

/// Every evaluation must have the expected verdict, and the submission the expected scores.
fn mismatches(expected: &Expected, submission: &Submission) -> Vec<String> {
    if submission.evaluations.is_empty() {
        return vec!["it was not judged".to_owned()];
    }
    let wrong: Vec<String> =
        submission.evaluations.iter().filter_map(|evaluation| wrong_verdict(expected, evaluation)).collect();
    if wrong.is_empty() { wrong_scores(expected, submission.scores.as_ref()) } else { wrong }
}

fn wrong_verdict(expected: &Expected, evaluation: &Evaluation) -> Option<String> {
    let verdict = evaluation.verdict.as_deref().unwrap_or("none");
    let faults: Vec<&str> = evaluation.faults.iter().map(|fault| fault.en.as_str()).collect();
    (verdict != expected.verdict)
        .then(|| format!("verdict {verdict} instead of {} {}", expected.verdict, faults.join(" ")))
}

fn wrong_scores(expected: &Expected, scores: Option<&Scores>) -> Vec<String> {
    let none = Scores::default();
    let scores = scores.unwrap_or(&none);
    let mut found = Vec::new();
    for (split, metrics) in &expected.scores {
        let values = if split == "private" { scores.private.as_ref() } else { Some(&scores.public) };
        for (metric, wanted) in metrics {
            match values.and_then(|values| values.get(metric)) {
                None => found.push(format!("no {split} {metric}")),
                Some(value) if (value - wanted).abs() <= expected.tolerance => {}
                Some(value) => found.push(format!("{split} {metric} is {value} instead of {wanted}")),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn compare(verdict: &str, scores: &serde_json::Value) -> Vec<String> {
        let expected: Expected = serde_json::from_value(json!({
            "team": "Sao Mai", "division": "a", "track": "digits", "phase": "main", "verdict": "scored",
            "scores": {"public": {"accuracy": 0.5}, "private": {"accuracy": 0.25}}, "tolerance": 1e-9,
        }))
        .unwrap();
        let submission: Submission = serde_json::from_value(json!({
            "id": "s", "state": "done", "scores": scores, "evaluations": [{"task": "t", "verdict": verdict}],
        }))
        .unwrap();
        mismatches(&expected, &submission)
    }

    #[test]
    fn a_score_may_differ_by_the_tolerance_only() {
        let scores =
            |private: f64| json!({"public": {"accuracy": 0.5 + 9e-10}, "private": {"accuracy": private}});
        assert!(compare("scored", &scores(0.25)).is_empty());
        assert_eq!(compare("scored", &scores(0.26)), ["private accuracy is 0.26 instead of 0.25"]);
    }

    #[test]
    fn a_missing_split_metric_verdict_or_evaluation_is_a_mismatch() {
        assert_eq!(compare("scored", &json!({"public": {"accuracy": 0.5}})), ["no private accuracy"]);
        assert_eq!(
            compare("scored", &json!({"public": {}, "private": {"accuracy": 0.25}})),
            ["no public accuracy"]
        );
        assert_eq!(compare("time_limit", &json!(null)), ["verdict time_limit instead of scored "]);
        let expected = r#"{"team": "", "division": "", "track": "", "phase": "", "verdict": "scored"}"#;
        let unjudged = serde_json::from_str(r#"{"id": "s", "state": "done"}"#).unwrap();
        assert_eq!(mismatches(&serde_json::from_str(expected).unwrap(), &unjudged), ["it was not judged"]);
    }
}
