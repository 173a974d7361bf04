//! Builds definitions and imports them through the API.

use std::io::{Cursor, Write};

use reqwest::StatusCode;
use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{Browser, Server};

/// A ZIP archive of these files.
pub fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A small contest: one track, one phase; truth has four rows, half public, half private.
#[derive(Clone)]
pub struct Contest {
    definition: Value,
    files: Vec<(String, Vec<u8>)>,
}

impl Contest {
    /// Result files scored by accuracy.
    pub fn result() -> Self {
        Self::new("result", Value::Null)
    }

    /// Programs, run as `command` in the image `python-ml`, that write `predictions.csv`.
    pub fn code(command: &[&str]) -> Self {
        let program = json!({
            "image": "python-ml", "command": command, "requires": ["predict.py"], "outputs": ["predictions.csv"],
            "limits": { "wall_ms": 20_000, "memory_bytes": 256 << 20 },
        });
        Self::new("code", program).with_file("input/names.txt", b"a\nb\nc\nd\n")
    }

    fn new(kind: &str, program: Value) -> Self {
        let text = |t: &str| json!({ "vi": t, "en": t });
        let mut task = json!({
            "slug": "task", "title": text("task"), "truth": "truth",
            "scorer": { "builtin": {
                "predictions_file": "predictions.csv", "target_column": "label", "prediction_columns": ["label"],
                "split_column": "split", "metrics": [{ "metric": "accuracy" }],
            } },
        });
        if !program.is_null() {
            task["program"] = program;
            task["input"] = json!("input");
        }
        let definition = json!({
            "version": 1, "slug": "thi", "title": text("Thi"), "summary": text("Thi thử"),
            "divisions": [{ "slug": "a", "title": text("A") }, { "slug": "b", "title": text("B") }],
            "tracks": [{
                "slug": "track", "kind": kind, "title": text("track"), "upload": { "max_bytes": 1_000_000 },
                "tasks": [task],
                "phases": [{
                    "slug": "main", "title": text("main"), "starts": "2020-01-01T00:00:00+07:00",
                    "ends": "2100-01-01T00:00:00+07:00", "tasks": ["task"],
                    "board": { "columns": [{ "metric": "accuracy", "title": text("acc"), "order": "desc" }] },
                }],
            }],
        });
        let truth = b"id,label,split\na,x,public\nb,y,public\nc,x,private\nd,y,private\n";
        Self { definition, files: Vec::new() }.with_file("truth/truth.csv", truth)
    }

    /// Changes a value of the definition, named as a JSON pointer.
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = self.definition.pointer_mut(parent).unwrap();
        match parent {
            Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
            other => other[key] = value,
        }
        self
    }

    /// Changes a value of the phase.
    pub fn phase(self, key: &str, value: Value) -> Self {
        self.with(&format!("/tracks/0/phases/0/{key}"), value)
    }

    /// Changes a value of the task's program limits.
    pub fn limit(self, key: &str, value: u64) -> Self {
        self.with(&format!("/tracks/0/tasks/0/program/limits/{key}"), json!(value))
    }

    pub fn with_file(mut self, path: &str, bytes: &[u8]) -> Self {
        self.files.retain(|(p, _)| p != path);
        self.files.push((path.to_owned(), bytes.to_vec()));
        self
    }

    pub fn archive(&self) -> Vec<u8> {
        // JSON is YAML.
        let yaml = serde_json::to_vec(&self.definition).unwrap();
        let mut files: Vec<(&str, &[u8])> = vec![("dautri.yaml", &yaml)];
        files.extend(self.files.iter().map(|(p, b)| (p.as_str(), b.as_slice())));
        zip_of(&files)
    }

    /// Imports it and returns the phase's id.
    pub async fn import(&self, organizer: &Browser) -> String {
        let upload = organizer.upload("thi.zip", None, &self.archive()).await;
        let answer = organizer.post("/competitions", json!({ "upload": upload })).await;
        assert!(answer.status.is_success(), "{:?}", answer.body);
        let shown = organizer.get("/competitions/thi").await;
        shown.body["tracks"][0]["phases"][0]["id"].as_str().unwrap().to_owned()
    }
}

impl Server {
    /// A person with a team of their own in the contest.
    pub async fn entrant(&self, name: &str) -> Browser {
        let person = self.person(name).await;
        let team = person.post("/competitions/thi/teams", json!({ "name": name, "division": "a" })).await;
        assert_eq!(team.status, StatusCode::CREATED, "{:?}", team.body);
        person
    }
}
