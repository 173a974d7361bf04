//! Accounts of people whom an organizer enrols.

use std::time::Duration;

use judge_core::text::Lang;
use sqlx::PgConnection;

use super::reset::RESET_PREFIX;
use crate::{
    accounts::{
        letters,
        model::Purpose,
        password,
        profile::{Profile, Unit},
        rules::Email,
        secret,
        store::{
            links, mailbox, profiles,
            users::{self, NewUser},
        },
    },
    kernel::ids::UserId,
    mail::{self, Letter},
};

/// How long the link in the letter works. Whoever comes later asks for a new password.
const LASTS: Duration = Duration::from_hours(14 * 24);

/// A person of this address, and whether the account was opened now: nobody knows its password, and a letter
/// brings a link to choose one. The name and the unit are for a new account only. `None`: there is no account, and no name to open one with.
pub async fn enrol(
    conn: &mut PgConnection,
    email: &Email,
    name: &str,
    unit: Option<Unit>,
    public_url: &str,
) -> sqlx::Result<Option<(UserId, bool)>> {
    if let Some(known) = mailbox::by_address(conn, email).await? {
        return Ok(Some((known.user, false)));
    }
    if name.is_empty() {
        return Ok(None);
    }
    let password_hash = password::unusable();
    let new = NewUser { email, name, password_hash: &password_hash, lang: Lang::Vi };
    let user = users::insert(conn, &new).await?;
    if let Some(unit) = unit {
        profiles::replace(conn, user, &Profile { unit, ..Profile::default() }).await?;
    }
    let code = secret::fresh(RESET_PREFIX);
    links::replace(conn, user, Purpose::Reset, &secret::hash(&code), email.as_str(), LASTS).await?;
    let words = letters::enrolled(&format!("{public_url}/reset/{code}"));
    // Nobody has asked the person for their language yet: both.
    let subject = format!("{} / {}", words.subject.vi, words.subject.en);
    let body = format!("{}\n{}", words.body.vi, words.body.en);
    let letter = Letter { user: Some(user), address: email.as_str(), subject: &subject, body: &body };
    mail::enqueue(conn, &letter).await?;
    Ok(Some((user, true)))
}
