//! What a team must know before it registers.

use super::{Teams, registration};
use crate::teams::{
    TeamError,
    model::{DivisionRules, Registration},
    store::registration as store,
};

impl Teams {
    /// How teams register for a competition, and its divisions with their conditions.
    pub async fn registration(
        &self,
        competition: &str,
    ) -> Result<(Registration, Vec<DivisionRules>), TeamError> {
        let mut conn = self.db.acquire().await?;
        let rules = registration(&mut conn, competition).await?;
        let divisions = store::divisions(&mut conn, rules.competition).await?;
        Ok((rules, divisions))
    }
}
