//! The ways that letters go out.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    time::Duration,
};

use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use tokio::{fs, time::timeout};

use super::MailError;
use crate::{config, kernel::ids::MailId};

/// A mail server that says nothing for so long is given up, until the next try.
const PATIENCE: Duration = Duration::from_mins(1);

pub enum Transport {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// Files `<id>.eml` in this folder.
    Outbox(PathBuf),
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Smtp(_) => f.write_str("Smtp"),
            Self::Outbox(folder) => f.debug_tuple("Outbox").field(folder).finish(),
        }
    }
}

impl Transport {
    pub fn new(settings: &config::Mail) -> Result<Self, MailError> {
        let Some(url) = &settings.smtp_url else {
            return Ok(Self::Outbox(settings.outbox.clone()));
        };
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?;
        Ok(Self::Smtp(server.timeout(Some(PATIENCE / 2)).build()))
    }

    pub async fn send(&self, id: MailId, message: Message) -> Result<(), MailError> {
        match self {
            Self::Smtp(server) => match timeout(PATIENCE, server.send(message)).await {
                Ok(sent) => sent.map(|_| ()).map_err(MailError::Smtp),
                Err(_elapsed) => Err(MailError::Silent(PATIENCE)),
            },
            Self::Outbox(folder) => place(folder, id, &message.formatted()).await.map_err(MailError::Outbox),
        }
    }
}

/// A file is whole or not there. Letters carry secrets, so only the server's own user reads them.
async fn place(folder: &Path, id: MailId, bytes: &[u8]) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).await?;
    let (unfinished, finished) = (folder.join(format!(".{id}")), folder.join(format!("{id}.eml")));
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished).await?;
    tokio::io::AsyncWriteExt::write_all(&mut file, bytes).await?;
    file.sync_all().await?;
    fs::rename(unfinished, finished).await
}
