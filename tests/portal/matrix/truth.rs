//! Who may see what, worked out from the records and not by the portal, and what nobody may see.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, Match};
use serde_json::Value;

use super::NOBODY;
use crate::support::truth::{bins_of, customers_of, records, text};
use crate::support::{LUCIA, METTE, PIOTR, TOM};

/// Who may see what of a DocType, worked out here from the records, and not by the portal.
pub struct Truth {
    pub jobs: Vec<(&'static str, Value)>,
    items: Vec<Value>,
    files: Vec<Value>,
    customers: Vec<String>,
    never: BTreeSet<String>,
}

impl Truth {
    pub fn read() -> Self {
        let mut jobs = Vec::new();
        for (doctype, file) in DOCUMENTS {
            jobs.extend(records(file).into_iter().map(|job| (doctype, job)));
        }
        let customers = records("customer")
            .iter()
            .map(|customer| text(customer, "name").to_owned())
            .collect();
        let mut never: BTreeSet<String> = BTreeSet::new();
        for (_, job) in &jobs {
            for field in [
                "internal_notes",
                "sales_rep",
                "cost_center",
                "profit_center",
                "sales_quote",
                "operations_rep",
                "customer_service_rep",
                "contract",
                "job_number",
            ] {
                never.insert(text(job, field).to_owned());
            }
            for field in [
                "estimated_costs",
                "estimated_revenue",
                "recognized_costs",
                "wip_amount",
            ] {
                never.insert(money(&job[field]));
            }
            for charge in job["charges"].as_array().into_iter().flatten() {
                for field in [
                    "estimated_cost",
                    "estimated_revenue",
                    "unit_cost",
                    "rate",
                    "total",
                    "standard_unit_cost",
                ] {
                    never.insert(money(&charge[field]));
                }
                never.insert(text(charge, "pay_to").to_owned());
            }
            for operation in job["operations"].as_array().into_iter().flatten() {
                never.insert(text(operation, "employee").to_owned());
                never.insert(text(operation, "machine").to_owned());
            }
        }
        for bin in records("bin") {
            never.insert(money(&bin["valuation_rate"]));
            never.insert(money(&bin["stock_value"]));
        }
        // A weight may be the same number as a price.
        let mut harmless = String::new();
        for (_, job) in &jobs {
            let mut job = job.clone();
            let fields = job.as_object_mut().expect("a record");
            fields.retain(|field, _| !OPERATORS.contains(&field.as_str()));
            harmless.push_str(&job.to_string());
        }
        // Short texts are in any page by chance.
        never.retain(|text| text.len() >= 6);
        let mut never = without_those_in(never, &harmless);
        never.extend(MARKERS.map(str::to_owned));
        Self {
            jobs,
            items: records("item"),
            files: records("file"),
            customers,
            never,
        }
    }

    /// The customers of a user, for a DocType: what the administrator meant, written down by hand.
    fn customers_for(user: &str, doctype: &str) -> Vec<String> {
        match user {
            PIOTR => vec!["Łódź Ceramika Sp. z o.o.".to_owned()],
            METTE if doctype != "Warehouse Job" => Vec::new(),
            TOM | NOBODY | LUCIA => Vec::new(),
            _ => customers_of(user),
        }
    }

    /// The files of the user's own jobs that a paper names are his; no other file is, not even a photo
    /// of his own job. A file may hang on several jobs.
    fn sort_files(&self, user: &str, own: &mut String, foreign: &mut BTreeSet<String>) {
        for file in &self.files {
            let job = self.jobs.iter().find(|(doctype, job)| {
                *doctype == text(file, "attached_to_doctype")
                    && text(job, "name") == text(file, "attached_to_name")
            });
            let is_own = job.is_some_and(|(doctype, job)| {
                let papers = job["documents"].as_array().into_iter().flatten();
                Self::customers_for(user, doctype)
                    .iter()
                    .any(|own| own == text(job, "customer"))
                    && papers
                        .map(|paper| text(paper, "attachment"))
                        .any(|named| named == text(file, "file_url"))
            });
            for field in ["name", "file_name"] {
                if is_own {
                    own.push_str(text(file, field));
                    own.push('\n');
                } else {
                    foreign.insert(text(file, field).to_owned());
                }
            }
        }
    }

