//! What is true, read from the fixtures and not from the portal or the demo ERP.
//!
//! The clock of the tests stands on the day on which the records were made, so no date is shifted.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

/// All records of a DocType, by the name of its file.
pub fn records(file: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
    records_in(&folder, file)
}

/// The records of the site that was recorded: where `QUAYFRONT_DATASET` says, else the part of them
/// that stands in the project.
pub fn recorded_site() -> PathBuf {
    std::env::var_os("QUAYFRONT_DATASET").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/recorded/dataset"),
        PathBuf::from,
    )
}

/// All records of a DocType in a folder, by the name of its file.
pub fn records_in(folder: &Path, file: &str) -> Vec<Value> {
    let path = folder.join(format!("{file}.jsonl.gz"));
    let file = std::fs::File::open(&path)
        .unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
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

/// The names of these jobs, in their order.
pub fn expected(jobs: impl IntoIterator<Item = Value>) -> Vec<String> {
    let mut names: Vec<_> = jobs
        .into_iter()
        .map(|job| text(&job, "name").to_owned())
        .collect();
    names.sort();
    names
}

/// The day of the tests' clock.
pub const TODAY: &str = "2026-11-22";

/// What a view of jobs says of one of them, at the time of the tests' clock: read off the records,
/// in words of its own.
pub fn is_in_view(view: &str, file: &str, job: &Value) -> bool {
    let (status, date) = match file {
        "transport_job" => (text(job, "status"), text(job, "scheduled_date")),
        _ => (text(job, "job_status"), text(job, "sla_target_date")),
    };
    let rows = |table: &str| job[table].as_array().cloned().unwrap_or_default();
    match view {
        "late" => {
            let is_past = date.get(..10).is_some_and(|day| day < TODAY);
            !["Completed", "Closed", "Cancelled"].contains(&status)
                && (text(job, "sla_status") == "Breached" || is_past)
        }
        "under-way" => ["Submitted", "In Progress", "Reopened"].contains(&status),
        "papers" => status != "Cancelled" && rows("documents").iter().any(is_lacking),
        "operations-under-way" => rows("operations").iter().any(|operation| {
            let now = "2026-11-22 11:00:00";
            let (start, end) = (text(operation, "start_date"), text(operation, "end_date"));
            !start.is_empty() && start <= now && (end.is_empty() || end > now)
        }),
        other => panic!("no view of the jobs: {other}"),
    }
}

/// Whether a paper of a job is required and missing, or required and overdue.
fn is_lacking(paper: &Value) -> bool {
    let arrived = [
        "Uploaded", "Done", "Received", "Verified", "Expired", "Rejected",
    ];
    let due = text(paper, "date_required");
    paper["is_required"] == 1
        && text(paper, "date_received").is_empty()
        && !arrived.contains(&text(paper, "status"))
        && (text(paper, "status") == "Overdue" || due <= TODAY)
}

/// The bins of items that name one of these customers.
pub fn bins_of(customers: &[String]) -> Vec<Value> {
    own_bins(records("bin"), &records("item"), customers)
}

/// Those of these bins whose items name one of these customers.
pub fn own_bins(mut bins: Vec<Value>, items: &[Value], customers: &[String]) -> Vec<Value> {
    let items: BTreeMap<String, String> = items
        .iter()
        .filter(|item| customers.contains(&text(item, "customer").to_owned()))
        .map(|item| {
            (
                text(item, "name").to_owned(),
                text(item, "customer").to_owned(),
            )
        })
        .collect();
    bins.retain(|bin| items.contains_key(text(bin, "item_code")));
    for bin in &mut bins {
        bin["customer"] = json!(items[text(bin, "item_code")]);
    }
    bins
}

/// The quantities of a Bin that customers may know.
pub const QUANTITIES: [&str; 4] = ["actual_qty", "reserved_qty", "ordered_qty", "projected_qty"];
