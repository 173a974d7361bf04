//! The composition root: the only place that knows every room.

mod holdings;

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
    serve::ListenerExt,
};
use metrics_exporter_prometheus::PrometheusHandle;
use sqlx::PgPool;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    sensitive_headers::SetSensitiveRequestHeadersLayer,
    set_header::SetResponseHeaderLayer,
    trace::TraceLayer,
};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

use crate::{
    accounts::{self, Accounts, MaybeUser, Privacy, Statuses, documents::Documents, secret},
    audit::Audit,
    competitions::{self, Competitions},
    config::Config,
    data::{self, Data},
    db,
    definitions::{self, Definitions, Unpack},
    events::Bus,
    follow::{self, Follow},
    judging::{self, Judging, Signer},
    kernel::Clock,
    leaderboard::{self, Leaderboard},
    mail::Post,
    messages::{self, Messages},
    notifications::{self, Notifications},
    oversight::{self, Oversight},
    phases::{self, Phases},
    site,
    storage::Storage,
    submissions::{self, Checker, Checks, Submissions, TeamResults},
    teams::{self, ReadSheet, Teams, reviews::Reviews},
    uploads::{self, Uploads},
    web::{Limiter, Problem, Rate, internal, observe},
};

/// How long running requests may go on once the server is asked to stop; `up` waits a little longer.
const STOP_DEADLINE: Duration = Duration::from_secs(10);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Đấu Trí",
        description = "Everything the platform does. Errors are problem+json (RFC 9457) with a stable `code` and a \
                       sentence in Vietnamese (`vi`) and English (`en`). Authenticate with the session cookie that \
                       `POST /api/v1/session` sets, or with `Authorization: Bearer <API token>`."
    ),
    servers((url = "/"))
)]
struct Description;

/// A server that is ready to listen.
#[derive(Debug)]
pub struct App {
    pub router: Router,
    pub accounts: Accounts,
    pub judging: Judging,
    pub leaderboard: Leaderboard,
    pub uploads: Uploads,
    post: Post,
    audit: Audit,
    db: PgPool,
    stop: CancellationToken,
}

/// What the process brings along besides its settings.
#[derive(Clone)]
pub struct Surroundings {
    pub clock: Clock,
    /// Unpacks strangers' archives in a confined child process.
    pub unpack: Unpack,
    /// Reads strangers' spreadsheets in a confined child process.
    pub read_sheet: ReadSheet,
    /// Looks over what teams send, in a confined child process.
    pub check: Checker,
    /// Cancelled when the process shuts down.
    pub stop: CancellationToken,
    /// Renders the metrics; absent in tests, where several servers share a process.
    pub metrics: Option<PrometheusHandle>,
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Surroundings")
    }
}

