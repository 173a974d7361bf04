//! One person's data: to take along, and to erase.

use std::{
    io::{Cursor, Write},
    sync::Arc,
};

use futures::StreamExt;
use serde_json::{Map, Value};
use sqlx::PgPool;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{Accounts, statuses::Statuses};
use crate::{
    accounts::{
        AccountError,
        holding::Holding,
        model::Principal,
        rules::Password,
        store::{codes, evidence, export, mailbox, users},
    },
    audit::{self, Act},
    db, mail,
    storage::StorageError,
};

/// What is done once somebody is gone, such as forgetting what was rendered with their name.
type Afterwards = Arc<dyn Fn() + Send + Sync>;

#[derive(Clone)]
pub struct Privacy {
    db: PgPool,
    accounts: Accounts,
    statuses: Statuses,
    holdings: Arc<[Holding]>,
    afterwards: Afterwards,
}

impl std::fmt::Debug for Privacy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Privacy").field("holdings", &self.holdings).finish_non_exhaustive()
    }
}

/// How somebody shows once more who they are.
#[derive(Debug, Clone)]
pub enum Proof<'a> {
    Password(&'a str),
    /// Six digits from a letter.
    Code(&'a str),
}

impl Privacy {
    /// `holdings` from the highest room to the lowest, in the order in which they let go.
    pub fn new(
        db: PgPool,
        accounts: Accounts,
        statuses: Statuses,
        holdings: Vec<Holding>,
        afterwards: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self { db, accounts, statuses, holdings: holdings.into(), afterwards: Arc::new(afterwards) }
    }

    /// A ZIP archive of all that is kept of the caller: `data.json`, and the file of evidence.
    pub async fn export(&self, caller: &Principal) -> Result<Vec<u8>, AccountError> {
        caller.session().ok_or(AccountError::SessionNeeded)?;
        let mut held = Map::new();
        // One moment for all rooms.
        let mut conn = db::snapshot(&self.db).await?;
        held.insert("account".to_owned(), export::account(&mut conn, caller.user).await?);
        for holding in &*self.holdings {
            held.insert(holding.name.to_owned(), (holding.read)(&mut conn, caller.user).await?);
        }
        let evidence = evidence::of(&mut conn, caller.user).await?;
        drop(conn);
        let mut files = vec![("data.json".to_owned(), pretty(&Value::Object(held)))];
        if let Some(evidence) = evidence {
            let mut stream = Box::pin(self.statuses.storage.read(evidence.blob, None).await?);
            let mut bytes = Vec::new();
            while let Some(chunk) = stream.next().await {
                bytes.extend_from_slice(&chunk.map_err(StorageError::from)?);
            }
            files.push((format!("evidence.{}", extension(&evidence.media_type)), bytes));
        }
        zipped(&files).map_err(AccountError::Archive)
    }

    /// Erases the caller. What their teams handed in and where these stand remains, without a name.
    pub async fn erase(&self, caller: &Principal, proof: Proof<'_>) -> Result<(), AccountError> {
        match proof {
            Proof::Password(password) => self.accounts.prove(caller, password).await?,
            Proof::Code(code) => self.prove_by_code(caller, code).await?,
        }
        let mut tx = self.db.begin().await?;
        if !users::lock_to_delete(&mut tx, caller.user).await? {
            return Err(AccountError::NotFound);
        }
        if users::lock_admins(&mut tx).await? == [caller.user] {
            return Err(AccountError::LastAdmin);
        }
        let address = mailbox::of(&mut tx, caller.user).await?.ok_or(AccountError::NotFound)?.address;
        for holding in &*self.holdings {
            if let Some(let_go) = holding.let_go {
                let_go(&mut tx, caller.user).await?;
            }
        }
        let blob = evidence::delete(&mut tx, caller.user).await?;
        mail::forget(&mut tx, caller.user, &address).await?;
        export::delete(&mut tx, caller.user).await?;
        audit::record(&mut tx, Act::new("user.erased", "user", caller.user).by(caller.user)).await?;
        tx.commit().await?;
        (self.afterwards)();
        if let Some(blob) = blob {
            self.statuses.forget(blob).await;
        }
        tracing::info!(user = %caller.user, "A person was erased.");
        Ok(())
    }

    async fn prove_by_code(&self, caller: &Principal, code: &str) -> Result<(), AccountError> {
        caller.session().ok_or(AccountError::SessionNeeded)?;
        let stored = {
            let mut conn = self.db.acquire().await?;
            codes::try_one(&mut conn, caller.user, super::codes::MOST_TRIES).await?
        };
        let right = self.accounts.hasher.verify(Password::typed(code.trim()), stored.clone()).await?;
        let Some(stored) = stored.filter(|_| right) else {
            return Err(AccountError::WrongCode);
        };
        let used = codes::use_up(&mut *self.db.acquire().await?, caller.user, &stored).await?;
        if used { Ok(()) } else { Err(AccountError::WrongCode) }
    }
}

fn pretty(value: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(value).expect("a JSON value is written")
}

fn extension(media_type: &str) -> &'static str {
    match media_type {
        "application/pdf" => "pdf",
        "image/png" => "png",
        _ => "jpg",
    }
}

fn zipped(files: &[(String, Vec<u8>)]) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), SimpleFileOptions::default())?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}
