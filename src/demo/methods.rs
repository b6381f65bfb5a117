//! The methods and resources of Frappe's REST API that this site knows, and what it says to the
//! others.
//!
//! One function takes a settled visitor to the answer. A method that is not here does not exist
//! (`unknown_method`), a route that is not here neither (`api_root_unknown`).

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::answers::{Answer, Failure};
use super::cells::{cint, is_truthy, sbool, text};
use super::desk;
use super::documents;
use super::files;
use super::grants::{Allowed, GUEST, roles_of, user_permissions_of};
use super::meta::Metas;
use super::permissions::Access;
use super::prints;
use super::query::{self, Arguments};
use super::state::State;
use super::visit::Visit;
use super::{administration, permission_manager, writes};

const GETDOC: &str = "frappe.desk.form.load.getdoc";
const RESET_PASSWORD: &str = "frappe.core.doctype.user.user.reset_password";
const DOWNLOAD_PDF: &str = "/api/method/frappe.utils.print_format.download_pdf";
const UPDATE_PASSWORD: &str = "frappe.core.doctype.user.user.update_password";

/// What a request came to: JSON to be completed, or a whole answer.
pub(super) enum Outcome {
    Json(Map<String, Value>),
    Whole(Box<Answer>),
}

/// Answers a visitor who is settled.
pub(super) fn answer(state: &mut State, visit: &mut Visit) -> Result<Outcome, Failure> {
    let command = visit.parameter("cmd").to_owned();
    if !command.is_empty() {
        return call(state, visit, &command).map(Outcome::Json);
    }
    let path = visit.path.clone();
    if path == DOWNLOAD_PDF {
        let printed = prints::download_pdf(state, visit)?;
        return Ok(Outcome::Whole(Box::new(printed)));
    }
    if let Some(rest) = path.strip_prefix("/api/") {
        let rest = rest.strip_prefix("v1/").unwrap_or(rest);
        return api(state, visit, rest.trim_end_matches('/')).map(Outcome::Json);
    }
    if path.starts_with("/private/files/") {
        return Ok(Outcome::Whole(Box::new(files::private(state, visit))));
    }
    if path == "/sitemap.xml" {
        return Ok(Outcome::Whole(Box::new(administration::site_map(
            state, visit,
        ))));
    }
    let page = Answer::web_page(404, "Not Found", "The page you are looking for is not here");
    Ok(Outcome::Whole(Box::new(page)))
}

fn api(state: &mut State, visit: &mut Visit, rest: &str) -> Result<Map<String, Value>, Failure> {
    if let Some(method) = rest.strip_prefix("method/") {
        let method = method.split('/').next().unwrap_or_default();
        let method = percent_decode_str(method).decode_utf8_lossy().into_owned();
        return call(state, visit, &method);
    }
    let resource = rest
        .strip_prefix("resource/")
        .ok_or_else(Failure::not_found)?;
    let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    let data = match (resource.split_once('/'), visit.method.as_str()) {
        (None, "GET" | "HEAD") => document_list(state, visit, &decoded(resource))?,
        (Some((doctype, name)), "GET" | "HEAD") => {
            let (doctype, name) = (decoded(doctype), decoded(name));
            let user = visit.user.clone();
            let access = Access::new(&state.records, &user);
            documents::read(&access, visit, &doctype, &name)?
        }
        (None, "POST") => writes::create(state, visit, &decoded(resource))?,
        (Some((doctype, name)), "PUT") => {
            writes::update(state, visit, &decoded(doctype), &decoded(name))?
        }
        (Some((doctype, name)), "DELETE") => {
            writes::delete(state, visit, &decoded(doctype), &decoded(name))?
        }
        _ => return Err(Failure::not_found()),
    };
    let mut map = Map::new();
    map.insert("data".to_owned(), data);
    Ok(map)
}

/// `GET /api/resource/<DocType>`
fn document_list(state: &State, visit: &Visit, doctype: &str) -> Result<Value, Failure> {
    let mut form = visit.form.clone();
    if let Some(fields) = form.get("fields").filter(|fields| is_truthy(fields)) {
        let fields = match fields {
            Value::String(written) => {
                serde_json::from_str(written).map_err(|error| Failure::not_json(&error))?
            }
            other => {
                let message = "the JSON object must be str, bytes or bytearray, not list";
                return Err(if other.is_array() {
                    Failure::python("TypeError", message)
                } else {
                    Failure::python("TypeError", "the JSON object must be str")
                });
            }
        };
        form.insert("fields".to_owned(), fields);
    }
    if !form.contains_key("limit_page_length") {
        let limit = form.get("limit").filter(|limit| is_truthy(limit)).cloned();
        form.insert(
            "limit_page_length".to_owned(),
            limit.unwrap_or_else(|| json!(20)),
        );
    }
    form.insert("doctype".to_owned(), json!(doctype));
    get_list(state, visit, &form)
}

