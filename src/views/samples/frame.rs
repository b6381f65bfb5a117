//! The surroundings of the samples.

use super::words::Words;
use crate::views::context::{
    AsOf, Brand, Contact, Frame, MenuEntry, MenuItem, Moment, Notice, Person, Tone,
};

/// The surroundings of somebody signed in, on the page with this title.
pub(in crate::views) fn signed_in(words: Words, title: &str) -> Frame {
    let item = |item: &str, href: &str, icon: &str| MenuItem {
        title: words.say(item),
        href: words.href(href),
        icon: icon.to_owned(),
        current: item == title,
        away: false,
        new_window: false,
    };
    Frame {
        for_whom: Some(words.say("For Müller & Söhne GmbH.")),
        person: Some(Person {
            full_name: words.say("Anna de Vries"),
            user: words.say("anna@acme-foods.example"),
        }),
        menu: {
            let orders = words.say("Orders");
            let pages = [
                (None, item("Transport Jobs", "/transport-jobs", "truck")),
                (None, item("Warehouse Jobs", "/warehouse-jobs", "warehouse")),
                (
                    Some(orders.as_str()),
                    item("Inbound Orders", "/inbound-orders", "clipboard"),
                ),
                (
                    Some(orders.as_str()),
                    item("Release Orders", "/release-orders", "clipboard"),
                ),
                (None, item("Stock Balance", "/stock-balance", "box")),
            ];
            let away = MenuItem {
                away: true,
                new_window: true,
                ..item("Tariffs", "https://tariffs.example/", "away")
            };
            let away = Some((None, away)).filter(|_| words != Words::Usual);
            MenuEntry::grouped(pages.into_iter().chain(away))
        },
        notices: match words {
            Words::Usual => Vec::new(),
            _ => vec![Notice {
                tone: Tone::Warn,
                text: words.say("The system behind this portal answers slowly."),
            }],
        },
        ..anonymous(words, title)
    }
}

/// The surroundings of somebody who is not.
pub(in crate::views) fn anonymous(words: Words, title: &str) -> Frame {
    Frame::anonymous(
        Brand {
            name: words.say("Quayfront Logistics"),
            logo: None,
            contact: Some(Contact {
                text: words.say("support@quayfront.example"),
                href: Some("mailto:support@quayfront.example".to_owned()),
            }),
        },
        words.say(title),
    )
}

/// A time at which things were read.
pub(in crate::views) fn as_of(stale: bool) -> AsOf {
    AsOf {
        iso: "2026-11-22T14:05:00+01:00".to_owned(),
        text: "22 Nov 2026, 14:05".to_owned(),
        kept_for: stale.then(|| "23 minutes".to_owned()),
        page: "/transport-jobs?status=In+Progress".to_owned(),
        version: Some("0123456789abcdef".to_owned()),
    }
}

/// A day in November 2026.
pub(in crate::views) fn day(day: u8) -> Moment {
    Moment {
        iso: format!("2026-11-{day:02}"),
        text: format!("{day} Nov 2026"),
    }
}

/// A moment in November 2026.
pub(in crate::views) fn moment(day: u8, time: &str) -> Moment {
    Moment {
        iso: format!("2026-11-{day:02}T{time}:00+01:00"),
        text: format!("{day} Nov 2026, {time}"),
    }
}
