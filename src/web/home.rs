//! The start page: the pages that a user has.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{Html, IntoResponse, Response};

use super::failure::Failure;
use super::visitor::SignedIn;
use super::{App, frame};
use crate::views::context::{Card, Cell, HomePage};

/// `GET /`
pub async fn show(State(app): State<Arc<App>>, visitor: SignedIn) -> Result<Response, Failure> {
    let visit = visitor.visit(&app).await?;
    let customers = visit.customers();
    if customers.is_empty() {
        return Err(Failure::NoCustomers);
    }
    let frame = frame::of_visit(&app, &visitor.session, &visit, "Start", None).await;
    let name = frame
        .person
        .as_ref()
        .map_or("", |person| person.full_name.as_str());
    let greeting = format!("Welcome, {name}");
    let intro = match customers.as_slice() {
        [only] => format!("For {only}."),
        [first, second] => format!("For {first} and {second}."),
        [first, .., last] if customers.len() == 3 => {
            format!("For {first}, {} and {last}.", customers[1])
        }
        [first, ..] => format!("For {first} and {} other customers.", customers.len() - 1),
        [] => String::new(),
    };
    let cards = visit.menu().await.into_iter().map(|entry| Card {
        title: entry.title().to_owned(),
        text: entry.text().to_owned(),
        href: format!("/{}", entry.name()),
        icon: entry.icon().to_owned(),
        badge: Cell::Empty,
    });
    let page = HomePage {
        greeting,
        intro: Some(intro),
        cards: cards.collect(),
        as_of: None,
        frame,
    };
    let mut response = Html(app.views.render(&page)?).into_response();
    if let Some(cookie) = visitor.renewed(&app) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    Ok(response)
}
