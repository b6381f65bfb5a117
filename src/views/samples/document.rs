//! Samples of documents.

use super::frame::{as_of, day, moment, signed_in};
use super::words::Words;
use crate::views::context::{
    Archive, Cell, ChecklistItem, Column, DocumentPage, Fact, FileLink, Link, Making, Operation,
    OperationState, SafeHtml, Section, SectionBody, Span, Step, StepState, Table, Tone,
};

/// Notes as a sanitiser answers them.
const NOTES: &str = "<p>Let op: <i>smalle straat</i><br>Größe L</p>\
    <ul><li>Please ring the <b>bell</b> at gate 3</li></ul>";

/// The usual, the longest, the hostile and the empty; a warehouse job, and one without details.
pub(in crate::views) fn all() -> Vec<(&'static str, DocumentPage)> {
    let mut samples: Vec<_> = Words::ALL
        .into_iter()
        .map(|(name, words)| (name, transport_job(words)))
        .collect();
    samples.push(("warehouse", warehouse_job(Words::Usual)));
    samples.push(("warehouse-hostile", warehouse_job(Words::Hostile)));
    samples.push(("details-missing", details_missing()));
    samples.push(("empty", empty()));
    samples
}

fn transport_job(words: Words) -> DocumentPage {
    let fact = |label: &str, cell| Fact::new(words.say(label), cell);
    DocumentPage {
        frame: signed_in(words, "Transport Jobs"),
        back: Link {
            text: words.say("Transport Jobs"),
            href: words.href("/transport-jobs"),
        },
        kind: words.say("Transport Job"),
        name: words.say("TRJ000002835"),
        status: Cell::status(words.say("In Progress"), Tone::Info),
        customer: Some(words.say("Müller & Söhne GmbH")),
        facts: vec![
            fact("Your reference", Cell::code(words.say("PO-38419"))),
            fact("Booking date", day(8).into()),
            fact("Scheduled date", day(13).into()),
            fact("SLA", Cell::status(words.say("At Risk"), Tone::Warn)),
            fact("SLA target", moment(15, "17:00").into()),
            fact("Weight", Cell::quantity("8,815.64", words.say("kg"))),
        ],
        sections: vec![
            section(
                words,
                "Milestones",
                "milestones",
                SectionBody::Timeline {
                    steps: steps(words),
                },
            ),
            section(
                words,
                "Details",
                "details",
                SectionBody::Fields {
                    facts: details(words),
                },
            ),
            section(words, "Legs", "legs", legs(words)),
            section(words, "Packages", "packages", packages(words)),
            section(
                words,
                "Documents",
                "documents",
                SectionBody::Checklist {
                    items: checklist(words),
                },
            ),
            section(
                words,
                "Notes",
                "client-notes",
                SectionBody::RichText {
                    html: SafeHtml::from_sanitised(NOTES.to_owned()),
                },
            ),
        ],
        files: vec![file(words, "Foto Übergabe 📦.png", true)],
        archive: Some(Archive {
            files: 3,
            href: words.href("/transport-jobs/TRJ000000859/documents.zip"),
        }),
        files_missing: false,
        details_missing: false,
        prints: vec![Making {
            label: words.say("Print (PDF)"),
            href: words.href("/transport-jobs/TRJ000002835/print.pdf"),
            said: words.say("The PDF is being made. This may take a moment."),
        }],
        as_of: as_of(words != Words::Usual),
    }
}

fn section(words: Words, title: &str, id: &str, body: SectionBody) -> Section {
    Section {
        title: words.say(title),
        id: id.to_owned(),
        body,
    }
}

fn steps(words: Words) -> Vec<Step> {
    let step = |title: &str, state, state_text: &str| Step {
        title: words.say(title),
        state,
        state_text: words.say(state_text),
        late: None,
        planned: None,
        actual: None,
        note: None,
    };
    let span = |from, to| Some(Span::new(from, to));
    vec![
        Step {
            planned: span(Some(moment(13, "06:00")), Some(moment(13, "10:00"))),
            actual: span(Some(moment(13, "05:55")), Some(moment(13, "09:56"))),
            ..step("Booked", StepState::Completed, "Completed")
        },
        Step {
            late: Some(words.say("6 h late")),
            planned: span(Some(moment(13, "10:00")), Some(moment(13, "12:00"))),
            actual: span(Some(moment(13, "10:30")), Some(moment(13, "18:02"))),
            ..step("Picked up", StepState::Completed, "Completed")
        },
        Step {
            planned: span(Some(moment(14, "08:00")), None),
            actual: span(Some(moment(14, "08:10")), None),
            note: Some(words.say("Waiting for the barge")),
            ..step("In transit", StepState::Started, "Started")
        },
        Step {
            late: Some(words.say("Late")),
            planned: span(None, Some(moment(15, "12:00"))),
            ..step("Customs cleared", StepState::Late, "Delayed")
        },
        Step {
            planned: span(Some(moment(16, "08:00")), Some(moment(16, "12:00"))),
            ..step("Delivered", StepState::Planned, "Planned")
        },
        step("Empty container returned", StepState::Skipped, "Skipped"),
    ]
}

