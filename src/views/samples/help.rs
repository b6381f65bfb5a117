//! Samples of the help.

use super::frame::{anonymous, signed_in};
use super::words::Words;
use crate::views::context::{Cell, HelpPage, HelpTopic, Meaning, Tone, TopicPage};

/// Usual, longest, hostile, and for nobody in particular.
pub(in crate::views) fn all() -> Vec<(&'static str, HelpPage)> {
    let mut samples: Vec<_> = Words::ALL
        .into_iter()
        .map(|(name, words)| (name, help(words)))
        .collect();
    let empty = HelpPage {
        frame: anonymous(Words::Usual, "Help"),
        topics: Vec::new(),
        papers: false,
    };
    samples.push(("empty", empty));
    samples
}

fn help(words: Words) -> HelpPage {
    let page = |title: &str, href: &str, text: &str| TopicPage {
        title: words.say(title),
        href: words.href(href),
        text: words.say(text),
    };
    let meaning = |word: &str, tone, text: &str| Meaning {
        word: Cell::status(words.say(word), tone),
        text: words.say(text),
    };
    HelpPage {
        frame: signed_in(words, "Help"),
        topics: vec![
            HelpTopic {
                title: words.say("Transport Jobs"),
                id: "transport-jobs".to_owned(),
                pages: vec![page(
                    "Transport Jobs",
                    "/transport-jobs",
                    "Where your shipments are, and what belongs to them.",
                )],
                meanings: vec![
                    meaning("In Progress", Tone::Info, "The job is under way."),
                    meaning("Breached", Tone::Bad, "It is later than promised."),
                ],
            },
            HelpTopic {
                title: words.say("Orders"),
                id: "orders".to_owned(),
                pages: vec![
                    page("Inbound Orders", "/inbound-orders", "Goods announced."),
                    page("Release Orders", "/release-orders", "Goods to be sent out."),
                ],
                meanings: vec![Meaning {
                    word: Cell::text(words.say("Normal")),
                    text: words.say("As soon as its turn comes."),
                }],
            },
            HelpTopic {
                title: words.say("Stock"),
                id: "stock".to_owned(),
                pages: vec![page("Stock", "/stock-balance", "")],
                meanings: Vec::new(),
            },
        ],
        papers: true,
    }
}
