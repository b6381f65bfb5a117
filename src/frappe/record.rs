//! A document or a row as Frappe gives it, read by typed questions.
//!
//! A [`Record`] holds what was read of an answer: of rows what was asked for, of a document an
//! [`Extract`], which may be more than is shown. It is a source to take declared fields from, never a
//! thing to show. What a field does not hold in the asked form is `None`. It knows no DocType's fields.

mod extract;
mod held;
mod read;

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use serde::Deserialize as _;
use serde_json::Value;

pub use self::extract::Extract;
pub use self::held::Held;
pub(super) use self::read::Rows;
use super::names::FieldName;

/// A document, a list's row, or a child table's row.
#[derive(Clone, PartialEq)]
pub struct Record {
    /// The names of its fields, in the order of [`in_order`]; those of one answer's rows are held once.
    /// Most of what is remembered is rows: names of their own would take more than what they hold.
    names: Arc<[Box<str>]>,
    contents: Box<[Content]>,
}

/// What a field holds.
#[derive(Clone, PartialEq)]
enum Content {
    Held(Held),
    Rows(Box<[Record]>),
}

/// The shorter one first: most names are told from each other by their lengths, which stand beside
/// each other.
fn in_order(one: &str, other: &str) -> Ordering {
    (one.len(), one).cmp(&(other.len(), other))
}

impl Record {
    fn content(&self, field: &FieldName) -> Option<&Content> {
        let name = field.as_str();
        let found = self.names.binary_search_by(|known| in_order(known, name));
        found.ok().map(|at| &self.contents[at])
    }

    /// A text that is not empty; NULL and "" are both nothing to Frappe.
    #[must_use]
    pub fn text(&self, field: &FieldName) -> Option<&str> {
        self.value(field)?.as_str().filter(|text| !text.is_empty())
    }

    /// A number.
    #[must_use]
    pub fn number(&self, field: &FieldName) -> Option<f64> {
        self.value(field)?.as_number()?.as_f64()
    }

    /// A whole number, also where it is written as `3.0`.
    #[must_use]
    pub fn integer(&self, field: &FieldName) -> Option<i64> {
        let value = self.value(field)?.as_number()?;
        value.as_i64().or_else(|| {
            let number = value.as_f64()?;
            #[expect(
                clippy::cast_possible_truncation,
                reason = "it was just seen to be whole and small enough to be exact"
            )]
            (number.fract() == 0.0 && number.abs() < 9.0e15).then_some(number as i64)
        })
    }

    /// A check: 1 is ticked; 0, NULL and no such field are not.
    #[must_use]
    pub fn check(&self, field: &FieldName) -> bool {
        match self.value(field) {
            Some(Held::Bool(is_ticked)) => *is_ticked,
            Some(Held::Number(number)) => number.as_f64() != Some(0.0),
            _ => false,
        }
    }

    /// A day: `2026-11-22`, or the day of a datetime.
    #[must_use]
    pub fn date(&self, field: &FieldName) -> Option<Date> {
        self.datetime(field).map(DateTime::date)
    }

    /// A moment on the site's clock, without an offset (`values_types`): `2026-11-22 19:10:43`, with
    /// or without a fraction of a second. A day alone is its midnight.
    #[must_use]
    pub fn datetime(&self, field: &FieldName) -> Option<DateTime> {
        let text = self.text(field)?;
        let is_plain = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'.' | b' '));
        if is_plain { text.parse().ok() } else { None }
    }

    /// Whether it has such a field, be it NULL.
    #[must_use]
    pub fn has(&self, field: &FieldName) -> bool {
        self.content(field).is_some()
    }

    /// The rows of a child table; none where the field is no table.
    #[must_use]
    pub fn rows(&self, field: &FieldName) -> &[Self] {
        match self.content(field) {
            Some(Content::Rows(rows)) => rows,
            _ => &[],
        }
    }

    /// The rows of each child table.
    pub fn tables(&self) -> impl Iterator<Item = &[Self]> {
        self.contents.iter().filter_map(|content| match content {
            Content::Rows(rows) => Some(&**rows),
            Content::Held(_) => None,
        })
    }

    /// What the field holds, unless that is nothing or a child table.
    #[must_use]
    pub fn value(&self, field: &FieldName) -> Option<&Held> {
        match self.content(field)? {
            Content::Held(Held::Nothing) | Content::Rows(_) => None,
            Content::Held(value) => Some(value),
        }
    }

    /// About how many bytes of memory it takes: for caches that are bounded in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.own_size() + self.size_of_names()
    }

    /// About how many bytes rows of one answer take.
    #[must_use]
    pub fn size_of_rows(rows: &[Self]) -> usize {
        let names = rows
            .chunk_by(|one, next| Arc::ptr_eq(&one.names, &next.names))
            .filter_map(<[Self]>::first)
            .map(Self::size_of_names);
        rows.iter().map(Self::own_size).sum::<usize>() + names.sum::<usize>()
    }

    fn own_size(&self) -> usize {
        let contents = self.contents.iter();
        let contents = contents.map(|content| size_of_val(content) + content.heap());
        size_of::<Self>() + ALLOCATION + contents.sum::<usize>()
    }

    fn size_of_names(&self) -> usize {
        let names = self.names.iter();
        let names = names.map(|name| size_of_val(name) + ALLOCATION + name.len());
        ALLOCATION + names.sum::<usize>()
    }

    /// The record as JSON, whole: to send back what must not be lost. Never to show.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let fields = self.names.iter().zip(&self.contents);
        let fields = fields.map(|(name, content)| {
            let value = match content {
                Content::Held(value) => value.to_json(),
                Content::Rows(rows) => rows.iter().map(Self::to_json).collect(),
            };
            (name.to_string(), value)
        });
        Value::Object(fields.collect())
    }

    /// Takes a JSON object for a record.
    #[must_use]
    pub fn from_json(value: Value) -> Option<Self> {
        Self::deserialize(value).ok()
    }

    /// Takes JSON objects for rows of one answer; `None` where one is something else.
    #[must_use]
    pub fn rows_from_json(values: Vec<Value>) -> Option<Vec<Self>> {
        let rows = Rows::deserialize(Value::Array(values)).ok();
        rows.map(|Rows(rows)| rows)
    }
}

