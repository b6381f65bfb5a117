//! `/metrics`: the same figures in the text format of Prometheus (version 0.0.4). Nothing is asked for
//! it, and no name of a user or customer is in it.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Extension;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::Operators;
use super::state::{self, Check, VERSION};
use crate::admin::check::Grade;
use crate::web::sign_ins::Outcome;

/// `GET /metrics`
pub(super) async fn show(Extension(operators): Extension<Arc<Operators>>) -> Response {
    let text = told(&operators).await;
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
        .into_response()
}

/// Families of samples, as they are written.
#[derive(Default)]
struct Families(String);

impl Families {
    /// One family: its name, type and meaning, and its samples with their labels.
    fn add(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        samples: impl IntoIterator<Item = (String, f64)>,
    ) {
        // Writing to a string cannot fail.
        let _ = writeln!(
            self.0,
            "# HELP quayfront_{name} {help}\n# TYPE quayfront_{name} {kind}"
        );
        for (labels, value) in samples {
            let _ = writeln!(self.0, "quayfront_{name}{labels} {value}");
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "samples are floating point numbers"
)]
async fn told(operators: &Operators) -> String {
    let app = &operators.app;
    let now = app.clock.now();
    let standing = app.portal().client().standing();
    let one = |value: f64| [(String::new(), value)];
    let mut families = Families::default();
    families.add(
        "build_info",
        "gauge",
        "The version that runs.",
        [(format!("{{version=\"{VERSION}\"}}"), 1.0)],
    );
    families.add(
        "start_time_seconds",
        "gauge",
        "Since when it runs.",
        one(operators.started.as_second() as f64),
    );
    families.add(
        "site_breaker_open",
        "gauge",
        "Whether questions to the site are turned away because it fails.",
        one(f64::from(u8::from(standing.is_open))),
    );
    if let Some(answered) = standing.answered {
        families.add(
            "site_answered_timestamp_seconds",
            "gauge",
            "When the site answered last.",
            one(answered.as_second() as f64),
        );
    }
    let memory = state::memory(app);
    let each = |value: fn(&crate::cache::Figures) -> u64| {
        let samples = memory.iter();
        let sample = move |(name, figures): &(&str, crate::cache::Figures)| {
            (format!("{{memory=\"{name}\"}}"), value(figures) as f64)
        };
        samples.map(sample).collect::<Vec<_>>()
    };
    families.add(
        "memory_entries",
        "gauge",
        "Answers that are remembered.",
        each(|of| of.entries),
    );
    families.add("memory_bytes", "gauge", "Their bytes.", each(|of| of.bytes));
    families.add(
        "memory_max_bytes",
        "gauge",
        "How many there may be.",
        each(|of| of.most),
    );
    families.add(
        "memory_hits_total",
        "counter",
        "How often an answer was remembered that could be shown at once.",
        each(|of| of.hits),
    );
    families.add(
        "memory_misses_total",
        "counter",
        "How often the site was asked while a visitor waited.",
        each(|of| of.misses),
    );
    let counts = Outcome::ALL.iter().zip(app.sign_ins.all());
    families.add(
        "sign_ins_total",
        "counter",
        "Sign-ins by how they ended.",
        counts
            .map(|(outcome, count)| (format!("{{outcome=\"{}\"}}", outcome.name()), count as f64)),
    );
    if let Check::Left(report) = Check::last(operators).await {
        families.add(
            "check_age_seconds",
            "gauge",
            "How long ago the site was checked.",
            one(now.duration_since(report.at).as_secs() as f64),
        );
        let grades = [Grade::Good, Grade::Warning, Grade::Wrong];
        let count = |grade| {
            let lines = report.findings.iter();
            lines.filter(|line| line.grade == grade).count() as f64
        };
        families.add(
            "check_findings",
            "gauge",
            "What the last check found, by how good or bad it is.",
            grades.map(|grade| (format!("{{grade=\"{grade}\"}}"), count(grade))),
        );
    }
    families.0
}
