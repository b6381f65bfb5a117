//! What those who run the portal see: how it stands, on a listener of its own.
//!
//! It asks nobody who he is, so it is off until the settings name an address, and that is one of this
//! machine alone unless they say otherwise. It shows numbers, settings without secrets and, of one user
//! whose name was given, whose customer he is; no customer's data. Its routes are none of the portal's,
//! and the portal's are none of its.

mod guard;
mod metrics;
mod page;
mod state;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::get;
use jiff::Timestamp;

use self::guard::Hosts;
use super::router::{Route, route};
use super::{App, assets, middleware};
use crate::config::Settings;

/// What the operators' page is made of.
#[derive(Debug)]
pub struct Operators {
    app: Arc<App>,
    /// The settings in force, by key, without secrets.
    settings: Vec<(String, String)>,
    /// Where a check leaves what it found.
    report: Option<PathBuf>,
    /// What the listener may be called.
    hosts: Hosts,
    /// Since when the portal runs.
    started: Timestamp,
}

/// Every route of the operators' listener: a list, as the portal's own is, so that the tenants' matrix
/// walks it.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        route("/", get(page::show)),
        route("/metrics", get(metrics::show)),
        route("/assets/{file}", get(assets::show)),
    ]
}

impl Operators {
    /// The page of a portal, on this address.
    #[must_use]
    pub fn new(app: Arc<App>, settings: &Settings, address: SocketAddr) -> Arc<Self> {
        Arc::new(Self {
            settings: settings.shown(),
            report: settings.operators.check_report.clone(),
            hosts: Hosts::new(address, &settings.operators.hosts),
            started: app.clock.now(),
            app,
        })
    }

    /// Its routes, with what stands around them.
    pub(super) fn router(self: &Arc<Self>) -> Router {
        let mut router = Router::new();
        for Route { path, answer } in routes() {
            router = router.route(&path, answer);
        }
        let inner = router
            .fallback(|| async {
                super::refusal::plain(StatusCode::NOT_FOUND, "There is no such page.")
            })
            .method_not_allowed_fallback(|| async {
                StatusCode::METHOD_NOT_ALLOWED.into_response()
            })
            .layer(axum::Extension(Arc::clone(self)));
        middleware::around(inner, &self.app)
            .with_state(Arc::clone(&self.app))
            .layer(from_fn_with_state(
                Arc::clone(self),
                guard::own_browsers_only,
            ))
    }
}
