//! What the pages show: that it is there, that customers may read it, and that they may do no more.

use std::collections::BTreeSet;

use super::{Finding, mend, some};
use crate::admin::facts::{Facts, Field, Fields, Rule};
use crate::admin::names::CUSTOMER_ROLE;
use crate::admin::wanted::{Wanted, WantedPage};
use crate::frappe::{DocType, Right};
use crate::portal::page::is_never;

const FIELDS: &str = "fields";

/// Whether each page's DocType and fields are there and may be shown.
pub fn fields(facts: &Facts, wanted: &Wanted) -> Vec<Finding> {
    let doctypes = match &facts.doctypes {
        Ok(doctypes) => doctypes,
        Err(problem) => return vec![Finding::unread(FIELDS, "The DocTypes", problem)],
    };
    let rules = facts.rules.as_deref().unwrap_or_default();
    let mut findings = Vec::new();
    let mut good = Vec::new();
    for page in &wanted.pages {
        let Some(Some(fields)) = doctypes.get(&page.doctype) else {
            findings.push(Finding::wrong(
                FIELDS,
                format!(
                    "Page {}: the site has no DocType {}",
                    page.name, page.doctype
                ),
                "The page shows an error to everybody.",
                format!("pages.menu in the settings: leave {} out.", page.name),
            ));
            continue;
        };
        let of_page = page_fields(page, fields, doctypes, rules);
        if of_page.is_empty() {
            good.push(page.name.as_str());
        }
        findings.extend(of_page);
    }
    if !good.is_empty() {
        findings.push(Finding::good(
            FIELDS,
            format!("Everything shown is there: {}", good.join(", ")),
        ));
    }
    findings
}

/// What was found of fields, by what is wrong with them.
pub(super) struct Told {
    levels: BTreeSet<i64>,
    pub(super) missing: Vec<String>,
    pub(super) hidden: Vec<String>,
    pub(super) never: Vec<String>,
}

impl Told {
    /// Nothing yet; these permission levels are readable.
    pub(super) const fn new(levels: BTreeSet<i64>) -> Self {
        Self {
            levels,
            missing: Vec::new(),
            hidden: Vec::new(),
            never: Vec::new(),
        }
    }

    /// Looks at a field, which stands at this place.
    pub(super) fn look(&mut self, place: String, known: Option<&Field>, is_never: bool) {
        match known {
            None => self.missing.push(place.clone()),
            Some(known) if !self.levels.contains(&known.level) => self.hidden.push(place.clone()),
            Some(_) => {}
        }
        if is_never {
            self.never.push(place);
        }
    }

    pub(super) fn hidden(
        &self,
        check: &'static str,
        page: &WantedPage,
        doctype: &DocType,
    ) -> Option<Finding> {
        (!self.hidden.is_empty()).then(|| {
            Finding::wrong(
                check,
                format!(
                    "Page {}: role {CUSTOMER_ROLE} cannot read the permission level of {}",
                    page.name,
                    some(&self.hidden)
                ),
                "Customers see these empty.",
                format!(
                    "Customize Form > {doctype} > the field's Perm Level, or leave it out of the page \
                     file."
                ),
            )
        })
    }

    pub(super) fn never(&self, check: &'static str, page: &WantedPage) -> Option<Finding> {
        (!self.never.is_empty()).then(|| {
            Finding::wrong(
                check,
                format!("Page {} shows {}", page.name, some(&self.never)),
                "That is your business and not the customer's: costs, margins, notes among yourselves.",
                format!("The page file pages/{}.toml: leave it out.", page.name),
            )
        })
    }
}

fn page_fields(
    page: &WantedPage,
    fields: &Fields,
    doctypes: &std::collections::BTreeMap<DocType, Option<Fields>>,
    rules: &[Rule],
) -> Vec<Finding> {
    let mut told = Told::new(levels(rules, page.doctype.as_str()));
    for name in &page.fields {
        let is_of_all = ["name", "modified", "creation"].contains(&name.as_str());
        if !is_of_all {
            let is_never = is_never(&page.doctype, name);
            told.look(name.to_string(), fields.0.get(name), is_never);
        }
    }
    for (table, columns) in &page.tables {
        let known = fields.0.get(table);
        told.look(table.to_string(), known, is_never(&page.doctype, table));
        let Some(child) = known.and_then(|known| DocType::parse(&known.options).ok()) else {
            continue;
        };
        let Some(Some(of_child)) = doctypes.get(&child) else {
            continue;
        };
        for column in columns {
            let place = format!("{table}.{column}");
            told.look(place, of_child.0.get(column), is_never(&child, column));
        }
    }
    let missing = (!told.missing.is_empty()).then(|| {
        Finding::wrong(
            FIELDS,
            format!(
                "Page {}: {} has no {}",
                page.name,
                page.doctype,
                some(&told.missing)
            ),
            "Frappe refuses the whole list, so the page shows an error to everybody.",
            format!(
                "The page file pages/{}.toml, or the field in Customize Form.",
                page.name
            ),
        )
    });
    let hidden = told.hidden(FIELDS, page, &page.doctype);
    let never = told.never(FIELDS, page);
    [missing, hidden, never].into_iter().flatten().collect()
}

