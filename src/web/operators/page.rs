//! `/` on the operators' listener: the state in words.

use std::sync::Arc;

use axum::extract::{Query, State as AppState};
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Response};
use axum::{Extension, Json};
use jiff::Timestamp;
use serde::Deserialize;

use super::Operators;
use super::state::{About, Asked, Check, State, VERSION, breaker};
use crate::admin::check::Grade;
use crate::admin::report::{Line, Report};
use crate::cache::Figures;
use crate::portal::SeenPage;
use crate::views::context::{
    Cell, CheckLine, Labelled, MemoryLine, OperatorsPage, SeenLine, SettingLine, Tone,
};
use crate::views::format;
use crate::web::failure::Failure;
use crate::web::health::Reach;
use crate::web::negotiate::wants_json;
use crate::web::sign_ins::Outcome;
use crate::web::{App, frame};

/// What the page is asked with.
#[derive(Deserialize)]
pub(super) struct Question {
    #[serde(default)]
    user: String,
}

/// `GET /`
pub(super) async fn show(
    AppState(app): AppState<Arc<App>>,
    Extension(operators): Extension<Arc<Operators>>,
    Query(question): Query<Question>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let user = Some(question.user.as_str()).filter(|user| !user.is_empty());
    let state = State::of(&operators, user).await;
    if wants_json(&headers) {
        return Ok(Json(state.json(&operators.settings)).into_response());
    }
    let page = page(&app, &operators, &state);
    Ok(Html(app.views.render(&page)?).into_response())
}

fn page(app: &App, operators: &Operators, state: &State) -> OperatorsPage {
    let (check, lines) = match &state.check {
        Check::NoFile => (
            "The setting operators.check_report names no file in which quayfront check could leave what \
             it found."
                .to_owned(),
            Vec::new(),
        ),
        Check::None => (
            "Nobody has run quayfront check with these settings yet.".to_owned(),
            Vec::new(),
        ),
        Check::Unreadable(problem) => (
            format!("What the last check left cannot be read: {problem}"),
            Vec::new(),
        ),
        Check::Left(report) => (said(report, state.now), check_lines(report)),
    };
    let (seen, pages) = match &state.asked {
        None => (None, Vec::new()),
        Some(asked) => {
            let (words, pages) = seen(asked);
            (Some(words), pages)
        }
    };
    OperatorsPage {
        frame: frame::anonymous(app, "For operators"),
        portal: vec![
            Labelled::new("Version", Cell::code(VERSION)),
            Labelled::new(
                "Running",
                Cell::text(format!("for {}", format::duration(state.up_for))),
            ),
            Labelled::new("Customers’ address", Cell::text(app.public_url.origin())),
        ],
        site: site(app, state),
        memory: state.memory.iter().map(memory).collect(),
        sign_ins: Outcome::ALL
            .iter()
            .zip(state.sign_ins)
            .map(|(outcome, count)| {
                Labelled::new(outcome.words(), Cell::number(format::whole(count)))
            })
            .collect(),
        check,
        check_lines: lines,
        user: state
            .asked
            .as_ref()
            .map(|asked| asked.user.clone())
            .unwrap_or_default(),
        seen,
        seen_pages: pages,
        settings: operators
            .settings
            .iter()
            .map(|(key, value)| SettingLine {
                key: key.clone(),
                value: value.clone(),
            })
            .collect(),
    }
}

fn site(app: &App, state: &State) -> Vec<Labelled> {
    let (word, tone) = match state.reach {
        Reach::Answering => ("Answers", Tone::Good),
        Reach::Remembered => ("Answered a moment ago", Tone::Warn),
        Reach::NotAnswering => ("Does not answer", Tone::Bad),
    };
    let (guard, guard_tone) = match breaker(state.standing) {
        "open" => ("Turned away, because too many have failed", Tone::Bad),
        "on probation" => (
            "One is let through, to see whether it is well again",
            Tone::Warn,
        ),
        _ => ("Let through", Tone::Good),
    };
    let answered = state.standing.answered.map_or(Cell::Empty, |at| {
        let moment = format::instant(at, app.portal().time_zone());
        Cell::DateTime {
            iso: moment.iso,
            text: moment.text,
        }
    });
    vec![
        Labelled::new("The site", Cell::status(word, tone)),
        Labelled::new("Questions to it", Cell::status(guard, guard_tone)),
        Labelled::new("Last answer", answered),
    ]
}

