//! Grouping and ordering the rows of a list query.
//!
//! A term means a column of the answer first, then one of the tables; what both a document and a
//! joined table have is ambiguous to the database. Groups come by their keys, NULL first
//! (`wj_count_by_customer`); without an order rows stay as they come.

use std::cmp::Ordering;

use serde_json::Value;

use super::answers::Failure;
use super::cells;
use super::meta::{Kind, Meta};
use super::order::{self, By, Term};
use super::rows::{Content, Group, Output, Place, Row, Source};
use super::tables::Query;

impl<'a> Query<'a> {
    /// The values of each row, or of each group; with them the rows that an order may look at.
    pub(super) fn groups(
        &self,
        rows: Vec<Row<'a>>,
        outputs: &[Output],
        group_by: &str,
    ) -> Result<Vec<Group<'a>>, Failure> {
        let aggregates = outputs
            .iter()
            .any(|output| matches!(output.value, Content::Aggregate { .. }));
        if group_by.trim().is_empty() {
            if aggregates {
                return Ok(vec![Group { rows }]);
            }
            return Ok(rows
                .into_iter()
                .map(|row| Group { rows: vec![row] })
                .collect());
        }
        let terms = order::parse(group_by, &self.tables())?;
        let keys = terms
            .iter()
            .map(|term| self.resolve(&term.by, outputs, "group statement"))
            .collect::<Result<Vec<_>, _>>()?;
        let places: Vec<&Place> = keys
            .iter()
            .filter_map(|key| match key {
                Key::Place(place) => Some(place),
                Key::Output(at) => match &outputs.get(*at)?.value {
                    Content::Column(place) => Some(place),
                    _ => None,
                },
                Key::Constant => None,
            })
            .collect();
        let by_key = |left: &Row<'a>, right: &Row<'a>| {
            places
                .iter()
                .map(|place| cells::compare(place.kind, left.cell(place), right.cell(place)))
                .find(|ordering| ordering.is_ne())
                .unwrap_or(Ordering::Equal)
        };
        let mut rows = rows;
        rows.sort_by(by_key);
        let mut groups: Vec<Group<'a>> = Vec::new();
        for row in rows {
            match groups.last_mut() {
                Some(group) if by_key(&group.rows[0], &row).is_eq() => group.rows.push(row),
                _ => groups.push(Group { rows: vec![row] }),
            }
        }
        Ok(groups)
    }

    fn tables(&self) -> Vec<&str> {
        let own = std::iter::once(self.meta.name.as_str());
        own.chain(self.child_tables.iter().map(|table| table.name.as_str()))
            .collect()
    }

    pub(super) fn ordered(
        &self,
        groups: Vec<Group<'a>>,
        outputs: &[Output],
        order_by: &str,
    ) -> Result<Vec<Vec<Value>>, Failure> {
        let terms: Vec<Term> = if order_by.trim().is_empty() {
            Vec::new()
        } else {
            order::parse(order_by, &self.tables())?
        };
        let keys = terms
            .iter()
            .map(|term| {
                Ok((
                    self.resolve(&term.by, outputs, "ORDER BY")?,
                    term.descending,
                ))
            })
            .collect::<Result<Vec<_>, Failure>>()?;
        let mut rows: Vec<(Group<'a>, Vec<Value>)> = groups
            .into_iter()
            .map(|group| {
                let values = outputs
                    .iter()
                    .map(|output| group.value(&output.value))
                    .collect();
                (group, values)
            })
            .collect();
        rows.sort_by(|left, right| {
            keys.iter()
                .map(|(key, descending)| {
                    let ordering = match key {
                        Key::Place(place) => {
                            cells::compare(place.kind, left.0.cell(place), right.0.cell(place))
                        }
                        Key::Output(at) => {
                            let kind = outputs.get(*at).map_or(Kind::Text, Output::kind);
                            cells::compare(kind, &left.1[*at], &right.1[*at])
                        }
                        Key::Constant => Ordering::Equal,
                    };
                    if *descending {
                        ordering.reverse()
                    } else {
                        ordering
                    }
                })
                .find(|ordering| ordering.is_ne())
                .unwrap_or(Ordering::Equal)
        });
        Ok(rows.into_iter().map(|(_, values)| values).collect())
    }

    /// What a term of an order means: first a column of the answer, then one of the tables.
    fn resolve(&self, by: &By, outputs: &[Output], clause: &str) -> Result<Key, Failure> {
        let column = match by {
            By::Constant => return Ok(Key::Constant),
            By::Position(position) => {
                return match position.checked_sub(1).filter(|at| *at < outputs.len()) {
                    Some(at) => Ok(Key::Output(at)),
                    None => Err(unknown_column(&position.to_string(), clause)),
                };
            }
            By::Column(column) => column,
        };
        let fieldname = column.fieldname.as_str();
        if let Some(qualifier) = &column.qualifier {
            let doctype = qualifier.strip_prefix("tab").unwrap_or(qualifier);
            let children = self.child_tables.iter().enumerate();
            let tables = std::iter::once((Source::Main, self.meta))
                .chain(children.map(|(at, table)| (Source::Child(at), *table)));
            return tables
                .filter(|(_, table)| table.name == doctype && table.has_column(fieldname))
                .map(|(source, table)| Key::place(source, table, fieldname))
                .next()
                .ok_or_else(|| unknown_column(&format!("{qualifier}.{fieldname}"), clause));
        }
        if let Some(at) = outputs.iter().position(|output| output.title == fieldname) {
            return Ok(Key::Output(at));
        }
        let joined = self
            .child_tables
            .iter()
            .copied()
            .chain(self.links.iter().map(|link| link.doctype))
            .any(|table| table.has_column(fieldname));
        match (self.meta.has_column(fieldname), joined) {
            (true, true) => Err(Failure::operational(
                1052,
                &format!("Column '{fieldname}' in {clause} is ambiguous"),
            )),
            (true, false) => Ok(Key::place(Source::Main, self.meta, fieldname)),
            (false, _) => {
                let mut children = self.child_tables.iter().enumerate();
                children
                    .find(|(_, table)| table.has_column(fieldname))
                    .map(|(at, table)| Key::place(Source::Child(at), table, fieldname))
                    .ok_or_else(|| unknown_column(fieldname, clause))
            }
        }
    }
}

fn unknown_column(name: &str, clause: &str) -> Failure {
    Failure::operational(1054, &format!("Unknown column '{name}' in '{clause}'"))
}

enum Key {
    Place(Place),
    Output(usize),
    Constant,
}

impl Key {
    fn place(source: Source, table: &Meta, fieldname: &str) -> Self {
        let kind = table.kind(fieldname);
        Self::Place(Place {
            source,
            fieldname: fieldname.to_owned(),
            kind,
        })
    }
}
