//! Teams in a spreadsheet.

use std::path::Path;

use reqwest::Method;
use serde::Deserialize;

use super::{Client, ClientError, Result, encoded};

/// What an import of teams does, or did.
#[derive(Debug, Clone, Deserialize)]
pub struct TeamsReport {
    pub applied: bool,
    pub created: usize,
    pub joined: usize,
    pub unchanged: usize,
    pub errors: usize,
    pub accounts: usize,
    pub ignored_columns: Vec<String>,
    pub rows: Vec<TeamsRow>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct TeamsRow {
    pub row: u64,
    pub team: String,
    pub email: String,
    /// `created`, `joined`, `unchanged` or `error`.
    pub result: String,
    pub vi: Option<String>,
    pub en: Option<String>,
}

impl Client {
    /// Brings teams in from a spreadsheet; without `apply` the report says what would happen.
    pub async fn import_teams(&self, competition: &str, file: &Path, apply: bool) -> Result<TeamsReport> {
        let unreadable = |cause| ClientError::File { file: file.display().to_string(), cause };
        let bytes = tokio::fs::read(file).await.map_err(unreadable)?;
        let path = format!("/competitions/{}/teams/import?apply={apply}", encoded(competition));
        let request = self.request(Method::POST, &path).header("content-type", "application/octet-stream");
        self.read(&path, request.body(bytes)).await
    }

    /// All teams as a CSV file.
    pub async fn export_teams(&self, competition: &str) -> Result<Vec<u8>> {
        let path = format!("/competitions/{}/teams/export", encoded(competition));
        let answer = self.send(self.request(Method::GET, &path)).await?;
        let bytes = answer.bytes().await.map_err(|cause| ClientError::Answer { path, cause })?;
        Ok(bytes.to_vec())
    }
}
