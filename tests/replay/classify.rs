//! Which exchanges are not replayed, and which of the three reasons each has.
//!
//! Decided by method, path, parameters and what came before, never by the name of a case.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use serde_json::{Map, Value};

use super::recording::{Recording, Request, header};
use super::stage::Stage;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    Endpoint,
    Parameter,
    Operation,
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Endpoint => "an endpoint that neither the portal nor its commands call",
            Self::Parameter => "a parameter that the portal cannot send",
            Self::Operation => "an operation on the site",
        })
    }
}

/// How long what an operation did is taken to last; the recorder put the site back after each
/// series of operations, and did not record that.
const SERIES: SignedDuration = SignedDuration::from_secs(60);

const METHODS: [&str; 19] = [
    "frappe.desk.form.load.getdoc",
    "login",
    "logout",
    "ping",
    "frappe.auth.get_logged_user",
    "frappe.client.get_list",
    "frappe.desk.reportview.get_count",
    "frappe.core.doctype.user_permission.user_permission.get_user_permissions",
    "frappe.core.doctype.user.user.reset_password",
    "frappe.core.doctype.user.user.update_password",
    "frappe.utils.print_format.download_pdf",
    "frappe.no_such_method",
    "frappe.core.doctype.user.user.get_roles",
    "frappe.utils.change_log.get_versions",
    "frappe.client.get_password",
    "frappe.core.page.permission_manager.permission_manager.add",
    "frappe.core.page.permission_manager.permission_manager.update",
    "frappe.core.page.permission_manager.permission_manager.remove",
    "frappe.core.page.permission_manager.permission_manager.reset",
];
/// What the administrators' commands change, and for which the replay keeps the site's records
/// apart: the recorder put the site back after each series.
const CHANGED_BY_COMMANDS: [&str; 7] = [
    "User Permission",
    "Custom DocPerm",
    "Portal Settings",
    "Customer",
    "Webhook",
    "Role",
    "User",
];

/// What operations have changed so far, and when.
#[derive(Default)]
pub struct Touched {
    /// `DocType`, the document's name if one is known, and when.
    doctypes: Vec<(String, Option<String>, Timestamp)>,
    users: Vec<(String, Timestamp)>,
}

impl Touched {
    /// What the operations among the exchanges have touched.
    pub fn by(recordings: &[Recording]) -> Self {
        let mut touched = Self::default();
        for recording in recordings {
            let Some(request) = &recording.request else {
                continue;
            };
            let reason = endpoint_reason(request)
                .or_else(|| write_reason(recording, request))
                .or_else(|| parameter_reason(recording, request));
            if reason.is_none() && is_of_a_command(recording, request) {
                touched.note_replayed(recording, request);
            }
            // What the portal cannot send on one's own document changes nothing there either.
            if !matches!(reason, None | Some(Reason::Parameter)) {
                touched.note(recording);
            }
        }
        touched
    }

    pub fn reason_to_leave_out(&self, recording: &Recording, stage: &Stage) -> Option<Reason> {
        let Some(request) = &recording.request else {
            return Some(Reason::Endpoint);
        };
        endpoint_reason(request)
            .or_else(|| write_reason(recording, request))
            .or_else(|| parameter_reason(recording, request))
            .or_else(|| unknown_user_reason(recording, request, stage))
            .or_else(|| self.operation_reason(recording, request))
            .or_else(|| record_reason(recording, request, stage))
    }

    fn note(&mut self, recording: &Recording) {
        let (Some(request), Some(at)) = (&recording.request, recording.at) else {
            return;
        };
        let is_reading = matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        if is_reading || recording.response.status >= 300 {
            return;
        }
        let mut doctypes = Vec::new();
        let mut users = Vec::new();
        let mut document = None;
        if let Some((doctype, name)) = request.resource() {
            let made = recording
                .response
                .body
                .as_ref()
                .and_then(|body| body.get("data")?.get("name")?.as_str());
            document = name
                .clone()
                .or_else(|| made.map(str::to_owned))
                .map(|name| (doctype.clone(), name));
            match doctype.as_str() {
                "User Permission" => users.extend(request.parameter("user")),
                "User" => users.extend(name.or_else(|| request.parameter("email"))),
                "Custom DocPerm" => doctypes.extend(request.parameter("parent")),
                _ => {}
            }
            // A new user gets a Contact of his own, a customer's portal users are child rows.
            doctypes.extend(match doctype.as_str() {
                "User" => Some("Contact".to_owned()),
                "Customer" => Some("Portal User".to_owned()),
                // Any save of these may ask everybody for a second factor.
                "System Settings" => Some("Role".to_owned()),
                _ => None,
            });
            doctypes.push(doctype);
        } else if let Some(method) = request.method_name() {
            if method.contains("permission_manager") {
                doctypes.extend(request.parameter("doctype"));
                doctypes.extend(request.parameter("parent"));
                doctypes.push("Custom DocPerm".to_owned());
            } else if method.contains("user_permission") {
                users.extend(request.parameter("user"));
                doctypes.push("User Permission".to_owned());
            } else if method == "upload_file" {
                doctypes.push("File".to_owned());
            } else if method == "login" {
                // ERPNext makes a customer of who signs in (`default_role` of Portal Settings).
                doctypes.extend(["Customer".to_owned(), "Contact".to_owned()]);
            }
        }
        self.doctypes.extend(doctypes.into_iter().map(|doctype| {
            let name = document.as_ref().filter(|(known, _)| *known == doctype);
            let name = name.map(|(_, name)| name.clone());
            (doctype, name, at)
        }));
        self.users.extend(users.into_iter().map(|user| (user, at)));
    }

