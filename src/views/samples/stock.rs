//! Samples of the stock balance.

use super::frame::{as_of, signed_in};
use super::words::Words;
use crate::views::context::{
    ActiveFilter, Choice, Column, Direction, EmptyState, ExportLink, FilterControl, FilterForm,
    LinkChoice, PageNumber, Pager, Search, Sort, StockGroup, StockLabel, StockLine, StockNumber,
    StockPage, StockTotal,
};

const QUANTITIES: [&str; 4] = ["On hand", "Reserved", "Ordered", "Projected"];

/// The usual, the longest, the hostile, and nothing in stock.
pub(in crate::views) fn all() -> Vec<(&'static str, StockPage)> {
    let mut samples: Vec<_> = Words::ALL
        .into_iter()
        .map(|(name, words)| (name, stock(words)))
        .collect();
    samples.push(("empty", empty()));
    samples
}

fn stock(words: Words) -> StockPage {
    let column = |label: &str, numeric| Column {
        label: words.say(label),
        numeric,
        primary: !numeric,
        sort: Some(Sort {
            href: words.href("/stock-balance?sort=-actual_qty"),
            direction: Direction::None,
        }),
    };
    let link = |label: &str, selected| LinkChoice {
        label: words.say(label),
        href: words.href("/stock-balance?group=warehouse"),
        selected,
    };
    StockPage {
        frame: signed_in(words, "Stock Balance"),
        title: words.say("Stock balance"),
        intro: words.say("What you have in our warehouses."),
        form: form(words),
        groupings: vec![link("By item", true), link("By warehouse", false)],
        count: words.say("12 items in 3 warehouses"),
        totals: vec![total(words, "Nos", "8,815"), total(words, "Kg", "-0.14")],
        columns: std::iter::once(column("Item", false))
            .chain(QUANTITIES.map(|label| column(label, true)))
            .collect(),
        groups: vec![group(words, true), group(words, false)],
        total: words.count(31),
        first_row: 1,
        last_row: 20,
        pager: Pager {
            previous: None,
            next: Some(words.href("/stock-balance?page=2")),
            numbers: vec![PageNumber {
                number: 1,
                href: words.href("/stock-balance"),
                current: true,
                gap: false,
            }],
        },
        page_sizes: vec![link("20", true), link("50", false)],
        cut: Some(words.say("Only the first 20,000 rows were read.")),
        bare: Some(words.say("Nothing of yours is on hand at the moment.")),
        empty: None,
        exports: vec![
            ExportLink {
                label: "CSV".to_owned(),
                href: words.href("/stock-balance.csv?status=Completed"),
                is_made_first: false,
            },
            ExportLink {
                label: "Excel".to_owned(),
                href: words.href("/stock-balance.xlsx?status=Completed"),
                is_made_first: true,
            },
        ],
        as_of: as_of(false),
    }
}

fn form(words: Words) -> FilterForm {
    let choice = |value: &str, label: &str| Choice {
        value: words.say(value),
        label: words.say(label),
        selected: false,
        depth: usize::from(label.contains('A')),
    };
    FilterForm {
        action: "/stock-balance".to_owned(),
        title: words.say("Stock balance"),
        views: None,
        sorts: vec![choice("item_code", "Item, A to Z")],
        search: Some(Search {
            value: words.say("rice"),
            hint: words.say("Item, name or your code"),
        }),
        filters: vec![
            FilterControl::Choices {
                name: "warehouse".to_owned(),
                label: words.say("Warehouse"),
                options: vec![
                    choice("Rotterdam - H", "Rotterdam"),
                    choice("Zone A - H", "Zone A"),
                ],
            },
            FilterControl::Tick {
                name: "hide_zero".to_owned(),
                label: words.say("Hide zero"),
                ticked: true,
            },
        ],
        customers: vec![choice("Acme Foods", "Acme Foods")],
        active: vec![ActiveFilter {
            label: words.say("Search"),
            value: words.say("rice"),
            remove_href: words.href("/stock-balance"),
        }],
        clear_href: "/stock-balance".to_owned(),
        hidden: vec![("group".to_owned(), "item".to_owned())],
        made: None,
    }
}

fn group(words: Words, several: bool) -> StockGroup {
    let line = || StockLine {
        label: StockLabel {
            text: words.say("Zone A"),
            ..StockLabel::default()
        },
        quantity: total(words, "Nos", "40"),
    };
    StockGroup {
        label: StockLabel {
            text: words.say("ITM-040"),
            code: true,
            name: Some(words.say("Basmati rice 5 kg")),
            own_code: Some(words.say("ACME-4711")),
            customer: Some(words.say("Acme Foods")),
            place: (!several).then(|| words.say("Zone A")),
        },
        totals: vec![total(words, "Nos", "80"), total(words, "Box", "0.5")],
        rows: if several {
            vec![line(), line()]
        } else {
            Vec::new()
        },
        part: several.then(|| words.say("2 of 12 warehouses")),
    }
}

fn total(words: Words, unit: &str, number: &str) -> StockTotal {
    let number = |(index, label): (usize, &str)| StockNumber {
        label: words.say(label),
        text: words.say(number),
        kind: ["", "zero", "negative", ""][index],
    };
    StockTotal {
        unit: words.say(unit),
        numbers: QUANTITIES.into_iter().enumerate().map(number).collect(),
    }
}

fn empty() -> StockPage {
    StockPage {
        groups: Vec::new(),
        total: 0,
        cut: None,
        bare: None,
        empty: Some(EmptyState {
            title: "Nothing in stock".to_owned(),
            text: "We hold no goods of yours at the moment.".to_owned(),
            action: None,
        }),
        ..stock(Words::Usual)
    }
}
