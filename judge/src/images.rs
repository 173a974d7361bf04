//! Sandbox images: present in the engine, or fetched once and loaded.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use bollard::{models::ImageInspect, query_parameters::ImportImageOptionsBuilder};
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
    /// Seen in the engine by this process. An operator may still remove one.
    present: Arc<Mutex<HashSet<String>>>,
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
        if self.present.lock().expect("no holder of this lock panics").contains(&image.image_id) {
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
            if result.is_ok() {
                present.lock().expect("no holder of this lock panics").insert(image.image_id.clone());
            }
            result
        };
        self.flights.join(&key, work.boxed()).await
    }

    /// The engine said that it is gone.
    pub fn forget(&self, image_id: &str) {
        self.present.lock().expect("no holder of this lock panics").remove(image_id);
    }
}

async fn fetch(
    engine: &Engine,
    client: &Client,
    image: &ImageLink,
    archive: &Path,
    reserve: u64,
) -> Result<(), StageError> {
    let id = &image.image_id;
    let is_it = |found: &ImageInspect| found.id.as_deref() == Some(id);
    let before = inspect(engine, id).await?;
    if !before.as_ref().is_some_and(is_it) {
        tracing::info!(image = id, bytes = image.archive.size, "a sandbox image is fetched");
        // Beside the archive the engine needs room for the image itself.
        download(client, &image.archive, archive, reserve.saturating_add(image.archive.size * 2)).await?;
        load(engine, archive).await?;
    }
    let found = inspect(engine, id).await?.filter(is_it).ok_or_else(|| {
        StageError::Local(format!(
            "the image archive holds another image than {id}, or the engine names images by something else than \
             the hash of their configuration"
        ))
    })?;
    let volumes = found.config.and_then(|config| config.volumes).unwrap_or_default();
    if volumes.is_empty() {
        return Ok(());
    }
    // Each would be a writable folder on disk without a limit.
    Err(StageError::Local(format!("the image {id} declares volumes: {}", volumes.join(", "))))
}

/// Hands an archive as `docker save` writes it to the engine.
pub async fn load(engine: &Engine, archive: &Path) -> Result<(), StageError> {
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
        while let Some(step) = progress.next().await {
            step?;
        }
        Ok(())
    };
    Ok(within("load an image", LOAD_TIME, loading).await?)
}

pub async fn inspect(engine: &Engine, name: &str) -> Result<Option<ImageInspect>, SandboxError> {
    let looking = engine.docker.inspect_image(name);
    match within("inspect an image", Duration::from_secs(30), looking).await {
        Ok(image) => Ok(Some(image)),
        Err(SandboxError::Engine { source, .. }) if engine_status(&source) == Some(404) => Ok(None),
        Err(error) => Err(error),
    }
}
