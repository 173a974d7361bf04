//! Why a letter was not sent.

use std::{io, time::Duration};

#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("the letter cannot be written as a message")]
    Message(#[from] lettre::error::Error),
    #[error("the address cannot be written in a message")]
    Address(#[from] lettre::address::AddressError),
    #[error("the mail server")]
    Smtp(#[from] lettre::transport::smtp::Error),
    #[error("the mail server did not answer within {0:?}")]
    Silent(Duration),
    #[error("the outbox folder")]
    Outbox(#[source] io::Error),
}

impl MailError {
    /// Whether the same letter would be refused for ever: no address or message becomes better by waiting.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Message(_) | Self::Address(_) => true,
            Self::Smtp(error) => error.is_permanent(),
            Self::Silent(_) | Self::Outbox(_) => false,
        }
    }

    /// What kind of failure it was. A mail server's answer may repeat the address, so it reaches no log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::Address(_) => "address",
            Self::Smtp(error) if error.is_permanent() => "refused",
            Self::Smtp(error) if error.is_transient() => "put off",
            Self::Smtp(error) if error.is_tls() => "encryption",
            Self::Smtp(_) => "connection",
            Self::Silent(_) => "silence",
            Self::Outbox(_) => "outbox",
        }
    }
}
