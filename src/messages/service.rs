//! Who may tell and ask what, each in one transaction.

use judge_core::text::Text;
use sqlx::{PgConnection, PgPool};

use super::{
    MessageError,
    model::{Announcement, QuestionView},
    rules,
    store::{announcements, people, questions},
};
use crate::{
    accounts::{Principal, rules::Invalid},
    audit::{self, Act},
    competitions::{self, access, model::Competition},
    kernel::{
        ids::{AnnouncementId, CompetitionId, QuestionId},
        paging::Cursor,
    },
    notifications::{Notice, notify},
};

/// Questions of one person in one competition that wait for an answer.
const MOST_OPEN_QUESTIONS: i64 = 10;

#[derive(Debug, Clone)]
pub struct Messages {
    db: PgPool,
}

impl Messages {
    pub fn new(db: PgPool) -> Self {
        Self { db }
    }

    /// Publishes an announcement and tells every member of a team.
    pub async fn announce(
        &self,
        caller: &Principal,
        slug: &str,
        title: &Text,
        body: &Text,
    ) -> Result<Announcement, MessageError> {
        let title = both("title", title, rules::title)?;
        let body = both("body", body, rules::body)?;
        let mut tx = self.db.begin().await?;
        let competition = organized(&mut tx, caller, slug).await?;
        let id = competition.id;
        let announcement = announcements::insert(&mut tx, id, caller.user, &title, &body).await?;
        let act = Act::new("announcement.published", "announcement", announcement.id).by(caller.user);
        audit::record(&mut tx, act.in_competition(id)).await?;
        let notice = Notice::Announcement {
            competition: id,
            announcement: announcement.id,
            competition_title: competition.title,
            title,
        };
        let told = people::participants(&mut tx, id).await?;
        notify(&mut tx, &told, &notice).await?;
        tx.commit().await?;
        Ok(announcement)
    }

