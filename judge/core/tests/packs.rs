//! The sample packs of `datasets/events` get the scores that their generator worked out by itself.

#![expect(clippy::unwrap_used, reason = "a test; its helpers are no test functions")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use judge_core::{
    protocol::RetrievalScorer,
    retrieval::{self, PackFile, Truth},
};
use serde_json::Value;

fn events() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/events")
}

/// The files of a sample, as its archive holds them.
fn files(sample: &Path) -> Vec<PackFile> {
    let folder = sample.join("submission/submission");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| PackFile {
            path: format!("submission/{}", path.file_name().unwrap().to_str().unwrap()),
            bytes: fs::read(path).unwrap(),
        })
        .collect()
}

#[test]
fn every_sample_pack_is_without_fault_and_gets_its_score() {
    let truth = Truth::read(&fs::read(events().join("hidden/truth/truth.json")).unwrap()).unwrap();
    let spec: RetrievalScorer = serde_json::from_str("{}").unwrap();
    let mut samples = 0;
    for entry in fs::read_dir(events().join("samples")).unwrap() {
        let sample = entry.unwrap().path();
        let files = files(&sample);
        assert_eq!(retrieval::check(&truth, &files).faults, [], "{}", sample.display());
        let scored = retrieval::score(&spec, &truth, &files).unwrap();
        let expected: Value =
            serde_json::from_slice(&fs::read(sample.join("expected.json")).unwrap()).unwrap();
        for (split, scores) in [("public", &scored.scores.public), ("private", &scored.scores.private)] {
            let wanted = expected["scores"][split].as_object().unwrap();
            assert_eq!(wanted.len(), scores.len());
            for (metric, value) in wanted {
                let difference = (value.as_f64().unwrap() - scores[metric]).abs();
                assert!(difference < 1e-9, "{} {split} {metric}: {}", sample.display(), scores[metric]);
            }
        }
        samples += 1;
    }
    assert!(samples >= 3, "{samples}");
}
