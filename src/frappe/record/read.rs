//! Records out of JSON, without JSON's own maps in between: those would be made for each row, and
//! thrown away.
//!
//! The rows of an answer tell the same fields in the same order, but for those that lack one. So each
//! is read as the one before, and only what differs is sorted anew.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

use super::extract::Names;
use super::{Content, Held, Record, in_order};

/// The rows of one answer, which hold the names of their fields once.
#[derive(Debug)]
pub struct Rows(pub Vec<Record>);

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Told::deserialize(deserializer)? {
            Told::Record(record) => Ok(record),
            _ => Err(D::Error::custom("a record is a JSON object")),
        }
    }
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Told::deserialize(deserializer)? {
            Told::Rows(rows) => Ok(Self(rows)),
            _ => Err(D::Error::custom("rows are a list of JSON objects")),
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Told::deserialize(deserializer)? {
            Told::Record(record) => Self::Held(Held::Json(Box::new(record.to_json()))),
            Told::Rows(rows) => Self::Rows(rows.into()),
            Told::Held(held) => Self::Held(held),
        })
    }
}

/// A record of these values, none of which is a table.
impl FromIterator<(Box<str>, Held)> for Record {
    fn from_iter<I: IntoIterator<Item = (Box<str>, Held)>>(fields: I) -> Self {
        let fields = fields.into_iter();
        let fields = fields.map(|(name, held)| (name, Content::Held(held)));
        let (names, contents) = fields.unzip();
        sorted(names, contents).1
    }
}

/// What JSON tells.
pub(super) enum Told {
    /// An object.
    Record(Record),
    /// A list of nothing but objects.
    Rows(Vec<Record>),
    /// Anything else.
    Held(Held),
}

impl Told {
    fn into_json(self) -> Value {
        match self {
            Self::Record(record) => record.to_json(),
            Self::Rows(rows) => rows.iter().map(Record::to_json).collect(),
            Self::Held(held) => held.to_json(),
        }
    }
}

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        After::of(&mut None, None).deserialize(deserializer)
    }
}

/// The fields of a record in the order in which they were told.
pub(super) struct Shape {
    /// The names, in their order.
    names: Arc<[Box<str>]>,
    /// Where each that was told stands among them.
    places: Vec<usize>,
}

/// Reads what comes after a record of this shape, and leaves the shape of what it has read.
pub(super) struct After<'a> {
    shape: &'a mut Option<Shape>,
    /// What is read of a record, where that is not all.
    only: Option<&'a Names>,
}

impl<'a> After<'a> {
    pub(super) fn of(shape: &'a mut Option<Shape>, only: Option<&'a Names>) -> Self {
        Self { shape, only }
    }
}

