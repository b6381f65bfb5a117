//! Help for customers: the operator's own documentation, or what is built in.
//!
//! The built-in help needs nobody to be signed in and no answer of the site's: whoever cannot sign
//! in, or meets an outage, needs it most. Who is signed in reads about his own pages too.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::failure::Failure;
use super::present::tone;
use super::visitor::SignedIn;
use super::{App, frame};
use crate::portal::menu::Common;
use crate::portal::page::Entry;
use crate::views::context::{Cell, HelpPage, HelpTopic, Meaning, TopicPage};

/// `GET /wiki`
pub async fn show(
    State(app): State<Arc<App>>,
    visitor: Result<SignedIn, Failure>,
) -> Result<Response, Failure> {
    if let Some(address) = &app.wiki {
        return Ok(Redirect::to(address.as_str()).into_response());
    }
    let mut page = HelpPage {
        frame: frame::anonymous(&app, "Help"),
        topics: Vec::new(),
        papers: app.portal.pages().iter().any(|page| page.has_papers()),
    };
    if let Ok(visitor) = visitor {
        match visitor.visit(&app).await {
            Ok(visit) => {
                page.frame = frame::of_visit(
                    &app,
                    &visitor.session,
                    &visit,
                    "Help",
                    Some(Common::Help.name()),
                );
                page.topics = topics(visit.entries());
            }
            // Whose session has ended is nobody in particular.
            Err(Failure::SignIn { .. }) => {}
            Err(_) => page.frame = frame::of_session(&app, &visitor.session, "Help"),
        }
    }
    Ok(Html(app.views.render(&page)?).into_response())
}

/// What the pages show, pages of one group together.
fn topics<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<HelpTopic> {
    let mut topics: Vec<HelpTopic> = Vec::new();
    for entry in entries {
        let title = entry.group().unwrap_or_else(|| entry.title());
        let at = topics.iter().position(|topic| topic.title == title);
        let at = at.unwrap_or_else(|| {
            topics.push(HelpTopic {
                title: title.to_owned(),
                id: entry.name().to_owned(),
                pages: Vec::new(),
                meanings: Vec::new(),
            });
            topics.len() - 1
        });
        let topic = &mut topics[at];
        topic.pages.push(TopicPage {
            title: entry.title().to_owned(),
            href: format!("/{}", entry.name()),
            text: entry.text().to_owned(),
        });
        for (word, text, declared) in entry.meanings() {
            let word = declared.map_or_else(
                || Cell::text(word),
                |declared| Cell::status(word, tone(declared)),
            );
            let told = |meaning: &Meaning| meaning.word == word && meaning.text == text;
            if !topic.meanings.iter().any(told) {
                topic.meanings.push(Meaning {
                    word,
                    text: text.to_owned(),
                });
            }
        }
    }
    topics
}
