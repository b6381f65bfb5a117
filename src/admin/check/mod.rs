//! What is good and what is wrong with a site. Each check is a function from what was read to
//! findings; it asks nothing and knows nothing of the others.

mod data;
mod linked;
mod menu;
mod pages;
mod people;
mod refused;
mod service;
mod site;
#[cfg(test)]
mod tests;
mod webhooks;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::wanted::Wanted;
use crate::frappe::Error;

/// How good or bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// As it should be.
    Good,
    /// Works, and may surprise somebody.
    Warning,
    /// Customers see too much, too little or nothing.
    Wrong,
}

impl fmt::Display for Grade {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Wrong => "wrong",
        })
    }
}

/// One line of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which check says so; the same name in every version.
    pub check: &'static str,
    /// How good or bad it is.
    pub grade: Grade,
    /// What was found.
    pub found: String,
    /// What it means for customers; empty where all is good.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub means: String,
    /// Where to mend it; empty where all is good.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mend: String,
    /// All that the line names a few of, for machines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<String>,
}

impl Finding {
    fn good(check: &'static str, found: impl Into<String>) -> Self {
        Self {
            check,
            grade: Grade::Good,
            found: found.into(),
            means: String::new(),
            mend: String::new(),
            all: Vec::new(),
        }
    }

    /// What was found, with a number in the place of names.
    #[must_use]
    pub fn without_names(&self) -> String {
        let count = self.all.len().to_string();
        match self.found.split_once(": ") {
            Some((what, _)) if what.starts_with(&format!("{count} ")) => what.to_owned(),
            Some((what, _)) if !self.all.is_empty() => format!("{what} ({count})"),
            _ => self.found.clone(),
        }
    }

    /// With all that the line names a few of, after its first colon.
    fn naming(mut self, all: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.all = all.into_iter().map(Into::into).collect();
        self
    }

    fn warning(
        check: &'static str,
        found: impl Into<String>,
        means: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            check,
            grade: Grade::Warning,
            found: found.into(),
            means: means.into(),
            mend: mend.into(),
            all: Vec::new(),
        }
    }

    fn wrong(
        check: &'static str,
        found: impl Into<String>,
        means: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            grade: Grade::Wrong,
            ..Self::warning(check, found, means, mend)
        }
    }

    /// A part that could not be read, so that this check stays open.
    fn unread(check: &'static str, what: &str, problem: &Error) -> Self {
        let mend = match problem {
            Error::Forbidden => {
                "Run the command as Administrator, or as a user with the roles System Manager, Website \
                 Manager and Sales User: no standard role reads everything that is checked."
            }
            _ => "Run the command again; if it stays so, look into Frappe's Error Log.",
        };
        Self::warning(
            check,
            format!("{what} could not be read: {problem}"),
            "This check stays open.",
            mend,
        )
    }
}

/// Judges everything.
#[must_use]
pub fn run(facts: &Facts, wanted: &Wanted) -> Vec<Finding> {
    let checks: [fn(&Facts, &Wanted) -> Vec<Finding>; 26] = [
        site::reachable,
        site::tls,
        site::versions,
        site::clock,
        site::time_zone,
        site::sign_in_limits,
        site::mails,
        site::outgoing_mail,
        site::address,
        site::trusted_proxies,
        site::outside,
        service::account,
        service::too_little,
        service::too_much,
        pages::fields,
        pages::rights,
        linked::fields,
        linked::rights,
        people::user_permissions,
        people::applicable_for,
        people::links,
        data::empty_customers,
        refused::refused,
        data::stock,
        data::public_files,
        menu::rows,
    ];
    let mut findings: Vec<Finding> = checks
        .iter()
        .flat_map(|check| check(facts, wanted))
        .collect();
    findings.extend(webhooks::webhooks(facts, wanted));
    findings
}

/// The worst of all: what the command's exit code tells.
#[must_use]
pub fn worst(findings: &[Finding]) -> Grade {
    let grades = findings.iter().map(|finding| finding.grade);
    grades.max().unwrap_or(Grade::Good)
}

/// Where to mend something in the desk, and `setup` first where that does it.
fn mend(by_setup: bool, desk: &str) -> String {
    if by_setup {
        format!("quayfront setup; or {desk}")
    } else {
        desk.to_owned()
    }
}

/// The first few of many, and how many more there are.
fn some(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    const SHOWN: usize = 5;
    let names: Vec<String> = names
        .into_iter()
        .map(|name| name.as_ref().to_owned())
        .collect();
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The one finding about a site that could not be asked anything.
#[must_use]
pub fn unreachable(wanted: &Wanted, problem: &Error) -> Finding {
    let mend = match problem {
        Error::SignInRequired | Error::KeyRefused | Error::Forbidden => {
            "The administrator's user and password, or API key; whether the account is enabled."
        }
        Error::NotFound => {
            "site.name in the portal's settings: the bench has no site of that name."
        }
        _ => "site.url and site.name in the portal's settings; whether Frappe runs.",
    };
    Finding::wrong(
        "reachable",
        format!("{} could not be asked: {problem}", wanted.site_url),
        "Nothing could be checked. If the portal cannot ask either, nobody sees anything.",
        mend,
    )
}
