//! Rights of two roles: what customers' users may do, and what the portal's own account may.

use super::{Action, Kind, Step};
use crate::admin::facts::{Facts, Rule};
use crate::admin::names::{CUSTOMER_ROLE, READER_READS, READER_ROLE, doctype};
use crate::admin::wanted::Wanted;
use crate::frappe::{DocType, Right};

/// What a customer's user needs of a DocType.
const OF_CUSTOMERS: [Right; 2] = [Right::Read, Right::Print];
/// What the portal's own account needs of a DocType.
const OF_READERS: [Right; 1] = [Right::Read];

/// Role Customer: read and print on what the pages show.
pub fn customers(facts: &Facts, wanted: &Wanted) -> Vec<Step> {
    let is_there = |doctype: &DocType| match &facts.doctypes {
        Ok(doctypes) => doctypes.get(doctype).is_none_or(Option::is_some),
        Err(_) => false,
    };
    let doctypes = wanted.doctypes().into_iter().filter(is_there);
    let why = "Customers read and print in the portal, and change nothing.";
    doctypes
        .filter_map(|doctype| {
            step(
                facts,
                doctype,
                CUSTOMER_ROLE,
                &OF_CUSTOMERS,
                Kind::Rights,
                why,
            )
        })
        .collect()
}

/// Role Quayfront Reader: read on three DocTypes.
pub fn readers(facts: &Facts) -> Vec<Step> {
    let why =
        "The portal's own account reads whose customer a user is, and what the menu and files are.";
    let doctypes = READER_READS.map(doctype).into_iter();
    doctypes
        .filter_map(|doctype| step(facts, doctype, READER_ROLE, &OF_READERS, Kind::Account, why))
        .collect()
}

fn step(
    facts: &Facts,
    doctype: DocType,
    role: &str,
    needed: &[Right],
    kind: Kind,
    why: &str,
) -> Option<Step> {
    let rules = facts.rules.as_ref().ok()?;
    let is_his = |rule: &&Rule| rule.role == role && rule.level == 0 && !rule.only_own;
    let his = Facts::rules_of(rules, doctype.as_str()).find(is_his);
    let names = |rights: &[Right]| {
        let names: Vec<&str> = rights.iter().map(|right| right.name()).collect();
        match names.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => names.join(""),
        }
    };
    let Some(known) = his else {
        let undo = format!(
            "Role Permissions Manager > {doctype}: remove the rule of role {role}, and only it."
        );
        return Some(Step {
            kind,
            is: format!("Role {role} has no rule on {doctype}"),
            will: format!("Role {role} may {} {doctype}", names(needed)),
            why: why.to_owned(),
            undo,
            action: Action::AddRule(doctype, role.to_owned(), needed.to_vec()),
        });
    };
    let has = |right: &Right| known.rights.contains(right);
    let changes: Vec<(Right, bool)> = Right::ALL
        .into_iter()
        // Select is part of read; some apps give it by itself, and it opens nothing more.
        .filter(|right| *right != Right::Select)
        .filter(|right| has(right) != needed.contains(right))
        .map(|right| (right, needed.contains(&right)))
        .collect();
    if changes.is_empty() {
        return None;
    }
    let told = |given: bool| {
        let rights: Vec<Right> = changes
            .iter()
            .filter(|(_, to)| *to == given)
            .map(|(right, _)| *right)
            .collect();
        names(&rights)
    };
    let (more, less) = (told(true), told(false));
    let mut will = Vec::new();
    if !more.is_empty() {
        will.push(format!("gets {more}"));
    }
    if !less.is_empty() {
        will.push(format!("loses {less}"));
    }
    let rights: Vec<Right> = known.rights.iter().copied().collect();
    Some(Step {
        kind,
        is: format!("Role {role} may {} {doctype}", names(&rights)),
        will: format!("Role {role} {} on {doctype}", will.join(" and ")),
        why: why.to_owned(),
        undo: format!(
            "Role Permissions Manager > {doctype}, role {role}: set these back ({}).",
            changes
                .iter()
                .map(|(right, _)| right.name())
                .collect::<Vec<_>>()
                .join(", ")
        ),
        action: Action::SetRights(doctype, role.to_owned(), changes),
    })
}
