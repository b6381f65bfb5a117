//! A `DocType` as a document: its fields and its permissions as shipped, without Custom Field and
//! Custom `DocPerm` (`doctype_transport_job_sysmgr`).

use serde_json::{Value, json};

use super::meta::Meta;
use super::records::{Record, Records, text};

/// The document. Fields that only lay a form out are not in it.
pub(super) fn document(records: &Records, meta: &Meta) -> Record {
    let rows = |field: &str, rows: Vec<Value>| -> Value {
        let rows = rows.into_iter().enumerate().map(|(at, mut row)| {
            row["name"] = json!(format!("{field}-{}-{at}", meta.name));
            row["idx"] = json!(at + 1);
            row["docstatus"] = json!(0);
            row["parent"] = json!(meta.name);
            row["parentfield"] = json!(field);
            row["parenttype"] = json!("DocType");
            row
        });
        rows.collect()
    };
    let fields = meta.fields.iter().map(|field| {
        json!({
            "fieldname": field.fieldname,
            "fieldtype": field.fieldtype,
            "label": field.label,
            "options": field.options,
            "permlevel": field.permlevel,
            "ignore_user_permissions": i32::from(field.ignore_user_permissions),
        })
    });
    let standard = records
        .documents("DocPerm")
        .filter(|row| text(row, "parent") == meta.name);
    let mut permissions: Vec<Value> = standard.map(|row| json!(row)).collect();
    if permissions.is_empty() {
        permissions = meta.permissions.iter().map(|row| json!(row)).collect();
    }
    let document = json!({
        "name": meta.name,
        "owner": "Administrator",
        "docstatus": 0,
        "istable": i32::from(meta.is_child),
        "issingle": i32::from(meta.is_single),
        "is_tree": i32::from(meta.is_tree),
        "is_submittable": i32::from(meta.is_submittable),
        "fields": rows("fields", fields.collect()),
        "permissions": rows("permissions", permissions),
    });
    match document {
        Value::Object(record) => record,
        _ => Record::new(),
    }
}
