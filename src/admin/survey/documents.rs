//! What the pages' DocTypes hold: their fields, their documents, stock and files.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{Documents, Field, Fields, Place, PublicFile, Read, Stock};
use super::super::names::{doctype, field};
use super::super::wanted::{Wanted, WantedPage};
use super::refused::Limits;
use super::{Survey, list, of, text};
use crate::frappe::{
    CountQuery, DocType, DocumentName, Error, FieldName, Filter, ListQuery, Record,
};
use crate::portal::stock::Owner;

impl Survey {
    /// The fields of what is shown and of the child tables below it.
    pub(super) async fn doctypes(
        &self,
        wanted: &Wanted,
    ) -> Read<BTreeMap<DocType, Option<Fields>>> {
        let mut doctypes = BTreeMap::new();
        let mut open = wanted.doctypes();
        open.extend(wanted.linked().map(|linked| linked.doctype.clone()));
        while let Some(doctype) = open.pop() {
            if doctypes.contains_key(&doctype) {
                continue;
            }
            let fields = self.fields(&doctype).await?;
            let shown = wanted.pages.iter().any(|page| page.doctype == doctype);
            if let Some(fields) = fields.as_ref().filter(|_| shown) {
                let tables = fields.0.values().filter(|field| field.is_table());
                open.extend(tables.filter_map(|field| DocType::parse(&field.options).ok()));
            }
            doctypes.insert(doctype, fields);
        }
        Ok(doctypes)
    }

    /// The DocType as shipped, then Custom Field, then Property Setter: its document holds neither of
    /// the two (`doctype_transport_job_sysmgr`).
    async fn fields(&self, of_doctype: &DocType) -> Read<Option<Fields>> {
        let name = DocumentName::parse(of_doctype.as_str()).map_err(|_| Error::NotFound)?;
        let document = match self
            .administrator
            .document(&doctype("DocType"), &name)
            .await
        {
            Ok(document) => document,
            Err(Error::NotFound) => return Ok(None),
            Err(problem) => return Err(problem),
        };
        let mut fields = Fields::default();
        for row in document.rows(&field("fields")) {
            fields.take(row);
        }
        let mut query = list(
            "Custom Field",
            &["fieldname", "fieldtype", "options", "permlevel"],
        );
        query.fields.push(field("ignore_user_permissions"));
        query.filters = vec![Filter::equals(field("dt"), of_doctype.as_str())];
        for row in self.administrator.all(query).await? {
            fields.take(&row);
        }
        let mut query = list("Property Setter", &["field_name", "property", "value"]);
        query.filters = vec![Filter::equals(field("doc_type"), of_doctype.as_str())];
        for row in self.administrator.all(query).await? {
            fields.set(
                &text(&row, "field_name"),
                &text(&row, "property"),
                &text(&row, "value"),
            );
        }
        Ok(Some(fields))
    }

    pub(super) async fn documents(
        &self,
        page: &WantedPage,
        doctypes: &BTreeMap<DocType, Option<Fields>>,
        limits: &Limits<'_>,
    ) -> Read<Documents> {
        let Some(Some(fields)) = doctypes.get(&page.doctype) else {
            return Err(Error::NotFound);
        };
        if !fields.0.contains_key(&page.customer) {
            return Err(Error::NotFound);
        }
        let count = |filters| CountQuery {
            doctype: page.doctype.clone(),
            filters,
            any_of: Vec::new(),
        };
        let without = vec![Filter::is_not_set(page.customer.clone())];
        Ok(Documents {
            all: self.administrator.count(&count(Vec::new())).await?,
            without_customer: self.administrator.count(&count(without)).await?,
            refused: self.refused(page, fields, doctypes, limits).await?,
        })
    }

    pub(super) async fn stock(
        &self,
        rule: &Owner,
        doctypes: &Read<BTreeMap<DocType, Option<Fields>>>,
    ) -> Read<Stock> {
        let named = match rule {
            Owner::Warehouse(field) => Some(field),
            Owner::Item | Owner::Settings(_) => None,
        };
        let known = match doctypes {
            Ok(doctypes) => doctypes.get(&doctype("Warehouse")).cloned().flatten(),
            Err(_) => None,
        };
        let named = named.filter(|field| known.is_some_and(|known| known.0.contains_key(*field)));
        let mut query = list("Warehouse", &["name", "parent_warehouse"]);
        query.fields.extend(named.cloned());
        let place = |row: &Record| {
            let customer = named.map(|field| of(row, field)).unwrap_or_default();
            let parent = text(row, "parent_warehouse");
            (text(row, "name"), Place { parent, customer })
        };
        let warehouses = self.administrator.all(query).await?;
        let items = self
            .administrator
            .all(list("Item", &["name", "customer"]))
            .await?;
        let bins = self
            .administrator
            .all(list("Bin", &["item_code", "warehouse"]))
            .await?;
        Ok(Stock {
            items: items
                .iter()
                .map(|row| (text(row, "name"), text(row, "customer")))
                .collect(),
            warehouses: warehouses.iter().map(place).collect(),
            bins: bins
                .iter()
                .map(|row| (text(row, "item_code"), text(row, "warehouse")))
                .collect(),
        })
    }

    pub(super) async fn public_files(&self, wanted: &Wanted) -> Read<Vec<PublicFile>> {
        let doctypes: BTreeSet<&str> = wanted
            .pages
            .iter()
            .map(|page| page.doctype.as_str())
            .collect();
        let fields = ["attached_to_doctype", "attached_to_name", "file_url"];
        let mut query: ListQuery = list("File", &fields);
        query.filters = vec![
            Filter::equals(field("is_private"), 0),
            Filter::one_of(field("attached_to_doctype"), doctypes),
        ];
        let rows = self.administrator.all(query).await?;
        let file = |row: &Record| PublicFile {
            doctype: text(row, "attached_to_doctype"),
            document: text(row, "attached_to_name"),
            url: text(row, "file_url"),
        };
        Ok(rows.iter().map(file).collect())
    }
}

impl Field {
    fn is_table(&self) -> bool {
        matches!(self.fieldtype.as_str(), "Table" | "Table MultiSelect")
    }
}

impl Fields {
    fn take(&mut self, row: &Record) {
        if let Ok(name) = FieldName::parse(&text(row, "fieldname")) {
            let taken = Field {
                fieldtype: text(row, "fieldtype"),
                options: text(row, "options"),
                level: row.integer(&field("permlevel")).unwrap_or(0),
                ignores_permissions: row.check(&field("ignore_user_permissions")),
            };
            self.0.insert(name, taken);
        }
    }

    fn set(&mut self, name: &str, property: &str, value: &str) {
        let Some(field) = FieldName::parse(name)
            .ok()
            .and_then(|name| self.0.get_mut(&name))
        else {
            return;
        };
        match property {
            "permlevel" => field.level = value.parse().unwrap_or(field.level),
            "fieldtype" => value.clone_into(&mut field.fieldtype),
            "options" => value.clone_into(&mut field.options),
            "ignore_user_permissions" => field.ignores_permissions = value == "1",
            _ => {}
        }
    }

    pub(super) fn tables(&self) -> Vec<(FieldName, DocType)> {
        let tables = self.0.iter().filter(|(_, field)| field.is_table());
        tables
            .filter_map(|(name, field)| Some((name.clone(), DocType::parse(&field.options).ok()?)))
            .collect()
    }
}
