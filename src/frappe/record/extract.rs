//! Documents of which only a part is read: the rest is passed over, and takes no memory.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::read::{After, Told, sorted};
use super::{Content, FieldName, Record, in_order};

/// What is read of a document: these of its fields, and of the rows of its child tables these.
#[derive(Clone, Debug, Default)]
pub struct Extract {
    fields: Names,
    tables: Vec<(Box<str>, Names)>,
    of_any_table: Names,
}

/// Names of fields, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Vec<Box<str>>);

impl Names {
    fn add(&mut self, names: impl IntoIterator<Item = FieldName>) {
        let Self(known) = self;
        known.extend(names.into_iter().map(|name| name.as_str().into()));
        known.sort_by(|one, other| in_order(one, other));
        known.dedup();
    }

    pub(super) fn has(&self, name: &str) -> bool {
        let found = self.0.binary_search_by(|known| in_order(known, name));
        found.is_ok()
    }
}

impl Extract {
    /// Reads these fields of the document too.
    pub fn add_fields(&mut self, fields: impl IntoIterator<Item = FieldName>) {
        self.fields.add(fields);
    }

    /// Reads these fields of the rows of a child table too.
    pub fn add_table(&mut self, table: &FieldName, fields: impl IntoIterator<Item = FieldName>) {
        let found = self
            .tables
            .iter()
            .position(|(known, _)| **known == *table.as_str());
        let place = found.unwrap_or_else(|| {
            self.tables
                .push((table.as_str().into(), self.of_any_table.clone()));
            self.tables.len() - 1
        });
        self.tables[place].1.add(fields);
    }

    /// Reads these fields of the rows of every child table too, named or not.
    pub fn add_to_tables(&mut self, fields: impl IntoIterator<Item = FieldName>) {
        let fields: Vec<FieldName> = fields.into_iter().collect();
        for (_, of_table) in &mut self.tables {
            of_table.add(fields.iter().cloned());
        }
        self.of_any_table.add(fields);
    }

    fn place<'a, 'de>(&'a self, name: Cow<'de, str>) -> Place<'a, 'de> {
        if self.fields.has(&name) {
            return Place::Field(name);
        }
        let table = self.tables.iter().find(|(table, _)| **table == *name);
        table.map_or(Place::Other(name.clone()), |(_, fields)| {
            Place::Table(name, fields)
        })
    }
}

/// What a field of a document is to whoever reads a part of it.
enum Place<'a, 'de> {
    Field(Cow<'de, str>),
    /// A child table, and what is read of its rows.
    Table(Cow<'de, str>, &'a Names),
    /// Nothing, if it is not a child table.
    Other(Cow<'de, str>),
}

/// Reads the part of one document.
impl<'de> DeserializeSeed<'de> for &Extract {
    type Value = Record;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Record, D::Error> {
        deserializer.deserialize_map(OfDocument(self))
    }
}

struct OfDocument<'a>(&'a Extract);

impl<'de> Visitor<'de> for OfDocument<'_> {
    type Value = Record;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a document, which is a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut told: A) -> Result<Record, A::Error> {
        let (mut names, mut contents) = (Vec::new(), Vec::new());
        while let Some(place) = told.next_key_seed(KeyOf(self.0))? {
            let (name, content) = match place {
                Place::Field(name) => (name, Some(told.next_value()?)),
                Place::Table(name, fields) => {
                    let rows = told.next_value_seed(Table(fields))?;
                    (name, rows.map(|rows| Content::Rows(rows.into())))
                }
                Place::Other(name) => {
                    let rows = told.next_value_seed(Table(&self.0.of_any_table))?;
                    let rows = rows.into_iter().flatten();
                    let rows: Vec<Record> = rows.filter(|row| !row.names.is_empty()).collect();
                    let has_rows = !rows.is_empty();
                    (name, has_rows.then(|| Content::Rows(rows.into())))
                }
            };
            if let Some(content) = content {
                names.push(name.as_ref().into());
                contents.push(content);
            }
        }
        Ok(sorted(names, contents).1)
    }
}