fn details(words: Words) -> Vec<Fact> {
    let text = |label: &str, value: &str| Fact::new(words.say(label), Cell::text(words.say(value)));
    vec![
        text("Transport mode", "ROAD"),
        text("Type", "Container"),
        text("Load type", "FCL"),
        text("Vehicle type", "CONTAINER-CHASSIS"),
        Fact::new(
            words.say("Container no."),
            Cell::code(words.say("MSCU1635269")),
        ),
        text("Shipper", "SHP004"),
        text("Consignee", "CON012"),
        Fact::new(
            words.say("Volume"),
            Cell::quantity("35.761", words.say("m³")),
        ),
        Fact::new(words.say("Dangerous goods"), Cell::Flag { yes: true }),
        Fact::new(words.say("Refrigeration"), Cell::Flag { yes: false }),
        Fact::new(words.say("Branch"), Cell::Empty),
        Fact::new(
            words.say("Stock"),
            Cell::link(words.say("Stock balance"), words.href("/stock-balance")),
        ),
        Fact::new(
            words.say("Address"),
            Cell::multiline(words.say("Kade 12\n3089 JX Rotterdam\nNetherlands")),
        ),
    ]
}

fn legs(words: Words) -> SectionBody {
    let row = |name: &str, status: &str, tone| {
        vec![
            Cell::code(words.say(name)),
            Cell::Route {
                from: Some(words.say("Rotterdam Maasvlakte II")),
                to: Some(words.say("Distribution Centre Antwerp North")),
            },
            day(13).into(),
            Cell::Empty,
            Cell::status(words.say(status), tone),
            moment(13, "16:40").into(),
        ]
    };
    SectionBody::Table {
        table: Table::new(
            vec![
                Column::primary(words.say("Leg")),
                Column::new(words.say("Route")),
                Column::new(words.say("Scheduled")),
                Column::new(words.say("Actual")),
                Column::new(words.say("Status")),
                Column::new(words.say("Expected arrival")),
            ],
            vec![
                row("L0004723", "Started", Tone::Info).into(),
                row("L0004724", "Open", Tone::Neutral).into(),
            ],
        ),
        more: None,
    }
}

fn packages(words: Words) -> SectionBody {
    let row = |commodity: &str, description: &str| {
        vec![
            Cell::text(words.say(commodity)),
            Cell::multiline(words.say(description)),
            Cell::quantity("230", words.say("Nos")),
            Cell::quantity("8,815.64", words.say("kg")),
            Cell::quantity("35.761", words.say("m³")),
            Cell::code(words.say("UN1202")),
        ]
    };
    SectionBody::Table {
        table: Table::new(
            vec![
                Column::primary(words.say("Commodity")),
                Column::new(words.say("Description")),
                Column::numeric(words.say("Quantity")),
                Column::numeric(words.say("Weight")),
                Column::numeric(words.say("Volume")),
                Column::new(words.say("UN number")),
            ],
            vec![
                row("Olive oil ☀", "Line one\nLine two").into(),
                row("Paint", "Flammable, keep upright").into(),
            ],
        ),
        more: Some(words.say("The first 200 of 1,340 packages.")),
    }
}

/// A file, with all that may be known of it or with nothing.
fn file(words: Words, name: &str, is_known: bool) -> FileLink {
    let href = "/transport-jobs/TRJ000000859/files/ca3268904a";
    FileLink {
        name: words.say(name),
        kind: words.say(if is_known { "PDF" } else { "Excel" }),
        size: is_known.then(|| words.say("1.4 MB")),
        added: is_known.then(|| day(14)),
        href: words.href(href),
        show_href: is_known.then(|| words.href(&format!("{href}?inline=1"))),
    }
}

