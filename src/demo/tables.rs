//! The tables of a list query: which are joined, what may be read of them, and their rows.
//!
//! A link field joins the document that it names, a table field the child rows. Each joined
//! table is checked as Frappe checks it.

use jiff::civil::Date;

use super::answers::Failure;
use super::collation;
use super::conditions::Condition;
use super::fields::Column;
use super::filters::Filter;
use super::meta::{CHILD_FIELDS, DEFAULT_FIELDS, Kind, Meta, Metas, OPTIONAL_FIELDS};
use super::permissions::Access;
use super::records::{Record, children, text};
use super::rows::{NULL, Place, Row, Source};

pub(super) struct Link {
    pub(super) doctype: &'static Meta,
    pub(super) fieldname: String,
}

pub(super) struct Query<'a> {
    pub(super) access: &'a Access<'a>,
    pub(super) meta: &'static Meta,
    pub(super) parent: Option<&'a str>,
    pub(super) right: &'static str,
    pub(super) child_tables: Vec<&'static Meta>,
    pub(super) links: Vec<Link>,
    pub(super) as_list: bool,
}

impl<'a> Query<'a> {
    /// Finds the table of a column, joining it if need be.
    pub(super) fn place(&mut self, column: &Column) -> Result<(Place, &'static Meta), Failure> {
        let fieldname = column.fieldname.trim_matches('`').to_owned();
        let (source, table) = match column.qualifier.as_deref() {
            None => (Source::Main, self.meta),
            Some(qualifier) => match self.meta.field(qualifier) {
                Some(field) if field.fieldtype == "Link" => {
                    self.join_link(qualifier, &field.options)?
                }
                Some(field) => self.join_child(&field.options)?,
                None => {
                    let doctype = qualifier.strip_prefix("tab").unwrap_or(qualifier);
                    if doctype == self.meta.name {
                        (Source::Main, self.meta)
                    } else {
                        self.join_child(doctype)?
                    }
                }
            },
        };
        let kind = table.kind(&fieldname);
        Ok((
            Place {
                source,
                fieldname,
                kind,
            },
            table,
        ))
    }

    pub(super) fn join_child(&mut self, doctype: &str) -> Result<(Source, &'static Meta), Failure> {
        if let Some(at) = self
            .child_tables
            .iter()
            .position(|table| table.name == doctype)
        {
            return Ok((Source::Child(at), self.child_tables[at]));
        }
        let table = Metas::get()
            .meta(doctype)
            .ok_or_else(|| Failure::unknown_doctype(doctype))?;
        self.access.require(
            table,
            self.access.reading_right(table),
            Some(&self.meta.name),
        )?;
        self.child_tables.push(table);
        Ok((Source::Child(self.child_tables.len() - 1), table))
    }

    pub(super) fn join_link(
        &mut self,
        fieldname: &str,
        doctype: &str,
    ) -> Result<(Source, &'static Meta), Failure> {
        if let Some(at) = self
            .links
            .iter()
            .position(|link| link.fieldname == fieldname)
        {
            return Ok((Source::Link(at), self.links[at].doctype));
        }
        let table = Metas::get()
            .meta(doctype)
            .ok_or_else(|| Failure::unknown_doctype(doctype))?;
        self.access.require(
            table,
            self.access.reading_right(table),
            Some(&self.meta.name),
        )?;
        self.links.push(Link {
            doctype: table,
            fieldname: fieldname.to_owned(),
        });
        Ok((Source::Link(self.links.len() - 1), table))
    }

    pub(super) fn conditions(
        &mut self,
        filters: &[Filter],
        today: Date,
    ) -> Result<Vec<(Place, Condition)>, Failure> {
        filters
            .iter()
            .map(|filter| {
                let source = if filter.doctype == self.meta.name {
                    Source::Main
                } else {
                    self.join_child(&filter.doctype)?.0
                };
                let condition = filter.condition(self.access.records, today)?;
                let fieldname = condition.fieldname.clone();
                Ok((
                    Place {
                        source,
                        fieldname,
                        kind: Kind::Text,
                    },
                    condition,
                ))
            })
            .collect()
    }