impl<'de> DeserializeSeed<'de> for After<'_> {
    type Value = Told;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Told, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for After<'_> {
    type Value = Told;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Told, E> {
        Ok(Told::Held(Held::Nothing))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Told, E> {
        Ok(Told::Held(Held::Bool(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Told, E> {
        Ok(Told::Held(Held::Number(value.into())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Told, E> {
        Ok(Told::Held(Held::Number(value.into())))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Told, E> {
        let number = Number::from_f64(value);
        Ok(Told::Held(number.map_or(Held::Nothing, Held::Number)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Told, E> {
        Ok(Told::Held(Held::Text(value.into())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut told: A) -> Result<Told, A::Error> {
        let (mut rows, mut shape) = (Vec::new(), None);
        while let Some(next) = told.next_element_seed(After::of(&mut shape, None))? {
            let other = match next {
                Told::Record(row) => {
                    rows.push(row);
                    continue;
                }
                other => other.into_json(),
            };
            let mut values: Vec<Value> = rows.iter().map(Record::to_json).collect();
            values.push(other);
            while let Some(value) = told.next_element()? {
                values.push(value);
            }
            return Ok(Told::Held(Held::Json(Box::new(Value::Array(values)))));
        }
        Ok(Told::Rows(rows))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut told: A) -> Result<Told, A::Error> {
        let Self { shape: into, only } = self;
        let before = into.take();
        let mut contents =
            Vec::with_capacity(before.as_ref().map_or(0, |shape| shape.places.len()));
        // Its own names, once one is not that of the record before.
        let mut own: Option<Vec<Box<str>>> = None;
        loop {
            let alike = before.as_ref().filter(|_| own.is_none());
            let name = alike.and_then(|shape| shape.name(contents.len()));
            match told.next_key_seed(Expected { name, only })? {
                None => break,
                Some(Key::Expected) => {}
                Some(Key::Other(other)) => {
                    let read = || alike.map_or_else(Vec::new, |shape| shape.first(contents.len()));
                    own.get_or_insert_with(read).push(other);
                }
                Some(Key::PassedOver) => {
                    told.next_value::<IgnoredAny>()?;
                    continue;
                }
            }
            contents.push(told.next_value()?);
        }
        let (now, record) = match before {
            Some(shape) if own.is_none() && contents.len() == shape.places.len() => {
                let record = shape.record(contents);
                (Some(shape), record)
            }
            before => {
                let read = || before.map_or_else(Vec::new, |shape| shape.first(contents.len()));
                let names = own.unwrap_or_else(read);
                sorted(names, contents)
            }
        };
        *into = now;
        Ok(Told::Record(record))
    }
}

impl Shape {
    /// The name that was told at this place.
    fn name(&self, told: usize) -> Option<&str> {
        self.places.get(told).map(|place| &*self.names[*place])
    }

    /// The first names, as they were told.
    fn first(&self, many: usize) -> Vec<Box<str>> {
        let places = self.places.iter().take(many);
        places.map(|place| self.names[*place].clone()).collect()
    }

    /// A record of this shape; contents as they were told, one for each name.
    fn record(&self, told: Vec<Content>) -> Record {
        let mut contents = vec![Content::Held(Held::Nothing); told.len()];
        for (content, place) in told.into_iter().zip(&self.places) {
            contents[*place] = content;
        }
        Record {
            names: Arc::clone(&self.names),
            contents: contents.into(),
        }
    }
}

/// A record out of what was told, and its shape. Of a field that was told twice the last counts, as
/// everywhere in JSON; such a record is no model for the next.
pub(super) fn sorted(names: Vec<Box<str>>, contents: Vec<Content>) -> (Option<Shape>, Record) {
    let told = names.len();
    let mut fields: Vec<_> = names.into_iter().zip(contents).enumerate().collect();
    fields.sort_by(|(_, (one, _)), (_, (other, _))| in_order(one, other));
    fields.dedup_by(|later, earlier| {
        let is_again = later.1.0 == earlier.1.0;
        if is_again {
            std::mem::swap(later, earlier);
        }
        is_again
    });
    let mut places = vec![0; told];
    for (place, (at, _)) in fields.iter().enumerate() {
        places[*at] = place;
    }
    let is_model = fields.len() == told;
    let (names, contents): (Vec<_>, Vec<_>) = fields.into_iter().map(|(_, field)| field).unzip();
    let names: Arc<[Box<str>]> = names.into();
    let record = Record {
        names: Arc::clone(&names),
        contents: contents.into(),
    };
    (is_model.then_some(Shape { names, places }), record)
}

/// The name of a field.
enum Key {
    /// The expected one.
    Expected,
    /// Another one.
    Other(Box<str>),
    /// One of which nothing is read.
    PassedOver,
}

/// Reads the name of a field, of which one is expected.
struct Expected<'a> {
    name: Option<&'a str>,
    only: Option<&'a Names>,
}

impl<'de> DeserializeSeed<'de> for Expected<'_> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Expected<'_> {
    type Value = Key;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
        Ok(if self.name == Some(name) {
            Key::Expected
        } else if self.only.is_none_or(|only| only.has(name)) {
            Key::Other(name.into())
        } else {
            Key::PassedOver
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn told(text: &str) -> Option<Value> {
        let read: Told = serde_json::from_str(text).ok()?;
        Some(read.into_json())
    }

    #[test]
    fn rows_are_what_has_nothing_but_objects() {
        let rows = |text: &str| serde_json::from_str(text).map(|Rows(rows)| rows.len()).ok();
        assert_eq!(rows("[]"), Some(0));
        assert_eq!(rows(r#"[{}, {"name": "a"}]"#), Some(2));
        for none in ["[{}, 1]", "[1, {}]", "{}", "null", "[{}"] {
            assert_eq!(rows(none), None, "{none}");
        }
    }

    #[test]
    fn rows_that_tell_the_same_fields_share_their_names_and_others_do_not() {
        let text = r#"[{"b": 1, "a": 2}, {"b": 3, "a": 4}, {"b": 5}, {"a": 6, "b": 7}]"#;
        let Rows(rows) = serde_json::from_str(text).unwrap();
        let share = |one: usize, other: usize| Arc::ptr_eq(&rows[one].names, &rows[other].names);
        assert!(share(0, 1));
        assert!(!share(1, 2) && !share(2, 3));
    }

    /// Whatever a field may hold.
    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(|number| json!(number)),
            ".{0,5}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            let fields = prop::collection::vec(("[ab]", inner.clone()), 0..3);
            prop_oneof![
                prop::collection::vec(inner, 0..3).prop_map(Value::from),
                fields.prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_told_in_whatever_order_or_twice_is_held(
            rows in prop::collection::vec(prop::collection::vec(("[a-d]", value()), 0..5), 0..5),
        ) {
            let row = |fields: &Vec<(String, Value)>| {
                let fields = fields.iter().map(|(name, value)| format!("\"{name}\": {value}"));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
            };
            let rows: Vec<String> = rows.iter().map(row).collect();
            let text = format!("[{}]", rows.join(", "));
            let json: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(told(&text), Some(json.clone()));
            prop_assert_eq!(Told::deserialize(json.clone()).unwrap().into_json(), json);
        }

        #[test]
        fn any_text_is_told_or_refused_as_json_is(text in r#"[\[\]{}",:a1 ]{0,12}"#) {
            let json: Option<Value> = serde_json::from_str(&text).ok();
            prop_assert_eq!(told(&text), json);
        }
    }
}
