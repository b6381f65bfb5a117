//! Samples of the warehouse at a glance.

use super::frame::{as_of, signed_in};
use super::words::Words;
use crate::views::context::{
    Attention, Cell, Counted, CountedRow, StockPlace, TallyCard, TallyTable, Tone, TopItem,
    WarehousingPage,
};

/// The usual, the longest, the hostile, and nothing at all.
pub(in crate::views) fn all() -> Vec<(&'static str, WarehousingPage)> {
    let mut samples: Vec<_> = Words::ALL
        .into_iter()
        .map(|(name, words)| (name, warehousing(words)))
        .collect();
    samples.push((
        "empty",
        WarehousingPage {
            views: Vec::new(),
            jobs: None,
            orders: Vec::new(),
            stock: Vec::new(),
            unknown: Vec::new(),
            as_of: None,
            ..warehousing(Words::Usual)
        },
    ));
    samples
}

fn warehousing(words: Words) -> WarehousingPage {
    let counted = |label: &str, count| Counted {
        label: words.say(label),
        count: words.count(count),
        href: words.href("/warehouse-jobs?job_status=Completed"),
    };
    let status = |status: &str, tone| Cell::status(words.say(status), tone);
    WarehousingPage {
        frame: signed_in(words, "Warehousing"),
        title: words.say("Warehousing"),
        intro: words.say("Your jobs, orders and stock at a glance."),
        views: vec![Attention {
            title: words.say("Late"),
            text: words.say("Past its date."),
            of: words.say("Warehouse jobs"),
            icon: "warehouse".to_owned(),
            tone: Tone::Bad,
            count: words.count(3),
            or_more: true,
            href: words.href("/warehouse-jobs?view=late"),
            rows: Vec::new(),
        }],
        jobs: Some(TallyTable {
            title: words.say("Warehouse jobs"),
            total: counted("All", 95),
            or_more: false,
            columns: vec![words.say("Pick"), words.say("Putaway")],
            rows: vec![CountedRow {
                status: status("In Progress", Tone::Info),
                total: counted("In Progress", 12),
                cells: vec![counted("Pick", 12), counted("Putaway", 0)],
            }],
        }),
        orders: vec![TallyCard {
            title: words.say("Inbound orders"),
            icon: "clipboard".to_owned(),
            total: counted("All", 60),
            or_more: false,
            states: vec![(status("Draft", Tone::Neutral), counted("Draft", 4))],
        }],
        has_stock: true,
        stock: vec![StockPlace {
            name: words.say("Rotterdam Ambient"),
            count: words.count(24),
            href: words.href("/stock-balance?warehouse=Rotterdam"),
            totals: vec![Cell::quantity(words.say("4,603"), words.say("Box"))],
            items: vec![TopItem {
                code: words.say("ITM-040"),
                name: Some(words.say("Basmati rice 5 kg")),
                quantity: Cell::quantity(words.say("1,541"), words.say("Box")),
                href: words.href("/stock-balance?item=ITM-040"),
            }],
        }],
        stock_href: words.href("/stock-balance?hide_zero=1"),
        unknown: vec![words.say("We could not find out what stands under “Release orders”.")],
        as_of: Some(as_of(false)),
    }
}