    /// Only child tables have the column that they are joined by (`bin_filter_linked_doctype`).
    pub(super) fn check_joins(&self) -> Result<(), Failure> {
        match self.child_tables.iter().find(|table| !table.is_child) {
            Some(table) => Err(Failure::operational(
                1054,
                &format!("Unknown column 'tab{}.parenttype' in 'ON'", table.name),
            )),
            None => Ok(()),
        }
    }

    /// Whether the user may read a column, by its permission level. What is not permitted is
    /// left out without a word.
    pub(super) fn permits(&self, place: &Place, table: &'a Meta) -> bool {
        let fieldname = place.fieldname.as_str();
        if OPTIONAL_FIELDS[..4].contains(&fieldname) || self.access.is_administrator() {
            return fieldname != "doctype"
                && (table.field(fieldname).is_none_or(|f| !f.is_table()));
        }
        if table.is_core() {
            return table.has_column(fieldname);
        }
        if DEFAULT_FIELDS.contains(&fieldname) {
            return true;
        }
        let parent = match place.source {
            Source::Main => self.parent.and_then(|parent| Metas::get().meta(parent)),
            _ => Some(self.meta),
        };
        if table.is_child && CHILD_FIELDS.contains(&fieldname) {
            return parent.is_some();
        }
        let Some(field) = table.field(fieldname).filter(|field| !field.is_table()) else {
            return false;
        };
        let owner = match (table.is_child, parent) {
            (true, Some(parent)) => parent,
            (true, None) => return false,
            (false, _) => table,
        };
        if place.source == Source::Main && self.right == "select" {
            return false;
        }
        !self.access.has_rows_in_force(owner)
            || self.access.levels(owner, "read").contains(&field.permlevel)
            || (field.permlevel == 0 && self.access.shared(&owner.name).is_some())
    }

    /// The rows that the user may see and that pass all conditions, by name; a row with several
    /// child rows comes as often (`filter_child_table_field`).
    pub(super) fn rows(&self, conditions: &[(Place, Condition)]) -> Vec<Row<'a>> {
        let records = self.access.records;
        let visibility = self.access.visibility(self.meta);
        let of_main = |source: Source| source == Source::Main;
        let mut rows = Vec::new();
        for main in records.rows(self.meta) {
            let cell = |place: &Place| main.get(&place.fieldname).unwrap_or(&NULL);
            let passes = conditions
                .iter()
                .filter(|(place, _)| of_main(place.source))
                .all(|(place, condition)| condition.holds(cell(place)));
            if !passes || !visibility.shows(main) {
                continue;
            }
            let links = self
                .links
                .iter()
                .map(|link| records.get(&link.doctype.name, text(main, &link.fieldname)))
                .collect();
            rows.push(Row {
                main,
                children: Vec::new(),
                links,
            });
        }
        for table in &self.child_tables {
            rows = rows
                .into_iter()
                .flat_map(|row| self.with_children(&row, table))
                .collect();
        }
        rows.retain(|row| {
            conditions
                .iter()
                .filter(|(place, _)| !of_main(place.source))
                .all(|(place, condition)| condition.holds(row.cell(place)))
        });
        rows
    }

    pub(super) fn with_children(&self, row: &Row<'a>, table: &Meta) -> Vec<Row<'a>> {
        let mut found: Vec<&'a Record> = self
            .meta
            .table_fields()
            .filter(|field| field.options == table.name)
            .flat_map(|field| children(row.main, &field.fieldname))
            .collect();
        found.sort_by_cached_key(|child| collation::key(text(child, "name")));
        let joined: Vec<Option<&Record>> = if found.is_empty() {
            vec![None]
        } else {
            found.into_iter().map(Some).collect()
        };
        joined
            .into_iter()
            .map(|child| {
                let mut children = row.children.clone();
                children.push(child);
                Row {
                    main: row.main,
                    children,
                    links: row.links.clone(),
                }
            })
            .collect()
    }
}