fn memory((name, figures): &(&'static str, Figures)) -> MemoryLine {
    let name = match *name {
        "answers" => "Answers to customers’ questions",
        "pages" => "Finished pages",
        "sessions" => "Frappe’s words on sessions",
        other => other,
    };
    let asked = figures.hits + figures.misses;
    MemoryLine {
        name: name.to_owned(),
        entries: format::whole(figures.entries),
        bytes: format::size(figures.bytes),
        most: format::size(figures.most),
        remembered: (figures.hits * 100)
            .checked_div(asked)
            .map(|share| format!("{share} % of {}", format::count(asked, "time", "times"))),
    }
}

fn ago(at: Timestamp, now: Timestamp) -> String {
    format!("{} ago", format::duration(now.duration_since(at)))
}

fn said(report: &Report, now: Timestamp) -> String {
    let count = |grade| {
        let lines = report.findings.iter();
        lines.filter(|line| line.grade == grade).count() as u64
    };
    format!(
        "{}: {} good, {}, {} wrong. Who and which it is says quayfront check itself.",
        ago(report.at, now),
        count(Grade::Good),
        format::count(count(Grade::Warning), "warning", "warnings"),
        count(Grade::Wrong)
    )
}

/// What is not good, the worst first.
fn check_lines(report: &Report) -> Vec<CheckLine> {
    let mut bad: Vec<&Line> = report
        .findings
        .iter()
        .filter(|line| line.grade != Grade::Good)
        .collect();
    bad.sort_by_key(|line| std::cmp::Reverse(line.grade));
    let line = |line: &&Line| CheckLine {
        grade: match line.grade {
            Grade::Good => Cell::status("Good", Tone::Good),
            Grade::Warning => Cell::status("Warning", Tone::Warn),
            Grade::Wrong => Cell::status("Wrong", Tone::Bad),
        },
        check: line.check.clone(),
        found: line.found.clone(),
        means: line.means.clone(),
        mend: line.mend.clone(),
    };
    bad.iter().map(line).collect()
}

/// What is known of a user, in a sentence, and each of his pages.
fn seen(asked: &Asked) -> (String, Vec<SeenLine>) {
    let user = &asked.user;
    match &asked.about {
        About::NoUser => (
            format!("{user} is no user: users are e-mail addresses."),
            Vec::new(),
        ),
        About::NotSeen => (
            format!(
                "{user} has not been here lately, so nothing is known of him. The portal’s own account may \
                 not read User Permissions; quayfront check --user {user} says what he would see, with an \
                 administrator’s."
            ),
            Vec::new(),
        ),
        About::Seen(seen) => {
            let from = if seen.by_portal_users {
                "he has no User Permission on Customer, so the Portal Users tables of customers decide, and \
                 Frappe itself shows him everything"
            } else {
                "his User Permissions on Customer decide"
            };
            let words = format!("Frappe said so {} ago: {from}.", format::duration(seen.age));
            (words, seen.pages.iter().map(seen_line).collect())
        }
    }
}

fn seen_line(page: &SeenPage) -> SeenLine {
    let customers: Vec<String> = page.customers.iter().map(ToString::to_string).collect();
    SeenLine {
        title: page.title.clone(),
        doctype: page.doctype.to_string(),
        shown: if page.why.is_shown() {
            Cell::status("Shown", Tone::Good)
        } else {
            Cell::status("Not shown", Tone::Neutral)
        },
        customers,
        why: page.words(),
    }
}
