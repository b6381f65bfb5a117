//! A list query, from its arguments to its rows: Frappe's `DatabaseQuery`.
//!
//! Takes what `frappe.client.get_list` and `reportview` take, checks it in the same order, and
//! reads, joins, filters, groups and orders the records. Without an `order_by` rows come by name,
//! as the database happens to give them. Permissions are decided in `permissions`.

use std::cmp::Ordering;
use std::collections::HashSet;

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::answers::Failure;
use super::cells::{self, python_type};
use super::collation;
use super::fields::{self, Column, Expression, Function, Select};
use super::filters::{self, Condition, Filter, find_field, is_standard};
use super::meta::{CHILD_FIELDS, DEFAULT_FIELDS, Kind, Meta, Metas, OPTIONAL_FIELDS};
use super::order::{self, By, Term};
use super::permissions::Access;
use super::records::{Record, children, text};

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

const NULL: Value = Value::Null;

/// Where a column's values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Main,
    Child(usize),
    Link(usize),
}

/// A row of the joined tables.
struct Row<'a> {
    main: &'a Record,
    children: Vec<Option<&'a Record>>,
    links: Vec<Option<&'a Record>>,
}

impl<'a> Row<'a> {
    fn cell(&self, place: &Place) -> &'a Value {
        let record = match place.source {
            Source::Main => Some(self.main),
            Source::Child(at) => self.children.get(at).copied().flatten(),
            Source::Link(at) => self.links.get(at).copied().flatten(),
        };
        record
            .and_then(|record| record.get(&place.fieldname))
            .unwrap_or(&NULL)
    }
}

/// A column whose table is known.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    source: Source,
    fieldname: String,
    kind: Kind,
}

struct Output {
    title: String,
    value: Content,
}

enum Content {
    Column(Place),
    Aggregate {
        function: Function,
        distinct: bool,
        place: Place,
    },
    /// A column that the user may not read, in an answer of lists.
    Nothing,
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
        return query.count(rows, arguments.distinct, limit);
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

struct Link {
    doctype: &'static Meta,
    fieldname: String,
}

struct Query<'a> {
    access: &'a Access<'a>,
    meta: &'static Meta,
    parent: Option<&'a str>,
    right: &'static str,
    child_tables: Vec<&'static Meta>,
    links: Vec<Link>,
    as_list: bool,
}

impl<'a> Query<'a> {
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
                return Err(Failure::not_permitted(Vec::new(), None));
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

    /// Finds the table of a column, joining it if need be.
    fn place(&mut self, column: &Column) -> Result<(Place, &'static Meta), Failure> {
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

    fn join_child(&mut self, doctype: &str) -> Result<(Source, &'static Meta), Failure> {
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

    fn join_link(
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

    fn conditions(
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
    fn check_joins(&self) -> Result<(), Failure> {
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
    fn permits(&self, place: &Place, table: &'a Meta) -> bool {
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
    fn rows(&self, conditions: &[(Place, Condition)]) -> Vec<Row<'a>> {
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
                .flat_map(|row| self.with_children(row, table))
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

    fn with_children(&self, row: Row<'a>, table: &Meta) -> Vec<Row<'a>> {
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

    /// `get_count` (`reportview_get_count*`): rows, or documents where `distinct` is asked for.
    #[expect(
        clippy::unnecessary_wraps,
        clippy::needless_pass_by_value,
        reason = "one shape for run's ends"
    )]
    fn count(
        &self,
        rows: Vec<Row<'a>>,
        distinct: bool,
        limit: Limit,
    ) -> Result<Vec<Value>, Failure> {
        let names = rows.iter().map(|row| text(row.main, "name"));
        let total = if distinct {
            names.collect::<HashSet<_>>().len()
        } else {
            rows.len()
        };
        let total = limit.length.map_or(total, |length| {
            total.saturating_sub(limit.start).min(length)
        });
        Ok(vec![json!(total)])
    }

    /// The values of each row, or of each group; with them the rows that an order may look at.
    fn groups(
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

    fn ordered(
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

    fn shaped(&self, outputs: &[Output], values: Vec<Value>) -> Value {
        if self.as_list {
            return Value::Array(values);
        }
        let titles = outputs.iter().map(|output| output.title.clone());
        Value::Object(titles.zip(values).collect::<Map<_, _>>())
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

impl Output {
    const fn kind(&self) -> Kind {
        match &self.value {
            Content::Column(place) => place.kind,
            Content::Aggregate {
                function: Function::Min | Function::Max,
                place,
                ..
            } => place.kind,
            Content::Aggregate { .. } | Content::Nothing => Kind::Number,
        }
    }
}

struct Group<'a> {
    rows: Vec<Row<'a>>,
}

impl Group<'_> {
    fn cell(&self, place: &Place) -> &Value {
        self.rows.first().map_or(&NULL, |row| row.cell(place))
    }

    fn value(&self, output: &Content) -> Value {
        let (function, distinct, place) = match output {
            Content::Nothing => return NULL,
            Content::Column(place) => return self.cell(place).clone(),
            Content::Aggregate {
                function,
                distinct,
                place,
            } => (*function, *distinct, place),
        };
        let mut values: Vec<&Value> = self
            .rows
            .iter()
            .map(|row| row.cell(place))
            .filter(|value| !value.is_null())
            .collect();
        if distinct {
            let mut seen = HashSet::new();
            values.retain(|value| seen.insert(collation::key(&cells::text(value))));
        }
        let sum = || values.iter().map(|value| cells::number(value)).sum::<f64>();
        let best = |wanted: Ordering| {
            values
                .iter()
                .copied()
                .reduce(|best, value| {
                    if cells::compare(place.kind, value, best) == wanted {
                        value
                    } else {
                        best
                    }
                })
                .cloned()
                .unwrap_or(NULL)
        };
        match function {
            Function::Count => json!(values.len()),
            _ if values.is_empty() => NULL,
            Function::Sum => json!(sum()),
            #[expect(clippy::cast_precision_loss, reason = "nobody keeps 2^52 rows")]
            Function::Avg => json!(sum() / values.len() as f64),
            Function::Min => best(Ordering::Less),
            Function::Max => best(Ordering::Greater),
        }
    }
}

/// `limit` and `offset`: no length means every row, and then the start does not count either.
#[derive(Clone, Copy)]
struct Limit {
    start: usize,
    length: Option<usize>,
}

impl Limit {
    fn new(arguments: &Arguments) -> Result<Self, Failure> {
        let length = cells::cint(&arguments.limit_page_length);
        let start = cells::cint(&arguments.limit_start);
        if length == 0 {
            return Ok(Self {
                start: 0,
                length: None,
            });
        }
        match (usize::try_from(start), usize::try_from(length)) {
            (Ok(start), Ok(length)) => Ok(Self {
                start,
                length: Some(length),
            }),
            // `limit_start_negative`
            (Err(_), _) => Err(Failure::sql_syntax(&start.to_string())),
            (_, Err(_)) => Err(Failure::sql_syntax(&length.to_string())),
        }
    }

    fn of<T>(self, rows: Vec<T>) -> Vec<T> {
        match self.length {
            None => rows,
            Some(length) => rows.into_iter().skip(self.start).take(length).collect(),
        }
    }
}
