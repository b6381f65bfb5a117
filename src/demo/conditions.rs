//! What one filter demands of a column: yes or no for one value.
//!
//! Frappe turns a filter into SQL with or without `ifnull`, depending on operator and field; a
//! `Condition` gives the answer that the database gives. The edges are recorded as `filter_*`.

use std::cmp::Ordering;
use std::collections::HashSet;

use jiff::civil::{Date, time};
use serde_json::{Value, json};

use super::answers::Failure;
use super::cells;
use super::collation::{self, Pattern};
use super::filters::{Filter, TREE_OPERATORS, not_iterable};
use super::grants::descendants;
use super::meta::{Field, Kind, Meta, Metas, OPTIONAL_FIELDS};
use super::records::{Records, int, text};
use super::timespans;

/// What one filter demands of a column.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) fieldname: String,
    kind: Kind,
    test: Test,
    /// What stands for NULL; without it NULL satisfies nothing.
    instead_of_null: Option<Value>,
    null_passes: bool,
}

#[derive(Debug)]
enum Test {
    Compare(Operator, Value),
    Like { pattern: Pattern, negated: bool },
    In(OneOf),
    Between(String, String),
}

/// The values of an `in`.
#[derive(Debug)]
struct OneOf {
    values: Vec<Value>,
    /// The same as the database compares texts: there may be a thousand, for each of many rows.
    folded: HashSet<Vec<char>>,
    negated: bool,
}

impl OneOf {
    fn new(values: Vec<Value>, negated: bool) -> Self {
        let texts = values.iter().map(cells::text);
        Self {
            folded: texts.map(|text| collation::folded(&text)).collect(),
            values,
            negated,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    AtLeast,
    AtMost,
}

impl Operator {
    const fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Greater => ordering.is_gt(),
            Self::Less => ordering.is_lt(),
            Self::AtLeast => ordering.is_ge(),
            Self::AtMost => ordering.is_le(),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "=" => Self::Equal,
            "!=" => Self::NotEqual,
            ">" => Self::Greater,
            "<" => Self::Less,
            ">=" => Self::AtLeast,
            "<=" => Self::AtMost,
            _ => return None,
        })
    }
}

impl Filter {
    /// What the database would be asked. `today` is the site's date.
    pub(super) fn condition(&self, records: &Records, today: Date) -> Result<Condition, Failure> {
        let meta = Metas::get().meta(&self.doctype);
        let meta = meta.ok_or_else(|| Failure::unknown_doctype(&self.doctype))?;
        if !meta.has_column(&self.fieldname) && !OPTIONAL_FIELDS[..4].contains(&&*self.fieldname) {
            let (table, fieldname) = (&self.doctype, &self.fieldname);
            return Err(Failure::operational(
                1054,
                &format!("Unknown column 'tab{table}.{fieldname}' in 'WHERE'"),
            ));
        }
        let nullable = !["name", "modified", "creation"].contains(&self.fieldname.as_str());
        match self.operator.as_str() {
            operator if TREE_OPERATORS.contains(&operator) => {
                Ok(self.tree_condition(meta, records, nullable))
            }
            "in" | "not in" => self.in_condition(meta, nullable),
            "previous" | "next" | "timespan" => {
                let range = timespans::date_range(&self.operator, &self.value, today)?;
                let value = range.map_or(Value::Null, |(from, to)| {
                    json!([from.to_string(), to.to_string()])
                });
                self.between_condition(meta, &value, today)
            }
            "between" => self.between_condition(meta, &self.value, today),
            "is" => Ok(self.is_condition(meta, nullable)),
            _ => self.plain_condition(meta, nullable, today),
        }
    }

    fn with(&self, meta: &Meta, test: Test, instead_of_null: Option<Value>) -> Condition {
        Condition {
            fieldname: self.fieldname.clone(),
            kind: meta.kind(&self.fieldname),
            test,
            instead_of_null,
            null_passes: false,
        }
    }

