//! The start page: what needs attention now, and the pages that a user has.

use std::cmp::Reverse;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value as Json, json};

use super::failure::Failure;
use super::list::{row_as_json, view_href};
use super::present::{as_of, cell, document_href, in_a_sentence, shown_as_of, tone};
use super::ready::{Content, Ready};
use super::session::Session;
use super::visitor::SignedIn;
use super::wanted::Wanted;
use super::{App, frame, stock};
use crate::frappe::CustomerName;
use crate::portal::menu::Common;
use crate::portal::page::{BuiltIn, Entry, Field};
use crate::portal::stock::{Balance, Group, GroupKey, StockRequest};
use crate::portal::value::Value;
use crate::portal::{Attention, FirstRows, Found, Needed, Part, Place, Row, Visit};
use crate::views::context::{self, AttentionRow, Card, Cell, Fact, HomePage, Tone};
use crate::views::format;

/// How many facts of a row are shown where the view names none.
const FACTS: usize = 3;

/// How many items are shown.
const ITEMS: usize = 3;

const OUT_OF_STOCK: &str = "Out of stock";

/// `GET /`
pub async fn show(
    State(app): State<Arc<App>>,
    visitor: SignedIn,
    wanted: Wanted,
) -> Result<Response, Failure> {
    let make = |visit: Visit| {
        let (app, session, is_json) = (&app, &visitor.session, wanted.is_json());
        async move { made(app, session, &visit, is_json).await }
    };
    visitor.page(&app, &wanted, make).await
}

async fn made(
    app: &Arc<App>,
    session: &Session,
    visit: &Visit,
    is_json: bool,
) -> Result<Ready<HomePage>, Failure> {
    let customers = visit.customers();
    if customers.is_empty() {
        return Err(Failure::NoCustomers);
    }
    let rows = if is_json {
        FirstRows::Whole
    } else {
        FirstRows::Shown
    };
    let needed = visit.attention(rows).await?;
    let as_of = needed.as_of();
    if is_json {
        let menu = visit.menu();
        let pages: Vec<_> = menu.pages(app.portal.pages()).collect();
        let json = as_json(&customers, &needed, &pages);
        return Ok(Ready::new(Place::Start, as_of, Content::Json(json)));
    }
    // After the questions, so that a page which they found unreadable is no longer in the menu.
    let current = Some(Common::Start.name());
    let frame = frame::of_visit(app, session, visit, "Start", current);
    let name = frame
        .person
        .as_ref()
        .map_or("", |person| person.full_name.as_str());
    let greeting = format!("Welcome, {name}");
    let menu = visit.menu();
    let cards = menu.pages(app.portal.pages()).map(|(entry, title)| Card {
        title: title.to_owned(),
        text: entry.text().to_owned(),
        href: format!("/{}", entry.name()),
        icon: entry.icon().to_owned(),
        badge: Cell::Empty,
    });
    let shown = Shown {
        app,
        several: customers.len() > 1,
    };
    let mut groups = shown.groups(&needed);
    // The worst first; what is equally bad stays in the order of the menu.
    groups.sort_by_key(|group| Reverse(badness(group.tone)));
    let page = HomePage {
        greeting,
        intro: frame::for_whom(&customers),
        calm: calm(&needed, &groups),
        unknown: unknown(&needed),
        attention: groups,
        cards: cards.collect(),
        as_of: as_of.map(|as_of| shown_as_of(app, as_of, "/".to_owned())),
        frame,
    };
    Ok(Ready::new(Place::Start, as_of, Content::Html(page)))
}

/// The sentence that nothing needs attention: only when everything was looked at, and nothing that
/// was found is bad.
fn calm(needed: &Needed<'_>, groups: &[context::Attention]) -> Option<String> {
    let mut views = needed.views.iter();
    let is_known = views.all(|attention| attention.found.known().is_some())
        && needed.stock.iter().all(|stock| stock.known().is_some());
    let is_good = groups.iter().all(|group| !is_bad(group.tone));
    let was_looked = !needed.views.is_empty() || needed.stock.is_some();
    let is_calm = was_looked && is_known && is_good;
    is_calm.then(|| "Nothing needs your attention right now.".to_owned())
}