    /// Takes an announcement off the list; its row stays.
    pub async fn withdraw(
        &self,
        caller: &Principal,
        id: AnnouncementId,
        reason: &str,
    ) -> Result<(), MessageError> {
        let reason =
            rules::title(reason).map_err(|cause| MessageError::Invalid { field: "reason", cause })?;
        let mut tx = self.db.begin().await?;
        let competition = announcements::competition_of(&mut tx, id).await?.ok_or(MessageError::NotFound)?;
        if !access::is_organizer(&mut tx, Some(caller), competition).await? {
            return Err(MessageError::Forbidden);
        }
        if !announcements::withdraw(&mut tx, id).await? {
            return Err(MessageError::NotFound);
        }
        let act = Act::new("announcement.withdrawn", "announcement", id).by(caller.user);
        audit::record(&mut tx, act.in_competition(competition).because(&reason)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// For everybody.
    pub async fn announcements(
        &self,
        slug: &str,
        before: Cursor,
        fetch: i64,
    ) -> Result<Vec<Announcement>, MessageError> {
        let mut conn = self.db.acquire().await?;
        let competition = find(&mut conn, slug).await?;
        Ok(announcements::list(&mut conn, competition.id, before, fetch).await?)
    }

    /// Asks the organizers something.
    pub async fn ask(
        &self,
        caller: &Principal,
        slug: &str,
        subject: &str,
        body: &str,
    ) -> Result<QuestionView, MessageError> {
        let invalid = |field| move |cause| MessageError::Invalid { field, cause };
        let subject = rules::title(subject).map_err(invalid("subject"))?;
        let body = rules::body(body).map_err(invalid("body"))?;
        let mut tx = self.db.begin().await?;
        let competition = find(&mut tx, slug).await?;
        questions::lock_asker(&mut tx, caller.user).await?;
        if questions::count_open(&mut tx, competition.id, caller.user).await? >= MOST_OPEN_QUESTIONS {
            return Err(MessageError::TooManyQuestions { limit: MOST_OPEN_QUESTIONS });
        }
        let id = questions::insert(&mut tx, competition.id, caller.user, &subject, &body).await?;
        let notice = Notice::QuestionAsked {
            competition: competition.id,
            question: id,
            competition_title: competition.title,
            subject,
        };
        let told = people::organizers(&mut tx, competition.id).await?;
        notify(&mut tx, &told, &notice).await?;
        let asked = questions::find(&mut tx, id).await?.ok_or(MessageError::NotFound)?;
        tx.commit().await?;
        Ok(asked.seen_by(Some(caller.user), false))
    }

    /// Answers a question, to its asker alone or to everybody. A second answer replaces the first one.
    pub async fn answer(
        &self,
        caller: &Principal,
        id: QuestionId,
        text: &str,
        is_public: bool,
    ) -> Result<QuestionView, MessageError> {
        let text = rules::body(text).map_err(|cause| MessageError::Invalid { field: "answer", cause })?;
        let mut tx = self.db.begin().await?;
        let question = questions::find(&mut tx, id).await?.ok_or(MessageError::NotFound)?;
        let competition = question.competition;
        if !access::is_organizer(&mut tx, Some(caller), competition).await? {
            // Whoever may see the question learns that answering is not theirs; nobody else learns of it.
            let seen = question.is_public || question.asker == Some(caller.user);
            return Err(if seen { MessageError::Forbidden } else { MessageError::NotFound });
        }
        questions::answer(&mut tx, id, caller.user, &text, is_public).await?;
        let act = Act::new("question.answered", "question", id).by(caller.user).in_competition(competition);
        audit::record(&mut tx, act.with(serde_json::json!({ "public": is_public }))).await?;
        if let Some(asker) = question.asker {
            let subject = question.subject.clone();
            notify(&mut tx, &[asker], &Notice::QuestionAnswered { competition, question: id, subject })
                .await?;
        }
        let answered = questions::find(&mut tx, id).await?.ok_or(MessageError::NotFound)?;
        tx.commit().await?;
        Ok(answered.seen_by(Some(caller.user), true))
    }

    /// The questions that the reader may see: organizers all, others the public ones and their own.
    pub async fn questions(
        &self,
        reader: Option<&Principal>,
        slug: &str,
        unanswered_only: bool,
        before: Cursor,
        fetch: i64,
    ) -> Result<Vec<(Cursor, QuestionView)>, MessageError> {
        let mut conn = self.db.acquire().await?;
        let competition = find(&mut conn, slug).await?.id;
        let is_organizer = access::is_organizer(&mut conn, reader, competition).await?;
        let user = reader.map(|reader| reader.user);
        let wanted = questions::Wanted { competition, all: is_organizer, reader: user, unanswered_only };
        let found = questions::list(&mut conn, wanted, before, fetch).await?;
        let view = |question: super::model::Question| {
            let cursor = Cursor { at: question.asked_at, id: question.id.0 };
            (cursor, question.seen_by(user, is_organizer))
        };
        Ok(found.into_iter().map(view).collect())
    }
}

async fn find(conn: &mut PgConnection, slug: &str) -> Result<Competition, MessageError> {
    competitions::store::find(conn, slug).await?.ok_or(MessageError::NotFound)
}

async fn organized(
    conn: &mut PgConnection,
    caller: &Principal,
    slug: &str,
) -> Result<Competition, MessageError> {
    let competition = find(conn, slug).await?;
    let id: CompetitionId = competition.id;
    if access::is_organizer(conn, Some(caller), id).await? {
        Ok(competition)
    } else {
        Err(MessageError::Forbidden)
    }
}

/// Checks a text in both languages.
fn both(
    field: &'static str,
    text: &Text,
    check: fn(&str) -> Result<String, Invalid>,
) -> Result<Text, MessageError> {
    let checked = |text: &str| check(text).map_err(|cause| MessageError::Invalid { field, cause });
    Ok(Text::new(checked(&text.vi)?, checked(&text.en)?))
}
