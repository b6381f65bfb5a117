//! All routes, as one flat list from which the router is made.
//!
//! The list is data, so that the tenants' matrix walks the same routes that visitors do: one that
//! is added here and not there fails the test.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{MethodRouter, get, post};

use super::failure::Failure;
use super::{
    App, account, archive, assets, document, events, export, files, forgot, health, help, home,
    hooks, list, login, logout, middleware, openapi, print, refresh, reset, stock, verify,
    warehousing,
};
use crate::portal::page::{BuiltIn, Entry};

/// A route: its path as axum writes it, and who answers.
#[derive(Debug)]
pub struct Route {
    /// The path, with `{name}` for what varies.
    pub path: String,
    pub(super) answer: MethodRouter<Arc<App>>,
}

pub(super) fn route(path: impl Into<String>, answer: MethodRouter<Arc<App>>) -> Route {
    Route {
        path: path.into(),
        answer,
    }
}

/// Every route of the portal with these pages.
#[must_use]
pub fn routes(app: &App) -> Vec<Route> {
    let mut routes = vec![
        route("/", get(home::show)),
        route("/login", get(login::form).post(login::sign_in)),
        route("/logout", get(logout::ask).post(logout::sign_out)),
        route("/login/verify", get(verify::form).post(verify::verify)),
        route("/password/forgot", get(forgot::form).post(forgot::ask)),
        route("/password/reset", get(reset::form).post(reset::set)),
        route("/update-password", get(reset::arrive)),
        route("/account", get(account::show)),
        route(
            "/account/preferences",
            get(account::back).post(account::set_preferences),
        ),
        route(
            "/account/password",
            get(account::back).post(account::change_password),
        ),
        route(
            "/account/sign-out-elsewhere",
            get(account::back).post(account::sign_out_elsewhere),
        ),
        route("/refresh", get(refresh::back).post(refresh::refresh)),
        route("/wiki", get(help::show)),
        route("/api/openapi.json", get(openapi::show)),
        route("/assets/{file}", get(assets::show)),
        route(hooks::PATH, post(hooks::hear)),
        route("/events", get(events::hear)),
        route("/health/live", get(health::live)),
        route("/health/ready", get(health::ready)),
    ];
    for entry in app.portal.pages().entries() {
        let Entry::BuiltIn(page) = entry else {
            continue;
        };
        let show = match page {
            BuiltIn::StockBalance => get(stock::show),
            BuiltIn::WarehousingPortal => get(warehousing::show),
        };
        routes.push(route(format!("/{}", page.name()), show));
        if *page == BuiltIn::StockBalance {
            for form in export::Form::ALL {
                routes.push(route(
                    format!("/{}.{}", page.name(), form.suffix()),
                    get(export::stock).layer(axum::Extension(form)),
                ));
            }
        }
        routes.push(route(format!("/{}", page.alias()), get(moved(page.name()))));
    }
    for page in app.portal.pages().iter() {
        for form in export::Form::ALL {
            routes.push(route(
                format!("/{}.{}", page.name, form.suffix()),
                get(export::list)
                    .layer((axum::Extension(page.name.clone()), axum::Extension(form))),
            ));
        }
        routes.push(route(
            format!("/{}", page.name),
            get(list::show).layer(axum::Extension(page.name.clone())),
        ));
        routes.push(route(
            format!("/{}/{{name}}", page.name),
            get(document::show).layer(axum::Extension(page.name.clone())),
        ));
        if page.files.is_some() {
            for (path, answer) in [
                ("{name}/files/{file}", get(files::show)),
                ("{name}/documents.zip", get(archive::of_document)),
                ("documents.zip", get(archive::of_selection)),
            ] {
                routes.push(route(
                    format!("/{}/{path}", page.name),
                    answer.layer(axum::Extension(page.name.clone())),
                ));
            }
        }
        routes.push(route(
            format!("/{}/{{name}}/print.pdf", page.name),
            get(print::show).layer(axum::Extension(page.name.clone())),
        ));
        for alias in &page.aliases {
            routes.push(route(format!("/{alias}"), get(moved(page.name.as_str()))));
        }
    }
    routes
}

/// CargoNext's own routes lead to ours. Their parameters are not ours, so they stay behind.
fn moved(page: &str) -> impl Fn() -> std::future::Ready<Redirect> + Clone + Send + Sync + 'static {
    let page = format!("/{page}");
    move || std::future::ready(Redirect::permanent(&page))
}

/// The router, with the middleware around it.
pub fn router(app: &Arc<App>) -> Router {
    let mut router = Router::new();
    for Route { path, answer } in routes(app) {
        router = router.route(&path, answer);
    }
    let router = router
        .fallback(|| async { Failure::NotFound })
        .method_not_allowed_fallback(|| async { StatusCode::METHOD_NOT_ALLOWED.into_response() });
    middleware::around(router, app).with_state(Arc::clone(app))
}
