//! Links that let people join.

use judge_core::text::Text;

use super::{Teams, lock_as_leader};
use crate::{
    accounts::{Principal, rules::Email, secret},
    kernel::ids::TeamId,
    mail::{self, Letter},
    teams::{
        TeamError,
        model::{Invitation, NewInvitation, Team},
        store::{invitations, teams},
    },
};

/// What invitations begin with.
pub(super) const PREFIX: &str = "dti_";
const MOST_OPEN: i64 = 20;
/// Letters of a team in a day, revoked invitations included: a team is no tool for mailing strangers.
const MOST_MAILED: i64 = 20;

impl Teams {
    /// Makes a link; with an address it is mailed there.
    pub async fn invite(
        &self,
        caller: &Principal,
        id: TeamId,
        email: Option<&str>,
    ) -> Result<NewInvitation, TeamError> {
        let email = email.map(Email::parse).transpose().map_err(TeamError::InvalidEmail)?;
        let mut tx = self.db.begin().await?;
        lock_as_leader(&mut tx, caller, id).await?;
        if invitations::count(&mut tx, id).await? >= MOST_OPEN {
            return Err(TeamError::TooManyInvitations { limit: MOST_OPEN });
        }
        if email.is_some() && invitations::mailed_today(&mut tx, id).await? >= MOST_MAILED {
            return Err(TeamError::TooManyLetters { limit: MOST_MAILED });
        }
        let code = secret::fresh(PREFIX);
        let address = email.as_ref().map(Email::as_str);
        let expires_at = invitations::insert(&mut tx, id, &secret::hash(&code), caller.user, address).await?;
        let link = format!("{}/join/{code}", self.public_url);
        if let Some(address) = address {
            let team = teams::find(&mut tx, id).await?.ok_or(TeamError::NotFound)?;
            let (subject, body) = letter(&team, &link);
            // Whether the address has an account stays unsaid, so nobody's language is known: both.
            let subject = format!("{} / {}", subject.vi, subject.en);
            let body = format!("{}\n\n----\n\n{}", body.vi, body.en);
            let letter = Letter { user: None, address, subject: &subject, body: &body };
            mail::enqueue(&mut tx, &letter).await?;
        }
        tx.commit().await?;
        Ok(NewInvitation { code, link, expires_at })
    }

    pub async fn revoke_invitations(&self, caller: &Principal, id: TeamId) -> Result<(), TeamError> {
        let mut tx = self.db.begin().await?;
        lock_as_leader(&mut tx, caller, id).await?;
        invitations::revoke_all(&mut tx, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Where an invitation leads to, for whoever holds it.
    pub async fn invitation(&self, code: &str) -> Result<Invitation, TeamError> {
        let hash = secret::hash_shown(PREFIX, code).ok_or(TeamError::DeadInvitation)?;
        let mut conn = self.db.acquire().await?;
        let live = invitations::find_live(&mut conn, &hash).await?.ok_or(TeamError::DeadInvitation)?;
        let team = teams::find(&mut conn, live.team).await?.ok_or(TeamError::DeadInvitation)?;
        Ok(Invitation { team, expires_at: live.expires_at })
    }
}

fn letter(team: &Team, link: &str) -> (Text, Text) {
    let (name, title) = (&team.name, &team.competition.title);
    let subject = Text::new(format!("Lời mời vào đội {name}"), format!("Invitation to the team {name}"));
    let body = Text::new(
        format!(
            "Bạn được mời vào đội {name} của cuộc thi {}.\nMở liên kết này trong bảy ngày để vào đội:\n\n{link}\n\n\
             Nếu bạn không quen đội này, hãy bỏ qua thư.",
            title.vi
        ),
        format!(
            "You are invited to the team {name} of the competition {}.\nOpen this link within seven days to join:\n\n\
             {link}\n\nIf you do not know the team, ignore this letter.",
            title.en
        ),
    );
    (subject, body)
}
