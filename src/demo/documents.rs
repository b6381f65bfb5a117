//! `/api/resource/<DocType>/<name>`: a whole document, as its reader may see it.
//!
//! Every field and every child row comes, whatever `fields` says
//! (`doc_transport_job_fields_param_ignored`); NULL is left out, numbers are always there, and
//! fields of a permission level that the reader does not have are empty
//! (`own_user_doc_website_user`). One write is known: a change of one's own User document.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::answers::{Failure, printed};
use super::cells;
use super::meta::{CHILD_FIELDS, DEFAULT_FIELDS, Meta, Metas};
use super::permissions::Access;
use super::records::{Record, children, int};
use super::state::State;
use super::visit::Visit;

/// The Languages that Frappe comes with.
#[rustfmt::skip]
const LANGUAGES: [&str; 82] = [
    "af", "am", "ar", "bg", "bn", "bo", "bs", "ca", "cs", "da", "da-DK", "de", "el", "en", "en-GB",
    "en-US", "eo", "es", "es-AR", "es-BO", "es-CL", "es-CO", "es-DO", "es-EC", "es-GT", "es-MX",
    "es-NI", "es-PE", "et", "fa", "fi", "fil", "fr", "fr-CA", "gu", "he", "hi", "hr", "hu", "id",
    "is", "it", "ja", "kk", "km", "kn", "ko", "ku", "lo", "lt", "lv", "mk", "ml", "mn", "mr", "ms",
    "my", "nl", "no", "pl", "ps", "pt", "pt-BR", "ro", "ru", "rw", "si", "sk", "sl", "sq", "sr",
    "sr-BA", "sv", "sw", "ta", "te", "th", "tr", "uk", "vi", "zh", "zh-TW",
];

/// Reads a document.
pub(super) fn read(
    access: &Access<'_>,
    visit: &mut Visit,
    doctype: &str,
    name: &str,
) -> Result<Value, Failure> {
    let (meta, document) = find(access, doctype, name)?;
    require(access, visit, meta, &document, "read")?;
    let levels = (!access.is_administrator()).then(|| access.levels(meta, "read"));
    Ok(Value::Object(shown(meta, &document, levels.as_ref())))
}

pub(super) fn find<'a>(
    access: &Access<'a>,
    doctype: &str,
    name: &str,
) -> Result<(&'static Meta, Found<'a>), Failure> {
    let metas = Metas::get();
    let meta = metas
        .meta(doctype)
        .ok_or_else(|| Failure::unknown_doctype(doctype))?;
    if meta.is_single {
        let single = access.records.single(doctype);
        return Ok((
            meta,
            single.map_or_else(|| Found::Made(made(doctype)), Found::Stored),
        ));
    }
    if let Some(record) = access.records.get(doctype, name) {
        return Ok((meta, Found::Stored(record)));
    }
    // DocTypes are documents too, though their records are not here.
    match metas.meta(name).filter(|_| doctype == "DocType") {
        Some(named) => Ok((
            meta,
            Found::Made(super::doctype::document(access.records, named)),
        )),
        None => Err(Failure::missing(doctype, name)),
    }
}

/// A document, stored or made for the occasion.
pub(super) enum Found<'a> {
    Stored(&'a Record),
    Made(Record),
}

impl std::ops::Deref for Found<'_> {
    type Target = Record;

    fn deref(&self) -> &Record {
        match self {
            Self::Stored(record) => record,
            Self::Made(record) => record,
        }
    }
}

fn made(name: &str) -> Record {
    let mut record = Record::new();
    record.insert("name".to_owned(), json!(name));
    record
}

pub(super) fn require(
    access: &Access<'_>,
    visit: &mut Visit,
    meta: &'static Meta,
    document: &Record,
    right: &str,
) -> Result<(), Failure> {
    let (mut reasons, mut inner) = (Vec::new(), Vec::new());
    if access.may_document(meta, right, document, &mut reasons, &mut inner) {
        return Ok(());
    }
    visit
        .printed
        .extend(inner.iter().map(|reason| printed(reason, "Message")));
    // What was printed for another document has swallowed the reasons of this one.
    let reason = if inner.is_empty() {
        reasons.join("<br>")
    } else {
        String::new()
    };
    Err(Failure::not_permitted(&[reason], None))
}

