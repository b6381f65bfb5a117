//! When an answer is the recorded one.
//!
//! Status, content type, `exc_type`, `session_expired`, whether a traceback is shown, the kind of
//! sid, and the data; of a print, its name and that it is a PDF, for what stands on it is the site's own. Not compared: texts of tracebacks and messages, debug output, random ids,
//! times of signing in, and the order of rows where none was asked for.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::recording::{Recording, header};
use super::stage::{Answer, Stage};

/// Keys of an answer that are texts for people, or were compared otherwise.
const TEXTS: [&str; 7] = [
    "exc",
    "exception",
    "_server_messages",
    "_error_message",
    "_debug_messages",
    "_exc_source",
    "exc_type",
];
/// Fields that every sign-in or change of this very run moves.
const MOVING: [&str; 4] = [
    "last_login",
    "last_active",
    "last_ip",
    "last_password_reset_date",
];

pub async fn differences(recording: &Recording, answer: &Answer, stage: &Stage) -> Vec<String> {
    let mut problems = Vec::new();
    let mut compare = |what: &str, recorded: &str, found: &str| {
        if recorded != found {
            problems.push(format!("{what} is {found}, recorded {recorded}"));
        }
    };
    let recorded = &recording.response;
    compare(
        "status",
        &recorded.status.to_string(),
        &answer.status.to_string(),
    );
    let kind = |headers: &[(String, String)]| {
        header(headers, "content-type")
            .unwrap_or_default()
            .to_owned()
    };
    compare(
        "content type",
        &kind(&recorded.headers),
        &kind(&answer.headers),
    );
    compare(
        "the sid",
        &kind_of_sid(&recorded.headers),
        &kind_of_sid(&answer.headers),
    );
    let request = recording.request.as_ref().expect("a request");
    let is_print = request
        .method_name()
        .is_some_and(|method| method.ends_with("download_pdf"));
    if is_print && recorded.status == 200 {
        let name = |headers: &[(String, String)]| {
            header(headers, "content-disposition")
                .unwrap_or_default()
                .to_owned()
        };
        compare("the name", &name(&recorded.headers), &name(&answer.headers));
        let is_pdf = answer.body.starts_with(b"%PDF-").to_string();
        compare("whether it is a PDF", "true", &is_pdf);
    }
    let is_json = kind(&recorded.headers) == "application/json";
    if request.method == "HEAD" || !is_json {
        return problems;
    }
    let Some(body) = &recorded.body else {
        return problems;
    };
    let found = answer.json().unwrap_or_default();
    for key in ["exc_type", "session_expired"] {
        let text = |body: &Value| body.get(key).map(Value::to_string).unwrap_or_default();
        compare(key, &text(body), &text(&found));
    }
    for key in ["exc", "_server_messages"] {
        let shown = |body: &Value| body.get(key).is_some().to_string();
        compare(
            &format!("whether there is {key}"),
            &shown(body),
            &shown(&found),
        );
    }
    let (body, found) = (without_texts(body), without_texts(&found));
    if recorded.is_cut {
        if let Some(problem) = not_contained(&body, &found, "") {
            problems.push(problem);
        }
        return problems;
    }
    if is_same(&body, &found) || same_rows(recording, &body, &found, stage).await {
        return problems;
    }
    let mut problem = not_contained(&body, &found, "").unwrap_or_default();
    if problem.is_empty() {
        problem = format!(
            "more than recorded: {}",
            not_contained(&found, &body, "").unwrap_or_default()
        );
    }
    problems.push(problem);
    problems
}

