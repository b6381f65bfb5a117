//! What will surprise a customer: everybody's documents that name nobody, stock that is nobody's, files
//! that anybody can load.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, some};
use crate::admin::facts::{Documents, Facts, Stock};
use crate::admin::wanted::Wanted;
use crate::portal::stock::Owner;

/// More levels than any tree of warehouses has.
const DEEPEST: usize = 50;

fn each(facts: &Facts) -> impl Iterator<Item = (&str, &Documents)> {
    let documents = facts.documents.iter();
    documents.filter_map(|(doctype, read)| Some((doctype.as_str(), read.as_ref().ok()?)))
}

/// Rows without a customer, and Apply Strict User Permissions.
pub fn empty_customers(facts: &Facts, _: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "empty-customers";
    let mut findings: Vec<Finding> = facts
        .documents
        .iter()
        .filter_map(|(doctype, read)| Some((doctype, read.as_ref().err()?)))
        // A field that is not there is told with the page.
        .filter(|(_, problem)| **problem != crate::frappe::Error::NotFound)
        .map(|(doctype, problem)| Finding::unread(CHECK, doctype.as_str(), problem))
        .collect();
    let Ok(settings) = &facts.site.settings else {
        return findings;
    };
    let empty: Vec<String> = each(facts)
        .filter(|(_, documents)| documents.without_customer > 0)
        .map(|(doctype, documents)| {
            format!(
                "{} of {} in {doctype}",
                documents.without_customer, documents.all
            )
        })
        .collect();
    if empty.is_empty() {
        findings.push(Finding::good(CHECK, "Every document names its customer"));
    } else if settings.strict {
        findings.push(Finding::good(
            CHECK,
            format!(
                "Frappe shows documents without a customer to nobody: {}",
                empty.join(", ")
            ),
        ));
    } else {
        findings.push(Finding::warning(
            CHECK,
            format!("Documents without a customer: {}", empty.join(", ")),
            "The portal shows them to nobody. Frappe itself shows them to every customer's user, because \
             Apply Strict User Permissions is off.",
            "Fill in their customer. (Apply Strict User Permissions in System Settings would hide them, and \
             documents with any other empty link too; saving System Settings with the second factor on asks \
             everybody for one.)",
        ));
    }
    findings
}

/// Whether the rule finds stock, and whether some is two customers'.
pub fn stock(facts: &Facts, wanted: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "stock";
    let (stock, rule) = match (&facts.stock, &wanted.stock) {
        (Some(Ok(stock)), Some(rule)) => (stock, rule),
        (Some(Err(problem)), Some(_)) => return vec![Finding::unread(CHECK, "Stock", problem)],
        _ => return Vec::new(),
    };
    let mut findings = Vec::new();
    if let Owner::Warehouse(field) = rule
        && stock
            .warehouses
            .values()
            .all(|place| place.customer.is_empty())
    {
        findings.push(Finding::wrong(
            CHECK,
            format!("No Warehouse names a customer in {field}"),
            "Nobody sees any stock.",
            "stock.warehouse_field in the settings, or that field of Warehouse.",
        ));
        return findings;
    }
    if let Owner::Settings(lists) = rule {
        findings.extend(lists_of_settings(stock, lists));
    }
    let mut found = 0_usize;
    let mut customers: BTreeSet<&str> = BTreeSet::new();
    let mut doubtful = Vec::new();
    for (item, warehouse) in &stock.bins {
        let of_item = stock.items.get(item).map_or("", String::as_str);
        let of_place = owner_of(stock, rule, warehouse);
        let owner = match rule {
            Owner::Item => of_item,
            _ => of_place,
        };
        if owner.is_empty() {
            continue;
        }
        if !of_item.is_empty() && of_item != owner {
            doubtful.push(format!("{item} in {warehouse} ({owner}, and {of_item})"));
            continue;
        }
        found += 1;
        customers.insert(owner);
    }
    if !doubtful.is_empty() {
        findings.push(
            Finding::warning(
                CHECK,
                format!("Stock of two customers: {}", some(&doubtful)),
                "The portal shows it to neither.",
                "Item > Customer, or whose warehouse it is.",
            )
            .naming(doubtful),
        );
    }
    if found == 0 && !stock.bins.is_empty() {
        findings.push(Finding::wrong(
            CHECK,
            format!("The rule finds no stock among {} bins", stock.bins.len()),
            "Nobody sees any stock.",
            "stock.owner in the settings: the rule that fits how you keep customers' goods.",
        ));
    } else if found == 0 && findings.is_empty() {
        findings.push(Finding::good(CHECK, "There is no stock yet"));
    } else if findings.is_empty() {
        findings.push(Finding::good(
            CHECK,
            format!(
                "{found} of {} bins are those of {} customers",
                stock.bins.len(),
                customers.len()
            ),
        ));
    }
    findings
}