    /// Whose sessions a change of the User document ends, nobody has recorded.
    fn note_replayed(&mut self, recording: &Recording, request: &Request) {
        if let (true, Some(at)) = (recording.response.status < 300, recording.at)
            && let Some((doctype, Some(name))) = request.resource()
            && doctype == "User"
            && request.method == "PUT"
        {
            self.users.push((name, at));
        }
    }

    fn operation_reason(&self, recording: &Recording, request: &Request) -> Option<Reason> {
        let at = recording.at?;
        // Within one second nobody knows what came first.
        let recent = |moment: &Timestamp| *moment <= at && at.duration_since(*moment) <= SERIES;
        let touches = |wanted: &str| {
            self.users
                .iter()
                .any(|(user, moment)| user.eq_ignore_ascii_case(wanted) && recent(moment))
        };
        let (doctype, document) = request
            .resource()
            .unwrap_or_else(|| (request.parameter("doctype").unwrap_or_default(), None));
        let same_document = |changed: &Option<String>| match (changed, &document) {
            (Some(changed), Some(document)) => changed == document,
            _ => true,
        };
        // A Contact that links a user to a customer keeps him the role (`user_put_roles_replaces`).
        let follows =
            |known: &str| known == "Contact" && doctype == "User" && request.method == "PUT";
        let data_changed = self.doctypes.iter().any(|(known, name, moment)| {
            (*known == doctype && same_document(name) || follows(known)) && recent(moment)
        });
        let asked_about = request.parameter("user").unwrap_or_default();
        let changed = data_changed || touches(&recording.session_user()) || touches(&asked_about);
        // A code is asked for though the state names no second factor: somebody switched it on.
        let asks_for_code = recording
            .response
            .body
            .as_ref()
            .is_some_and(|body| body.get("verification").is_some())
            && !recording.given.contains_key("second_factor");
        (changed || asks_for_code).then_some(Reason::Operation)
    }
}

fn endpoint_reason(request: &Request) -> Option<Reason> {
    let path = request.path.as_str();
    let known = if let Some(method) = request.method_name() {
        METHODS.contains(&method)
    } else {
        path.starts_with("/api/resource/")
            || path.starts_with("/private/files/")
            || path.starts_with("/files/")
            || path == "/api/nothing"
            || (path == "/" && request.parameter("cmd").as_deref() == Some("login"))
    };
    let changes_permissions = ["permission_manager", "user_permissions", "upload_file"]
        .iter()
        .any(|word| path.contains(word) && request.method == "POST");
    match (known, changes_permissions) {
        (true, _) => None,
        (false, true) => Some(Reason::Operation),
        (false, false) => Some(Reason::Endpoint),
    }
}

/// Whether administrators' commands could have made this change: with an account that signs its
/// requests, or as Administrator.
pub fn is_of_a_command(recording: &Recording, request: &Request) -> bool {
    if matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS") {
        return false;
    }
    let is_of_the_manager = request
        .method_name()
        .is_some_and(|method| method.contains("permission_manager") && METHODS.contains(&method));
    let is_refused =
        recording.response.status == 403 && !request.path.starts_with("/api/resource/User/");
    let names = |(doctype, name): (String, Option<String>)| {
        let makes_a_single = doctype == "Portal Settings" && name.is_none();
        CHANGED_BY_COMMANDS.contains(&doctype.as_str()) && !makes_a_single
    };
    let is_signed = header(&request.headers, "Authorization").is_some()
        || header(&request.headers, "Cookie")
            .is_some_and(|cookie| cookie.contains("Administrator"));
    is_of_the_manager || ((is_signed || is_refused) && request.resource().is_some_and(names))
}

/// The portal writes nothing on the site but one's own language and time zone; a password it changes
/// by `update_password`, with the old one.
fn write_reason(recording: &Recording, request: &Request) -> Option<Reason> {
    let (doctype, name) = request.resource()?;
    if matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS")
        || is_of_a_command(recording, request)
    {
        return None;
    }
    let is_own = doctype == "User" && name.as_deref() == Some(recording.session_user().as_str());
    if request.method != "PUT" || !is_own {
        return Some(Reason::Operation);
    }
    let sendable = ["language", "time_zone"];
    let fields = request.body.as_ref().and_then(Value::as_object);
    let only_those =
        fields.is_some_and(|fields| fields.keys().all(|name| sendable.contains(&name.as_str())));
    (!only_those).then_some(Reason::Parameter)
}

