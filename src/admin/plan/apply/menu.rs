//! Changes rows of Portal Settings. All rows go along whole: a table that is sent replaces the stored
//! one, and a row that leaves something out loses it.

use serde_json::{Value, json};

use super::{Failed, change, document, rows};
use crate::admin::names::{CUSTOMER_ROLE, field};
use crate::admin::plan::NewRow;
use crate::frappe::{Administrator, DocType};

const SETTINGS: &str = "Portal Settings";

/// Adds rows to the custom menu.
pub(super) async fn add(admin: &Administrator, added: &[NewRow]) -> Result<(), Failed> {
    with(admin, |_, custom| {
        custom.extend(added.iter().map(|row| {
            json!({
                "title": row.title, "route": row.route, "role": CUSTOMER_ROLE, "enabled": 1,
                "reference_doctype": row.doctype.as_ref().map(DocType::as_str),
            })
        }));
    })
    .await
}

/// Has rows, by their own names, name a DocType.
pub(super) async fn keep(admin: &Administrator, kept: &[(String, DocType)]) -> Result<(), Failed> {
    with(admin, |standard, custom| {
        for row in standard.iter_mut().chain(custom) {
            let mut kept = kept.iter();
            if let Some((_, doctype)) = kept.find(|(name, _)| row["name"] == name.as_str()) {
                row["reference_doctype"] = json!(doctype.as_str());
            }
        }
    })
    .await
}

async fn with(
    admin: &Administrator,
    alter: impl FnOnce(&mut Vec<Value>, &mut Vec<Value>),
) -> Result<(), Failed> {
    let settings = document(admin, SETTINGS, SETTINGS).await?;
    let (mut standard, mut custom) = (rows(&settings, "menu"), rows(&settings, "custom_menu"));
    alter(&mut standard, &mut custom);
    let fields = json!({
        "custom_menu": custom, "menu": standard, "modified": settings.text(&field("modified")),
    });
    change(admin, SETTINGS, SETTINGS, fields).await?;
    Ok(())
}