fn checklist(words: Words) -> Vec<ChecklistItem> {
    let item = |title: &str, status: &str, tone| ChecklistItem {
        title: words.say(title),
        kind: Some(words.say("POD")),
        number: Some(words.say("POD-784478")),
        status: Cell::status(words.say(status), tone),
        required: true,
        problem: None,
        dates: vec![
            Fact::new(words.say("Required"), day(13).into()),
            Fact::new(words.say("Received"), day(14).into()),
        ],
        file: None,
    };
    vec![
        ChecklistItem {
            file: Some(file(
                words,
                "POD TRJ000000859 – Größe & Maß №1 (final).pdf",
                true,
            )),
            ..item("Proof of Delivery", "Verified", Tone::Good)
        },
        ChecklistItem {
            number: None,
            problem: Some(words.say("Overdue")),
            ..item("Commercial Invoice", "Pending", Tone::Neutral)
        },
        ChecklistItem {
            kind: None,
            number: None,
            required: false,
            dates: Vec::new(),
            file: Some(file(words, "packing list.xlsx", false)),
            ..item("Packing List", "Uploaded", Tone::Info)
        },
        ChecklistItem {
            problem: Some(words.say("Expired")),
            required: false,
            ..item("Dangerous Goods Declaration", "Expired", Tone::Bad)
        },
    ]
}

fn warehouse_job(words: Words) -> DocumentPage {
    let fact = |label: &str, cell| Fact::new(words.say(label), cell);
    let items = SectionBody::Table {
        table: Table::new(
            vec![
                Column::primary(words.say("Item")),
                Column::numeric(words.say("Quantity")),
                Column::new(words.say("Batch")),
                Column::new(words.say("Location")),
                Column::new(words.say("Staged")),
                Column::new(words.say("Picked")),
            ],
            vec![
                vec![
                    Cell::code(words.say("SKU05001-C005")),
                    Cell::quantity("7", words.say("Nos")),
                    Cell::Empty,
                    Cell::code(words.say("RTM-B1-Z1-A2-B4-L1-07")),
                    Cell::Flag { yes: true },
                    Cell::Flag { yes: false },
                ]
                .into(),
            ],
        ),
        more: None,
    };
    DocumentPage {
        frame: signed_in(words, "Warehouse Jobs"),
        back: Link {
            text: words.say("Warehouse Jobs"),
            href: words.href("/warehouse-jobs"),
        },
        kind: words.say("Warehouse Job"),
        name: words.say("WJ-0000000818"),
        status: Cell::status(words.say("Completed"), Tone::Good),
        customer: None,
        facts: vec![
            fact("Type", Cell::text(words.say("Pick"))),
            fact("Open date", day(20).into()),
            fact("Handling units", Cell::number("1")),
            fact("Volume", Cell::quantity("0.14", words.say("m³"))),
        ],
        sections: vec![
            section(
                words,
                "Operations",
                "operations",
                SectionBody::Operations {
                    operations: operations(words),
                },
            ),
            section(words, "Items", "items", items),
        ],
        ..transport_job(words)
    }
}

fn operations(words: Words) -> Vec<Operation> {
    let operation = |title: &str, state, state_text: &str| Operation {
        title: words.say(title),
        description: Some(words.say("Move to the staging area")),
        state,
        state_text: words.say(state_text),
        quantity: Cell::quantity("100", words.say("Nos")),
        start: None,
        end: None,
        hours: Cell::Empty,
    };
    vec![
        Operation {
            start: Some(moment(20, "07:50")),
            end: Some(moment(20, "10:00")),
            hours: Cell::quantity("2.16", "h"),
            ..operation("Relabel", OperationState::Done, "Done")
        },
        Operation {
            start: Some(moment(20, "10:05")),
            ..operation("Pack", OperationState::Running, "Running")
        },
        Operation {
            description: None,
            ..operation("Putaway", OperationState::NotStarted, "Not started")
        },
    ]
}

/// Only the list's own fields may be read.
fn details_missing() -> DocumentPage {
    DocumentPage {
        sections: Vec::new(),
        files: Vec::new(),
        archive: None,
        details_missing: true,
        prints: Vec::new(),
        ..transport_job(Words::Usual)
    }
}

/// A document of which nothing is known but its name.
fn empty() -> DocumentPage {
    let steps = vec![Step {
        title: "Booked".to_owned(),
        state: StepState::Planned,
        state_text: "Planned".to_owned(),
        late: None,
        planned: Some(Span::new(None, None)),
        actual: None,
        note: None,
    }];
    DocumentPage {
        status: Cell::Empty,
        customer: None,
        facts: Vec::new(),
        sections: vec![
            section(
                Words::Usual,
                "Milestones",
                "milestones",
                SectionBody::Timeline { steps },
            ),
            section(
                Words::Usual,
                "Legs",
                "legs",
                SectionBody::Table {
                    table: Table::new(Vec::new(), Vec::new()),
                    more: None,
                },
            ),
            section(
                Words::Usual,
                "Notes",
                "client-notes",
                SectionBody::RichText {
                    html: SafeHtml::from_sanitised(String::new()),
                },
            ),
        ],
        files: Vec::new(),
        archive: None,
        files_missing: true,
        ..transport_job(Words::Usual)
    }
}