/// The document as JSON, without the fields of levels that are not among `levels`.
pub(super) fn shown(
    meta: &Meta,
    document: &Record,
    levels: Option<&HashSet<i64>>,
) -> Map<String, Value> {
    let mut map = one_row(meta, document, levels);
    for table in meta.table_fields() {
        let readable =
            table.permlevel == 0 || levels.is_none_or(|levels| levels.contains(&table.permlevel));
        let rows = Metas::get()
            .meta(&table.options)
            .filter(|_| readable)
            .map(|child| {
                children(document, &table.fieldname)
                    .map(|row| Value::Object(one_row(child, row, levels)))
                    .collect()
            });
        map.insert(
            table.fieldname.clone(),
            Value::Array(rows.unwrap_or_default()),
        );
    }
    map
}

fn one_row(meta: &Meta, record: &Record, levels: Option<&HashSet<i64>>) -> Map<String, Value> {
    let mut map = Map::new();
    for name in DEFAULT_FIELDS.iter().chain(&CHILD_FIELDS) {
        if let Some(value) = record.get(*name).filter(|value| !value.is_null()) {
            let value = if *name == "docstatus" {
                json!(cells::cint(value))
            } else {
                value.clone()
            };
            map.insert((*name).to_owned(), value);
        }
    }
    for field in meta.fields.iter().filter(|field| !field.is_table()) {
        let readable =
            field.permlevel == 0 || levels.is_none_or(|levels| levels.contains(&field.permlevel));
        let value = record
            .get(&field.fieldname)
            .filter(|value| readable && !value.is_null());
        let value = match (field.fieldtype.as_str(), value) {
            ("Check", value) => Some(json!(i64::from(
                cells::cint(value.unwrap_or(&json!(0))) != 0
            ))),
            ("Int", value) => Some(json!(cells::cint(value.unwrap_or(&json!(0))))),
            ("Float" | "Currency" | "Percent", value) => {
                Some(json!(cells::number(value.unwrap_or(&json!(0.0)))))
            }
            ("Date" | "Datetime", Some(value)) if *value == "" => None,
            (_, value) => value.cloned(),
        };
        if let Some(value) = value {
            map.insert(field.fieldname.clone(), value);
        }
    }
    map.insert("doctype".to_owned(), json!(meta.name));
    map
}

/// Changes one's own User document (`own_user_put_language`): what is of a higher permission
/// level is ignored without a word (`own_user_put_roles`, `own_user_put_user_type`).
pub(super) fn update_own_user(
    state: &mut State,
    visit: &mut Visit,
    name: &str,
) -> Result<Value, Failure> {
    const FIXED: [&str; 4] = ["name", "email", "enabled", "new_password"];
    let sent = visit.form.clone();
    let meta = Metas::get().meta("User").ok_or_else(Failure::not_found)?;
    let now = state.site_time();
    let user = visit.user.clone();
    {
        let access = Access::new(&state.records, &user);
        let (_, document) = find(&access, "User", name)?;
        require(&access, visit, meta, &document, "write")?;
    }
    if let Some(language) = sent.get("language").and_then(Value::as_str)
        && !language.is_empty()
        && !LANGUAGES.contains(&language)
    {
        return Err(Failure::no_such_link("Language", language));
    }
    if let Some(password) = sent.get("new_password").and_then(Value::as_str)
        && !password.is_empty()
    {
        state.require_strong(password)?;
        let stored = state.records.get("User", name);
        let ends_others = sent.get("logout_all_sessions").map_or_else(
            || stored.is_some_and(|user| int(user, "logout_all_sessions") != 0),
            |sent| cells::cint(sent) != 0,
        );
        state.store_password(visit, name, password, ends_others);
    }
    if let Some(record) = state.records.get_mut("User", name) {
        for (fieldname, value) in sent {
            let changeable = meta.field(&fieldname).is_some_and(|field| {
                field.permlevel == 0 && !field.is_table() && !FIXED.contains(&fieldname.as_str())
            });
            if changeable {
                record.insert(fieldname, value);
            }
        }
        record.insert("modified".to_owned(), json!(now));
        record.insert("modified_by".to_owned(), json!(user));
    }
    let access = Access::new(&state.records, &user);
    let (meta, document) = find(&access, "User", name)?;
    // What a change answers is not limited to the reader's levels (`own_user_put_language`).
    Ok(Value::Object(shown(meta, &document, None)))
}