/// What could not be found out.
fn unknown(needed: &Needed<'_>) -> Vec<String> {
    let stock = matches!(needed.stock, Some(Part::Unknown(_)))
        .then(|| "We could not find out which of your items are out of stock.".to_owned());
    needed
        .views
        .iter()
        .filter(|attention| attention.found.known().is_none())
        .map(|Attention { page, view, .. }| {
            format!(
                "We could not find out which of your {} belong under “{}”.",
                in_a_sentence(&page.title),
                view.label
            )
        })
        .chain(stock)
        .collect()
}

/// What needs attention on its way to becoming a page.
struct Shown<'a> {
    app: &'a App,
    several: bool,
}

impl Shown<'_> {
    /// What there is something of, in the order of the menu.
    fn groups(&self, needed: &Needed<'_>) -> Vec<context::Attention> {
        let stock = needed.stock.as_ref().and_then(Part::known);
        let stock = stock.filter(|balance| balance.items > 0);
        needed
            .views
            .iter()
            .filter_map(|attention| {
                let found = attention.found.known().filter(|found| found.total > 0)?;
                Some(self.group(attention, found))
            })
            .chain(stock.map(|balance| self.stock(balance)))
            .collect()
    }

    /// The items of which nothing is on hand.
    fn stock(&self, balance: &Balance) -> context::Attention {
        let page = BuiltIn::StockBalance;
        context::Attention {
            title: OUT_OF_STOCK.to_owned(),
            text: "Items of which nothing is on hand in any of our warehouses.".to_owned(),
            of: page.title().to_owned(),
            icon: page.icon().to_owned(),
            tone: Tone::Warn,
            count: balance.items as u64,
            or_more: balance.cut_at.is_some(),
            href: stock::href(&StockRequest::out_of_stock()),
            rows: balance
                .groups
                .iter()
                .filter_map(|group| self.item(group))
                .take(ITEMS)
                .collect(),
        }
    }

    fn item(&self, group: &Group) -> Option<AttentionRow> {
        let GroupKey::Item(customer, item) = &group.key else {
            return None;
        };
        let text = |label, text: &Option<String>| {
            let text = text.as_ref().filter(|text| !text.is_empty())?;
            Some(Fact::new(label, Cell::text(text)))
        };
        let ordered = group.totals.iter().find_map(|total| {
            let ordered = total.quantities.ordered_qty;
            let written = format::number(ordered, 3);
            (ordered > 0.0).then(|| Fact::new("Ordered", Cell::quantity(written, &total.stock_uom)))
        });
        let owner = self
            .several
            .then(|| Fact::new("Customer", Cell::text(customer.as_str())));
        let request = StockRequest {
            items: vec![item.item_code.to_string()],
            ..StockRequest::out_of_stock()
        };
        Some(AttentionRow {
            name: item.item_code.to_string(),
            href: Some(stock::href(&request)),
            status: Cell::Empty,
            why: None,
            facts: [
                text("Item", &item.item_name),
                text("Your code", &item.ref_code),
                ordered,
                owner,
            ]
            .into_iter()
            .flatten()
            .collect(),
        })
    }

    fn group(&self, attention: &Attention<'_>, found: &Found) -> context::Attention {
        let Attention { page, view, .. } = attention;
        context::Attention {
            title: view.label.clone(),
            text: view.text.clone(),
            of: page.title.clone(),
            icon: page.icon.clone(),
            tone: tone(view.tone),
            count: found.total,
            or_more: !found.is_whole,
            href: view_href(page, view),
            rows: found
                .rows
                .iter()
                .map(|row| self.row(attention, found, row))
                .collect(),
        }
    }

    fn row(&self, attention: &Attention<'_>, found: &Found, row: &Row) -> AttentionRow {
        let Attention { page, view, .. } = attention;
        let zone = self.app.portal.time_zone();
        let cell_of = |field: &Field| {
            let value = row.fields.get(&field.field).unwrap_or(&Value::Empty);
            cell(value, field, page, zone)
        };
        let shown = page.shown(view);
        let mut facts: Vec<Fact> = shown
            .into_iter()
            .map(|field| Fact::new(&field.label, cell_of(field)))
            .filter(|fact| fact.cell != Cell::Empty)
            .filter(|fact| !(is_bad(tone(view.tone)) && says_all_is_well(&fact.cell)))
            .take(FACTS)
            .collect();
        if self.several {
            facts.push(Fact::new("Customer", Cell::text(row.customer.as_str())));
        }
        AttentionRow {
            name: row.name.to_string(),
            href: Some(document_href(page, &row.name)),
            status: page.status.as_ref().map(cell_of).unwrap_or_default(),
            why: found
                .reasons
                .get(row.name.as_str())
                .filter(|reasons| !reasons.is_empty())
                .map(|reasons| reasons.join(", ")),
            facts,
        }
    }
}