    fn tree_condition(&self, meta: &Meta, records: &Records, nullable: bool) -> Condition {
        let field = meta.field(&self.fieldname);
        let tree = field.map_or(meta.name.as_str(), |field| field.options.as_str());
        let value = cells::text(&self.value);
        let mut nodes = Vec::new();
        if self.operator.contains("descendants") {
            nodes = descendants(records, tree, &value);
            if self.operator.ends_with("(inclusive)") {
                nodes.push(value.into_owned());
            }
        } else if let Some(node) = records.get(tree, &value) {
            let (left, right) = (int(node, "lft"), int(node, "rgt"));
            let above = records
                .documents(tree)
                .filter(|row| int(row, "lft") < left && int(row, "rgt") > right);
            nodes.extend(above.map(|row| text(row, "name").to_owned()));
        }
        if nodes.is_empty() {
            nodes.push(String::new());
        }
        let values = nodes.into_iter().map(Value::String).collect();
        let test = Test::In(OneOf::new(values, self.operator.starts_with("not")));
        self.with(meta, test, nullable.then(|| json!("")))
    }

    fn in_condition(&self, meta: &Meta, nullable: bool) -> Result<Condition, Failure> {
        let given: Vec<Value> = match &self.value {
            value if !cells::is_truthy(value) => Vec::new(),
            Value::String(list) => list.split(',').map(|value| json!(value)).collect(),
            Value::Array(list) => list.clone(),
            Value::Object(map) => map.keys().map(|key| json!(key)).collect(),
            other => return Err(not_iterable(other)),
        };
        let negated = self.operator == "not in";
        let has_nothing = given.iter().any(|value| value.is_null() || *value == "");
        let ifnull =
            nullable && (negated || given.is_empty() || (has_nothing && !self.value.is_string()));
        let mut values: Vec<Value> = given
            .iter()
            .map(|value| json!(cells::text(value).trim()))
            .collect();
        // An empty list becomes `in ('')`, which finds what is empty and nothing else
        // (`filter_in_empty` asks for a field that never is).
        if values.is_empty() {
            values.push(json!(""));
        }
        Ok(self.with(
            meta,
            Test::In(OneOf::new(values, negated)),
            ifnull.then(|| json!("")),
        ))
    }

    fn between_condition(
        &self,
        meta: &Meta,
        value: &Value,
        today: Date,
    ) -> Result<Condition, Failure> {
        let kind = meta.kind(&self.fieldname);
        if !matches!(kind, Kind::Date | Kind::Datetime) {
            return Err(Failure::sql_syntax(&value.to_string()));
        }
        let nothing = json!(today.to_string());
        let given = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let from = given.first().unwrap_or(&nothing);
        let to = given.get(1).unwrap_or(&nothing);
        let (from, to) = if kind == Kind::Date {
            (
                cells::format_date(from, today)?,
                cells::format_date(to, today)?,
            )
        } else {
            let last = time(23, 59, 59, 999_999_000);
            (
                bound(from, time(0, 0, 0, 0), today)?,
                bound(to, last, today)?,
            )
        };
        Ok(self.with(meta, Test::Between(from, to), None))
    }

    fn is_condition(&self, meta: &Meta, nullable: bool) -> Condition {
        let numeric = meta.field(&self.fieldname).is_some_and(Field::is_numeric);
        let set = self.value == "set";
        let operator = if set {
            Operator::NotEqual
        } else {
            Operator::Equal
        };
        let mut condition = self.with(meta, Test::Compare(operator, json!("")), None);
        condition.null_passes = !set && nullable && !numeric;
        condition
    }

