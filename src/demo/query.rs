//! A list query, from its arguments to its rows: Frappe's `DatabaseQuery`.
//!
//! Takes what `frappe.client.get_list` and `reportview` take, checks it in the same order, and
//! reads, joins, filters, groups and orders the records. Without an `order_by` rows come by name,
//! as the database happens to give them. Permissions are decided in `permissions`.

use std::collections::HashSet;

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::answers::Failure;
use super::cells::{self, python_type};
use super::collation;
use super::fields::{self, Expression, Select};
use super::filters::{self, find_field, is_standard};
use super::meta::{CHILD_FIELDS, DEFAULT_FIELDS, Meta, Metas, OPTIONAL_FIELDS};
use super::permissions::Access;
use super::records::text;
use super::rows::{Content, Limit, Output, Place, Row, Source};
use super::tables::Query;

/// The arguments of a list query, as far as they were sent.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    pub(super) doctype: String,
    pub(super) parent: Option<String>,
    pub(super) fields: Value,
    pub(super) filters: Value,
    pub(super) or_filters: Value,
    pub(super) group_by: String,
    pub(super) order_by: String,
    pub(super) limit_start: Value,
    pub(super) limit_page_length: Value,
    pub(super) as_list: bool,
    pub(super) distinct: bool,
    /// Set by `get_count`: rows are counted instead of returned.
    pub(super) counting: bool,
}

/// Runs the query. `today` is the site's own date, which some filters count from.
pub(super) fn run(
    access: &Access<'_>,
    arguments: &Arguments,
    today: Date,
) -> Result<Vec<Value>, Failure> {
    let metas = Metas::get();
    let meta = metas
        .meta(&arguments.doctype)
        .ok_or_else(|| Failure::unknown_doctype(&arguments.doctype))?;
    let asked = validated_fields(access, meta, &arguments.fields)?;
    let filters = filters::parse(meta, &arguments.filters)?;
    let or_filters = filters::parse(meta, &arguments.or_filters)?;
    let right = access.reading_right(meta);
    let parent = arguments.parent.as_deref().unwrap_or(&arguments.doctype);
    access.require(meta, right, Some(parent))?;
    let mut query = Query {
        access,
        meta,
        parent: arguments.parent.as_deref(),
        right,
        child_tables: Vec::new(),
        links: Vec::new(),
        as_list: arguments.as_list,
    };
    let outputs = query.outputs(&asked)?;
    let conditions = query.conditions(&filters, today)?;
    let alternatives = query.conditions(&or_filters, today)?;
    query.check_joins()?;
    if outputs.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = query.rows(&conditions);
    if !alternatives.is_empty() {
        rows.retain(|row| {
            alternatives
                .iter()
                .any(|(place, test)| test.holds(row.cell(place)))
        });
    }
    let limit = Limit::new(arguments)?;
    if arguments.counting {
        return Ok(vec![json!(count(&rows, arguments.distinct, limit))]);
    }
    let groups = query.groups(rows, &outputs, &arguments.group_by)?;
    let mut answer = query.ordered(groups, &outputs, &arguments.order_by)?;
    if arguments.distinct || asked.iter().any(Select::is_distinct) {
        let mut seen = HashSet::new();
        answer.retain(|values| seen.insert(distinct_key(values)));
    }
    Ok(limit
        .of(answer)
        .into_iter()
        .map(|values| query.shaped(&outputs, values))
        .collect())
}

