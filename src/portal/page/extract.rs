//! What is read of a document: what its pages declare, and by what it is held against the scope.

use super::{PageFile, Section};
use crate::frappe::{Extract, FieldName};
use crate::portal::sections::PAPER_FIELDS;
use crate::portal::value;

/// The field of a row that says where its file lies, in whatever child table: a claim on the file.
pub const ATTACHMENT: &str = "attachment";

/// What these pages of one DocType show.
pub fn of<'a>(pages: impl IntoIterator<Item = &'a PageFile>) -> Extract {
    let mut extract = Extract::default();
    for page in pages {
        extract.add_fields([FieldName::name(), page.customer.clone()]);
        extract.add_fields(value::asked_for(page.status.iter().chain(&page.facts)));
        for section in &page.sections {
            add(&mut extract, section);
        }
        if page.files.is_some() {
            extract.add_to_tables(FieldName::parse(ATTACHMENT));
        }
    }
    extract
}

fn add(extract: &mut Extract, section: &Section) {
    match section {
        Section::Fields { fields, .. } => extract.add_fields(value::asked_for(fields)),
        Section::RichText { field, .. } => extract.add_fields([field.clone()]),
        Section::Table(table) => {
            let links = table.linked.iter().map(|linked| linked.link.clone());
            let shown = value::asked_for(&table.columns);
            extract.add_table(&table.table, shown.into_iter().chain(links));
        }
        Section::Timeline(timeline) => {
            let fields = [
                &timeline.name,
                &timeline.status,
                &timeline.planned_start,
                &timeline.planned_end,
                &timeline.actual_start,
                &timeline.actual_end,
            ];
            extract.add_table(&timeline.table, fields.map(Clone::clone));
        }
        Section::Operations(operations) => {
            let fields = [
                &operations.quantity,
                &operations.unit,
                &operations.start,
                &operations.end,
                &operations.hours,
            ];
            let fields = fields.into_iter().chain(&operations.name);
            extract.add_table(&operations.table, fields.cloned());
        }
        Section::Checklist(checklist) => {
            let fields = PAPER_FIELDS.iter().chain([&ATTACHMENT]);
            let fields = fields.filter_map(|field| FieldName::parse(field).ok());
            extract.add_table(&checklist.table, fields);
        }
    }
}
