//! Announcements and questions.

use judge_core::text::Text;
use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::{
    Timestamp,
    ids::{AnnouncementId, CompetitionId, QuestionId, UserId},
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Announcement {
    pub id: AnnouncementId,
    pub title: Text,
    /// Markdown.
    pub body: Text,
    #[schema(value_type = String, format = DateTime)]
    pub published_at: Timestamp,
}

/// A question as the database holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub id: QuestionId,
    pub competition: CompetitionId,
    pub asker: Option<UserId>,
    pub asker_name: Option<String>,
    pub subject: String,
    pub body: String,
    pub asked_at: Timestamp,
    pub answer: Option<String>,
    pub answered_at: Option<Timestamp>,
    pub is_public: bool,
}

/// A question as its reader may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct QuestionView {
    pub id: QuestionId,
    pub subject: String,
    pub body: String,
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    /// The reader asked it.
    pub mine: bool,
    /// Who asked; organizers alone are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asker: Option<Asker>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub answered_at: Option<Timestamp>,
    /// Everybody sees question and answer.
    pub is_public: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Asker {
    pub id: UserId,
    pub name: String,
}

impl Question {
    pub fn seen_by(self, reader: Option<UserId>, is_organizer: bool) -> QuestionView {
        let mine = self.asker.is_some() && self.asker == reader;
        let asker = self.asker.zip(self.asker_name).filter(|_| is_organizer);
        QuestionView {
            id: self.id,
            subject: self.subject,
            body: self.body,
            asked_at: self.asked_at,
            mine,
            asker: asker.map(|(id, name)| Asker { id, name }),
            answer: self.answer,
            answered_at: self.answered_at,
            is_public: self.is_public,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_askers_name_is_for_organizers_alone() {
        let asker = UserId::new();
        let question = Question {
            id: QuestionId::new(),
            competition: CompetitionId::new(),
            asker: Some(asker),
            asker_name: Some("Lan".into()),
            subject: "s".into(),
            body: "b".into(),
            asked_at: Timestamp::from_timestamp(0, 0).unwrap(),
            answer: None,
            answered_at: None,
            is_public: false,
        };
        assert_eq!(question.clone().seen_by(Some(UserId::new()), false).asker, None);
        let own = question.clone().seen_by(Some(asker), false);
        assert!(own.mine && own.asker.is_none());
        assert_eq!(question.seen_by(None, true).asker.unwrap().name, "Lan");
    }
}
