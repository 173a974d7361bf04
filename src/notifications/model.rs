//! Notices: one variant for each thing that people are told.

use judge_core::text::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{
    Timestamp,
    ids::{AnnouncementId, CompetitionId, NotificationId, PhaseId, QuestionId, SubmissionId, TeamId},
};

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
    /// An organizer put the reader into the team.
    TeamEnrolled {
        competition: CompetitionId,
        team: TeamId,
        team_name: String,
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
    /// Organizers announced something to the participants.
    Announcement {
        competition: CompetitionId,
        announcement: AnnouncementId,
        competition_title: Text,
        title: Text,
    },
    /// A participant asked the organizers something.
    QuestionAsked {
        competition: CompetitionId,
        question: QuestionId,
        competition_title: Text,
        subject: String,
    },
    /// An organizer answered the reader's question.
    QuestionAnswered {
        competition: CompetitionId,
        question: QuestionId,
        subject: String,
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

/// Every kind, and whether letters of it go out where the person said nothing.
pub const KINDS: &[(&str, bool)] = &[
    ("advancement", true),
    ("announcement", true),
    ("attempt_refunded", true),
    ("evidence_accepted", true),
    ("evidence_refused", true),
    ("phase_changed", true),
    ("question_answered", true),
    ("question_asked", true),
    ("rejudged", true),
    ("submission_cancelled", true),
    ("submission_disqualified", true),
    ("submission_reinstated", true),
    ("team_approved", true),
    ("team_disqualified", true),
    ("team_enrolled", true),
    ("team_leader", true),
    ("team_member_joined", false),
    ("team_member_removed", true),
    ("team_merge_asked", true),
    ("team_moved", true),
    ("team_note", true),
    ("team_refused", true),
    ("team_reinstated", true),
    ("teams_merged", true),
];

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
            Notice::TeamEnrolled { .. } => "team_enrolled",
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
            Notice::Announcement { .. } => "announcement",
            Notice::QuestionAsked { .. } => "question_asked",
            Notice::QuestionAnswered { .. } => "question_answered",
        }
    }

    /// Whether letters go out where the person said nothing.
    pub fn by_mail(&self) -> bool {
        KINDS.iter().any(|(kind, by_mail)| *kind == self.kind() && *by_mail)
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

/// A notice as its reader gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Notification {
    pub id: NotificationId,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Absent while it is unread.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub read_at: Option<Timestamp>,
    pub sentence: Text,
    pub notice: Notice,
}

/// Whether letters of a kind go out to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Preference {
    pub kind: &'static str,
    pub by_mail: bool,
    /// What holds where the person said nothing.
    pub default: bool,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use utoipa::PartialSchema;

    use super::*;

    /// The tags of all variants, from the schema that is derived from them.
    fn tags(schema: &serde_json::Value, found: &mut BTreeSet<String>) {
        if let Some(names) = schema.pointer("/properties/kind/enum").and_then(|names| names.as_array()) {
            found.extend(names.iter().filter_map(|name| name.as_str().map(ToOwned::to_owned)));
        }
        let parts = schema.as_object().into_iter().flat_map(|object| object.values());
        parts.chain(schema.as_array().into_iter().flatten()).for_each(|part| tags(part, found));
    }

    #[test]
    fn every_kind_has_its_preference() {
        let mut variants = BTreeSet::new();
        tags(&serde_json::to_value(Notice::schema()).unwrap(), &mut variants);
        assert!(variants.len() > 5, "{variants:?}");
        let known: BTreeSet<String> = KINDS.iter().map(|(kind, _)| (*kind).to_owned()).collect();
        assert_eq!(variants, known);
    }

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