type Lists = BTreeMap<crate::frappe::CustomerName, Vec<crate::frappe::DocumentName>>;

fn lists_of_settings(stock: &Stock, lists: &Lists) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (customer, warehouses) in lists {
        for warehouse in warehouses {
            seen.entry(warehouse.as_str())
                .or_default()
                .push(customer.as_str());
        }
    }
    let unknown: Vec<&str> = seen
        .keys()
        .copied()
        .filter(|warehouse| !stock.warehouses.contains_key(*warehouse))
        .collect();
    if !unknown.is_empty() {
        findings.push(
            Finding::wrong(
                "stock",
                format!("Warehouses that are not there: {}", some(&unknown)),
                "What lies there is shown to nobody.",
                "stock.warehouses in the settings: the names as the desk writes them.",
            )
            .naming(unknown),
        );
    }
    let doubtful: Vec<String> = seen
        .iter()
        .filter(|(_, customers)| customers.len() > 1)
        .map(|(warehouse, customers)| format!("{warehouse} ({})", customers.join(", ")))
        .collect();
    if !doubtful.is_empty() {
        findings.push(
            Finding::wrong(
                "stock",
                format!(
                    "Warehouses listed for several customers: {}",
                    some(&doubtful)
                ),
                "What lies there is shown to none of them.",
                "stock.warehouses in the settings: each warehouse for one customer.",
            )
            .naming(doubtful),
        );
    }
    findings
}

/// Whose warehouse it is: what it says, or the nearest group above it that says something.
fn owner_of<'a>(stock: &'a Stock, rule: &'a Owner, warehouse: &str) -> &'a str {
    let mut at = warehouse.to_owned();
    for _ in 0..DEEPEST {
        let Some(place) = stock.warehouses.get(&at) else {
            return "";
        };
        let named: Vec<&str> = match rule {
            Owner::Item => Vec::new(),
            Owner::Warehouse(_) => Some(place.customer.as_str())
                .filter(|customer| !customer.is_empty())
                .into_iter()
                .collect(),
            Owner::Settings(lists) => lists
                .iter()
                .filter(|(_, list)| list.iter().any(|listed| listed.as_str() == at))
                .map(|(customer, _)| customer.as_str())
                .collect(),
        };
        match named.as_slice() {
            [] => at.clone_from(&place.parent),
            [only] => return only,
            _ => return "",
        }
    }
    ""
}

/// Files that anybody can load, on documents that only one customer may see
/// (`file_public_guest`).
pub fn public_files(facts: &Facts, _: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "public-files";
    let files = match &facts.public_files {
        Ok(files) => files,
        Err(problem) => return vec![Finding::unread(CHECK, "Files", problem)],
    };
    vec![if files.is_empty() {
        Finding::good(CHECK, "Every file on a customer's document is private")
    } else {
        let told: Vec<String> = files
            .iter()
            .map(|file| format!("{} on {} {}", file.url, file.doctype, file.document))
            .collect();
        Finding::warning(
            CHECK,
            format!(
                "{} public files on customers' documents: {}",
                files.len(),
                some(&told)
            ),
            "Whoever knows or guesses the address can load them, without signing in.",
            "File > Is Private, for each of them.",
        )
        .naming(told)
    }]
}
