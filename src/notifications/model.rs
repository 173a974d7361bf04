//! Notices: one variant for each thing that people are told.

use judge_core::text::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::ids::{CompetitionId, PhaseId, SubmissionId, TeamId};

/// Something that happened to somebody. Stored as JSON, so variants and fields are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// An organizer let the team into the competition.
    TeamApproved {
        competition: CompetitionId,
        team: TeamId,
        team_name: String,
    },
    /// Organizers changed a phase's times or limits, or paused or resumed it.
    PhaseChanged {
        competition: CompetitionId,
        phase: PhaseId,
        phase_title: Text,
        what: Text,
        reason: String,
    },
    /// An organizer refused the team.
    TeamRefused {
        competition: CompetitionId,
        team: TeamId,
        team_name: String,
        reason: String,
    },
    /// An organizer moved the team to another division.
    TeamMoved {
        competition: CompetitionId,
        team: TeamId,
        team_name: String,
        division: Text,
        reason: String,
    },
    /// An organizer wrote to the team.
    TeamNote {
        competition: CompetitionId,
        team: TeamId,
        team_name: String,
        text: String,
    },
    /// Somebody joined the reader's team.
    TeamMemberJoined {
        competition: CompetitionId,
        team: TeamId,
        team_name: String,
    },
    /// The reader was taken out of the team.
    TeamMemberRemoved {
        competition: CompetitionId,
        team: TeamId,
        team_name: String,
    },
    /// The reader leads the team from now on.
    TeamLeader {
        competition: CompetitionId,
        team: TeamId,
        team_name: String,
    },
    /// A team asks the reader's team to take it in.
    TeamMergeAsked {
        competition: CompetitionId,
        team: TeamId,
        team_name: String,
        asking_name: String,
    },
    /// Another team went up in this one.
    TeamsMerged {
        competition: CompetitionId,
        team: TeamId,
        team_name: String,
        merged_name: String,
    },
    /// An organizer cancelled a submission before it was judged.
    SubmissionCancelled {
        submission: SubmissionId,
        team_name: String,
        reason: String,
        is_refunded: bool,
    },
    /// An organizer gave the attempt of a submission back.
    AttemptRefunded {
        submission: SubmissionId,
        team_name: String,
        reason: String,
    },
    /// An organizer took a submission off the boards.
    SubmissionDisqualified {
        submission: SubmissionId,
        team_name: String,
        reason: String,
    },
    /// An organizer let a disqualified submission count again.
    SubmissionReinstated {
        submission: SubmissionId,
        team_name: String,
        reason: String,
    },
    /// A rejudging was applied that changed results of the team.
    Rejudged {
        phase: PhaseId,
        phase_title: Text,
        team_name: String,
        submissions: usize,
        reason: String,
    },
    /// An organizer took the team out of the competition.
    TeamDisqualified {
        competition: CompetitionId,
        team: TeamId,
        team_name: String,
        reason: String,
    },
    /// An organizer let a disqualified team in again.
    TeamReinstated {
        competition: CompetitionId,
        team: TeamId,
        team_name: String,
        reason: String,
    },
    /// Organizers decided whether a team advances to a phase.
    Advancement {
        competition: CompetitionId,
        phase: PhaseId,
        phase_title: Text,
        team: TeamId,
        team_name: String,
        advances: bool,
        reason: String,
    },
    /// The evidence shows what its owner claims.
    EvidenceAccepted,
    EvidenceRefused {
        reason: String,
    },
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
            Notice::TeamRefused { .. } => "team_refused",
            Notice::TeamMoved { .. } => "team_moved",
            Notice::TeamNote { .. } => "team_note",
            Notice::TeamMemberJoined { .. } => "team_member_joined",
            Notice::TeamMemberRemoved { .. } => "team_member_removed",
            Notice::TeamLeader { .. } => "team_leader",
            Notice::TeamMergeAsked { .. } => "team_merge_asked",
            Notice::TeamsMerged { .. } => "teams_merged",
            Notice::SubmissionCancelled { .. } => "submission_cancelled",
            Notice::AttemptRefunded { .. } => "attempt_refunded",
            Notice::SubmissionDisqualified { .. } => "submission_disqualified",
            Notice::SubmissionReinstated { .. } => "submission_reinstated",
            Notice::Rejudged { .. } => "rejudged",
            Notice::TeamDisqualified { .. } => "team_disqualified",
            Notice::TeamReinstated { .. } => "team_reinstated",
            Notice::Advancement { .. } => "advancement",
            Notice::EvidenceAccepted => "evidence_accepted",
            Notice::EvidenceRefused { .. } => "evidence_refused",
        }
    }

    /// Whether letters go out where the person said nothing.
    pub fn by_mail(&self) -> bool {
        match self {
            Notice::TeamApproved { .. }
            | Notice::TeamRefused { .. }
            | Notice::TeamMoved { .. }
            | Notice::TeamNote { .. }
            | Notice::TeamMemberRemoved { .. }
            | Notice::TeamLeader { .. }
            | Notice::TeamMergeAsked { .. }
            | Notice::TeamsMerged { .. }
            | Notice::PhaseChanged { .. }
            | Notice::Advancement { .. }
            | Notice::SubmissionCancelled { .. }
            | Notice::AttemptRefunded { .. }
            | Notice::SubmissionDisqualified { .. }
            | Notice::SubmissionReinstated { .. }
            | Notice::Rejudged { .. }
            | Notice::TeamDisqualified { .. }
            | Notice::TeamReinstated { .. }
            | Notice::EvidenceAccepted
            | Notice::EvidenceRefused { .. } => true,
            Notice::TeamMemberJoined { .. } => false,
        }
    }

    /// One sentence.
    pub fn sentence(&self) -> Text {
        match self {
            Notice::TeamApproved { team_name, .. } => Text::new(
                format!("Đội {team_name} đã được duyệt. Đội của bạn có thể nộp bài."),
                format!("The team {team_name} is approved. Your team can hand in."),
            ),
            Notice::Advancement { phase_title, team_name, advances, reason, .. } => {
                let why = |word| if reason.is_empty() { String::new() } else { format!(" {word}: {reason}") };
                let (vi, en) = if *advances {
                    ("được vào", "advances to")
                } else {
                    ("không vào", "does not advance to")
                };
                Text::new(
                    format!("Đội {team_name} {vi} vòng {}.{}", phase_title.vi, why("Lý do")),
                    format!("The team {team_name} {en} the phase {}.{}", phase_title.en, why("Reason")),
                )
            }
            Notice::PhaseChanged { phase_title, what, reason, .. } => Text::new(
                format!("Vòng {}: {}. Lý do: {reason}", phase_title.vi, what.vi),
                format!("Phase {}: {}. Reason: {reason}", phase_title.en, what.en),
            ),
            Notice::TeamRefused { team_name, reason, .. } => Text::new(
                format!("Ban tổ chức không duyệt đội {team_name}: {reason}"),
                format!("The organizers refused the team {team_name}: {reason}"),
            ),
            Notice::TeamMoved { team_name, division, reason, .. } => Text::new(
                format!("Đội {team_name} được chuyển sang {}: {reason}", division.vi),
                format!("The team {team_name} was moved to {}: {reason}", division.en),
            ),
            Notice::TeamNote { team_name, text, .. } => Text::new(
                format!("Ban tổ chức nhắn đội {team_name}: {text}"),
                format!("The organizers write to the team {team_name}: {text}"),
            ),
            Notice::TeamMemberJoined { team_name, .. } => Text::new(
                format!("Đội {team_name} có thành viên mới."),
                format!("Somebody joined the team {team_name}."),
            ),
            Notice::TeamMemberRemoved { team_name, .. } => Text::new(
                format!("Bạn không còn ở trong đội {team_name}: đội trưởng đã cho bạn ra khỏi đội."),
                format!("You are in the team {team_name} no more: its leader took you out."),
            ),
            Notice::TeamLeader { team_name, .. } => Text::new(
                format!("Từ bây giờ bạn là đội trưởng của đội {team_name}."),
                format!("You lead the team {team_name} from now on."),
            ),
            Notice::TeamMergeAsked { team_name, asking_name, .. } => Text::new(
                format!("Đội {asking_name} xin gộp vào đội {team_name}. Hãy đồng ý hoặc từ chối."),
                format!("The team {asking_name} asks to go up in the team {team_name}. Accept or decline."),
            ),
            Notice::TeamsMerged { team_name, merged_name, .. } => Text::new(
                format!(
                    "Đội {merged_name} đã gộp vào đội {team_name}. Bài nộp và lượt nộp của hai đội giờ là của chung."
                ),
                format!(
                    "The team {merged_name} went up in the team {team_name}. Submissions and attempts of both are one now."
                ),
            ),
            Notice::SubmissionCancelled { team_name, reason, is_refunded: true, .. } => Text::new(
                format!("Ban tổ chức đã hủy một bài nộp của đội {team_name} và trả lại lượt nộp: {reason}"),
                format!(
                    "The organizers cancelled a submission of {team_name} and gave the attempt back: {reason}"
                ),
            ),
            Notice::SubmissionCancelled { team_name, reason, is_refunded: false, .. } => Text::new(
                format!("Ban tổ chức đã hủy một bài nộp của đội {team_name}; lượt nộp vẫn tính: {reason}"),
                format!("The organizers cancelled a submission of {team_name}; the attempt counts: {reason}"),
            ),
            Notice::AttemptRefunded { team_name, reason, .. } => Text::new(
                format!("Ban tổ chức đã trả lại một lượt nộp cho đội {team_name}: {reason}"),
                format!("The organizers gave an attempt back to {team_name}: {reason}"),
            ),
            Notice::SubmissionDisqualified { team_name, reason, .. } => Text::new(
                format!("Ban tổ chức đã loại một bài nộp của đội {team_name}: {reason}"),
                format!("The organizers disqualified a submission of {team_name}: {reason}"),
            ),
            Notice::SubmissionReinstated { team_name, reason, .. } => Text::new(
                format!("Một bài nộp từng bị loại của đội {team_name} được tính trở lại: {reason}"),
                format!("A disqualified submission of {team_name} counts again: {reason}"),
            ),
            Notice::Rejudged { phase_title, team_name, submissions, reason, .. } => Text::new(
                format!(
                    "Vòng {}: kết quả {submissions} bài của đội {team_name} thay đổi sau chấm lại: {reason}",
                    phase_title.vi
                ),
                format!(
                    "Phase {}: rejudging changed {submissions} results of {team_name}: {reason}",
                    phase_title.en
                ),
            ),
            Notice::TeamDisqualified { team_name, reason, .. } => Text::new(
                format!("Đội {team_name} bị loại khỏi cuộc thi: {reason}"),
                format!("The team {team_name} is disqualified: {reason}"),
            ),
            Notice::TeamReinstated { team_name, reason, .. } => Text::new(
                format!("Đội {team_name} được thi trở lại: {reason}"),
                format!("The team {team_name} takes part again: {reason}"),
            ),
            Notice::EvidenceAccepted => Text::new(
                "Giấy tờ chứng minh của bạn đã được chấp nhận.",
                "The evidence of your status is accepted.",
            ),
            Notice::EvidenceRefused { reason } => Text::new(
                format!("Giấy tờ chứng minh của bạn không được chấp nhận: {reason} Hãy gửi giấy tờ khác."),
                format!("The evidence of your status is refused: {reason} Send other evidence."),
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