    /// What must not be in an answer for this user. What his own jobs say, he may read: two customers
    /// may have the same reference, and one may be the other's consignee.
    pub fn forbidden(&self, user: &str) -> Forbidden {
        let (mut own, mut foreign) = (String::new(), BTreeSet::new());
        for (doctype, job) in &self.jobs {
            let customer = text(job, "customer");
            let hidden = job["docstatus"] == 0 && doctype.ends_with("Job");
            if customer.is_empty()
                || hidden
                || !Self::customers_for(user, doctype)
                    .iter()
                    .any(|own| own == customer)
            {
                foreign.insert(text(job, "name").to_owned());
                for field in [
                    "customer_ref_no",
                    "cust_reference",
                    "container_no",
                    "reference_order",
                ] {
                    let value = text(job, field);
                    if value.len() >= 6 {
                        foreign.insert(value.to_owned());
                    }
                }
            } else {
                own.push_str(&job.to_string().replace("\\\"", "\""));
            }
        }
        self.sort_files(user, &mut own, &mut foreign);
        for item in &self.items {
            let is_own = Self::customers_for(user, "Bin")
                .iter()
                .any(|own| own == text(item, "customer"));
            for code in item["customer_items"].as_array().into_iter().flatten() {
                let is_own = is_own
                    && Self::customers_for(user, "Bin")
                        .iter()
                        .any(|own| own == text(code, "customer_name"));
                if is_own {
                    own.push_str(text(code, "ref_code"));
                } else {
                    foreign.insert(text(code, "ref_code").to_owned());
                }
            }
            for field in ["name", "item_name"] {
                if is_own {
                    own.push_str(text(item, field));
                    own.push('\n');
                } else {
                    foreign.insert(text(item, field).to_owned());
                }
            }
        }
        let bins = bins_of(&Self::customers_for(user, "Bin"));
        own.extend(
            bins.iter()
                .map(|bin| format!("{}\n", text(bin, "warehouse"))),
        );
        let groups = records("warehouse");
        for place in &groups {
            if text(place, "is_group").is_empty() && place["is_group"] != 1 {
                foreign.insert(text(place, "name").to_owned());
            }
        }
        foreign.retain(|text| text.len() >= 5);
        let of_user: Vec<String> = match user {
            // She is linked to her customer, and may read nothing.
            LUCIA => customers_of(LUCIA),
            _ => DOCUMENTS
                .iter()
                .flat_map(|(doctype, _)| Self::customers_for(user, doctype))
                .collect(),
        };
        foreign.extend(
            self.customers
                .iter()
                .filter(|customer| !of_user.contains(customer))
                .cloned(),
        );
        let mut foreign = without_those_in(foreign, &own);
        foreign.extend(self.never.iter().cloned());
        Forbidden::new(foreign)
    }
}

/// The DocTypes of the pages, and the files of their records.
const DOCUMENTS: [(&str, &str); 8] = [
    ("Transport Job", "transport_job"),
    ("Warehouse Job", "warehouse_job"),
    ("Transport Order", "transport_order"),
    ("Inbound Order", "inbound_order"),
    ("Release Order", "release_order"),
    ("Transfer Order", "transfer_order"),
    ("VAS Order", "vas_order"),
    ("Stocktake Order", "stocktake_order"),
];

/// Texts that must not be in an answer, looked for all at once: there are thousands of them, and
/// thousands of answers.
pub struct Forbidden {
    texts: Vec<String>,
    search: AhoCorasick,
}

impl Forbidden {
    pub fn new(texts: BTreeSet<String>) -> Self {
        let texts: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        let search = AhoCorasick::new(&texts).expect("few enough texts");
        Self { texts, search }
    }

    /// One that is in an answer; a number that goes on is another number.
    pub fn find(&self, said: &str) -> Option<&str> {
        let text = |found: &Match| self.texts[found.pattern().as_usize()].as_str();
        let goes_on = |found: &Match| {
            text(found).parse::<f64>().is_ok()
                && said[found.end()..].starts_with(|next: char| next.is_ascii_digit())
        };
        let mut all = self.search.find_overlapping_iter(said);
        let found = all.find(|found| !goes_on(found))?;
        Some(text(&found))
    }

    /// One that is in an answer about stock, where any sum of quantities may be the same number as
    /// some price. That values of stock are not even asked for, another test sees to.
    pub fn find_words(&self, said: &str) -> Option<&str> {
        self.search
            .find_overlapping_iter(said)
            .map(|found| self.texts[found.pattern().as_usize()].as_str())
            .find(|text| text.parse::<f64>().is_err())
    }
}

/// The texts that are not part of `whole`.
fn without_those_in(texts: BTreeSet<String>, whole: &str) -> BTreeSet<String> {
    let search = Forbidden::new(texts);
    let found: BTreeSet<usize> = search
        .search
        .find_overlapping_iter(whole)
        .map(|found| found.pattern().as_usize())
        .collect();
    let texts = search.texts.into_iter().enumerate();
    texts
        .filter(|(at, _)| !found.contains(at))
        .map(|(_, text)| text)
        .collect()
}

/// Fields of a document that are the operator's business.
const OPERATORS: [&str; 16] = [
    "contract",
    "job_number",
    "charges",
    "internal_notes",
    "notes",
    "sales_rep",
    "operations_rep",
    "customer_service_rep",
    "cost_center",
    "profit_center",
    "sales_quote",
    "estimated_costs",
    "estimated_revenue",
    "recognized_costs",
    "recognized_revenue",
    "wip_amount",
];

/// What gives away that something of Frappe's, or of the operator's, came through.
const MARKERS: [&str; 11] = [
    "INTERNAL",
    "internal_notes",
    "charges",
    "estimated_cost",
    "estimated_revenue",
    "frappe.exceptions",
    "_server_messages",
    "Traceback",
    "PermissionError",
    "session_expired",
    "valuation",
];

fn money(value: &Value) -> String {
    value
        .as_f64()
        // Stock is measured in eighths, and a sum of them may read like a price.
        .filter(|amount| (amount * 8.0).fract() != 0.0)
        .map(|amount| amount.to_string())
        .unwrap_or_default()
}