impl App {
    /// Puts the rooms together. The database is migrated already.
    #[expect(clippy::too_many_lines, reason = "a list of rooms, each put in its place")]
    pub async fn build(config: &Config, db: PgPool, around: Surroundings) -> anyhow::Result<Self> {
        let storage = Storage::open(&config.storage).await?;
        storage.check().await.context(
            "the storage takes no writes; look at DAUTRI_STORAGE_FOLDER, or DAUTRI_S3_BUCKET and its keys",
        )?;
        let bus = Bus::new(uuid::Uuid::new_v4(), around.stop.clone());
        let clock = around.clock.clone();
        let fresh = secret::fresh("").into_bytes();
        let key = judging::store::workers::server_secret(&mut *db.acquire().await?, "links", &fresh).await?;
        let signer = Signer::new(key, clock.clone(), config.workers.link);

        let limiter = Limiter::new(clock.clone());
        let accounts = Accounts::new(db.clone(), config.accounts.clone(), &config.http.public_url)
            .limited(config.limits, limiter.clone())
            .with_documents(Documents::load(config.accounts.documents.as_deref())?);
        let statuses = Statuses::new(db.clone(), storage.clone());
        let post = Post::new(db.clone(), &config.mail)?;
        let competitions = Competitions::new(db.clone());
        let uploads = Uploads::new(db.clone(), storage.clone(), clock.clone());
        let data = Data::new(db.clone(), storage.clone());
        let leaderboard = Leaderboard::new(db.clone(), bus.clone(), clock.clone());
        let phases = Phases::new(db.clone(), bus.clone(), leaderboard.clone());
        let results = Arc::new(TeamResults::new(leaderboard.clone(), bus.clone()));
        let teams = Teams::new(db.clone(), &config.http.public_url, results, around.read_sheet);
        let judging = Judging::new(
            db.clone(),
            storage.clone(),
            bus.clone(),
            leaderboard.clone(),
            signer,
            uploads.clone(),
            config.workers.clone(),
        );
        let submissions = Submissions::new(
            db.clone(),
            storage.clone(),
            uploads.clone(),
            Checks::new(around.check.clone()),
            judging.clone(),
            bus.clone(),
            clock,
        )
        .limited(config.limits.submissions.map(Rate::per_minute), limiter);
        let definitions = Definitions::new(
            db.clone(),
            storage.clone(),
            uploads.clone(),
            leaderboard.clone(),
            phases.clone(),
            around.unpack,
        );
        let audit = Audit::new(db.clone());
        let follow = Follow::new(
            db.clone(),
            bus,
            accounts.clone(),
            submissions.clone(),
            leaderboard.clone(),
            config.http.recheck,
        );

        let boards = leaderboard.clone();
        let privacy =
            Privacy::new(db.clone(), accounts.clone(), statuses.clone(), holdings::all(), move || {
                boards.forget_rendered();
            });

        let api = OpenApiRouter::new()
            .merge(accounts::http::router().with_state(accounts.clone()))
            .merge(accounts::http::privacy_router().with_state(privacy))
            .merge(accounts::http::evidence_router().with_state(statuses.clone()))
            .merge(competitions::http::router().with_state(competitions))
            .merge(uploads::http::router().with_state(uploads.clone()))
            .merge(data::http::router().with_state(data))
            .merge(teams::http::router().with_state(teams))
            .merge(teams::http::reviews_router().with_state(Reviews::new(db.clone(), statuses)))
            .merge(leaderboard::http::router().with_state(leaderboard.clone()))
            .merge(phases::http::router().with_state(phases))
            .merge(judging::http::router().with_state(judging.clone()))
            .merge(submissions::http::router().with_state(submissions))
            .merge(definitions::http::router().with_state(definitions))
            .merge(notifications::http::router().with_state(Notifications::new(db.clone())))
            .merge(messages::http::router().with_state(Messages::new(db.clone())))
            .merge(oversight::http::router().with_state(Oversight::new(db.clone())))
            .merge(follow::http::router().with_state(follow));
        let authenticate = middleware::from_fn_with_state(accounts.clone(), accounts::http::authenticate);
        let worker_api = judging::http::worker::router().with_state(judging.clone());
        let (router, description) = OpenApiRouter::with_openapi(Description::openapi())
            .nest("/api/v1", api)
            .nest("/api/worker/v1", worker_api)
            .split_for_parts();

        let health = Health { db: db.clone(), storage, metrics: around.metrics };
        let router = router
            .merge(
                SwaggerUi::new("/api/docs")
                    .url("/api/openapi.json", with_plain_paths(description))
                    // The page's default sends the address of this server to a validator on the internet.
                    .config(utoipa_swagger_ui::Config::default().validator_url("none")),
            )
            .route("/metrics", get(show_metrics).with_state(health.clone()))
            .layer(authenticate)
            .merge(site::router())
            .route("/healthz", get(|| async { "ok" }))
            .route("/readyz", get(ready).with_state(health))
            .fallback(|| async { Problem::not_found() })
            .method_not_allowed_fallback(|| async { method_not_allowed() });
        Ok(Self {
            router: with_layers(router),
            accounts,
            judging,
            leaderboard,
            uploads,
            post,
            audit,
            db,
            stop: around.stop,
        })
    }

    /// Serves until the stop token is cancelled, then lets requests finish.
    pub async fn serve(self, listener: tokio::net::TcpListener) -> anyhow::Result<()> {
        let tasks = TaskTracker::new();
        let (judging, uploads, stop) = (self.judging.clone(), self.uploads.clone(), self.stop.clone());
        tasks.spawn(async move { judging.watch(stop).await });
        let stop = self.stop.clone();
        tasks.spawn(async move { uploads.watch(stop).await });
        let (post, stop) = (self.post.clone(), self.stop.clone());
        tasks.spawn(async move { post.watch(stop).await });
        let (audit, stop) = (self.audit.clone(), self.stop.clone());
        tasks.spawn(async move { audit.watch(stop).await });
        tasks.close();
        let stop = self.stop.clone();
        // Small answers must not wait for the acknowledgement of the one before (Nagle's algorithm).
        let listener = listener.tap_io(|connection| {
            if let Err(error) = connection.set_nodelay(true) {
                tracing::debug!(%error, "A connection keeps Nagle's algorithm.");
            }
        });
        let served =
            axum::serve(listener, self.router.into_make_service_with_connect_info::<std::net::SocketAddr>())
                .with_graceful_shutdown(stop.clone().cancelled_owned());
        tokio::select! {
            result = served.into_future() => result?,
            // A client that never ends its request must not keep the server from stopping.
            () = async { stop.cancelled().await; tokio::time::sleep(STOP_DEADLINE).await } => {
                tracing::warn!("Some requests did not end in time; stopping without them.");
            }
        }
        tasks.wait().await;
        self.db.close().await;
        Ok(())
    }
}

