//! Builds Codabench bundles.

use serde_json::{Value, json};

use super::zip_of;

/// A small bundle: result files are compared with the truth by the organizer's program.
#[derive(Clone)]
pub struct Bundle {
    yaml: Value,
    files: Vec<(String, Vec<u8>)>,
}

/// Compares lines and reports how many are right, with two figures that nobody asked for.
const SCORER: &str = "
import json, os
truth = open('/app/input/ref/truth.txt').read().split()
name = '/app/input/res/answers.txt'
answers = open(name).read().split() if os.path.exists(name) else []
right = sum(a == b for a, b in zip(truth, answers))
status = open('/app/input/res/metadata').read()
scores = {'Accuracy (%)': 100 * right / len(truth), 'right': right, 'wrong': len(truth) - right,
          'unasked': {'deep': [1]}, 'note': 'text'}
print(status)
json.dump(scores, open('/app/output/scores.json', 'w'))
";

impl Bundle {
    pub fn v2() -> Self {
        let column = |key: &str, index: u32| json!({ "title": key, "key": key, "index": index });
        let yaml = json!({
            "version": 2, "title": "Đếm dòng", "image": "logo.png", "terms": "terms.md",
            "registration_auto_approve": true,
            "description": "Count the lines.\nSecond line.",
            "pages": [{ "title": "Overview", "file": "pages/overview.md" }],
            "tasks": [{
                "index": 0, "name": "Lines", "scoring_program": "scoring_program/", "reference_data": "reference",
            }],
            "phases": [{ "name": "Development", "start": "1-2-2020", "tasks": [0] }],
            "leaderboards": [{
                "title": "Results", "key": "main", "submission_rule": "Force_Best",
                "columns": [column("Accuracy (%)", 0), column("right", 1)],
            }],
        });
        Self { yaml, files: Vec::new() }
            .with_file("logo.png", b"PNG")
            .with_file("terms.md", b"# Terms")
            .with_file("pages/overview.md", b"# Overview")
            .with_file("reference/truth.txt", b"x y x y")
            .with_file("scoring_program/metadata.yaml", b"command: python3 score.py")
            .with_file("scoring_program/score.py", SCORER.as_bytes())
    }

    /// The same as CodaLab's old format writes it, with everything in archives and an old command.
    pub fn v1() -> Self {
        let board = json!({ "label": "Results", "rank": 1 });
        let phase = |number: u32, start: &str| {
            json!({
                "phasenumber": number, "label": format!("Phase {number}"), "start_date": start,
                "scoring_program": "program.zip", "reference_data": "reference.zip", "max_submissions": 0,
                "max_submissions_per_day": 3, "execution_time_limit": 30, "color": "green",
            })
        };
        let yaml = json!({
            "title": "Old lines", "image": "logo.png", "has_registration": false, "admin_names": "a,b",
            "force_submission_to_leaderboard": true, "end_date": "2090-01-01 00:00:00+00:00",
            "html": { "overview": "overview.html", "terms": "terms.html", "data": "data.html" },
            "phases": { "2": phase(2, "2080-06-01 12:00:00+00:00"), "1": phase(1, "2020-01-01 00:00:00+00:00") },
            "leaderboard": {
                "leaderboards": { "RESULTS": board },
                "columns": {
                    "right": { "leaderboard": board, "label": "Right", "rank": 2 },
                    "accuracy": { "leaderboard": board, "label": "Accuracy", "rank": 1, "numeric_format": 4 },
                },
            },
        });
        let scorer = "import sys\ntruth = open(sys.argv[1] + '/ref/truth.txt').read().split()\n\
                      answers = open(sys.argv[1] + '/res/answers.txt').read().split()\n\
                      right = sum(a == b for a, b in zip(truth, answers))\n\
                      with open(sys.argv[2] + '/scores.txt', 'w') as out:\n    \
                      out.write(f'accuracy: {right / len(truth)}\\nright: {right}\\nextra: {{a: [1, 2]}}\\n')\n";
        let metadata = b"description: counts\ncommand: python3 $program/old.py $input $output\n";
        let program = zip_of(&[("metadata", metadata), ("old.py", scorer.as_bytes())]);
        Self { yaml, files: Vec::new() }
            .with_file("logo.png", b"PNG")
            .with_file("overview.html", b"<h1>Overview</h1>")
            .with_file("data.html", b"<p>Data</p>")
            .with_file("terms.html", b"<p>Terms</p>")
            .with_file("program.zip", &program)
            .with_file("reference.zip", &zip_of(&[("truth.txt", b"x y x y")]))
    }

    /// Changes a value, named as a JSON pointer; `null` takes it away.
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent =
            self.yaml.pointer_mut(parent).unwrap_or_else(|| panic!("nothing stands above {pointer}"));
        match parent {
            Value::Array(items) => match key.parse::<usize>().unwrap() {
                index if index == items.len() => items.push(value),
                index => items[index] = value,
            },
            Value::Object(map) if value.is_null() => drop(map.remove(key)),
            other => other[key] = value,
        }
        self
    }

    pub fn with_file(mut self, path: &str, bytes: &[u8]) -> Self {
        self = self.without_file(path);
        self.files.push((path.to_owned(), bytes.to_vec()));
        self
    }

    pub fn without_file(mut self, path: &str) -> Self {
        self.files.retain(|(p, _)| p != path);
        self
    }

    pub fn archive(&self) -> Vec<u8> {
        // JSON is YAML.
        self.archive_with(&serde_json::to_string_pretty(&self.yaml).unwrap())
    }

    /// With another text as `competition.yaml`.
    pub fn archive_with(&self, yaml: &str) -> Vec<u8> {
        let mut files: Vec<(&str, &[u8])> = vec![("competition.yaml", yaml.as_bytes())];
        files.extend(self.files.iter().map(|(p, b)| (p.as_str(), b.as_slice())));
        zip_of(&files)
    }
}