    fn plain_condition(
        &self,
        meta: &Meta,
        nullable: bool,
        today: Date,
    ) -> Result<Condition, Failure> {
        let field = meta.field(&self.fieldname);
        let fieldtype = field.map_or("", |field| field.fieldtype.as_str());
        let numeric = field.is_some_and(Field::is_numeric);
        let like = matches!(self.operator.as_str(), "like" | "not like");
        let timestamp = matches!(self.fieldname.as_str(), "creation" | "modified");
        let comparing = matches!(self.operator.as_str(), ">" | "<" | ">=" | "<=");
        let later = matches!(self.operator.as_str(), ">" | ">=");
        let mut nullable = nullable && !numeric;
        if later && (timestamp || matches!(fieldtype, "Date" | "Datetime")) {
            nullable = false;
        }
        let (value, fallback) = if comparing && timestamp {
            nullable = false;
            (json!(cells::text(&self.value)), json!(cells::BEGINNING))
        } else if fieldtype == "Date" {
            (
                json!(cells::format_date(&self.value, today)?),
                json!("0001-01-01"),
            )
        } else if fieldtype == "Datetime" {
            (
                json!(cells::format_datetime(&self.value)?),
                json!(cells::BEGINNING),
            )
        } else if like || (self.value.is_string() && !numeric) || !self.takes_numbers(meta) {
            (json!(cells::text(&self.value)), json!(""))
        } else {
            (json!(cells::number(&self.value)), json!(0.0))
        };
        let given = cells::is_truthy(&self.value);
        let plain = !nullable || (given && matches!(self.operator.as_str(), "=" | "like"));
        let test = match Operator::parse(&self.operator) {
            Some(operator) => Test::Compare(operator, value.clone()),
            None => Test::Like {
                pattern: Pattern::new(&cells::text(&value)),
                negated: self.operator == "not like",
            },
        };
        let ifnull = match Operator::parse(&self.operator) {
            _ if plain => None,
            // Frappe writes `!= ''` without `ifnull`, and NULL is not unequal to anything.
            Some(Operator::NotEqual) if value == fallback => None,
            _ => Some(fallback),
        };
        Ok(self.with(meta, test, ifnull))
    }

    /// Whether Frappe turns the value into a number for this field.
    fn takes_numbers(&self, meta: &Meta) -> bool {
        let known_text = [
            "name",
            "owner",
            "modified_by",
            "parent",
            "parentfield",
            "parenttype",
        ];
        meta.kind(&self.fieldname) == Kind::Number
            || (meta.field(&self.fieldname).is_none()
                && !known_text.contains(&self.fieldname.as_str()))
    }
}

fn bound(value: &Value, clock: jiff::civil::Time, today: Date) -> Result<String, Failure> {
    match value {
        Value::String(text) if text.trim().contains(' ') => cells::format_datetime(value),
        value => {
            let date: Date = cells::format_date(value, today)?.parse().unwrap_or(today);
            Ok(cells::datetime_text(date.to_datetime(clock)))
        }
    }
}

impl Condition {
    /// Whether a row with this value in the column passes.
    pub(super) fn holds(&self, cell: &Value) -> bool {
        let cell = match (cell, &self.instead_of_null) {
            (Value::Null, _) if self.null_passes => return true,
            (Value::Null, None) => return false,
            (Value::Null, Some(instead)) => instead,
            (cell, _) => cell,
        };
        match &self.test {
            Test::Compare(operator, value) => self.compare(cell, *operator, value),
            Test::Like { pattern, negated } => pattern.matches(&cells::text(cell)) != *negated,
            Test::In(OneOf {
                values,
                folded,
                negated,
            }) => {
                let is_one = if self.kind == Kind::Text {
                    folded.contains(&collation::folded(&cells::text(cell)))
                } else {
                    values
                        .iter()
                        .any(|value| self.compare(cell, Operator::Equal, value))
                };
                is_one != *negated
            }
            Test::Between(from, to) => {
                let cell = padded(&cells::text(cell), from.len());
                *from <= cell && cell <= *to
            }
        }
    }

    fn compare(&self, cell: &Value, operator: Operator, value: &Value) -> bool {
        let (left, right) = (cells::text(cell), cells::text(value));
        match self.kind {
            _ if value.is_number() => {
                operator.holds(cells::number(cell).total_cmp(&cells::number(value)))
            }
            Kind::Number => operator.holds(cells::number(cell).total_cmp(&cells::number(value))),
            Kind::Text if matches!(operator, Operator::Equal | Operator::NotEqual) => {
                collation::equal(&left, &right) == (operator == Operator::Equal)
            }
            Kind::Text => operator.holds(collation::compare(&left, &right)),
            Kind::Date | Kind::Datetime | Kind::Time => {
                let right = if self.kind == Kind::Time {
                    right.into_owned()
                } else {
                    match cells::parse_datetime(&right) {
                        Some(moment) => cells::datetime_text(moment),
                        None if left == right => return operator == Operator::Equal,
                        None => return operator == Operator::NotEqual,
                    }
                };
                operator.holds(padded(&left, right.len()).as_str().cmp(&right))
            }
        }
    }
}

