//! Sends the letters that are due.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use lettre::message::Mailbox;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use super::{MailError, message, model::Due, rules, store, transport::Transport};
use crate::config;

/// How often the task looks for letters; log-in codes should not keep people waiting.
const LOOK: Duration = Duration::from_secs(1);
/// Connections to the mail server, and letters on their way at once.
const AT_ONCE: usize = 4;
/// Letters that were sent or given up are forgotten after so many days.
const KEPT_DAYS: i32 = 30;
const SWEEP_EVERY: Duration = Duration::from_hours(1);

/// Sends letters.
#[derive(Debug, Clone)]
pub struct Post {
    db: PgPool,
    from: Mailbox,
    transport: Arc<Transport>,
}

impl Post {
    pub fn new(db: PgPool, settings: &config::Mail) -> Result<Self, MailError> {
        let transport = Arc::new(Transport::new(settings)?);
        Ok(Self { db, from: settings.from.parse()?, transport })
    }

    /// Sends what is due until the server stops.
    pub async fn watch(&self, stop: CancellationToken) {
        match &*self.transport {
            Transport::Smtp(_) => tracing::info!("Letters go out by SMTP."),
            Transport::Outbox(folder) => tracing::warn!(
                folder = %folder.display(),
                "No mail server is set (DAUTRI_SMTP_URL): letters are put into a folder and reach nobody."
            ),
        }
        let mut swept = tokio::time::interval(SWEEP_EVERY);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = swept.tick() => self.sweep().await,
                () = tokio::time::sleep(LOOK) => self.send_all_due(&stop).await,
            }
        }
    }

    async fn send_all_due(&self, stop: &CancellationToken) {
        join_all((0..AT_ONCE).map(|_| async {
            while !stop.is_cancelled() {
                match self.send_next().await {
                    Ok(true) => {}
                    Ok(false) => return,
                    Err(error) => {
                        tracing::warn!(%error, "Letters cannot be read from the database; trying again later.");
                        return;
                    }
                }
            }
        }))
        .await;
    }

    /// Sends one letter; false where none is due. The letter is claimed for longer than sending it can take, and
    /// a server that dies meanwhile leaves it to the next one.
    pub async fn send_next(&self) -> sqlx::Result<bool> {
        let Some(letter) = store::claim(&mut *self.db.acquire().await?, rules::MOST_TRIES).await? else {
            return Ok(false);
        };
        let sent = self.send(&letter).await;
        let mut conn = self.db.acquire().await?;
        match sent {
            Ok(()) => {
                store::mark_sent(&mut conn, letter.id).await?;
                metrics::counter!("dautri_letters_total", "outcome" => "sent").increment(1);
            }
            Err(fault) => {
                let pause = if fault.is_final() { None } else { rules::pause(letter.tries) };
                let (kind, outcome) = (fault.kind(), if pause.is_some() { "put_off" } else { "given_up" });
                let reason = format!("{:#}", anyhow::Error::from(fault));
                store::put_off(&mut conn, letter.id, pause, &reason).await?;
                metrics::counter!("dautri_letters_total", "outcome" => outcome).increment(1);
                let (id, tries) = (letter.id, letter.tries);
                tracing::warn!(%id, tries, kind, outcome, "A letter was not sent; the table mails says why.");
            }
        }
        Ok(true)
    }

    async fn send(&self, letter: &Due) -> Result<(), MailError> {
        let message = message::compose(&self.from, letter)?;
        self.transport.send(letter.id, message).await
    }

    async fn sweep(&self) {
        let swept = async { store::delete_old(&mut *self.db.acquire().await?, KEPT_DAYS).await };
        if let Err(error) = swept.await {
            tracing::warn!(%error, "Old letters cannot be forgotten; trying again later.");
        }
    }
}
