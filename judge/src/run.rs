//! A worker's life: look at the machine, introduce itself, serve, stop.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use judge_core::protocol::{Hello, PROTOCOL_VERSION, Welcome};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    child::Caller,
    client::{Client, ClientError},
    config::WorkerConfig,
    credential,
    data_dir::DataDir,
    error::WorkerError,
    images::Images,
    probe,
    sandbox::Engine,
    slot,
    stage::TreeCache,
    sweep::sweep,
    worker::Worker,
};

/// Works until `stop` fires, then finishes or hands back what it holds.
///
/// # Errors
/// When the machine, the settings or the credential do not allow to take jobs.
pub async fn run(config: WorkerConfig, stop: CancellationToken) -> Result<(), WorkerError> {
    config.check().map_err(WorkerError::Config)?;
    let data = DataDir::open(&config.data_dir)?;
    let data_failed = |source| WorkerError::DataDir { path: config.data_dir.clone(), source };
    let engine = connect(&config, &data).await?;
    sweep(&data, engine.as_deref()).await.map_err(data_failed)?;
    let result = work(config, data, engine.clone(), &stop).await;
    if let Some(engine) = engine {
        engine.remove_cgroups().await;
    }
    result
}

async fn work(
    config: WorkerConfig,
    data: DataDir,
    engine: Option<Arc<Engine>>,
    stop: &CancellationToken,
) -> Result<(), WorkerError> {
    let probe = match &engine {
        Some(engine) => Box::pin(probe::check(engine, &config, &data)).await?,
        None => BTreeMap::new(),
    };
    let boot = Uuid::new_v4();
    let hello = Hello {
        protocol: PROTOCOL_VERSION,
        boot,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        slots: config.slots,
        tags: config.tags.clone(),
        sandbox: engine.as_ref().map_or_else(|| "stub".to_owned(), |engine| engine.describe()),
        probe,
    };
    let client = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        introduced = introduce(&config, &data, &hello) => introduced?,
    };
    let reserve = config.min_free_bytes / 2;
    let cache = TreeCache::open(&data, config.cache_bytes, reserve)
        .map_err(|source| WorkerError::DataDir { path: data.cache(), source })?;
    let images = Images::new(data.incoming(), reserve);
    let caller = Caller { exe: config.child_exe.clone() };
    let worker = Arc::new(Worker { config, data, client, engine, images, cache, caller });
    serve(&worker, boot, stop).await
}

async fn connect(config: &WorkerConfig, data: &DataDir) -> Result<Option<Arc<Engine>>, WorkerError> {
    if config.stub.is_some() {
        tracing::warn!("this worker is a stub: it runs nothing and answers at once");
        return Ok(None);
    }
    let engine = Engine::connect(
        config.docker_host.as_deref(),
        config.runtime.as_deref(),
        data.id(),
        config.cgroup_parent.as_deref(),
    );
    engine
        .await
        .map(|engine| Some(Arc::new(engine)))
        .map_err(|error| WorkerError::NoEngine(error.to_string()))
}

/// Finds or gets the credential and says hello, waiting for a server that is not there yet.
async fn introduce(config: &WorkerConfig, data: &DataDir, hello: &Hello) -> Result<Client, WorkerError> {
    let mut pause = Duration::from_millis(200);
    loop {
        match try_to_introduce(config, data, hello).await {
            Err(WorkerError::Client(error)) if error.is_passing() => {
                tracing::warn!(%error, "the server does not answer yet");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(5));
            }
            other => return other,
        }
    }
}

async fn try_to_introduce(
    config: &WorkerConfig,
    data: &DataDir,
    hello: &Hello,
) -> Result<Client, WorkerError> {
    let stranger = Client::new(&config.server)?;
    let (token, is_new) = match credential::find(config, data)? {
        Some(token) => (token, false),
        None => (credential::enrol(config, &stranger, data).await?, true),
    };
    let client = stranger.with_token(token);
    match client.hello(hello).await {
        Ok(welcome) => {
            greet(&welcome, hello);
            Ok(client)
        }
        // The kept credential was revoked; an enrolment token brings a new one.
        Err(ClientError::Unauthorized) if !is_new && config.enrolment_token.is_some() => {
            let client = stranger.with_token(credential::enrol(config, &stranger, data).await?);
            let welcome = client.hello(hello).await?;
            greet(&welcome, hello);
            Ok(client)
        }
        Err(ClientError::Unauthorized) => Err(WorkerError::Unauthorized),
        Err(ClientError::Refused { status: 400 | 422, body }) => Err(WorkerError::Protocol(body)),
        Err(error) => Err(error.into()),
    }
}

fn greet(welcome: &Welcome, hello: &Hello) {
    tracing::info!(
        slots = hello.slots,
        sandbox = hello.sandbox,
        released = welcome.released,
        lease_seconds = welcome.lease_seconds,
        "the worker is ready"
    );
}

/// Runs all slots; one that cannot go on ends the others.
async fn serve(worker: &Arc<Worker>, boot: Uuid, stop: &CancellationToken) -> Result<(), WorkerError> {
    let stop = stop.child_token();
    let mut slots = JoinSet::new();
    for slot in 0..worker.config.slots {
        slots.spawn(slot::serve(Arc::clone(worker), slot, boot, stop.clone()));
    }
    let mut result = Ok(());
    while let Some(ended) = slots.join_next().await {
        let ended = ended.expect("a slot neither panics nor is aborted");
        stop.cancel();
        result = result.and(ended);
    }
    result
}