/// A date or time as long as the one that it is compared with.
fn padded(text: &str, length: usize) -> String {
    const REST: &str = "0000-00-00 00:00:00.000000";
    let mut padded = text.to_owned();
    if text.is_ascii() && text.len() < length && length <= REST.len() {
        padded.push_str(&REST[text.len()..length]);
    } else if text.is_ascii() {
        padded.truncate(length.max(10));
    }
    padded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::filters::parse;
    use super::*;

    fn passes(filters: &Value, cell: &Value) -> bool {
        let meta = Metas::get().meta("Transport Job").expect("a DocType");
        let filters = parse(meta, filters).expect("filters");
        let today = jiff::civil::date(2026, 11, 22);
        filters.iter().all(|filter| {
            filter
                .condition(&Records::default(), today)
                .expect("a condition")
                .holds(cell)
        })
    }

    #[test]
    fn null_counts_as_recorded() {
        for (filter, expected) in [
            (json!([["customer_ref_no", "=", ""]]), true),
            (json!([["customer_ref_no", "=", null]]), true),
            (json!([["customer_ref_no", "is", "not set"]]), true),
            (json!([["customer_ref_no", "not like", "PO-%"]]), true),
            (json!([["customer_ref_no", "not in", ["a"]]]), true),
            (json!([["customer_ref_no", "!=", "a"]]), true),
            (json!([["customer_ref_no", "in", ["a", ""]]]), true),
            (json!([["customer_ref_no", "in", ["a"]]]), false),
            (json!([["customer_ref_no", "is", "set"]]), false),
            (json!([["customer_ref_no", "in", []]]), true),
            (json!([["customer_ref_no", "like", "%a%"]]), false),
            (json!([["booking_date", ">=", "2026-01-01"]]), false),
        ] {
            assert_eq!(passes(&filter, &Value::Null), expected, "{filter}");
        }
    }

    #[test]
    fn numbers_and_dates_compare_as_such() {
        assert!(passes(&json!([["total_weight", ">", 900]]), &json!(1000.0)));
        assert!(passes(
            &json!([["total_weight", ">", "900"]]),
            &json!(1000.0)
        ));
        assert!(passes(
            &json!({"booking_date": ["<=", "2026-11-22"]}),
            &json!("2026-11-22")
        ));
        let month = json!([["modified", "between", ["2026-11-01", "2026-11-22"]]]);
        assert!(passes(&month, &json!("2026-11-22 23:59:59.999")));
        assert!(!passes(&month, &json!("2026-11-23 00:00:00")));
        assert!(passes(
            &json!([["booking_date", "timespan", "last month"]]),
            &json!("2026-10-01")
        ));
    }

    proptest! {
        #[test]
        fn no_filter_makes_the_reader_panic(
            text in any::<String>(),
            fieldname in "(name|booking_date|modified|total_weight|status|idx|[a-z.]{0,9})",
            operator in "(=|!=|>|<|like|not like|in|not in|is|between|timespan|[a-z]{0,5})",
            number in any::<f64>(),
        ) {
            let meta = Metas::get().meta("Transport Job").expect("a DocType");
            let today = jiff::civil::date(2026, 11, 22);
            for filters in [
                json!([[fieldname, operator, text]]),
                json!([[fieldname, operator, number]]),
                json!([[fieldname, operator, [text, number, null]]]),
                json!([fieldname, operator, text]),
                json!({fieldname.clone(): [operator, {"a": text}]}),
                json!(text),
            ] {
                for filter in parse(meta, &filters).unwrap_or_default() {
                    if let Ok(condition) = filter.condition(&Records::default(), today) {
                        for cell in [json!(text), json!(number), Value::Null] {
                            condition.holds(&cell);
                        }
                    }
                }
            }
        }
    }
}
