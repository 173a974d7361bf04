//! The organizer's truth: one JSON file for a pack.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::LONGEST_ANSWER;
use crate::{faults::quote, protocol::Split, text::Text};

/// Queries of a pack.
pub const MOST_QUERIES: usize = 1_000;
const MOST_EVENTS: usize = 100;
const LONGEST_NAME: usize = 100;

/// A pack's queries with what is right.
///
/// ```json
/// {"queries": [
///   {"query": "query-1-kis", "type": "kis", "split": "public", "video": "L01_V001", "ranges": [[120, 155]]},
///   {"query": "query-2-qa", "type": "qa", "split": "private", "video": "L02_V003", "ranges": [[10, 40]],
///    "answers": ["7", "bảy"]},
///   {"query": "query-3-trake", "type": "trake", "split": "public", "video": "L01_V002",
///    "ranges": [[10, 20], [30, 44]]}
/// ]}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    pub queries: Vec<Query>,
}

/// One query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// Its name, which its CSV file bears: `query-1-kis`.
    pub query: String,
    #[serde(rename = "type")]
    pub kind: QueryType,
    /// `public`: it counts on the public board. On the private one every query does.
    pub split: Split,
    /// Without file extension.
    pub video: String,
    /// First and last frame, both included. `kis` and `qa`: any of them is right. `trake`: one for each event,
    /// in order.
    pub ranges: Vec<(u64, u64)>,
    /// Accepted answers of a `qa` query.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueryType {
    Kis,
    Qa,
    Trake,
}

/// Why no pack could be scored against a truth. The organizer mends it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TruthError {
    #[error("it is not the JSON of a pack: {0}")]
    Json(String),
    #[error("it has {found} queries; 1 to {MOST_QUERIES} are possible")]
    Queries { found: usize },
    #[error("no query is public")]
    NoPublicQuery,
    #[error("{query:?} is no name of a file: use letters, digits, `-`, `_` and `.`")]
    Name { query: String },
    #[error("{query} is there twice")]
    Twice { query: String },
    #[error("{query}: {}", .reason.en)]
    Query { query: String, reason: Text },
}

impl TruthError {
    /// The reason in both languages, without a full stop.
    pub fn reason(&self) -> Text {
        let vi = match self {
            Self::Json(error) => format!("không phải JSON của một gói truy vấn: {error}"),
            Self::Queries { found } => format!("có {found} truy vấn; phải từ 1 đến {MOST_QUERIES}"),
            Self::NoPublicQuery => "không có truy vấn nào thuộc phần công khai".to_owned(),
            Self::Name { query } => {
                format!("{query:?} không thể là tên tệp: chỉ dùng chữ cái, chữ số, `-`, `_` và `.`")
            }
            Self::Twice { query } => format!("{query} có mặt hai lần"),
            Self::Query { query, reason } => format!("{query}: {}", reason.vi),
        };
        Text::new(vi, self.to_string())
    }
}

impl Truth {
    /// Reads and checks a truth file.
    pub fn read(json: &[u8]) -> Result<Self, TruthError> {
        let truth: Self =
            serde_json::from_slice(json).map_err(|error| TruthError::Json(quote(&error.to_string())))?;
        let found = truth.queries.len();
        if !(1..=MOST_QUERIES).contains(&found) {
            return Err(TruthError::Queries { found });
        }
        let mut seen = BTreeSet::new();
        for query in &truth.queries {
            query.check()?;
            // Two names that differ in case only are one file on other systems.
            if !seen.insert(query.query.to_lowercase()) {
                return Err(TruthError::Twice { query: query.query.clone() });
            }
        }
        if truth.queries.iter().all(|query| query.split == Split::Private) {
            return Err(TruthError::NoPublicQuery);
        }
        Ok(truth)
    }
}

impl Query {
    /// Fields after the video, and after the frame the answer.
    pub(super) fn frames(&self) -> usize {
        match self.kind {
            QueryType::Kis | QueryType::Qa => 1,
            QueryType::Trake => self.ranges.len(),
        }
    }

    fn check(&self) -> Result<(), TruthError> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let name = &self.query;
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(is_plain) {
            return Err(TruthError::Name { query: quote(name) });
        }
        let is_long = |answer: &String| answer.chars().count() as u64 > LONGEST_ANSWER;
        let (vi, en) = if self.video.trim().is_empty() || self.video.trim() != self.video {
            ("tên video trống hoặc có dấu cách ở đầu, cuối", "its video has no name, or spaces around it")
        } else if super::rows::has_extension(&self.video) {
            ("tên video có phần mở rộng", "its video is named with an extension")
        } else if self.ranges.is_empty() || self.ranges.len() > MOST_EVENTS {
            ("cần từ 1 đến 100 khoảng khung hình", "it needs 1 to 100 ranges of frames")
        } else if self.ranges.iter().any(|(first, last)| first > last) {
            ("một khoảng kết thúc trước khi bắt đầu", "a range ends before it begins")
        } else if (self.kind == QueryType::Qa) == self.answers.is_empty() {
            (
                "truy vấn qa cần đáp án được chấp nhận, loại khác thì không có",
                "a qa query needs accepted answers, and no other has any",
            )
        } else if self.answers.iter().any(|answer| answer.trim().is_empty() || is_long(answer)) {
            ("một đáp án phải có từ 1 đến 100 ký tự", "an accepted answer has 1 to 100 characters")
        } else {
            return Ok(());
        };
        Err(TruthError::Query { query: name.clone(), reason: Text::new(vi, en) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(change: impl FnOnce(&mut serde_json::Value)) -> Result<Truth, TruthError> {
        let mut truth = serde_json::json!({"queries": [
            {"query": "query-1-kis", "type": "kis", "split": "public", "video": "L01_V001", "ranges": [[1, 1]]},
            {"query": "query-2-qa", "type": "qa", "split": "private", "video": "V", "ranges": [[1, 2]], "answers": ["7"]},
        ]});
        change(&mut truth);
        Truth::read(truth.to_string().as_bytes())
    }

    #[test]
    fn a_truth_that_could_score_nothing_is_refused_by_the_query() {
        assert_eq!(read(|_| ()).unwrap().queries.len(), 2);
        let wrong = |pointer: &str, value: serde_json::Value| {
            let pointer = format!("/queries/{pointer}");
            read(|truth| *truth.pointer_mut(&pointer).unwrap() = value).unwrap_err().to_string()
        };
        assert!(wrong("0/query", "a/b".into()).contains("no name of a file"));
        assert!(wrong("0/query", "QUERY-2-QA".into()).contains("twice"));
        assert!(
            wrong("0/video", "a.mp4".into()).contains("query-1-kis: its video is named with an extension")
        );
        assert!(wrong("0/ranges", serde_json::json!([[2, 1]])).contains("ends before"));
        assert!(wrong("0/ranges", serde_json::json!([])).contains("ranges"));
        assert!(wrong("0/ranges", serde_json::json!([[-1, 1]])).contains("not the JSON"));
        assert!(wrong("1/answers", serde_json::json!([])).contains("accepted answers"));
        assert!(wrong("1/answers", serde_json::json!([" "])).contains("1 to 100 characters"));
        assert!(wrong("0/type", "live".into()).contains("not the JSON"));
        assert!(wrong("0/split", "private".into()).contains("no query is public"));
        assert!(read(|truth| truth["queries"] = serde_json::json!([])).is_err());
        assert!(read(|truth| truth["extra"] = serde_json::json!(1)).is_err());
    }
}
