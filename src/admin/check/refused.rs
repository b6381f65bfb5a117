//! Documents that a customer may not open although they are his: another link in them keeps his users
//! out.

use std::collections::BTreeMap;

use super::{Finding, some};
use crate::admin::facts::{Facts, Refused};
use crate::admin::wanted::Wanted;

const CHECK: &str = "refused-documents";

/// Why a document is refused, which also says what would mend it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    SecondCustomer,
    Restricted,
    Empty,
}

impl Reason {
    fn of(refused: &Refused) -> Self {
        match refused.user {
            _ if refused.other.is_empty() => Self::Empty,
            Some(_) => Self::Restricted,
            None => Self::SecondCustomer,
        }
    }

    fn finding(self, told: &[String]) -> Finding {
        let told = some(told);
        match self {
            Self::SecondCustomer => Finding::warning(
                CHECK,
                format!("Documents that name a second customer: {told}"),
                "Their customer sees them in the list, and Frappe refuses the document itself: the \
                 portal says that details are not available.",
                "Customize Form, that field: Ignore User Permissions; or take the second customer out.",
            ),
            Self::Restricted => Finding::warning(
                CHECK,
                format!("Documents that a further User Permission of a user leaves out: {told}"),
                "These users do not see them, or only their row in the list; others of the same \
                 customer do.",
                "Where that is not meant: the User Permission of that user, or Customize Form, that \
                 field: Ignore User Permissions.",
            ),
            Self::Empty => Finding::warning(
                CHECK,
                format!(
                    "Documents with an empty link, on a site with Apply Strict User Permissions: {told}"
                ),
                "Frappe refuses them to their own customer's users.",
                "Customize Form, that field: Ignore User Permissions; or fill it in. (Saving System \
                 Settings with the second factor on asks everybody for one.)",
            ),
        }
    }
}

/// Where they are told together: the field, what it links to, and whom it keeps out.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a> {
    doctype: &'a str,
    field: &'a str,
    linked: &'a str,
    user: Option<&'a str>,
}

impl Place<'_> {
    fn told(&self, customers: &BTreeMap<&str, Vec<&str>>) -> String {
        let of = customers.iter().map(|(customer, names)| {
            let first = names.first().unwrap_or(&"");
            format!("{} of {customer} (as {first})", names.len())
        });
        let to = match self.linked {
            "Customer" => String::new(),
            linked => format!(" to {linked}"),
        };
        let whom = self
            .user
            .map(|user| format!(" for {user}"))
            .unwrap_or_default();
        let Self { doctype, field, .. } = self;
        format!("{doctype}, by {field}{to}{whom}: {}", some(of))
    }
}

/// Documents that another link in them keeps from their own customer
/// (`doc_transport_job_bill_to_other`).
pub fn refused(facts: &Facts, _: &Wanted) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let (Err(problem), Ok(_)) = (&facts.restrictions, &facts.users) {
        findings.push(Finding::unread(CHECK, "Users' User Permissions", problem));
    }
    let mut told: BTreeMap<Reason, BTreeMap<Place<'_>, BTreeMap<&str, Vec<&str>>>> =
        BTreeMap::new();
    for (doctype, read) in &facts.documents {
        for refused in read.iter().flat_map(|documents| &documents.refused) {
            let place = Place {
                doctype: doctype.as_str(),
                field: &refused.field,
                linked: &refused.linked,
                user: refused.user.as_deref(),
            };
            let places = told.entry(Reason::of(refused)).or_default();
            let customers = places.entry(place).or_default();
            let names = customers.entry(&refused.customer).or_default();
            names.push(&refused.name);
        }
    }
    for (reason, places) in &told {
        let lines: Vec<String> = places
            .iter()
            .map(|(place, customers)| place.told(customers))
            .collect();
        let names = places.iter().flat_map(|(place, customers)| {
            let names = customers.values().flatten();
            names.map(|name| format!("{} {name}", place.doctype))
        });
        findings.push(reason.finding(&lines).naming(names));
    }
    if findings.is_empty() {
        findings.push(Finding::good(
            CHECK,
            "No document is kept from its own customer by another link in it",
        ));
    }
    findings
}
