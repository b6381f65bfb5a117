//! The rows of a list query while it is answered: joined, grouped, limited.
//!
//! A `Place` says where a column's values come from, an `Output` what an answer shows of a group.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde_json::{Value, json};

use super::answers::Failure;
use super::cells;
use super::collation;
use super::fields::Function;
use super::meta::Kind;
use super::query::Arguments;
use super::records::Record;

pub(super) const NULL: Value = Value::Null;

/// Where a column's values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Main,
    Child(usize),
    Link(usize),
}

/// A row of the joined tables.
pub(super) struct Row<'a> {
    pub(super) main: &'a Record,
    pub(super) children: Vec<Option<&'a Record>>,
    pub(super) links: Vec<Option<&'a Record>>,
}

impl<'a> Row<'a> {
    pub(super) fn cell(&self, place: &Place) -> &'a Value {
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
pub(super) struct Place {
    pub(super) source: Source,
    pub(super) fieldname: String,
    pub(super) kind: Kind,
}

pub(super) struct Output {
    pub(super) title: String,
    pub(super) value: Content,
}

pub(super) enum Content {
    Column(Place),
    Aggregate {
        function: Function,
        distinct: bool,
        place: Place,
    },
    /// A column that the user may not read, in an answer of lists.
    Nothing,
}

impl Output {
    pub(super) const fn kind(&self) -> Kind {
        match &self.value {
            Content::Column(place)
            | Content::Aggregate {
                function: Function::Min | Function::Max,
                place,
                ..
            } => place.kind,
            Content::Aggregate { .. } | Content::Nothing => Kind::Number,
        }
    }
}

pub(super) struct Group<'a> {
    pub(super) rows: Vec<Row<'a>>,
}

impl Group<'_> {
    pub(super) fn cell(&self, place: &Place) -> &Value {
        self.rows.first().map_or(&NULL, |row| row.cell(place))
    }

    pub(super) fn value(&self, output: &Content) -> Value {
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
pub(super) struct Limit {
    pub(super) start: usize,
    pub(super) length: Option<usize>,
}

impl Limit {
    pub(super) fn new(arguments: &Arguments) -> Result<Self, Failure> {
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

    pub(super) fn of<T>(self, rows: Vec<T>) -> Vec<T> {
        match self.length {
            None => rows,
            Some(length) => rows.into_iter().skip(self.start).take(length).collect(),
        }
    }
}
