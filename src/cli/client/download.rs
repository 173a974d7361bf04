//! Downloads: into a file that is whole or not there.

use std::{
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use reqwest::Method;
use tempfile::NamedTempFile;

use super::{Client, ClientError, Result, encoded};

impl Client {
    /// Writes a competition's definition with all its files to `out`; returns the archive's size.
    pub async fn export(&self, slug: &str, out: &Path) -> Result<u64> {
        let path = format!("/competitions/{}/definition", encoded(slug));
        self.download(&path, out).await
    }

    async fn download(&self, path: &str, out: &Path) -> Result<u64> {
        let failed = |cause: io::Error| ClientError::File { file: out.display().to_string(), cause };
        let mut answer = self.send(self.request(Method::GET, path)).await?;
        // Beside its place: a rename within one file system is done as a whole or not at all.
        let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = NamedTempFile::new_in(folder).map_err(failed)?;
        let mut size = 0;
        loop {
            let chunk = answer.chunk().await;
            let chunk = chunk.map_err(|cause| ClientError::Answer { path: path.to_owned(), cause })?;
            let Some(chunk) = chunk else { break };
            size += chunk.len() as u64;
            file.write_all(&chunk).map_err(failed)?;
        }
        // It holds the truth: nobody else on this machine reads it.
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(out).map_err(|error| failed(error.error))?;
        Ok(size)
    }
}