/// What the sid cookies of an answer amount to.
fn kind_of_sid(headers: &[(String, String)]) -> String {
    let cookies: Vec<&str> = headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .map(|(_, value)| value.as_str())
        .collect();
    let value = |name: &str| {
        let mut values = cookies
            .iter()
            .filter_map(|cookie| cookie.strip_prefix(name));
        values
            .find(|value| !value.starts_with(';'))
            .and_then(|value| value.split(';').next())
    };
    let is_cleared = cookies.iter().any(|cookie| cookie.starts_with("sid=;"));
    // Without a user's name beside it the sid is Administrator's and worth nothing.
    let kind = match (value("sid="), value("user_id=")) {
        (None, _) => "none",
        (Some("Guest"), _) => "Guest",
        (Some(_), None) => "worthless",
        (Some(_), Some(_)) => "a session",
    };
    let age = cookies
        .iter()
        .find(|cookie| cookie.starts_with("sid=") && !cookie.starts_with("sid=;"))
        .and_then(|cookie| cookie.split("Max-Age=").nth(1)?.split(';').next());
    let secure = cookies.iter().any(|cookie| cookie.contains("; Secure"));
    format!(
        "{kind}{}{}{}",
        age.map(|age| format!(" for {age} s")).unwrap_or_default(),
        if secure { ", secure" } else { "" },
        if is_cleared { ", cleared" } else { "" }
    )
}

/// What the desk's loader says of comments, of those who wrote them and of other documents' titles:
/// their records are in no data set, and the portal reads none of it (`desk_getdoc_with_attachments`).
const OF_THE_DESK: [&str; 2] = ["user_info", "attachment_logs"];

fn without_texts(body: &Value) -> Value {
    let Value::Object(map) = body else {
        return body.clone();
    };
    let mut kept = map.clone();
    kept.retain(|key, _| !TEXTS.contains(&key.as_str()) && key != "_link_titles");
    if let Some(Value::Object(docinfo)) = kept.get_mut("docinfo") {
        docinfo.retain(|key, _| !OF_THE_DESK.contains(&key.as_str()));
    }
    Value::Object(kept)
}

fn is_same(recorded: &Value, found: &Value) -> bool {
    match (recorded, found) {
        (Value::Number(recorded), Value::Number(found)) => {
            let difference =
                recorded.as_f64().unwrap_or_default() - found.as_f64().unwrap_or_default();
            difference.abs() < 0.005
        }
        (Value::String(recorded), Value::String(found)) => {
            recorded == found || is_placeholder(recorded, found)
        }
        (Value::Array(recorded), Value::Array(found)) => {
            recorded.len() == found.len()
                && recorded
                    .iter()
                    .zip(found)
                    .all(|(recorded, found)| is_same(recorded, found))
        }
        (Value::Object(recorded), Value::Object(found)) => same_objects(recorded, found),
        (recorded, found) => recorded == found,
    }
}

fn same_objects(recorded: &Map<String, Value>, found: &Map<String, Value>) -> bool {
    recorded.len() == found.len()
        && recorded.iter().all(|(key, recorded)| {
            found.get(key).is_some_and(|found| {
                MOVING.contains(&key.as_str()) || key == "tmp_id" || is_same(recorded, found)
            })
        })
}

/// A text with a placeholder is the same when what stands round it is.
fn is_placeholder(recorded: &str, found: &str) -> bool {
    let Some(start) = recorded.find("__") else {
        return false;
    };
    let rest = recorded[start..].trim_start_matches(|letter: char| {
        letter == '_' || letter.is_ascii_uppercase() || letter.is_ascii_digit()
    });
    rest.len() + start < recorded.len()
        && found.starts_with(&recorded[..start])
        && found.ends_with(rest)
}

