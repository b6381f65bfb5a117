//! What administrators' commands ask a site besides documents: its apps, API keys, stored secrets.

use serde_json::{Map, Value, json};

use super::answers::{Answer, Failure, hash};
use super::permission_manager::require_system_manager;
use super::records::text;
use super::state::{ApiKey, State};
use super::visit::Visit;

pub(super) const GET_VERSIONS: &str = "frappe.utils.change_log.get_versions";
pub(super) const GENERATE_KEYS: &str = "frappe.core.doctype.user.user.generate_keys";
pub(super) const GET_PASSWORD: &str = "frappe.client.get_password";

/// `get_versions_reader`
pub(super) fn versions(state: &State) -> Value {
    let apps = state.versions.iter().map(|(app, version)| {
        let (title, description, branch) = match app.as_str() {
            "frappe" => (
                "Nexelya Platform",
                "Full stack web framework with Python, Javascript, MariaDB, Redis, Node",
                "",
            ),
            "erpnext" => ("Nexelya ERP", "ERP made simple", ""),
            "logistics" => ("CargoNext", "CargoNext", "develop"),
            other => (other, "", ""),
        };
        let app_says = json!({
            "title": title, "description": description, "branch": branch, "version": version,
        });
        (app.clone(), app_says)
    });
    Value::Object(apps.collect::<Map<_, _>>())
}

/// Gives a user an API key, if he has none, and a new secret, which is told this once. Read in
/// Frappe's source; no recording has it.
pub(super) fn generate_keys(state: &mut State, visit: &Visit) -> Result<Value, Failure> {
    require_system_manager(state, &visit.user)?;
    let user = visit.parameter("user").to_owned();
    let Some(record) = state.records.get_mut("User", &user) else {
        return Err(Failure::missing("User", &user));
    };
    let mut key = text(record, "api_key").to_owned();
    if key.is_empty() {
        key = hash(15);
        record.insert("api_key".to_owned(), json!(key));
    }
    let secret = hash(15);
    record.insert("api_secret".to_owned(), json!("*".repeat(15)));
    let user = text(record, "name").to_owned();
    let known = ApiKey {
        user,
        secret: secret.clone(),
    };
    state.api_keys.insert(key, known);
    Ok(json!({ "api_secret": secret }))
}

/// `webhook_get_password_client`
pub(super) fn password(state: &State, visit: &Visit) -> Result<Value, Failure> {
    require_system_manager(state, &visit.user)?;
    let key = (
        visit.parameter("doctype").to_owned(),
        visit.parameter("name").to_owned(),
    );
    state
        .secrets
        .get(&key)
        .map(|secret| json!(secret))
        .ok_or_else(|| Failure::validation("Password not found"))
}

/// The list of public pages. It names them as links in mails begin: with `host_name`, or else with
/// the `Host` that was asked for. Seen on a running site; no recording has it.
pub(super) fn site_map(state: &State, visit: &Visit) -> Answer {
    let from_host = || format!("http://{}", visit.host);
    let host = state.host_name.clone().unwrap_or_else(from_host);
    let today = state.today();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n\t\n\t<url>\n\t\t\
         <loc>{host}/about</loc>\n\t\t<lastmod>{today}</lastmod>\n\t</url>\n\t\n</urlset>"
    );
    Answer::new(200, "application/xml; charset=utf-8", body)
}
