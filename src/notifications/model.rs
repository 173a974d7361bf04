//! Notices: one variant for each thing that people are told.

use judge_core::text::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::ids::{CompetitionId, PhaseId, TeamId};

/// Something that happened to somebody. Stored as JSON, so variants and fields are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// An organizer let the team into the competition.
    TeamApproved { competition: CompetitionId, team: TeamId, team_name: String },
    /// Organizers changed a phase's times or limits, or paused or resumed it.
    PhaseChanged { competition: CompetitionId, phase: PhaseId, phase_title: Text, what: Text, reason: String },
}

/// A notice as a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeLetter {
    pub subject: Text,
    pub body: Text,
}

impl Notice {
    /// The name of the variant, as preferences and the JSON use it.
    pub fn kind(&self) -> &'static str {
        match self {
            Notice::TeamApproved { .. } => "team_approved",
            Notice::PhaseChanged { .. } => "phase_changed",
        }
    }

    /// Whether letters go out where the person said nothing.
    pub fn by_mail(&self) -> bool {
        match self {
            Notice::TeamApproved { .. } | Notice::PhaseChanged { .. } => true,
        }
    }

    /// One sentence.
    pub fn sentence(&self) -> Text {
        match self {
            Notice::TeamApproved { team_name, .. } => Text::new(
                format!("Đội {team_name} đã được duyệt. Đội của bạn có thể nộp bài."),
                format!("The team {team_name} is approved. Your team can hand in."),
            ),
            Notice::PhaseChanged { phase_title, what, reason, .. } => Text::new(
                format!("Vòng {}: {}. Lý do: {reason}", phase_title.vi, what.vi),
                format!("Phase {}: {}. Reason: {reason}", phase_title.en, what.en),
            ),
        }
    }

    /// The letter that tells the same.
    pub fn letter(&self) -> NoticeLetter {
        let sentence = self.sentence();
        NoticeLetter {
            subject: Text::new(format!("Đấu Trí: {}", sentence.vi), format!("Đấu Trí: {}", sentence.en)),
            body: Text::new(
                format!("{}\n\n-- \nĐấu Trí\n", sentence.vi),
                format!("{}\n\n-- \nĐấu Trí\n", sentence.en),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_the_tag_of_the_json() {
        let notice = Notice::TeamApproved {
            competition: CompetitionId::new(),
            team: TeamId::new(),
            team_name: "Sao Mai".into(),
        };
        let json = serde_json::to_value(&notice).unwrap();
        assert_eq!(json["kind"], notice.kind());
        assert_eq!(serde_json::from_value::<Notice>(json).unwrap(), notice);
    }
}
