//! The pages that ship against the DocTypes that they show, as an installed site has them.
//!
//! A field that is not there would be a 417 for everybody (`fields_unknown`), and a wrong kind a
//! number shown as text.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Field, Kind, PageFile, Section};
use crate::frappe::{DocType, FieldName};

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    fields: Vec<Vec<serde_json::Value>>,
}

struct DocTypes(BTreeMap<String, Meta>);

/// A field as the DocType has it: its type, and its options.
#[derive(Debug)]
struct Is<'a>(&'a str, &'a str);

impl DocTypes {
    fn read() -> Self {
        let text = include_str!("../../../fixtures/doctypes.json");
        Self(serde_json::from_str(text).expect("DocTypes"))
    }

    fn field(&self, doctype: &str, field: &FieldName) -> Is<'_> {
        match field.as_str() {
            "name" => return Is("Data", ""),
            "docstatus" => return Is("Select", "0\n1\n2"),
            _ => {}
        }
        let meta = self.0.get(doctype);
        let fields = &meta
            .unwrap_or_else(|| panic!("no DocType {doctype}"))
            .fields;
        let text =
            |parts: &'_ [serde_json::Value], at: usize| parts[at].as_str().map(str::to_owned);
        let found = fields
            .iter()
            .find(|parts| text(parts, 0).as_deref() == Some(field.as_str()))
            .unwrap_or_else(|| panic!("{doctype} has no field {field}"));
        let part = |at: usize| found[at].as_str().unwrap_or_default();
        Is(part(1), part(3))
    }

    /// The child DocType of a Table field.
    fn child(&self, doctype: &str, table: &FieldName) -> &str {
        let Is(kind, child) = self.field(doctype, table);
        assert_eq!(kind, "Table", "{doctype}.{table}");
        child
    }

    fn fit<'f>(&self, doctype: &str, fields: impl IntoIterator<Item = &'f Field>) {
        for field in fields.into_iter().filter(|field| field.kind != Kind::Route) {
            let Is(is, options) = self.field(doctype, &field.field);
            let fits: &[&str] = match field.kind {
                Kind::Text => &["Data", "Select", "Link", "Dynamic Link"],
                Kind::Code => &["Data", "Link", "Dynamic Link"],
                Kind::Status => &["Select"],
                Kind::Date => &["Date", "Datetime"],
                Kind::Datetime => &["Datetime"],
                Kind::Number => &["Float", "Int", "Percent"],
                Kind::Check => &["Check"],
                Kind::Lines => &["Small Text", "Text", "Long Text"],
                Kind::Route => &[],
            };
            let place = format!("{doctype}.{}", field.field);
            assert!(fits.contains(&is), "{place}: {is} is no {:?}", field.kind);
            if let Some(unit) = &field.unit_field {
                assert_eq!(self.field(doctype, unit).0, "Link", "{place}: the unit");
            }
            for value in field.names.keys() {
                assert!(
                    options.split('\n').any(|option| option == value),
                    "{place}: {value}"
                );
            }
        }
    }

    fn fits_type(&self, doctype: &str, field: &FieldName, expected: &[&str]) {
        let Is(is, _) = self.field(doctype, field);
        assert!(expected.contains(&is), "{doctype}.{field}: {is}");
    }

    fn section(&self, doctype: &str, section: &Section) {
        match section {
            Section::Fields { fields, .. } => self.fit(doctype, fields),
            Section::RichText { field, .. } => self.fits_type(doctype, field, &["Text Editor"]),
            Section::Table(table) => {
                let child = self.child(doctype, &table.table);
                self.fit(child, &table.columns);
                if let Some(linked) = &table.linked {
                    assert_eq!(self.field(child, &linked.link).1, linked.doctype.as_str());
                    self.fit(linked.doctype.as_str(), &linked.columns);
                    let Is(_, back) = self.field(linked.doctype.as_str(), &linked.back);
                    assert_eq!(back, doctype);
                }
            }
            Section::Timeline(timeline) => {
                let child = self.child(doctype, &timeline.table);
                self.fits_type(child, &timeline.name, &["Link", "Data"]);
                let Is(_, statuses) = self.field(child, &timeline.status);
                assert_eq!(statuses, "Planned\nStarted\nCompleted\nDelayed");
                for moment in [
                    &timeline.planned_start,
                    &timeline.planned_end,
                    &timeline.actual_start,
                    &timeline.actual_end,
                ] {
                    self.fits_type(child, moment, &["Datetime"]);
                }
            }
            Section::Operations(operations) => {
                let child = self.child(doctype, &operations.table);
                for name in &operations.name {
                    self.fits_type(child, name, &["Link", "Data", "Small Text", "Text"]);
                }
                self.fits_type(child, &operations.quantity, &["Float"]);
                self.fits_type(child, &operations.unit, &["Link"]);
                self.fits_type(child, &operations.start, &["Datetime"]);
                self.fits_type(child, &operations.end, &["Datetime"]);
                self.fits_type(child, &operations.hours, &["Float"]);
            }
            Section::Checklist(checklist) => {
                assert_eq!(self.child(doctype, &checklist.table), "Job Document");
            }
        }
    }

    fn page(&self, page: &PageFile) {
        let doctype = page.doctype.as_str();
        let Is(is, whose) = self.field(doctype, &page.customer);
        assert_eq!((is, whose), ("Link", "Customer"));
        self.fit(
            doctype,
            page.columns.iter().chain(&page.status).chain(&page.facts),
        );
        for fixed in &page.fixed {
            self.field(doctype, &fixed.field);
        }
        for field in &page.search {
            self.fits_type(doctype, field, &["Data", "Link", "Dynamic Link"]);
        }
        for filter in &page.filters {
            let Is(is, options) = self.field(doctype, &filter.field);
            if filter.is_date() {
                // The last day of a Datetime would be its first moment.
                assert_eq!(is, "Date", "{doctype}.{}", filter.field);
                continue;
            }
            assert_eq!(is, "Select", "{doctype}.{}", filter.field);
            for choice in &filter.choices {
                let stored = page.names(&filter.field).map_or_else(
                    || vec![choice.as_str()],
                    |names| {
                        let of_choice = names.iter().filter(|(_, name)| *name == choice);
                        of_choice.map(|(value, _)| value.as_str()).collect()
                    },
                );
                assert!(!stored.is_empty());
                for value in stored {
                    assert!(
                        options.split('\n').any(|option| option == value),
                        "{doctype}: {value}"
                    );
                }
            }
        }
        if let Some(route) = &page.route {
            let child: &DocType = &route.child_doctype;
            assert_eq!(self.child(doctype, &route.field), child.as_str());
            for field in route.from.iter().chain(&route.to) {
                self.field(child.as_str(), field);
            }
        }
        for section in &page.sections {
            self.section(doctype, section);
        }
    }
}

#[test]
fn every_field_of_the_pages_that_ship_is_there_and_of_a_fitting_type() {
    let doctypes = DocTypes::read();
    for page in super::tests::shipped().iter() {
        doctypes.page(page);
    }
}

#[test]
#[should_panic(expected = "Inbound Order has no field colour")]
fn a_field_that_is_not_there_is_noticed() {
    let name = FieldName::parse("colour").expect("a name");
    DocTypes::read().field("Inbound Order", &name);
}
