//! The worker's token: given, found, or exchanged for an enrolment token.

use std::{fs, io, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use crate::{
    client::{Client, ClientError},
    config::{Secret, WorkerConfig},
    data_dir::DataDir,
    error::WorkerError,
};

/// A token that is already there: in the settings, in the file they name, or from an earlier enrolment.
pub fn find(config: &WorkerConfig, data: &DataDir) -> Result<Option<Secret>, WorkerError> {
    if let Some(token) = &config.token {
        return Ok(Some(token.clone()));
    }
    if let Some(path) = &config.token_file {
        let read = read(path).map_err(|source| WorkerError::DataDir { path: path.clone(), source })?;
        return read.map(Some).ok_or(WorkerError::NoCredential);
    }
    let path = data.credential();
    read(&path).map_err(|source| WorkerError::DataDir { path, source })
}

/// Exchanges the enrolment token, which works once, and keeps what it gets.
pub async fn enrol(config: &WorkerConfig, client: &Client, data: &DataDir) -> Result<Secret, WorkerError> {
    let enrolment = config.enrolment_token.as_ref().ok_or(WorkerError::NoCredential)?;
    let enrolled = match client.enrol(enrolment, &config.name).await {
        Err(ClientError::Unauthorized) => return Err(WorkerError::Unauthorized),
        other => other?,
    };
    let path = data.credential();
    keep(&path, &enrolled.token).map_err(|source| WorkerError::DataDir { path, source })?;
    tracing::info!(worker = %enrolled.worker, "this worker is enrolled");
    Ok(Secret::new(enrolled.token))
}

fn read(path: &Path) -> io::Result<Option<Secret>> {
    match fs::read_to_string(path) {
        Ok(text) if !text.trim().is_empty() => Ok(Some(Secret::new(text.trim()))),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Written beside and renamed: a crash leaves the old token or the new one.
fn keep(path: &Path, token: &str) -> io::Result<()> {
    let beside = path.with_extension("new");
    let _ = fs::remove_file(&beside);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(token.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_kept_token_is_readable_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        keep(&path, "abc").unwrap();
        keep(&path, "def").unwrap();
        assert_eq!(read(&path).unwrap(), Some(Secret::new("def")));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
