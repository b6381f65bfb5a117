//! `frappe.desk.form.load.getdoc`: a document as the desk loads it, with what hangs on it.
//!
//! Website Users may ask it too (`desk_getdoc`). A document that is not there is an empty message and
//! a 200, read in Frappe's source and seen on a site; one that may not be read is a 403
//! (`desk_getdoc_other`). Comments, mails and versions are none here, for the records hold none.

use serde_json::{Map, Value, json};

use super::answers::Failure;
use super::documents;
use super::permissions::Access;
use super::records::{int, text};
use super::visit::Visit;

/// Rights that `docinfo` tells, in Frappe's order.
const RIGHTS: [&str; 13] = [
    "select", "read", "write", "create", "delete", "submit", "cancel", "amend", "print", "email",
    "report", "import", "export",
];

/// What `docinfo` has lists of, all of them empty here.
const LISTS: [&str; 15] = [
    "comments",
    "shared",
    "assignment_logs",
    "attachment_logs",
    "info_logs",
    "like_logs",
    "workflow_logs",
    "communications",
    "automated_messages",
    "versions",
    "assignments",
    "views",
    "energy_point_logs",
    "additional_timeline_content",
    "milestones",
];

/// Loads a document.
pub(super) fn getdoc(
    access: &Access<'_>,
    visit: &mut Visit,
    doctype: &str,
    name: &str,
) -> Result<Map<String, Value>, Failure> {
    let mut answer = Map::new();
    let (meta, document) = match documents::find(access, doctype, name) {
        Ok(found) => found,
        Err(failure) if failure.missing.is_none() => return Err(failure),
        Err(_) => {
            answer.insert("message".to_owned(), json!([]));
            return Ok(answer);
        }
    };
    documents::require(access, visit, meta, &document, "read")?;
    let levels = (!access.is_administrator()).then(|| access.levels(meta, "read"));
    let shown = documents::shown(meta, &document, levels.as_ref());
    let name = text(&document, "name");
    let mut docinfo = Map::new();
    docinfo.insert("user_info".to_owned(), json!({}));
    docinfo.insert("doctype".to_owned(), json!(doctype));
    docinfo.insert("name".to_owned(), json!(name));
    for list in LISTS {
        docinfo.insert(list.to_owned(), json!([]));
    }
    docinfo.insert("attachments".to_owned(), attachments(access, doctype, name));
    let mut permissions = Map::new();
    permissions.insert("if_owner".to_owned(), json!({}));
    permissions.insert("has_if_owner_enabled".to_owned(), json!(false));
    for right in RIGHTS {
        let given = access.is_administrator() || access.role_gives(meta, right);
        permissions.insert(right.to_owned(), json!(i32::from(given)));
    }
    permissions.insert("share".to_owned(), json!(0));
    docinfo.insert("permissions".to_owned(), Value::Object(permissions));
    docinfo.insert("is_document_followed".to_owned(), Value::Null);
    docinfo.insert("tags".to_owned(), json!(""));
    docinfo.insert("document_email".to_owned(), Value::Null);
    answer.insert("docs".to_owned(), json!([shown]));
    answer.insert("docinfo".to_owned(), Value::Object(docinfo));
    answer.insert("_link_titles".to_owned(), json!({}));
    Ok(answer)
}

/// What hangs on a document, the newest first (`desk_getdoc_with_attachments`).
fn attachments(access: &Access<'_>, doctype: &str, name: &str) -> Value {
    let mut files: Vec<_> = access
        .records
        .documents("File")
        .filter(|file| text(file, "attached_to_doctype") == doctype)
        .filter(|file| text(file, "attached_to_name") == name)
        .collect();
    files.sort_by(|one, other| text(other, "modified").cmp(text(one, "modified")));
    let rows = files.into_iter().map(|file| {
        json!({
            "name": text(file, "name"),
            "file_name": text(file, "file_name"),
            "file_url": text(file, "file_url"),
            "is_private": int(file, "is_private"),
        })
    });
    rows.collect()
}
