//! Data sets: what there is, and files that are taken up where they broke off.

use std::{
    io,
    path::{Component, Path, PathBuf},
    time::Duration,
};

use futures::TryStreamExt as _;
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde::Deserialize;
use tokio::{
    fs::{self, File, OpenOptions},
    io::AsyncWriteExt as _,
    time::sleep,
};

use super::{CONNECT_DEADLINE, Client, ClientError, Result, SILENCE, Text, encoded, hash_file};

const FIRST_PAUSE: Duration = Duration::from_millis(300);
/// Attempts in a row that bring nothing.
const FRUITLESS_ATTEMPTS: u32 = 6;

#[derive(Debug, Clone, Deserialize)]
pub struct DataList {
    pub rules: Acceptance,
    pub sets: Vec<DataSet>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct DataSet {
    pub slug: String,
    pub readable: bool,
    pub refusal: Option<Refusal>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Refusal {
    pub en: String,
}

/// Which rules there are, and whether the caller accepted them.
#[derive(Debug, Clone, Deserialize)]
pub struct Acceptance {
    pub required: bool,
    pub page: String,
    pub version: Option<String>,
    pub accepted_at: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Manifest {
    pub version: i32,
    pub files: Vec<ManifestFile>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct ManifestFile {
    pub path: String,
    pub size: u64,
    pub sha256: String,
    /// Whether the server has it; else only its mirrors do.
    pub here: bool,
    pub mirrors: Vec<String>,
}

/// A page of a competition.
#[derive(Debug, Clone, Deserialize)]
pub struct Page {
    pub slug: String,
    pub body: Text,
}

/// A version of a set.
#[derive(Debug, Clone, Copy)]
pub struct SetVersion<'a> {
    pub competition: &'a str,
    pub set: &'a str,
    /// A number, or `latest`.
    pub version: &'a str,
}

impl SetVersion<'_> {
    fn path(&self) -> String {
        format!(
            "/competitions/{}/data/{}/{}",
            encoded(self.competition),
            encoded(self.set),
            encoded(self.version)
        )
    }
}

/// How a file came to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetched {
    /// It was there already.
    Kept,
    FromServer,
    FromMirror,
}

impl Client {
    pub async fn data(&self, competition: &str) -> Result<DataList> {
        self.get(&format!("/competitions/{}/data", encoded(competition))).await
    }

    pub async fn manifest(&self, version: SetVersion<'_>, only: Option<&str>) -> Result<Manifest> {
        let path = format!("{}/manifest", version.path());
        let request = self.request(Method::GET, &path).query(&[("format", "json")]);
        let request = if let Some(only) = only { request.query(&[("only", only)]) } else { request };
        self.read(&path, request).await
    }

    pub async fn acceptance(&self, competition: &str) -> Result<Acceptance> {
        self.get(&format!("/competitions/{}/acceptance", encoded(competition))).await
    }

    pub async fn accept_rules(&self, competition: &str, version: &str) -> Result<Acceptance> {
        let path = format!("/competitions/{}/acceptance", encoded(competition));
        self.post(&path, &serde_json::json!({ "version": version })).await
    }

    /// A competition's page in both languages.
    pub async fn page(&self, competition: &str, slug: &str) -> Result<Option<Text>> {
        #[derive(Deserialize)]
        struct Pages {
            pages: Vec<Page>,
        }
        let found: Pages = self.get(&format!("/competitions/{}", encoded(competition))).await?;
        Ok(found.pages.into_iter().find(|page| page.slug == slug).map(|page| page.body))
    }

    /// Brings a file to its place below a folder: whole and with the right hash, or not at all. What came of it
    /// before stays beside it as `….part` and is gone on with.
    pub async fn fetch(
        &self,
        version: SetVersion<'_>,
        file: &ManifestFile,
        folder: &Path,
        mirrors_first: bool,
    ) -> Result<Fetched> {
        let place =
            inside(folder, &file.path).ok_or_else(|| ClientError::Path { path: file.path.clone() })?;
        let failed = |cause| ClientError::File { file: place.display().to_string(), cause };
        if is_there(&place, file).await? {
            return Ok(Fetched::Kept);
        }
        fs::create_dir_all(place.parent().expect("it lies below the folder")).await.map_err(failed)?;
        let mut part = place.clone().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        let mut last = ClientError::Changed { path: file.path.clone() };
        for source in self.sources(version, file, mirrors_first) {
            match bring(&source, file, &part).await {
                Ok(()) => {
                    fs::rename(&part, &place).await.map_err(failed)?;
                    return Ok(if source.own { Fetched::FromServer } else { Fetched::FromMirror });
                }
                // Another source may do better.
                Err(fault) => last = fault,
            }
        }
        Err(last)
    }

