//! `dautri serve` and `dautri migrate`.

use std::process::ExitCode;

use anyhow::Context;
use metrics_exporter_prometheus::PrometheusBuilder;

use super::{init_tracing, stop_signal};
use crate::{
    app::{self, App, Surroundings},
    config::Config,
    db,
    kernel::Clock,
};

pub async fn run() -> anyhow::Result<ExitCode> {
    init_tracing();
    let config = Config::from_env()?;
    let pool = db::connect(&config.database).await.context("the database cannot be reached")?;
    db::migrate(&pool).await.context("the database's schema cannot be brought up to date")?;
    let stop = stop_signal()?;
    let around = Surroundings {
        clock: Clock::system(),
        unpack: app::unpacker(),
        read_sheet: app::sheet_reader(),
        check: app::checker(),
        stop,
        metrics: Some(PrometheusBuilder::new().install_recorder()?),
    };
    let app = App::build(&config, pool, around).await?;
    let listen = config.http.listen;
    let listener = tokio::net::TcpListener::bind(listen).await.with_context(|| {
        format!("{listen} cannot be used: another program may hold the port; set DAUTRI_HTTP_LISTEN")
    })?;
    tracing::info!(%listen, public_url = config.http.public_url, "The server is listening.");
    app.serve(listener).await?;
    tracing::info!("The server has stopped.");
    Ok(ExitCode::SUCCESS)
}

pub async fn migrate() -> anyhow::Result<ExitCode> {
    init_tracing();
    let config = Config::from_env()?;
    let pool = db::connect(&config.database).await.context("the database cannot be reached")?;
    db::migrate(&pool).await.context("the database's schema cannot be brought up to date")?;
    pool.close().await;
    Ok(ExitCode::SUCCESS)
}
