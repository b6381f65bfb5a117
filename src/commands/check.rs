//! `quayfront check`: what is good and what is wrong with a site, line by line.

use std::io::Write;

use anyhow::Context as _;
use serde_json::json;

use super::administrator::{self, Options};
use super::printable;
use crate::admin::check::{self, Finding, Grade};
use crate::admin::report::Report;
use crate::admin::user::{Seen, see};

/// Examines the site and writes what it found to `out`. Says how bad the worst is.
///
/// # Errors
/// When settings or credentials are wrong, or nothing can be printed.
pub async fn run(
    options: &Options,
    user: Option<&str>,
    outside: Option<&str>,
    as_json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<Grade> {
    let begun = administrator::begin(options, outside).await?;
    let (findings, seen) = match begun.survey.read(&begun.wanted).await {
        Ok(facts) => (
            check::run(&facts, &begun.wanted),
            user.map(|user| see(&facts, &begun.wanted, user)),
        ),
        Err(problem) => (vec![check::unreachable(&begun.wanted, &problem)], None),
    };
    // A session that cannot be ended ends by itself.
    let _ = begun.survey.administrator.sign_out().await;
    if as_json {
        let report = json!({
            "worst": check::worst(&findings), "findings": findings, "user": seen,
        });
        writeln!(out, "{report:#}")?;
    } else {
        tell(out, &findings)?;
        if let Some(seen) = &seen {
            tell_user(out, seen)?;
        }
    }
    if let Some(file) = &begun.report {
        let report = Report::of(&findings, begun.survey.clock.now());
        let left = report.leave(file);
        left.with_context(|| format!("operators.check_report: {}", file.display()))?;
    }
    Ok(check::worst(&findings))
}

/// Prints findings, the worst last, where the eye is.
fn tell(out: &mut dyn Write, findings: &[Finding]) -> std::io::Result<()> {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| finding.grade);
    for finding in &sorted {
        writeln!(
            out,
            "{:8} {:24} {}",
            finding.grade.to_string(),
            finding.check,
            printable(&finding.found)
        )?;
        if !finding.means.is_empty() {
            writeln!(
                out,
                "{:33} For customers: {}",
                "",
                printable(&finding.means)
            )?;
        }
        if !finding.mend.is_empty() {
            writeln!(out, "{:33} Mend it: {}", "", printable(&finding.mend))?;
        }
    }
    let count = |grade| {
        findings
            .iter()
            .filter(|finding| finding.grade == grade)
            .count()
    };
    writeln!(
        out,
        "\n{} good, {} warnings, {} wrong",
        count(Grade::Good),
        count(Grade::Warning),
        count(Grade::Wrong)
    )
}

fn tell_user(out: &mut dyn Write, seen: &Seen) -> std::io::Result<()> {
    let account = format!("{} {}; {}", seen.user, seen.sign_in, seen.customers_from);
    writeln!(out, "\n{}", printable(&account))?;
    for page in &seen.pages {
        let customers = if page.customers.is_empty() {
            "nothing".to_owned()
        } else {
            page.customers.join(", ")
        };
        let line = format!(
            "  {:18} {:20} {customers}: {}",
            page.page, page.route, page.why
        );
        writeln!(out, "{}", printable(&line))?;
    }
    Ok(())
}
