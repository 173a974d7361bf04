//! What scores are made of, for those who may see it.

use judge_core::protocol::Item;

use super::{SubmissionError, Submissions};
use crate::{accounts::Principal, judging, kernel::ids::EvaluationId};

impl Submissions {
    /// What an evaluation's scores are made of. Organizers see it always, the own team once the phase is over.
    pub async fn items(
        &self,
        person: &Principal,
        evaluation: EvaluationId,
    ) -> Result<Vec<Item>, SubmissionError> {
        let mut conn = self.db.acquire().await?;
        let (sight, context) = self.seen_evaluation(&mut conn, person, evaluation).await?;
        let ends_at = context.phase.ends_at;
        if !sight.organizer && self.clock.now() < ends_at {
            return Err(SubmissionError::ItemsAfterPhase { ends_at });
        }
        if !sight.scores {
            return Err(SubmissionError::ScoresHidden);
        }
        Ok(judging::store::items::read(&mut conn, evaluation, sight.private_scores).await?)
    }
}