    fn sources(&self, version: SetVersion<'_>, file: &ManifestFile, mirrors_first: bool) -> Vec<Source<'_>> {
        let words: Vec<String> = file.path.split('/').map(encoded).collect();
        let path = format!("{}/files/{}", version.path(), words.join("/"));
        let own = file.here.then_some(Source { client: self, own: true, address: path });
        let mirror = |address: &String| Source { client: self, own: false, address: address.clone() };
        let mirrors = file.mirrors.iter().filter(|_| mirrors_first || !file.here).map(mirror);
        mirrors.chain(own).collect()
    }
}

/// Where a file can be had.
struct Source<'a> {
    client: &'a Client,
    /// The contest server, which is told who asks; a mirror is told nothing.
    own: bool,
    /// A path of the API, or a mirror's address.
    address: String,
}

impl Source<'_> {
    async fn ask(&self, from: u64, sha256: &str) -> Result<Response> {
        let ranged = |request: RequestBuilder| match from {
            0 => request,
            from => request.header(header::RANGE, format!("bytes={from}-")),
        };
        if self.own {
            let request = ranged(self.client.request(Method::GET, &self.address));
            return self.client.send(request.header(header::IF_RANGE, format!("\"{sha256}\""))).await;
        }
        let unreachable = |cause| ClientError::Unreachable { server: self.address.clone(), cause };
        let client =
            reqwest::Client::builder().connect_timeout(CONNECT_DEADLINE).read_timeout(SILENCE).build();
        let answer = ranged(client.map_err(unreachable)?.get(&self.address)).send().await;
        answer.map_err(unreachable)?.error_for_status().map_err(unreachable)
    }
}

/// Completes the partial file from one source; what turns out to be another file is removed.
async fn bring(source: &Source<'_>, file: &ManifestFile, part: &Path) -> Result<()> {
    let failed = |cause| ClientError::File { file: part.display().to_string(), cause };
    let mut fruitless = 0;
    loop {
        let had = length(part).await.map_err(failed)?;
        let outcome = go_on(source, file, part, had).await;
        let has = length(part).await.map_err(failed)?;
        if outcome.is_ok() && has == file.size {
            break;
        }
        fruitless = if has > had { 0 } else { fruitless + 1 };
        let passing = match &outcome {
            // It ended early without saying so.
            Ok(()) => true,
            Err(cause) => matches!(cause, ClientError::Answer { .. }) || cause.is_passing(),
        };
        if !passing || fruitless >= FRUITLESS_ATTEMPTS {
            return outcome.and(Err(ClientError::Changed { path: file.path.clone() }));
        }
        sleep(FIRST_PAUSE * 2_u32.pow(fruitless)).await;
    }
    if hash_of(part).await? == file.sha256 {
        return Ok(());
    }
    fs::remove_file(part).await.map_err(failed)?;
    Err(ClientError::Changed { path: file.path.clone() })
}

/// One request for what is missing.
async fn go_on(source: &Source<'_>, file: &ManifestFile, part: &Path, had: u64) -> Result<()> {
    let failed = |cause| ClientError::File { file: part.display().to_string(), cause };
    if had == file.size && had > 0 {
        return Ok(());
    }
    let from = if had > file.size { 0 } else { had };
    let answer = source.ask(from, &file.sha256).await?;
    let goes_on = from > 0 && answer.status() == StatusCode::PARTIAL_CONTENT;
    let mut options = OpenOptions::new();
    let options =
        if goes_on { options.append(true) } else { options.create(true).write(true).truncate(true) };
    let out = options.open(part).await.map_err(failed)?;
    receive(answer, out, file, if goes_on { from } else { 0 }).await
}

/// Writes what comes, but never more than the file has; what came before a break is kept.
async fn receive(answer: Response, mut out: File, file: &ManifestFile, mut at: u64) -> Result<()> {
    let failed = |cause| ClientError::File { file: file.path.clone(), cause };
    let mut bytes = answer.bytes_stream();
    let mut outcome = Ok(());
    while at < file.size {
        let chunk = match bytes.try_next().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(cause) => {
                outcome = Err(ClientError::Answer { path: file.path.clone(), cause });
                break;
            }
        };
        let room = usize::try_from(file.size - at).unwrap_or(usize::MAX).min(chunk.len());
        out.write_all(&chunk[..room]).await.map_err(failed)?;
        at += room as u64;
    }
    out.flush().await.map_err(failed)?;
    outcome
}

async fn is_there(place: &Path, file: &ManifestFile) -> Result<bool> {
    let same_size = fs::metadata(place).await.is_ok_and(|found| found.is_file() && found.len() == file.size);
    Ok(same_size && hash_of(place).await? == file.sha256)
}

async fn length(path: &Path) -> io::Result<u64> {
    match fs::metadata(path).await {
        Ok(found) => Ok(found.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

async fn hash_of(path: &Path) -> Result<String> {
    let file = path.to_owned();
    let hashing = tokio::task::spawn_blocking(move || hash_file(&mut std::fs::File::open(file)?));
    let hash = hashing.await.expect("hashing does not panic");
    hash.map_err(|cause| ClientError::File { file: path.display().to_string(), cause })
}

/// The path below the folder that a server names; it must stay inside.
fn inside(folder: &Path, path: &str) -> Option<PathBuf> {
    let normal = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    (normal && !path.is_empty()).then(|| folder.join(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_cannot_make_us_write_elsewhere() {
        let folder = Path::new("/data");
        assert_eq!(inside(folder, "a/b.csv"), Some(PathBuf::from("/data/a/b.csv")));
        for path in ["", "/etc/passwd", "../x", "a/../../x", "a/../b"] {
            assert_eq!(inside(folder, path), None, "{path}");
        }
    }
}