pub(super) fn levels(rules: &[Rule], doctype: &str) -> BTreeSet<i64> {
    let of_role = Facts::rules_of(rules, doctype)
        .filter(|rule| is_a_customers(rule) && rule.rights.contains(&Right::Read));
    // Level 0 is readable, or else there is another finding that says so.
    of_role.map(|rule| rule.level).chain([0]).collect()
}

/// Roles that a customer's user has: his own, and what Frappe gives to everybody.
pub(super) fn is_a_customers(rule: &Rule) -> bool {
    [CUSTOMER_ROLE, "All", "Guest"].contains(&rule.role.as_str())
}

/// Whether role Customer may read what the pages show, and may do no more.
pub fn rights(facts: &Facts, wanted: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "rights";
    let rules = match &facts.rules {
        Ok(rules) => rules,
        Err(problem) => return vec![Finding::unread(CHECK, "Permission rows", problem)],
    };
    let mut findings = Vec::new();
    let mut good = Vec::new();
    for doctype in wanted.doctypes() {
        let is_there = match &facts.doctypes {
            Ok(doctypes) => doctypes.get(&doctype).is_none_or(Option::is_some),
            Err(_) => true,
        };
        if !is_there {
            continue;
        }
        let before = findings.len();
        let reads =
            given(rules, &doctype).any(|rule| rule.rights.contains(&Right::Read) && !rule.only_own);
        if !reads {
            findings.push(Finding::wrong(
                CHECK,
                format!("Role {CUSTOMER_ROLE} may not read {doctype}"),
                "Customers are told that there is nothing for them.",
                format!(
                    "quayfront setup; or Role Permissions Manager > {doctype} > Add A New Rule."
                ),
            ));
        }
        findings.extend(overreach(CHECK, rules, &doctype, Mends::Setup));
        if findings.len() == before {
            good.push(doctype.to_string());
        }
    }
    if !good.is_empty() {
        let found = format!(
            "Role {CUSTOMER_ROLE} reads, and changes nothing: {}",
            good.join(", ")
        );
        findings.push(Finding::good(CHECK, found));
    }
    findings
}

/// The rows that hold for a customer's user.
fn given<'a>(rules: &'a [Rule], doctype: &'a DocType) -> impl Iterator<Item = &'a Rule> {
    Facts::rules_of(rules, doctype.as_str()).filter(|rule| is_a_customers(rule) && rule.level == 0)
}

/// Who mends what role Customer may do beyond reading and printing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mends {
    /// `setup`, as far as it is the rule of that role that it sets.
    Setup,
    /// Nobody but an administrator.
    Nobody,
}

/// What role Customer may do beyond reading and printing.
pub(super) fn overreach(
    check: &'static str,
    rules: &[Rule],
    doctype: &DocType,
    mends: Mends,
) -> Vec<Finding> {
    let told = |rights: &[Right]| {
        let mut names = Vec::new();
        let mut givers = BTreeSet::new();
        let mut is_setups = mends == Mends::Setup;
        for right in rights {
            let mut giving = given(rules, doctype)
                .filter(|rule| rule.rights.contains(right))
                .peekable();
            if giving.peek().is_some() {
                names.push(right.name());
            }
            for rule in giving {
                givers.insert(rule.role.as_str());
                is_setups &= rule.role == CUSTOMER_ROLE && !rule.only_own;
            }
        }
        let givers: Vec<&str> = givers.into_iter().collect();
        let desk = format!(
            "Role Permissions Manager > {doctype}, role {}: read and print alone.",
            givers.join(" and ")
        );
        let mend = mend(is_setups, &desk);
        (!names.is_empty()).then(|| {
            let found = format!("Role {CUSTOMER_ROLE} may {} {doctype}", names.join(", "));
            (found, mend)
        })
    };
    let changes = told(&[
        Right::Write,
        Right::Create,
        Right::Delete,
        Right::Submit,
        Right::Cancel,
        Right::Amend,
        Right::Import,
        Right::Share,
    ]);
    let more = told(&[Right::Export, Right::Report, Right::Email]);
    let changes = changes.map(|(found, mend)| {
        let means = "The portal changes nothing; somebody with a customer's password can, past it.";
        Finding::wrong(check, found, means, mend)
    });
    let more = more.map(|(found, mend)| {
        let means =
            "Nothing in the portal needs it. Past the portal it gives out more than its pages.";
        Finding::warning(check, found, means, mend)
    });
    [changes, more].into_iter().flatten().collect()
}
