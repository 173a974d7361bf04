//! How an evaluation ended.

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// The terminal state of an evaluation. Exactly one for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Verdict {
    /// Scores exist.
    Scored,
    /// The archive or the result file is not what the track asks for; the faults say where.
    WrongFormat,
    /// The team's program ended with a code other than 0.
    RuntimeError,
    /// Wall-clock or CPU time is used up.
    TimeLimit,
    /// The kernel ended a process of the program for want of memory.
    MemoryLimit,
    /// More bytes or files were written to the output folder than allowed.
    OutputLimit,
    /// The scorer ran and its figures are unusable: NaN, infinity, or a metric is missing.
    InvalidScores,
    /// The organizer's scorer ended with an error.
    ScorerFailed,
    /// The platform could not judge it.
    PlatformFault,
}

impl Verdict {
    pub const ALL: [Verdict; 9] = [
        Verdict::Scored,
        Verdict::WrongFormat,
        Verdict::RuntimeError,
        Verdict::TimeLimit,
        Verdict::MemoryLimit,
        Verdict::OutputLimit,
        Verdict::InvalidScores,
        Verdict::ScorerFailed,
        Verdict::PlatformFault,
    ];

    /// The stable spelling, as in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Scored => "scored",
            Verdict::WrongFormat => "wrong_format",
            Verdict::RuntimeError => "runtime_error",
            Verdict::TimeLimit => "time_limit",
            Verdict::MemoryLimit => "memory_limit",
            Verdict::OutputLimit => "output_limit",
            Verdict::InvalidScores => "invalid_scores",
            Verdict::ScorerFailed => "scorer_failed",
            Verdict::PlatformFault => "platform_fault",
        }
    }

    /// Whether the attempt is given back and the organizer alerted: the fault is not the team's.
    pub fn is_refunded(self) -> bool {
        matches!(self, Verdict::ScorerFailed | Verdict::PlatformFault)
    }

    /// A few words for a list.
    pub fn label(self) -> Text {
        match self {
            Verdict::Scored => Text::new("Đã chấm", "Scored"),
            Verdict::WrongFormat => Text::new("Sai định dạng", "Wrong format"),
            Verdict::RuntimeError => Text::new("Lỗi khi chạy", "Runtime error"),
            Verdict::TimeLimit => Text::new("Quá thời gian", "Time limit"),
            Verdict::MemoryLimit => Text::new("Quá bộ nhớ", "Memory limit"),
            Verdict::OutputLimit => Text::new("Quá dung lượng kết quả", "Output limit"),
            Verdict::InvalidScores => Text::new("Điểm không hợp lệ", "Invalid scores"),
            Verdict::ScorerFailed => {
                Text::new("Chương trình chấm của ban tổ chức lỗi", "The organizer's scorer failed")
            }
            Verdict::PlatformFault => Text::new("Lỗi của hệ thống", "Platform fault"),
        }
    }
}

impl std::str::FromStr for Verdict {
    type Err = UnknownVerdict;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|v| v.as_str() == text).ok_or_else(|| UnknownVerdict(text.to_owned()))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no verdict is called {0:?}")]
pub struct UnknownVerdict(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_reads_back_from_its_spelling_and_its_json() {
        for verdict in Verdict::ALL {
            assert_eq!(verdict.as_str().parse(), Ok(verdict));
            assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.as_str());
        }
    }

    #[test]
    fn only_the_organizers_and_the_platforms_faults_are_refunded() {
        let refunded: Vec<_> = Verdict::ALL.into_iter().filter(|v| v.is_refunded()).collect();
        assert_eq!(refunded, [Verdict::ScorerFailed, Verdict::PlatformFault]);
    }
}