fn parameter_reason(recording: &Recording, request: &Request) -> Option<Reason> {
    // Only a session that has opened a desk page has a token; the portal never opens one.
    let is_desk_session = recording.exc_type() == "CSRFTokenError";
    // Of others' roles nobody asks, and the data set does not hold all of Administrator's.
    let asks_of_others = request.method_name() == Some("frappe.core.doctype.user.user.get_roles")
        && request
            .parameter("uid")
            .is_some_and(|user| user != recording.session_user());
    if asks_of_others {
        return Some(Reason::Parameter);
    }
    // The commands send Portal Settings with all their rows; and the recorder had put rows back.
    let is_menu = request
        .resource()
        .is_some_and(|(doctype, _)| doctype == "Portal Settings");
    let has_rows = request.parameter("custom_menu").is_some();
    if is_menu && request.method == "PUT" && !has_rows && recording.response.status == 200 {
        return Some(Reason::Parameter);
    }
    // More than sixty users had been made in the hour before.
    if recording.note.contains("throttle_user_limit") {
        return Some(Reason::Operation);
    }
    let makes_customers = recording.note.contains("default_role=");
    if makes_customers && request.method_name() == Some("login") {
        return Some(Reason::Operation);
    }
    is_desk_session.then_some(Reason::Parameter)
}

/// Somebody who is not in the data set was made, or renamed, by an operation.
fn unknown_user_reason(recording: &Recording, request: &Request, stage: &Stage) -> Option<Reason> {
    let is_unknown = |user: &str| user.contains('@') && stage.site.record("User", user).is_none();
    let cookie = header(&request.headers, "Cookie").unwrap_or_default();
    let has_session = cookie.contains("__SID__") && is_unknown(&recording.session_user());
    let signs_in = recording.response.status == 200
        && request.method_name() == Some("login")
        && request
            .parameter("usr")
            .is_some_and(|user| is_unknown(&user));
    (has_session || signs_in).then_some(Reason::Operation)
}

/// Rows that the data set cannot have: of DocTypes whose records are not in it, which are an
/// administrator's and not the portal's, or of records that were changed after it was taken.
fn record_reason(recording: &Recording, request: &Request, stage: &Stage) -> Option<Reason> {
    let (doctype, name) = request.resource()?;
    if is_of_a_command(recording, request) {
        return None;
    }
    let body = recording.response.body.as_ref()?;
    let refusal = body
        .get("_server_messages")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if let Some((_, named)) = refusal.split_once("access this ")
        && let Some((child, _)) = named.split_once(" record because")
        && recording.response.status == 403
        && !stage.inventory.has_records(child)
    {
        return Some(Reason::Operation);
    }
    let data = body.get("data")?;
    let rows: Vec<&Map<String, Value>> = match data {
        Value::Array(rows) => rows.iter().filter_map(Value::as_object).collect(),
        Value::Object(document) => vec![document],
        _ => Vec::new(),
    };
    if recording.response.status != 200 || rows.is_empty() {
        return None;
    }
    let is_known = CHANGED_BY_COMMANDS.contains(&doctype.as_str());
    if !stage.inventory.has_records(&doctype) && !is_known {
        return Some(Reason::Endpoint);
    }
    let is_later = rows.iter().any(|row| {
        let name = row.get("name").and_then(Value::as_str).or(name.as_deref());
        let Some(stored) = name.and_then(|name| stage.site.record(&doctype, name)) else {
            return false;
        };
        row.iter().any(|(field, value)| {
            let is_filled = value.as_str().is_some_and(|text| !text.is_empty());
            is_filled
                && stage.inventory.is_own_field(&doctype, field)
                && stored.get(field).is_none()
        })
    });
    // Child rows that somebody else has changed since.
    let session_user = recording.session_user();
    let by_others = rows.iter().any(|row| {
        let stored = row.get("name").and_then(Value::as_str);
        let stored = stored
            .and_then(|name| stage.site.record(&doctype, name))
            .unwrap_or_default();
        row.iter()
            .filter_map(|(field, rows)| Some((field, rows.as_array()?)))
            .any(|(field, rows)| {
                rows.iter().any(|row| {
                    let known = stored[field].as_array().into_iter().flatten();
                    let mut known = known.filter(|known| known["name"] == row["name"]);
                    !row["modified_by"].is_null()
                        && row["modified_by"] != session_user.as_str()
                        && known.any(|known| known["modified_by"] != row["modified_by"])
                })
            })
    });
    let asks_for = |name: &str| request.parameter(name).unwrap_or_default();
    let dotted = serde_json::from_str::<Vec<String>>(&asks_for("fields")).unwrap_or_default();
    let asks_for_missing_rows = dotted
        .iter()
        .filter_map(|field| field.split_once('.'))
        .any(|(table, _)| stage.inventory.is_empty_table(&doctype, table));
    if is_later && name.as_ref() == Some(&doctype) {
        // Of Single DocTypes the data set has only what matters.
        return Some(Reason::Endpoint);
    }
    (is_later || by_others || asks_for_missing_rows).then_some(Reason::Operation)
}