/// Reads the name of a field of a document.
struct KeyOf<'a>(&'a Extract);

impl<'de, 'a> DeserializeSeed<'de> for KeyOf<'a> {
    type Value = Place<'a, 'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, 'a> Visitor<'de> for KeyOf<'a> {
    type Value = Place<'a, 'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a field")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(self.0.place(name.into()))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.place(name.to_owned().into()))
    }
}

/// Reads these fields of the rows of a child table; nothing where it is none.
struct Table<'a>(&'a Names);

impl<'de> DeserializeSeed<'de> for Table<'_> {
    type Value = Option<Vec<Record>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Table<'_> {
    type Value = Option<Vec<Record>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut told: A) -> Result<Self::Value, A::Error> {
        while told.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut told: A) -> Result<Self::Value, A::Error> {
        let (mut rows, mut shape) = (Vec::new(), None);
        while let Some(row) = told.next_element_seed(After::of(&mut shape, Some(self.0)))? {
            let Told::Record(row) = row else {
                while told.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(None);
            };
            rows.push(row);
        }
        Ok(Some(rows))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn field(name: &str) -> FieldName {
        FieldName::parse(name).unwrap()
    }

    fn extract() -> Extract {
        let mut extract = Extract::default();
        extract.add_fields(["name", "customer"].map(field));
        extract.add_table(&field("legs"), ["idx"].map(field));
        extract.add_to_tables(["attachment"].map(field));
        extract.add_table(&field("legs"), ["date"].map(field));
        extract
    }

    fn read(document: &Value) -> Option<Value> {
        let text = document.to_string();
        let of_text = extract().deserialize(&mut serde_json::Deserializer::from_str(&text));
        let of_value = extract().deserialize(document);
        assert_eq!(of_text.as_ref().ok(), of_value.as_ref().ok());
        of_text.ok().map(|record| record.to_json())
    }

    #[test]
    fn what_is_not_among_it_is_not_held() {
        let document = json!({
            "cost": 1200, "customer": "Acme", "name": "TRJ1", "notes": "internal",
            "legs": [
                {"idx": 1, "cost": 700, "date": "2026-11-22"},
                {"cost": 500, "idx": 2, "date": null, "attachment": "/files/a.pdf"},
            ],
            "charges": [{"cost": 3}, {"cost": 4, "attachment": "/files/b.pdf"}],
            "others": [{"cost": 5}], "tags": ["a", "b"], "settings": {"cost": 6},
        });
        let held = json!({
            "name": "TRJ1", "customer": "Acme",
            "legs": [
                {"idx": 1, "date": "2026-11-22"},
                {"idx": 2, "date": null, "attachment": "/files/a.pdf"},
            ],
            "charges": [{"attachment": "/files/b.pdf"}],
        });
        assert_eq!(read(&document), Some(held));
        assert_eq!(
            read(&json!({"legs": ["x", {"idx": 1}], "name": "A"})),
            Some(json!({"name": "A"}))
        );
        assert_eq!(read(&json!(["name"])), None);
    }

    proptest! {
        #[test]
        fn what_is_among_it_is_held_as_in_the_whole_document(
            text in ".{0,8}", number in any::<i64>(), rows in prop::collection::vec((any::<i64>(), ".{0,4}"), 0..5),
        ) {
            let legs: Vec<Value> = rows.iter().map(|(idx, note)| json!({"note": note, "idx": idx})).collect();
            let document = json!({"other": text, "customer": text, "legs": legs, "name": "A", "n": number});
            let whole = Record::from_json(document.clone()).unwrap();
            let part = (&extract()).deserialize(&document).unwrap();
            for name in ["name", "customer"].map(field) {
                prop_assert_eq!(part.value(&name), whole.value(&name));
            }
            let idx = |record: &Record| -> Vec<Option<i64>> {
                record.rows(&field("legs")).iter().map(|row| row.integer(&field("idx"))).collect()
            };
            prop_assert_eq!(idx(&part), idx(&whole));
        }
    }
}
