//! Sandbox images: present in the engine, or fetched once and loaded.
//!
//! An image's id is the hash of its configuration. Engines with the classic image store call it by that; those
//! with containerd's (the default from Docker 29) call it by the hash of a manifest that they write themselves.
//! So an image is checked before it is loaded, and found again by a tag of ours that carries its id.

mod archive;

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use bollard::{
    models::ImageInspect,
    query_parameters::{ImportImageOptionsBuilder, TagImageOptionsBuilder},
};
use futures::{FutureExt, StreamExt};
use judge_core::protocol::ImageLink;
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use crate::{
    client::Client,
    data_dir,
    sandbox::{Engine, SandboxError, engine_status, within},
    single_flight::SingleFlight,
    stage::{StageError, download},
};

const LOAD_TIME: Duration = Duration::from_mins(30);

#[derive(Debug)]
pub struct Images {
    incoming: PathBuf,
    reserve: u64,
    /// Seen in the engine by this process: id → what the engine calls it. An operator may still remove one.
    present: Arc<Mutex<HashMap<String, String>>>,
    flights: SingleFlight<Result<(), StageError>>,
}

impl Images {
    pub fn new(incoming: PathBuf, reserve: u64) -> Self {
        Self { incoming, reserve, present: Arc::default(), flights: SingleFlight::new() }
    }

    /// Makes sure that the engine has the image.
    pub async fn ensure(
        &self,
        engine: &Arc<Engine>,
        client: &Client,
        image: &ImageLink,
    ) -> Result<(), StageError> {
        if self.present().contains_key(&image.image_id) {
            return Ok(());
        }
        let (engine, client, image) = (Arc::clone(engine), client.clone(), image.clone());
        let present = Arc::clone(&self.present);
        let archive = self.incoming.join(format!("image-{}", Uuid::new_v4().simple()));
        let reserve = self.reserve;
        let key = image.image_id.clone();
        let work = async move {
            let result = fetch(&engine, &client, &image, &archive, reserve).await;
            let _ = fs::remove_file(&archive);
            let name = result?;
            present.lock().expect("no holder of this lock panics").insert(image.image_id, name);
            Ok(())
        };
        self.flights.join(&key, work.boxed()).await
    }

    /// What the engine calls an image that `ensure` found there.
    pub fn name_of(&self, image: &ImageLink) -> String {
        self.present().get(&image.image_id).unwrap_or(&image.image_id).clone()
    }

    /// The engine said that an image of this name is gone.
    pub fn forget(&self, name: &str) {
        self.present().retain(|_, known| known != name);
    }

    fn present(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.present.lock().expect("no holder of this lock panics")
    }
}

/// The tag by which an image is found again, whatever the engine calls it.
fn tag(image_id: &str) -> (&'static str, &str) {
    ("dautri-sandbox", image_id.strip_prefix("sha256:").unwrap_or(image_id))
}

/// Returns what the engine calls the image.
async fn fetch(
    engine: &Engine,
    client: &Client,
    image: &ImageLink,
    archive: &Path,
    reserve: u64,
) -> Result<String, StageError> {
    let id = &image.image_id;
    let found = if let Some(found) = find(engine, id).await? {
        found
    } else {
        tracing::info!(image = id, bytes = image.archive.size, "a sandbox image is fetched");
        // Beside the archive the engine needs room for the image itself.
        download(client, &image.archive, archive, reserve.saturating_add(image.archive.size * 2)).await?;
        check_archive(archive, id).await?;
        let loaded = load(engine, archive).await?;
        tag_as(engine, &loaded, id).await?;
        let gone = || StageError::Local(format!("the engine did not keep the image {id}"));
        find(engine, id).await?.ok_or_else(gone)?
    };
    let volumes = found.config.and_then(|config| config.volumes).unwrap_or_default();
    if !volumes.is_empty() {
        // Each would be a writable folder on disk without a limit.
        return Err(StageError::Local(format!("the image {id} declares volumes: {}", volumes.join(", "))));
    }
    found.id.ok_or_else(|| StageError::Local(format!("the engine gives the image {id} no id")))
}

