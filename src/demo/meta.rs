//! What the DocTypes of the site look like: fields, their types, permission levels and links.
//!
//! Read once from `fixtures/doctypes.json`. DocTypes that only stand there by name (nobody asks
//! for their records) have no fields. Whose permission rows apply is decided in `permissions`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The columns that every record has.
pub(super) const DEFAULT_FIELDS: [&str; 7] = [
    "name",
    "owner",
    "creation",
    "modified",
    "modified_by",
    "docstatus",
    "idx",
];
/// The columns that rows of child tables have besides.
pub(super) const CHILD_FIELDS: [&str; 3] = ["parent", "parentfield", "parenttype"];
/// Names that Frappe lets through in queries though few tables have the columns.
pub(super) const OPTIONAL_FIELDS: [&str; 5] =
    ["_user_tags", "_comments", "_assign", "_liked_by", "_seen"];
/// DocTypes of the framework itself: permission levels do not hide their columns in lists.
const CORE_DOCTYPES: [&str; 18] = [
    "DefaultValue",
    "DocType",
    "DocField",
    "DocPerm",
    "DocType Action",
    "DocType Link",
    "User",
    "Role",
    "Has Role",
    "Page",
    "Module Def",
    "Print Format",
    "Report",
    "Customize Form",
    "Customize Form Field",
    "Property Setter",
    "Custom Field",
    "Client Script",
];

/// How the database stores a column, which decides how it compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Date,
    Datetime,
    Time,
}

/// One field of a DocType, as `fixtures/doctypes.json` lists it: name, type, label, options, and
/// where they are not 0 the permission level and "ignore user permissions".
#[derive(Debug, Deserialize)]
#[serde(from = "Vec<Value>")]
pub(super) struct Field {
    pub(super) fieldname: String,
    pub(super) fieldtype: String,
    pub(super) label: String,
    pub(super) options: String,
    pub(super) permlevel: i64,
    pub(super) ignore_user_permissions: bool,
}

impl From<Vec<Value>> for Field {
    fn from(parts: Vec<Value>) -> Self {
        let text = |at: usize| {
            parts
                .get(at)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let number = |at: usize| parts.get(at).and_then(Value::as_i64).unwrap_or_default();
        Self {
            fieldname: text(0),
            fieldtype: text(1),
            label: text(2),
            options: text(3),
            permlevel: number(4),
            ignore_user_permissions: number(5) != 0,
        }
    }
}

impl Field {
    pub(super) fn is_table(&self) -> bool {
        matches!(self.fieldtype.as_str(), "Table" | "Table MultiSelect")
    }

    pub(super) fn is_numeric(&self) -> bool {
        matches!(
            self.fieldtype.as_str(),
            "Check" | "Float" | "Int" | "Currency" | "Percent"
        )
    }

    fn kind(&self) -> Kind {
        match self.fieldtype.as_str() {
            "Check" | "Float" | "Int" | "Currency" | "Percent" | "Rating" | "Duration"
            | "Long Int" => Kind::Number,
            "Date" => Kind::Date,
            "Datetime" => Kind::Datetime,
            "Time" => Kind::Time,
            _ => Kind::Text,
        }
    }
}

/// One DocType.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what the file of DocTypes says of each, flag by flag"
)]
pub(super) struct Meta {
    #[serde(skip)]
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
    #[serde(rename = "child", deserialize_with = "flag")]
    pub(super) is_child: bool,
    #[serde(rename = "single", deserialize_with = "flag")]
    pub(super) is_single: bool,
    #[serde(rename = "tree", deserialize_with = "flag")]
    pub(super) is_tree: bool,
    #[serde(rename = "submittable", deserialize_with = "flag")]
    pub(super) is_submittable: bool,
    /// As shipped, for DocTypes of which the records bring no `DocPerm` rows.
    pub(super) permissions: Vec<Map<String, Value>>,
}

fn flag<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(u8::deserialize(deserializer)? != 0)
}

impl Meta {
    pub(super) fn field(&self, fieldname: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|field| field.fieldname == fieldname)
    }

    /// Whether the fields are known; of some `DocTypes` only the name is.
    pub(super) const fn has_fields(&self) -> bool {
        !self.fields.is_empty()
    }

    pub(super) fn table_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.is_table())
    }

    pub(super) fn link_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields
            .iter()
            .filter(|field| field.fieldtype == "Link" && field.options != "[Select]")
    }

    pub(super) fn is_core(&self) -> bool {
        CORE_DOCTYPES.contains(&self.name.as_str())
    }

    /// Whether the table in the database has this column.
    pub(super) fn has_column(&self, fieldname: &str) -> bool {
        !self.has_fields()
            || DEFAULT_FIELDS.contains(&fieldname)
            || (self.is_child && CHILD_FIELDS.contains(&fieldname))
            || self.field(fieldname).is_some_and(|field| !field.is_table())
    }

    pub(super) fn kind(&self, fieldname: &str) -> Kind {
        match fieldname {
            "docstatus" | "idx" => Kind::Number,
            "creation" | "modified" => Kind::Datetime,
            _ => self.field(fieldname).map_or(Kind::Text, Field::kind),
        }
    }
}

/// All DocTypes of the site.
#[derive(Debug)]
pub(super) struct Metas(BTreeMap<String, Meta>);

impl Metas {
    /// The one table of the program.
    pub(super) fn get() -> &'static Self {
        static METAS: LazyLock<Metas> = LazyLock::new(|| {
            let text = include_str!("../../fixtures/doctypes.json");
            let mut metas: BTreeMap<String, Meta> = serde_json::from_str(text).unwrap_or_default();
            for (name, meta) in &mut metas {
                meta.name.clone_from(name);
                for (at, row) in meta.permissions.iter_mut().enumerate() {
                    row.insert("name".to_owned(), format!("{name}-{at}").into());
                    row.insert("idx".to_owned(), (at + 1).into());
                    row.insert("parent".to_owned(), name.as_str().into());
                    row.insert("parentfield".to_owned(), "permissions".into());
                    row.insert("parenttype".to_owned(), "DocType".into());
                }
            }
            Metas(metas)
        });
        &METAS
    }

    pub(super) fn meta(&self, doctype: &str) -> Option<&Meta> {
        self.0.get(doctype)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Meta> {
        self.0.values()
    }

    /// The `DocType` whose name is written so in file names: small, with underscores.
    pub(super) fn scrubbed(&self, stem: &str) -> Option<&str> {
        let scrub = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
        self.0
            .keys()
            .map(String::as_str)
            .find(|name| scrub(name) == stem)
    }

    /// The DocTypes and fields that hold rows of this child table.
    pub(super) fn parents_of(&self, child: &str) -> Vec<(&Meta, &Field)> {
        self.0
            .values()
            .flat_map(|meta| meta.table_fields().map(move |field| (meta, field)))
            .filter(|(_, field)| field.options == child)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_doctypes_that_the_portal_reads_are_all_there() {
        for doctype in [
            "Transport Job",
            "Warehouse Job",
            "Bin",
            "Item",
            "Warehouse",
            "Customer",
            "Portal User",
            "User",
            "Contact",
            "File",
            "Transport Leg",
        ] {
            let meta = Metas::get().meta(doctype);
            assert!(
                meta.is_some_and(|meta| !meta.fields.is_empty()),
                "{doctype} has no fields"
            );
        }
    }
}
