//! A letter.

use std::fmt;

use crate::kernel::ids::{MailId, UserId};

/// A letter in one language, plain text. Its body may carry a secret such as a log-in code.
#[derive(Clone, Copy)]
pub struct Letter<'a> {
    /// Whose letter it is; erasing the person erases it. `None` where the address has no account.
    pub user: Option<UserId>,
    pub address: &'a str,
    pub subject: &'a str,
    pub body: &'a str,
}

impl fmt::Debug for Letter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("user", &self.user).finish_non_exhaustive()
    }
}

/// A letter whose turn it is to be sent.
pub struct Due {
    pub id: MailId,
    pub address: String,
    pub subject: String,
    pub body: String,
    /// This try is counted already.
    pub tries: i32,
}

impl fmt::Debug for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Due").field("id", &self.id).field("tries", &self.tries).finish_non_exhaustive()
    }
}