/// The image under its id, or under the tag that an earlier load gave it.
async fn find(engine: &Engine, id: &str) -> Result<Option<ImageInspect>, SandboxError> {
    if let Some(found) = inspect(engine, id).await?.filter(|found| found.id.as_deref() == Some(id)) {
        return Ok(Some(found));
    }
    let (repository, tag) = tag(id);
    inspect(engine, &format!("{repository}:{tag}")).await
}

async fn check_archive(path: &Path, id: &str) -> Result<(), StageError> {
    let path = path.to_owned();
    let holds = tokio::task::spawn_blocking(move || archive::image_id(&path)).await;
    let holds = holds.expect("reading an archive does not panic");
    let holds = holds.map_err(|error| StageError::local("an image archive", error))?;
    if holds == id {
        return Ok(());
    }
    Err(StageError::Local(format!("the image archive holds {holds} instead of {id}")))
}

async fn tag_as(engine: &Engine, name: &str, id: &str) -> Result<(), StageError> {
    let (repository, tag) = tag(id);
    let options = TagImageOptionsBuilder::new().repo(repository).tag(tag).build();
    let tagging = engine.docker.tag_image(name, Some(options));
    Ok(within("tag an image", Duration::from_secs(30), tagging).await?)
}

/// Hands an archive as `docker save` writes it to the engine; returns how the engine names what it loaded.
pub async fn load(engine: &Engine, archive: &Path) -> Result<String, StageError> {
    let failed = |error: std::io::Error| StageError::local("an image archive", error);
    let size = fs::metadata(archive).map_err(failed)?.len();
    if data_dir::free_bytes(archive).map_err(failed)? < size {
        return Err(StageError::NoRoom { bytes: size });
    }
    let file = tokio::fs::File::open(archive).await.map_err(failed)?;
    let stream = ReaderStream::with_capacity(file, 1024 * 1024);
    let options = ImportImageOptionsBuilder::new().quiet(true).build();
    let docker = engine.docker.clone().with_timeout(LOAD_TIME);
    let mut progress = Box::pin(docker.import_image_stream(options, stream, None));
    let loading = async {
        let mut said = String::new();
        while let Some(step) = progress.next().await {
            said.extend(step?.stream);
        }
        Ok(said)
    };
    let said = within("load an image", LOAD_TIME, loading).await?;
    loaded_name(&said).ok_or_else(|| StageError::Local(format!("the engine loaded no image: {said:?}")))
}

/// The name in what an engine says after a load: `Loaded image: name:tag` or `Loaded image ID: sha256:…`.
fn loaded_name(said: &str) -> Option<String> {
    let name = |line: &str| {
        let rest = line.trim().strip_prefix("Loaded image")?;
        let name = rest.strip_prefix(" ID: ").or_else(|| rest.strip_prefix(": "))?;
        Some(name.trim().to_owned())
    };
    said.lines().rev().find_map(name)
}

pub async fn inspect(engine: &Engine, name: &str) -> Result<Option<ImageInspect>, SandboxError> {
    let looking = engine.docker.inspect_image(name);
    match within("inspect an image", Duration::from_secs(30), looking).await {
        Ok(image) => Ok(Some(image)),
        Err(SandboxError::Engine { source, .. }) if engine_status(&source) == Some(404) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_says_what_it_loaded() {
        for (said, name) in [
            ("Loaded image ID: sha256:0f\n", Some("sha256:0f")),
            ("Loaded image: dautri-probe:12\n", Some("dautri-probe:12")),
            ("unpacking\nLoaded image: registry.local:5000/a:b\n", Some("registry.local:5000/a:b")),
            ("", None),
            ("Loaded\n", None),
        ] {
            assert_eq!(loaded_name(said).as_deref(), name, "{said:?}");
        }
    }

    #[test]
    fn a_tag_carries_the_whole_id() {
        assert_eq!(tag("sha256:0f"), ("dautri-sandbox", "0f"));
    }
}
