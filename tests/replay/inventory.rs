//! What the data set holds: of which DocTypes there are records, and which tables have rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::read::GzDecoder;
use serde_json::{Map, Value};

use super::stage::later::Later;

pub struct Inventory {
    /// `DocType` to its fields, by name: type and options.
    fields: BTreeMap<String, BTreeMap<String, (String, String)>>,
    doctypes: BTreeSet<String>,
    filled: BTreeSet<(String, String)>,
}

impl Inventory {
    pub fn of(dataset: &Path) -> Self {
        let metas: BTreeMap<String, Value> =
            serde_json::from_str(include_str!("../../fixtures/doctypes.json")).expect("DocTypes");
        let fields = metas
            .iter()
            .map(|(doctype, meta)| {
                let list = meta["fields"].as_array().into_iter().flatten();
                let word =
                    |field: &Value, at: usize| field[at].as_str().unwrap_or_default().to_owned();
                let fields = list.map(|field| (word(field, 0), (word(field, 1), word(field, 3))));
                (doctype.clone(), fields.collect())
            })
            .collect();
        let mut inventory = Self {
            fields,
            doctypes: BTreeSet::new(),
            filled: BTreeSet::new(),
        };
        for entry in fs::read_dir(dataset).expect("the data set") {
            let path = entry.expect("a file").path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let file = || fs::File::open(&path).expect("a file of the data set");
            if let Some(stem) = name.strip_suffix(".jsonl.gz") {
                for line in BufReader::new(GzDecoder::new(file())).lines() {
                    let record = serde_json::from_str(&line.expect("a line")).expect("a record");
                    inventory.take_in(&inventory.doctype_of(stem), &record);
                }
            } else if name == "singles.json" {
                let singles: BTreeMap<String, Map<String, Value>> =
                    serde_json::from_reader(file()).expect("the Single DocTypes");
                for (doctype, record) in singles {
                    inventory.take_in(&doctype, &record);
                }
            }
        }
        inventory
    }

    /// With what comes in later.
    pub fn with(mut self, later: &Later) -> Self {
        for (doctype, field, value) in later.filled() {
            let record = Map::from_iter([(field.to_owned(), value.clone())]);
            self.take_in(doctype, &record);
        }
        self
    }

    fn doctype_of(&self, stem: &str) -> String {
        let scrubbed = |doctype: &String| doctype.to_lowercase().replace(' ', "_") == stem;
        self.fields
            .keys()
            .find(|doctype| scrubbed(doctype))
            .cloned()
            .unwrap_or_default()
    }

    fn take_in(&mut self, doctype: &str, record: &Map<String, Value>) {
        self.doctypes.insert(doctype.to_owned());
        for (field, value) in record {
            if value.as_array().is_some_and(|rows| !rows.is_empty()) {
                self.filled.insert((doctype.to_owned(), field.clone()));
                if let Some((_, child)) = self.fields[doctype].get(field) {
                    self.doctypes.insert(child.clone());
                }
            }
        }
    }

    /// Notes that there are records of a DocType besides those of the data set.
    pub fn gain(&mut self, doctype: &str) {
        self.doctypes.insert(doctype.to_owned());
    }

    pub fn has_records(&self, doctype: &str) -> bool {
        self.doctypes.contains(doctype)
    }

    /// Whether a field is one of the document itself, not of its child rows.
    pub fn is_own_field(&self, doctype: &str, field: &str) -> bool {
        let known = self
            .fields
            .get(doctype)
            .and_then(|fields| fields.get(field));
        known.is_some_and(|(kind, _)| !kind.starts_with("Table"))
    }

    /// Whether a field is a table in which no document of the data set has a row.
    pub fn is_empty_table(&self, doctype: &str, field: &str) -> bool {
        let known = self
            .fields
            .get(doctype)
            .and_then(|fields| fields.get(field));
        known.is_some_and(|(kind, _)| kind.starts_with("Table"))
            && !self
                .filled
                .contains(&(doctype.to_owned(), field.to_owned()))
    }
}
