//! Samples of the page for those who run the portal.

use super::frame::anonymous;
use super::words::Words;
use crate::views::context::{
    Cell, CheckLine, Labelled, MemoryLine, OperatorsPage, SeenLine, SettingLine, Tone,
};

/// Usual, longest, hostile, and with nothing to tell yet.
pub(in crate::views) fn all() -> Vec<(&'static str, OperatorsPage)> {
    let mut samples: Vec<_> = Words::ALL
        .into_iter()
        .map(|(name, words)| (name, operators(words)))
        .collect();
    let empty = OperatorsPage {
        check: "Nobody has run a check yet.".to_owned(),
        check_lines: Vec::new(),
        user: String::new(),
        seen: None,
        seen_pages: Vec::new(),
        memory: Vec::new(),
        ..operators(Words::Usual)
    };
    samples.push(("empty", empty));
    samples
}

fn operators(words: Words) -> OperatorsPage {
    let labelled = |label: &str, value| Labelled::new(words.say(label), value);
    OperatorsPage {
        frame: anonymous(words, "For operators"),
        portal: vec![
            labelled("Version", Cell::code("0.1.0")),
            labelled("Running", Cell::text(words.say("for 3 hours"))),
        ],
        site: vec![
            labelled("The site", Cell::status(words.say("Answers"), Tone::Good)),
            labelled("Last answer", Cell::Empty),
        ],
        memory: vec![MemoryLine {
            name: words.say("Answers to customers’ questions"),
            entries: "1,204".to_owned(),
            bytes: "12 MB".to_owned(),
            most: "256 MB".to_owned(),
            remembered: Some("91 % of 8,120 times".to_owned()),
        }],
        sign_ins: vec![labelled("Succeeded", Cell::number("12"))],
        check: words.say("2 hours ago: 20 good, 1 warning, 1 wrong."),
        check_lines: vec![CheckLine {
            grade: Cell::status("Wrong", Tone::Bad),
            check: words.say("user-permissions"),
            found: words.say("No User Permission on Customer (3)"),
            means: words.say("Frappe shows them every customer's documents."),
            mend: words.say("quayfront setup"),
        }],
        user: words.say("anna@acme-foods.example"),
        seen: Some(words.say("Frappe said so 12 seconds ago.")),
        seen_pages: vec![SeenLine {
            title: words.say("Transport jobs"),
            doctype: words.say("Transport Job"),
            shown: Cell::status("Shown", Tone::Good),
            customers: vec![words.say("Müller & Söhne GmbH"), words.say("Acme Foods")],
            why: words.say("Frappe lets him read it."),
        }],
        settings: vec![
            SettingLine {
                key: "public_url".to_owned(),
                value: words.say("https://portal.example.com"),
            },
            SettingLine {
                key: "session.keys".to_owned(),
                value: "1 set, and not shown".to_owned(),
            },
            SettingLine {
                key: "pages.folder".to_owned(),
                value: String::new(),
            },
        ],
    }
}