/// `frappe.client.get_list`
fn get_list(state: &State, visit: &Visit, form: &Map<String, Value>) -> Result<Value, Failure> {
    let mut arguments = list_arguments(form)?;
    arguments.as_list = form
        .get("as_dict")
        .is_some_and(|as_dict| !is_truthy(&sbool(as_dict)));
    arguments.parent = Some(text(form.get("parent").unwrap_or(&Value::Null)).into_owned())
        .filter(|parent| !parent.is_empty());
    let access = Access::new(&state.records, &visit.user);
    if Metas::get()
        .meta(&arguments.doctype)
        .is_some_and(|meta| meta.is_child)
    {
        check_parent_permission(&access, &arguments)?;
    }
    Ok(Value::Array(query::run(
        &access,
        &arguments,
        state.today(),
    )?))
}

/// A child table is read through a parent that holds it and that the user may read
/// (`child_table_*`, `docperm_*`, `portal_user_*`).
fn check_parent_permission(access: &Access<'_>, arguments: &Arguments) -> Result<(), Failure> {
    let parent = arguments
        .parent
        .as_deref()
        .and_then(|parent| Metas::get().meta(parent));
    let holds = |meta: &&super::meta::Meta| {
        meta.table_fields()
            .any(|field| field.options == arguments.doctype)
            || (meta.name == "DocType" && arguments.doctype == "DocPerm")
    };
    let Some(parent) = parent.filter(holds) else {
        return Err(Failure::not_permitted(&[], None));
    };
    let mut reasons = Vec::new();
    if access.may(parent, "read", None, &mut reasons) {
        return Ok(());
    }
    Err(Failure::not_permitted(&[reasons.join("<br>")], None))
}

/// The arguments that lists and counts share. What is JSON in text is read here.
fn list_arguments(form: &Map<String, Value>) -> Result<Arguments, Failure> {
    let json = |name: &str| match form.get(name) {
        Some(Value::String(written)) if written.is_empty() => Ok(Value::Null),
        Some(Value::String(written)) if name == "fields" && written == "*" => Ok(json!(["*"])),
        Some(Value::String(written)) => {
            serde_json::from_str(written).map_err(|error| Failure::not_json(&error))
        }
        other => Ok(other.cloned().unwrap_or(Value::Null)),
    };
    let word = |name: &str| text(form.get(name).unwrap_or(&Value::Null)).into_owned();
    let value = |name: &str| form.get(name).cloned().unwrap_or(Value::Null);
    let limit_page_length = if form.contains_key("limit_page_length") {
        value("limit_page_length")
    } else {
        json!(20)
    };
    Ok(Arguments {
        doctype: word("doctype"),
        parent: None,
        filters: json("filters")?,
        or_filters: json("or_filters")?,
        fields: json("fields")?,
        group_by: word("group_by"),
        order_by: word("order_by"),
        limit_start: value("limit_start"),
        limit_page_length,
        as_list: false,
        distinct: false,
        counting: false,
    })
}

/// `frappe.desk.reportview.get_count`
fn get_count(state: &State, visit: &Visit) -> Result<Value, Failure> {
    const KNOWN: [&str; 26] = [
        "doctype",
        "fields",
        "filters",
        "or_filters",
        "docstatus",
        "group_by",
        "order_by",
        "limit_start",
        "limit_page_length",
        "as_list",
        "with_childnames",
        "debug",
        "with_comment_count",
        "distinct",
        "start",
        "page_length",
        "limit",
        "ignore_ifnull",
        "save_user_settings",
        "save_user_settings_fields",
        "update",
        "add_total_row",
        "user_settings",
        "reference_doctype",
        "strict",
        "parent_doctype",
    ];
    const DROPPED: [&str; 7] = [
        "cmd",
        "data",
        "ignore_permissions",
        "view",
        "user",
        "csrf_token",
        "join",
    ];
    let mut arguments = list_arguments(&visit.form)?;
    // Frappe hands the whole form on as arguments: `_lang` and `sid`, which other methods take
    // without a word, are errors here. Read in its source; no recording has it.
    let unknown = visit
        .form
        .keys()
        .find(|name| !KNOWN.contains(&name.as_str()) && !DROPPED.contains(&name.as_str()));
    if let Some(name) = unknown {
        return Err(Failure::python(
            "TypeError",
            format!("DatabaseQuery.execute() got an unexpected keyword argument '{name}'"),
        ));
    }
    if !visit.form.contains_key("doctype") {
        return Err(Failure::python(
            "TypeError",
            "execute() missing 1 required positional argument: 'doctype'",
        ));
    }
    let parent = text(visit.form.get("parent_doctype").unwrap_or(&Value::Null)).into_owned();
    arguments.parent = Some(parent).filter(|parent| !parent.is_empty());
    arguments.counting = true;
    arguments.distinct = visit
        .form
        .get("distinct")
        .is_some_and(|distinct| is_truthy(&sbool(distinct)));
    arguments.limit_page_length = visit
        .form
        .get("limit")
        .map_or(json!(0), |limit| json!(cint(limit)));
    arguments.order_by.clear();
    let access = Access::new(&state.records, &visit.user);
    let counted = query::run(&access, &arguments, state.today())?;
    Ok(counted.into_iter().next().unwrap_or_else(|| json!(0)))
}

