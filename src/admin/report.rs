//! What a check leaves for the operators' page: its lines, without the names of users, customers and
//! documents, and when it was.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::check::{Finding, Grade, worst};

/// What a check left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// When it was.
    pub at: Timestamp,
    /// The version of the program that checked.
    pub version: String,
    /// The worst that it found.
    pub worst: Grade,
    /// Its lines.
    pub findings: Vec<Line>,
}

/// One line of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which check says so.
    pub check: String,
    /// How good or bad it is.
    pub grade: Grade,
    /// What was found, with numbers in the place of names.
    pub found: String,
    /// What it means for customers; empty where all is good.
    #[serde(default)]
    pub means: String,
    /// Where to mend it; empty where all is good.
    #[serde(default)]
    pub mend: String,
}

impl Report {
    /// What is left of these findings.
    #[must_use]
    pub fn of(findings: &[Finding], at: Timestamp) -> Self {
        let line = |finding: &Finding| Line {
            check: finding.check.to_owned(),
            grade: finding.grade,
            found: finding.without_names(),
            means: finding.means.clone(),
            mend: finding.mend.clone(),
        };
        Self {
            at,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            worst: worst(findings),
            findings: findings.iter().map(line).collect(),
        }
    }

    /// Leaves it in a file, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn leave(&self, file: &Path) -> io::Result<()> {
        let beside = file.with_extension("new");
        std::fs::write(&beside, serde_json::to_vec_pretty(self)?)?;
        std::fs::rename(beside, file)
    }

    /// What was left in a file last.
    ///
    /// # Errors
    /// When the file cannot be read, or is no report.
    pub fn left_in(file: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&std::fs::read(file)?)?)
    }
}
