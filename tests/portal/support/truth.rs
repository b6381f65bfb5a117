//! What is true, read from the fixtures and not from the portal or the demo ERP.
//!
//! The clock of the tests stands on the day on which the records were made, so no date is shifted.

use std::io::{BufRead, BufReader};

use flate2::read::GzDecoder;
use serde_json::Value;

/// All records of a DocType, by the name of its file.
pub fn records(file: &str) -> Vec<Value> {
    let path = format!(
        "{}/fixtures/demo/{file}.jsonl.gz",
        env!("CARGO_MANIFEST_DIR")
    );
    let file = std::fs::File::open(&path).unwrap_or_else(|problem| panic!("{path}: {problem}"));
    BufReader::new(GzDecoder::new(file))
        .lines()
        .map(|line| serde_json::from_str(&line.expect("a line")).expect("JSON"))
        .collect()
}

/// A field's text.
pub fn text<'record>(record: &'record Value, field: &str) -> &'record str {
    record[field].as_str().unwrap_or_default()
}

/// The jobs of these customers that are no drafts.
pub fn jobs_of(file: &str, customers: &[&str]) -> Vec<Value> {
    let mut jobs = records(file);
    jobs.retain(|job| customers.contains(&text(job, "customer")) && job["docstatus"] != 0);
    jobs
}

/// The customers that an account's User Permissions name.
pub fn customers_of(user: &str) -> Vec<String> {
    records("user_permission")
        .iter()
        .filter(|permission| {
            text(permission, "user") == user && text(permission, "allow") == "Customer"
        })
        .map(|permission| text(permission, "for_value").to_owned())
        .collect()
}