/// What the allocator takes for each allocation beside its bytes.
pub(super) const ALLOCATION: usize = 16;

impl Content {
    fn heap(&self) -> usize {
        match self {
            Self::Held(held) => held.heap(),
            Self::Rows(rows) => ALLOCATION + Record::size_of_rows(rows),
        }
    }
}

/// Whether a check is ticked: it comes as 0 or 1, in some answers as false or true
/// (`user_permissions_own_with_warehouse`).
pub(super) fn is_ticked(value: &Value) -> bool {
    value
        .as_bool()
        .unwrap_or_else(|| value.as_f64().is_some_and(|number| number != 0.0))
}

/// Shows the name alone: the fields are a customer's business, and not the log's.
impl fmt::Debug for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.text(&FieldName::name()).unwrap_or("unnamed");
        write!(formatter, "Record({name:?}, {} fields)", self.names.len())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, datetime};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn record() -> Record {
        Record::from_json(json!({
            "name": "TRJ000002999",
            "booking_date": "2026-11-22",
            "sla_target_date": "2026-11-23 17:00:00",
            "creation": "2026-11-22 10:43:14.473434",
            "total_weight": 5165.88,
            "total_packages": 18.0,
            "contains_dangerous_goods": 0,
            "is_open": 1,
            "container_no": null,
            "seal_no": "",
            "packages": [{"name": "a1", "weight": 12.5}, {"name": "a2", "weight": 3}],
        }))
        .unwrap()
    }

    fn field(name: &str) -> FieldName {
        FieldName::parse(name).unwrap()
    }

    #[test]
    fn values_are_read_as_the_recording_values_types_has_them() {
        let record = record();
        assert_eq!(record.text(&field("name")), Some("TRJ000002999"));
        assert_eq!(
            record.date(&field("booking_date")),
            Some(date(2026, 11, 22))
        );
        assert_eq!(
            record.datetime(&field("sla_target_date")),
            Some(datetime(2026, 11, 23, 17, 0, 0, 0))
        );
        assert_eq!(
            record.datetime(&field("creation")),
            Some(datetime(2026, 11, 22, 10, 43, 14, 473_434_000))
        );
        assert_eq!(record.number(&field("total_weight")), Some(5165.88));
        assert_eq!(record.integer(&field("total_packages")), Some(18));
        assert_eq!(record.integer(&field("total_weight")), None);
        assert!(!record.check(&field("contains_dangerous_goods")));
        assert!(record.check(&field("is_open")));
    }

    #[test]
    fn null_and_empty_and_missing_are_nothing() {
        for name in ["container_no", "seal_no", "no_such_field"] {
            assert_eq!(record().text(&field(name)), None);
            assert_eq!(record().date(&field(name)), None);
            assert!(!record().check(&field(name)));
            assert!(record().rows(&field(name)).is_empty());
        }
    }

    #[test]
    fn a_child_table_is_rows_and_no_value() {
        let record = record();
        let rows = record.rows(&field("packages"));
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1].number(&field("weight")), Some(3.0));
        assert_eq!(record.value(&field("packages")), None);
    }

    #[test]
    fn rows_of_one_answer_hold_the_names_of_their_fields_once() {
        let row = |number: usize| json!({ "name": format!("{number}"), "customer_ref_no": number });
        let rows = |many: usize| Record::rows_from_json((0..many).map(row).collect()).unwrap();
        let each = |many: usize| Record::size_of_rows(&rows(many)) / many;
        assert!(each(9) + "customer_ref_no".len() < each(1));
        let (one, another) = (json!({ "name": "a" }), json!({ "name": "b", "idx": 1 }));
        let mixed = Record::rows_from_json(vec![one.clone(), another.clone()]).unwrap();
        assert_eq!(mixed[0].to_json(), one);
        assert_eq!(mixed[1].to_json(), another);
        assert_eq!(Record::rows_from_json(vec![one, json!(1)]), None);
    }

    #[test]
    fn a_record_shows_its_name_in_a_log_and_nothing_else() {
        let shown = format!("{:?}", record());
        assert_eq!(shown, "Record(\"TRJ000002999\", 11 fields)");
    }

    proptest! {
        #[test]
        fn any_text_is_a_date_or_none_and_never_a_panic(text in ".*") {
            let record = Record::from_json(json!({ "name": text })).unwrap();
            let _ = record.date(&FieldName::name());
            prop_assert!(record.size() >= text.len());
        }
    }
}