/// Whether something is wrong.
const fn is_bad(tone: Tone) -> bool {
    matches!(tone, Tone::Bad | Tone::Warn)
}

/// Whether a value is a status that is as it should be: beside what is wrong, it explains nothing
/// (a job past its date whose agreed time is not over yet).
const fn says_all_is_well(cell: &Cell) -> bool {
    matches!(
        cell,
        Cell::Status {
            tone: Tone::Good | Tone::Neutral,
            ..
        }
    )
}

/// How bad a tone is; what is merely good or under way comes last.
const fn badness(tone: Tone) -> u8 {
    match tone {
        Tone::Bad => 3,
        Tone::Warn => 2,
        Tone::Info => 1,
        Tone::Neutral | Tone::Good => 0,
    }
}

fn as_json(customers: &[&CustomerName], needed: &Needed<'_>, pages: &[(&Entry, &str)]) -> Json {
    let attention_as_json = |attention: &Attention<'_>| -> Json {
        let Attention { page, view, found } = attention;
        let found = found.known();
        let rows = found.iter().flat_map(|found| &found.rows);
        json!({
            "page": page.name,
            "view": view.name,
            "title": view.label,
            // What could not be found out is null, and never 0.
            "count": found.map(|found| found.total),
            "complete": found.is_some_and(|found| found.is_whole),
            "rows": rows.map(|row| row_as_json(page, row)).collect::<Vec<_>>(),
            "href": view_href(page, view),
        })
    };
    let stock = needed.stock.as_ref();
    let stock = stock.map(|stock| stock_as_json(stock.known()));
    json!({
        "customers": customers,
        "attention": needed.views.iter().map(attention_as_json).chain(stock).collect::<Vec<_>>(),
        "pages": pages.iter().map(|(page, title)| json!({
            "page": page.name(),
            "title": title,
            "href": format!("/{}", page.name()),
        })).collect::<Vec<_>>(),
        "as_of": needed.as_of().map(as_of),
        "stale": needed.as_of().is_some_and(|as_of| as_of.is_stale()),
    })
}

fn stock_as_json(balance: Option<&Balance>) -> Json {
    let groups = balance.iter().flat_map(|balance| &balance.groups);
    let rows = groups.flat_map(|group| &group.rows).take(ITEMS);
    json!({
        "page": BuiltIn::StockBalance.name(),
        "view": "out_of_stock",
        "title": OUT_OF_STOCK,
        "count": balance.map(|balance| balance.items),
        "complete": balance.is_some_and(|balance| balance.cut_at.is_none()),
        "rows": rows.map(|(row, _)| stock::row_as_json(row)).collect::<Vec<_>>(),
        "href": stock::href(&StockRequest::out_of_stock()),
    })
}