/// `/api/method/<name>`
fn call(state: &mut State, visit: &mut Visit, method: &str) -> Result<Map<String, Value>, Failure> {
    const FOR_GUESTS: [&str; 7] = [
        "login",
        "ping",
        "frappe.ping",
        "logout",
        "frappe.handler.logout",
        RESET_PASSWORD,
        UPDATE_PASSWORD,
    ];
    const FOR_USERS: [&str; 13] = [
        GETDOC,
        "frappe.auth.get_logged_user",
        "frappe.client.get_list",
        "frappe.desk.reportview.get_count",
        "frappe.core.doctype.user_permission.user_permission.get_user_permissions",
        "frappe.core.doctype.user.user.get_roles",
        administration::GET_VERSIONS,
        administration::GENERATE_KEYS,
        administration::GET_PASSWORD,
        permission_manager::ADD,
        permission_manager::UPDATE,
        permission_manager::REMOVE,
        permission_manager::RESET,
    ];
    if !FOR_GUESTS.contains(&method) && !FOR_USERS.contains(&method) {
        return Err(unknown_method(method));
    }
    if visit.user == GUEST && FOR_USERS.contains(&method) {
        return Err(Failure::not_whitelisted(method));
    }
    // `api_method_wrong_verb_get_on_post_only`
    let is_by_post_only = [RESET_PASSWORD, UPDATE_PASSWORD].contains(&method);
    if is_by_post_only && visit.method != "POST" {
        return Err(Failure::forbidden("Not permitted"));
    }
    if visit.method == "HEAD" && method != "login" {
        return Err(Failure::forbidden("Not permitted"));
    }
    let result = match method {
        GETDOC => {
            let (doctype, name) = (
                visit.parameter("doctype").to_owned(),
                visit.parameter("name").to_owned(),
            );
            let user = visit.user.clone();
            let access = Access::new(&state.records, &user);
            return desk::getdoc(&access, visit, &doctype, &name);
        }
        "ping" | "frappe.ping" => json!("pong"),
        "frappe.auth.get_logged_user" => json!(visit.user),
        "frappe.client.get_list" => {
            if !visit.form.contains_key("doctype") {
                return Err(Failure::python(
                    "TypeError",
                    "get_list() missing 1 required positional argument: 'doctype'",
                ));
            }
            get_list(state, visit, &visit.form.clone())?
        }
        "frappe.desk.reportview.get_count" => get_count(state, visit)?,
        "frappe.core.doctype.user.user.get_roles" => {
            if !visit.form.contains_key("uid") {
                return Err(Failure::python("KeyError", "'uid'"));
            }
            json!(roles_of(&state.records, visit.parameter("uid")))
        }
        "frappe.core.doctype.user_permission.user_permission.get_user_permissions" => {
            get_user_permissions(state, visit)
        }
        administration::GET_VERSIONS => administration::versions(state),
        administration::GENERATE_KEYS => administration::generate_keys(state, visit)?,
        administration::GET_PASSWORD => administration::password(state, visit)?,
        permission_manager::ADD
        | permission_manager::UPDATE
        | permission_manager::REMOVE
        | permission_manager::RESET => {
            let Some(result) = permission_manager::call(state, visit, method)? else {
                return Ok(Map::new());
            };
            result
        }
        "logout" | "frappe.handler.logout" => {
            state.log_out(visit);
            return Ok(Map::new());
        }
        RESET_PASSWORD | UPDATE_PASSWORD => {
            let result = if method == RESET_PASSWORD {
                state.reset_password(visit)?
            } else {
                state.update_password(visit)?
            };
            let Some(result) = result else {
                return Ok(Map::new());
            };
            result
        }
        _ => return Ok(Map::new()),
    };
    let mut answer = Map::new();
    answer.insert("message".to_owned(), result);
    Ok(answer)
}

/// Answers for whoever is asked about, not only for oneself (`user_permissions_of_other`).
fn get_user_permissions(state: &State, visit: &Visit) -> Value {
    let asked = visit.parameter("user");
    let user = if asked.is_empty() {
        visit.user.as_str()
    } else {
        asked
    };
    let permissions = user_permissions_of(&state.records, user);
    let lists = permissions
        .into_iter()
        .map(|(doctype, list)| (doctype, list.iter().map(Allowed::to_json).collect()));
    Value::Object(lists.collect())
}

fn unknown_method(method: &str) -> Failure {
    let (module, name) = method.rsplit_once('.').unwrap_or(("frappe", method));
    Failure::validation(format!(
        "Failed to get method for command {method} with module '{module}' has no attribute '{name}'"
    ))
}
