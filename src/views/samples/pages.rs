//! Samples of the smaller pages.

use super::frame::{anonymous, as_of, day, signed_in};
use super::words::Words;
use crate::views::context::{
    Action, Attention, AttentionRow, Card, Cell, ErrorPage, Fact, HomePage, NoCustomersPage, Tone,
};

pub(super) fn each<P>(sample: impl Fn(Words) -> P) -> Vec<(&'static str, P)> {
    Words::ALL
        .into_iter()
        .map(|(name, words)| (name, sample(words)))
        .collect()
}

/// The first page: usual, longest, hostile, and with no page to go to.
pub(in crate::views) fn home() -> Vec<(&'static str, HomePage)> {
    let home = |words: Words| {
        let card = |title: &str, text: &str, href: &str, icon: &str, badge| Card {
            title: words.say(title),
            text: words.say(text),
            href: words.href(href),
            icon: icon.to_owned(),
            badge,
        };
        HomePage {
            frame: signed_in(words, "Home"),
            greeting: words.say("Welcome, Anna"),
            intro: Some(words.say("Acme Foods")),
            attention: attention(words),
            calm: None,
            unknown: if words == Words::Usual {
                Vec::new()
            } else {
                vec![words.say("“Papers missing” of your warehouse jobs could not be read.")]
            },
            cards: vec![
                card(
                    "Transport Jobs",
                    "Where your shipments are, planned against actual.",
                    "/transport-jobs",
                    "truck",
                    Cell::status(words.say("3 late"), Tone::Bad),
                ),
                card(
                    "Warehouse Jobs",
                    "Putaway, picking and everything else done with your goods.",
                    "/warehouse-jobs",
                    "warehouse",
                    Cell::status(words.say("12 running"), Tone::Info),
                ),
                card(
                    "Stock Balance",
                    "How much of what lies where.",
                    "/stock-balance",
                    "box",
                    Cell::Empty,
                ),
            ],
            as_of: Some(as_of(false)),
        }
    };
    let mut samples = each(home);
    samples.push((
        "calm",
        HomePage {
            attention: Vec::new(),
            calm: Some("Nothing needs your attention right now.".to_owned()),
            ..home(Words::Usual)
        },
    ));
    samples.push(("too-much", {
        let mut much = home(Words::Usual);
        for attention in &mut much.attention {
            attention.count = 12_345;
            attention.or_more = true;
            let row = attention.rows[0].clone();
            attention.rows.resize(5, row);
        }
        let nine = much.attention.iter().cycle().take(9).cloned().collect();
        much.attention = nine;
        much
    }));
    samples.push((
        "empty",
        HomePage {
            attention: Vec::new(),
            calm: None,
            unknown: Vec::new(),
            intro: None,
            cards: Vec::new(),
            as_of: None,
            ..home(Words::Usual)
        },
    ));
    samples
}

fn attention(words: Words) -> Vec<Attention> {
    let row = |name: &str, status: &str, tone, why: Option<&str>| AttentionRow {
        name: words.say(name),
        href: Some(words.href(&format!("/transport-jobs/{name}"))),
        status: Cell::status(words.say(status), tone),
        why: why.map(|why| words.say(why)),
        facts: vec![
            Fact::new(
                words.say("Your reference"),
                Cell::text(words.say("PO-38419")),
            ),
            Fact::new(words.say("Scheduled"), day(13).into()),
        ],
    };
    let group = |title: &str, of: &str, icon: &str, tone, count, rows| Attention {
        title: words.say(title),
        text: words.say("Past their date, and not finished."),
        of: words.say(of),
        icon: icon.to_owned(),
        tone,
        count: words.count(count),
        or_more: words != Words::Usual,
        href: words.href("/transport-jobs?view=late"),
        rows,
    };
    vec![
        group(
            "Late",
            "Transport Jobs",
            "truck",
            Tone::Bad,
            10,
            vec![
                row("TRJ000000648", "In Progress", Tone::Info, None),
                row("TRJ000000519", "Reopened", Tone::Warn, None),
            ],
        ),
        group(
            "Papers missing",
            "Warehouse Jobs",
            "warehouse",
            Tone::Warn,
            1,
            vec![row(
                "WJ-0000000400",
                "Submitted",
                Tone::Info,
                Some("Commercial Invoice, Packing List"),
            )],
        ),
        group(
            "Stock at zero",
            "Stock Balance",
            "box",
            Tone::Warn,
            1,
            vec![AttentionRow {
                name: words.say("Olive oil, 5 l"),
                href: None,
                status: Cell::Empty,
                why: None,
                facts: Vec::new(),
            }],
        ),
    ]
}

/// No customers: usual, longest, hostile, and with nobody to ask.
pub(in crate::views) fn no_customers() -> Vec<(&'static str, NoCustomersPage)> {
    let no_customers = |words: Words| NoCustomersPage {
        frame: signed_in(words, "No customer yet"),
        user: words.say("nobody@example.com"),
    };
    let mut samples = each(no_customers);
    let mut alone = no_customers(Words::Usual);
    alone.frame.brand.contact = None;
    alone.frame.menu.clear();
    samples.push(("empty", alone));
    samples
}

/// Errors: usual, longest, hostile, one in detail, and one with hardly a word.
pub(in crate::views) fn error() -> Vec<(&'static str, ErrorPage)> {
    let error = |words: Words| ErrorPage {
        frame: signed_in(words, "Not found"),
        status: 404,
        title: words.say("This page is not there"),
        text: words.say("The address may be misspelt, or what was here is not yours to see."),
        details: Vec::new(),
        reference: Some(words.say("7f3a-19c2")),
        actions: vec![
            Action::primary(words.say("To the first page"), words.href("/")),
            Action::other(words.say("Try again"), words.href("/transport-jobs")),
        ],
    };
    let mut samples = each(error);
    samples.push((
        "details",
        ErrorPage {
            status: 400,
            title: "The address asks for something that does not exist".to_owned(),
            text: "Nothing was looked up. These parts of the address are not right:".to_owned(),
            details: vec![
                "page: 0 is no page; the first one is 1".to_owned(),
                "booking_date_from: “yesterday” is no date; write it like 2026-11-22".to_owned(),
            ],
            ..error(Words::Usual)
        },
    ));
    samples.push((
        "empty",
        ErrorPage {
            frame: anonymous(Words::Usual, "Error"),
            reference: None,
            actions: Vec::new(),
            ..error(Words::Usual)
        },
    ));
    samples
}
