//! A server with the rooms of people and teams only, and browsers that use it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, middleware};
use dautri::{
    accounts::{self, Accounts, Role, Roles},
    config,
    events::Bus,
    kernel::Clock,
    leaderboard::Leaderboard,
    submissions::TeamResults,
    teams::{self, Teams},
    web::Limiter,
};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;

use crate::harness::read_sheet;
pub use crate::harness::{Answer, Browser, PASSWORD};

pub struct Site {
    pub accounts: Accounts,
    base: String,
}

impl Site {
    pub async fn start(db: PgPool) -> Self {
        Self::start_at(db, "http://dautri.test").await
    }

    /// Serves under a public address that differs from the real one, as behind a proxy.
    pub async fn start_at(db: PgPool, public_url: &str) -> Self {
        Self::serve(db, settings(), config::Limits::OFF, public_url).await
    }

    pub async fn start_with(db: PgPool, adjust: impl FnOnce(&mut config::Accounts)) -> Self {
        let mut settings = settings();
        adjust(&mut settings);
        Self::serve(db, settings, config::Limits::OFF, "http://dautri.test").await
    }

    pub async fn start_limited(db: PgPool, limits: config::Limits) -> Self {
        Self::serve(db, settings(), limits, "http://dautri.test").await
    }

    async fn serve(db: PgPool, settings: config::Accounts, limits: config::Limits, public_url: &str) -> Self {
        let limiter = Limiter::new(Clock::system());
        let accounts = Accounts::new(db.clone(), settings, public_url).limited(limits, limiter);
        let router = api(&accounts, teams(db, public_url)).split_for_parts().0;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router =
            Router::new().nest("/api/v1", router).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { accounts, base }
    }

    /// A browser in which nobody is logged in.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// A browser whose person has just signed up as `<name>@truong.edu.vn`.
    pub async fn person(&self, name: &str) -> Browser {
        self.browser().sign_up(name).await
    }

    pub async fn person_with(&self, name: &str, roles: &[Role]) -> Browser {
        let browser = self.person(name).await;
        let roles: Roles = roles.iter().copied().collect();
        self.accounts.set_roles(browser.id.parse().unwrap(), &roles).await.unwrap();
        browser
    }
}

fn settings() -> config::Accounts {
    config::Accounts {
        session: Duration::from_hours(24),
        concurrent_hashes: 2,
        // Tests of what people must do before they take part switch it on.
        consent: false,
        ..config::Accounts::default()
    }
}

/// Teams with boards of their own.
pub fn teams(db: PgPool, public_url: &str) -> Teams {
    let bus = Bus::new(uuid::Uuid::nil(), CancellationToken::new());
    let leaderboard = Leaderboard::new(db.clone(), bus.clone(), Clock::system());
    Teams::new(db, public_url, Arc::new(TeamResults::new(leaderboard, bus)), read_sheet())
}

/// Both rooms as the composition root puts them together.
pub fn api(accounts: &Accounts, teams: Teams) -> OpenApiRouter {
    accounts::http::router()
        .with_state(accounts.clone())
        .merge(teams::http::router().with_state(teams))
        .layer(middleware::from_fn_with_state(accounts.clone(), accounts::http::authenticate))
}

/// Returns when so many of the server's statements wait for a lock that the test holds.
pub async fn until_waiting(db: &PgPool, statements: i64) {
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    for _ in 0..1000 {
        let count: i64 = sqlx::query_scalar(waiting).fetch_one(db).await.unwrap();
        if count == statements {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no {statements} statements wait for a lock");
}