/// The OpenAPI description, as `/api/openapi.json` serves it.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let api = OpenApiRouter::new()
        .merge(forget(accounts::http::router()))
        .merge(forget(accounts::http::evidence_router()))
        .merge(forget(accounts::http::privacy_router()))
        .merge(forget(competitions::http::router()))
        .merge(forget(uploads::http::router()))
        .merge(forget(data::http::router()))
        .merge(forget(teams::http::router()))
        .merge(forget(teams::http::reviews_router()))
        .merge(forget(leaderboard::http::router()))
        .merge(forget(phases::http::router()))
        .merge(forget(judging::http::router()))
        .merge(forget(submissions::http::router()))
        .merge(forget(definitions::http::router()))
        .merge(forget(notifications::http::router()))
        .merge(forget(messages::http::router()))
        .merge(forget(oversight::http::router()))
        .merge(forget(follow::http::router()));
    let description = OpenApiRouter::with_openapi(Description::openapi())
        .nest("/api/v1", api)
        .nest("/api/worker/v1", forget(judging::http::worker::router()))
        .into_openapi();
    with_plain_paths(description)
}

/// The router writes the rest of a path as `{*path}`; OpenAPI knows only `{path}`.
fn with_plain_paths(mut description: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    let paths = std::mem::take(&mut description.paths.paths);
    description.paths.paths = paths.into_iter().map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    description
}

/// Keeps a router's description without its handlers.
fn forget<S: Clone + Send + Sync + 'static>(router: OpenApiRouter<S>) -> OpenApiRouter {
    OpenApiRouter::with_openapi(router.into_openapi())
}

fn with_layers(router: Router) -> Router {
    const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
    let header = |name, value| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    let layers = ServiceBuilder::new()
        .layer(SetSensitiveRequestHeadersLayer::new([header::AUTHORIZATION, header::COOKIE]))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(TraceLayer::new_for_http().make_span_with(span).on_failure(()))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::X_FRAME_OPTIONS, "DENY"))
        .layer(header(header::REFERRER_POLICY, "same-origin"))
        .layer(CatchPanicLayer::custom(panicked));
    router.layer(middleware::from_fn(observe::count)).layer(layers)
}

fn span(request: &axum::extract::Request) -> tracing::Span {
    let id = request.headers().get("x-request-id").and_then(|v| v.to_str().ok()).unwrap_or("");
    // The query may hold a signature, so the path alone is logged.
    tracing::info_span!("request", id, method = %request.method(), path = request.uri().path())
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
fn panicked(cause: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let text = cause.downcast_ref::<String>().cloned();
    let text = text.or_else(|| cause.downcast_ref::<&str>().map(|s| (*s).to_owned()));
    internal(anyhow::anyhow!("a handler panicked: {}", text.unwrap_or_default())).into_response()
}

fn method_not_allowed() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "Địa chỉ này không nhận phương thức đó.",
        "This address does not take that method.",
    )
}

#[derive(Clone)]
struct Health {
    db: PgPool,
    storage: Storage,
    metrics: Option<PrometheusHandle>,
}

/// Ready means: the database answers and the storage takes writes.
async fn ready(State(health): State<Health>) -> Response {
    let database = tokio::time::timeout(Duration::from_secs(3), db::ping(&health.db)).await;
    let database = matches!(database, Ok(Ok(())));
    let storage = health.storage.check().await.is_ok();
    let status = if database && storage { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(serde_json::json!({ "database": database, "storage": storage }))).into_response()
}

/// Prometheus metrics, for administrators: scrape with an API token.
async fn show_metrics(State(health): State<Health>, MaybeUser(person): MaybeUser) -> Result<String, Problem> {
    let person = person.ok_or_else(Problem::unauthenticated)?;
    match health.metrics {
        Some(handle) if person.is_admin() => Ok(handle.render()),
        Some(_) => Err(Problem::forbidden()),
        None => Err(Problem::not_found()),
    }
}

/// The reader of spreadsheets of this binary: a confined child process of `judge`.
pub fn sheet_reader() -> ReadSheet {
    Arc::new(|file, limits| Box::pin(async move { Ok(judge::read_sheet(file, limits).await?) }))
}

/// The unpacker of this binary: a confined child process of `judge`.
pub fn unpacker() -> Unpack {
    Arc::new(|archive, folder| Box::pin(async move { Ok(judge::unpack(&archive, &folder).await?) }))
}

/// The checker of this binary: a confined child process of `judge`.
pub fn checker() -> Checker {
    Arc::new(|check, file, truth| {
        Box::pin(async move { Ok(judge::check(check, &file, truth.as_deref()).await?) })
    })
}