/// `get_count` (`reportview_get_count*`): rows, or documents where `distinct` is asked for.
fn count(rows: &[Row<'_>], distinct: bool, limit: Limit) -> usize {
    let names = rows.iter().map(|row| text(row.main, "name"));
    let total = if distinct {
        names.collect::<HashSet<_>>().len()
    } else {
        rows.len()
    };
    limit.length.map_or(total, |length| {
        total.saturating_sub(limit.start).min(length)
    })
}

impl Select {
    const fn is_distinct(&self) -> bool {
        matches!(self.expression, Expression::Distinct(_))
    }
}

fn distinct_key(values: &[Value]) -> Vec<Vec<u32>> {
    values
        .iter()
        .map(|value| collation::key(&value.to_string()))
        .collect()
}

/// Frappe's check of `fields`: unknown ones are refused, those of a permission level that the
/// user does not have are dropped (`website_users_with_roles_reader`).
fn validated_fields(
    access: &Access<'_>,
    meta: &Meta,
    given: &Value,
) -> Result<Vec<Select>, Failure> {
    let list = match given {
        given if !cells::is_truthy(given) => return Ok(vec![Select::parse("name")?]),
        Value::Array(list) => list,
        Value::String(star) if star == "*" => return Ok(vec![Select::parse("*")?]),
        other => {
            let message = format!("'{}' object is not a list", python_type(other));
            return Err(Failure::python("TypeError", message));
        }
    };
    if list.len() == 1 && list[0] == "*" {
        return Ok(vec![Select::parse("*")?]);
    }
    let mut kept = Vec::new();
    for entry in list {
        let Some(written) = entry.as_str() else {
            let message = "expected string or bytes-like object";
            return Err(Failure::python("TypeError", message));
        };
        let Some(column) = fields::columns(written).into_iter().next() else {
            return Err(Failure::python("IndexError", "list index out of range"));
        };
        let full_name = match &column.qualifier {
            Some(qualifier) => format!("{qualifier}.{}", column.fieldname),
            None => column.fieldname.clone(),
        };
        if !is_standard(&full_name) {
            let found = find_field(meta, column.qualifier.as_deref(), &column.fieldname)?;
            let Some((owner, field)) = found else {
                if !meta.has_fields() {
                    kept.push(written);
                    continue;
                }
                return Err(Failure::unknown_field(&full_name));
            };
            let readable = field.permlevel == 0
                || access.is_administrator()
                || access
                    .levels(owner_of_rights(owner, meta), "read")
                    .contains(&field.permlevel);
            if !readable {
                continue;
            }
        }
        kept.push(written);
    }
    if kept.is_empty() {
        kept.push("name");
    }
    kept.into_iter().map(Select::parse).collect()
}

/// A child table is read by the rights of its parent.
const fn owner_of_rights<'a>(owner: &'a Meta, parent: &'a Meta) -> &'a Meta {
    if owner.is_child { parent } else { owner }
}

impl Query<'_> {
    fn outputs(&mut self, asked: &[Select]) -> Result<Vec<Output>, Failure> {
        let mut outputs: Vec<Output> = Vec::new();
        for select in asked {
            let Some(column) = select.column() else {
                outputs.extend(self.all_columns());
                continue;
            };
            if select.is_aggregate()
                && column
                    .qualifier
                    .as_deref()
                    .is_some_and(|qualifier| !qualifier.starts_with("tab"))
            {
                // Frappe takes a dotted name in a function for a table that it does not read.
                return Err(Failure::not_permitted(&[], None));
            }
            let (place, table) = self.place(column)?;
            if !self.permits(&place, table) {
                if self.as_list {
                    outputs.push(Output {
                        title: String::new(),
                        value: Content::Nothing,
                    });
                }
                continue;
            }
            if !table.has_column(&place.fieldname)
                && !OPTIONAL_FIELDS[..4].contains(&place.fieldname.as_str())
            {
                let name = &place.fieldname;
                return Err(Failure::operational(
                    1054,
                    &format!("Unknown column '{name}' in 'SELECT'"),
                ));
            }
            let title = select.alias.clone().unwrap_or_else(|| {
                if select.is_aggregate() {
                    select.written.clone()
                } else {
                    place.fieldname.clone()
                }
            });
            let title = if outputs.iter().any(|output| output.title == title) {
                format!("tab{}.{title}", table.name)
            } else {
                title
            };
            let value = match select.expression {
                Expression::Aggregate {
                    function, distinct, ..
                } => Content::Aggregate {
                    function,
                    distinct,
                    place,
                },
                _ => Content::Column(place),
            };
            outputs.push(Output { title, value });
        }
        Ok(outputs)
    }

    fn all_columns(&self) -> Vec<Output> {
        let own = self.meta.fields.iter().filter(|field| !field.is_table());
        let names = DEFAULT_FIELDS
            .into_iter()
            .chain(
                self.meta
                    .is_child
                    .then_some(CHILD_FIELDS)
                    .into_iter()
                    .flatten(),
            )
            .chain(own.map(|field| field.fieldname.as_str()));
        names
            .map(|fieldname| Place {
                source: Source::Main,
                fieldname: fieldname.to_owned(),
                kind: self.meta.kind(fieldname),
            })
            .filter(|place| self.permits(place, self.meta))
            .map(|place| Output {
                title: place.fieldname.clone(),
                value: Content::Column(place),
            })
            .collect()
    }

    fn shaped(&self, outputs: &[Output], values: Vec<Value>) -> Value {
        if self.as_list {
            return Value::Array(values);
        }
        let titles = outputs.iter().map(|output| output.title.clone());
        Value::Object(titles.zip(values).collect::<Map<_, _>>())
    }
}