/// Says where a cut answer is not the beginning of the one found. `n` beside a cut list is the
/// number of all its rows.
fn not_contained(recorded: &Value, found: &Value, place: &str) -> Option<String> {
    match (recorded, found) {
        (Value::Object(recorded), Value::Object(all)) => {
            recorded.iter().find_map(|(key, value)| {
                if MOVING.contains(&key.as_str()) || key == "modified" || key == "tmp_id" {
                    return None;
                }
                if key == "n" && !all.contains_key("n") {
                    let list = all.values().find_map(Value::as_array);
                    let count = list
                        .map(Vec::len)
                        .and_then(|count| u64::try_from(count).ok());
                    let wanted = value.as_u64();
                    return (count != wanted)
                        .then(|| format!("{place}: {count:?} rows, recorded {wanted:?}"));
                }
                match all.get(key) {
                    Some(found) => not_contained(value, found, &format!("{place}/{key}")),
                    None if value.is_null() => None,
                    None => Some(format!("{place}/{key} is missing")),
                }
            })
        }
        // Texts alone are a set: roles come in no order (`get_roles_of_other_website_user`).
        (Value::Array(recorded), Value::Array(all)) if recorded.iter().all(Value::is_string) => {
            let missing = recorded.iter().find(|text| !all.contains(text))?;
            Some(format!("{place}: {missing} is missing"))
        }
        (Value::Array(recorded), Value::Array(all)) => {
            if recorded.len() > all.len() {
                return Some(format!(
                    "{place}: {} rows, recorded {}",
                    all.len(),
                    recorded.len()
                ));
            }
            recorded
                .iter()
                .zip(all)
                .enumerate()
                .find_map(|(at, (recorded, found))| {
                    not_contained(recorded, found, &format!("{place}/{at}"))
                })
        }
        (recorded, found) => (!is_same(recorded, found))
            .then(|| format!("{place} is {}, recorded {}", short(found), short(recorded))),
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(120).collect()
}

/// Whether two lists hold the same rows where their order was left to the database; with a limit,
/// whether the recorded rows are some of all.
async fn same_rows(recording: &Recording, recorded: &Value, found: &Value, stage: &Stage) -> bool {
    let request = recording.request.as_ref().expect("a request");
    let order = request
        .parameter("order_by")
        .filter(|order| !order.contains("(select"));
    if let Some(order) = &order
        && sequence(recorded, order) != sequence(found, order)
    {
        return false;
    }
    let list = |body: &Value| {
        let rows = body.get("data").or_else(|| body.get("message"))?;
        if let Some(permissions) = rows.as_object() {
            // User Permissions come in the order of their making.
            let lists = permissions
                .iter()
                .map(|(key, rows)| (key.clone(), sorted(rows)));
            return Some(vec![format!("{:?}", lists.collect::<BTreeMap<_, _>>())]);
        }
        rows.as_array()
            .map(|rows| rows.iter().map(row_key).collect::<Vec<_>>())
    };
    let (Some(mut recorded), Some(mut found)) = (list(recorded), list(found)) else {
        return false;
    };
    let counts = recorded.len() == found.len();
    recorded.sort();
    found.sort();
    if recorded == found {
        return true;
    }
    if !counts || request.method != "GET" {
        return false;
    }
    let Some(mut all) = stage
        .whole_list(recording)
        .await
        .and_then(|all| list(&all.json()?))
    else {
        return false;
    };
    recorded.iter().all(|row| {
        let place = all.iter().position(|known| known == row);
        place.map(|place| all.swap_remove(place)).is_some()
    })
}

/// The values that rows are ordered by, row for row: rows that are equal in all of them may stand
/// in any order. Columns that an answer does not show are not seen.
fn sequence(body: &Value, order: &str) -> Vec<Vec<String>> {
    let columns: Vec<&str> = order
        .split(',')
        .filter_map(|term| term.split_whitespace().next())
        .map(|column| {
            column
                .rsplit('.')
                .next()
                .unwrap_or(column)
                .trim_matches('`')
        })
        .collect();
    let rows = body
        .get("data")
        .or_else(|| body.get("message"))
        .and_then(Value::as_array);
    let key = |row: &Value| {
        let values = columns.iter().filter_map(|column| row.get(column));
        values.map(Value::to_string).collect()
    };
    rows.into_iter().flatten().map(key).collect()
}

fn sorted(rows: &Value) -> Vec<String> {
    let mut rows: Vec<String> = rows
        .as_array()
        .map(|rows| rows.iter().map(row_key).collect())
        .unwrap_or_default();
    rows.sort();
    rows
}

fn row_key(row: &Value) -> String {
    match row {
        Value::Object(map) => {
            let kept: BTreeMap<_, _> = map
                .iter()
                .filter(|(key, _)| !MOVING.contains(&key.as_str()))
                .collect();
            format!("{kept:?}")
        }
        other => other.to_string(),
    }
}
