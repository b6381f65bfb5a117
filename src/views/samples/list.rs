//! Samples of lists.

use super::frame::{as_of, day, signed_in};
use super::words::Words;
use crate::views::context::{
    Action, ActiveFilter, Cell, Choice, Column, Direction, EmptyState, ExportLink, FilterControl,
    FilterForm, LinkChoice, ListPage, Noun, PageNumber, Pager, Row, Search, Sort, Table, Tone,
    Views,
};

const STATUSES: [(&str, Tone); 7] = [
    ("Draft", Tone::Neutral),
    ("Submitted", Tone::Info),
    ("In Progress", Tone::Info),
    ("Completed", Tone::Good),
    ("Closed", Tone::Neutral),
    ("Reopened", Tone::Warn),
    ("Cancelled", Tone::Bad),
];

/// The usual, the longest, the hostile and the empty.
pub(in crate::views) fn all() -> Vec<(&'static str, ListPage)> {
    let mut samples: Vec<_> = Words::ALL
        .into_iter()
        .map(|(name, words)| (name, list(words)))
        .collect();
    samples.push(("empty", empty()));
    samples.push(("bare", bare()));
    samples
}

fn list(words: Words) -> ListPage {
    ListPage {
        frame: signed_in(words, "Transport Jobs"),
        title: words.say("Transport Jobs"),
        intro: Some(words.say("Everything that is moved for you by road, rail and barge.")),
        form: form(words),
        noun: Noun {
            one: words.say("job"),
            many: words.say("jobs"),
        },
        table: Table::new(
            columns(words),
            (0..20).map(|index| row(words, index)).collect(),
        ),
        total: words.count(612),
        first_row: words.count(41),
        last_row: words.count(60),
        pager: pager(words),
        page_sizes: ["20", "50", "100"]
            .map(|size| LinkChoice {
                label: size.to_owned(),
                href: words.href("/transport-jobs"),
                selected: size == "20",
            })
            .into(),
        archive: Some(words.href("/transport-jobs/documents.zip")),
        empty: None,
        exports: vec![
            ExportLink {
                label: "CSV".to_owned(),
                href: words.href("/transport-jobs.csv?status=Completed"),
                is_made_first: false,
            },
            ExportLink {
                label: "Excel".to_owned(),
                href: words.href("/transport-jobs.xlsx?status=Completed"),
                is_made_first: true,
            },
        ],
        as_of: as_of(words != Words::Usual),
    }
}

fn form(words: Words) -> FilterForm {
    FilterForm {
        action: "/transport-jobs".to_owned(),
        title: words.say("Transport Jobs"),
        views: Some(Views {
            tabs: ["All", "Late", "Under way", "Papers missing"]
                .map(|tab| LinkChoice {
                    label: words.say(tab),
                    href: words.href("/transport-jobs?view=late"),
                    selected: tab == "Late",
                })
                .into(),
            text: Some(words.say("Past their date, and not finished.")),
        }),
        sorts: vec![
            choice(words, "-booking_date", "Booking date, newest first", true),
            choice(words, "booking_date", "Booking date, oldest first", false),
            choice(words, "status", "Status", false),
        ],
        search: Some(Search {
            value: words.say("PO-38"),
            hint: words.say("Job or reference"),
        }),
        filters: filters(words),
        customers: ["Acme Foods", "Müller & Söhne GmbH", "株式会社サンプル"]
            .map(|name| choice(words, name, name, name == "Acme Foods"))
            .into(),
        active: vec![
            active(words, "Status", "In Progress"),
            active(words, "Status", "Reopened"),
            active(words, "Booking date", "from 1 Nov 2026"),
        ],
        clear_href: words.href("/transport-jobs"),
        hidden: vec![("page_size".to_owned(), words.say("50"))],
        made: None,
    }
}

fn columns(words: Words) -> Vec<Column> {
    let sort = |direction| Sort {
        href: words.href("/transport-jobs?sort=status"),
        direction,
    };
    vec![
        Column::primary(words.say("Job")).sorted(sort(Direction::None)),
        Column::new(words.say("Status")).sorted(sort(Direction::None)),
        Column::new(words.say("Your reference")),
        Column::new(words.say("Booking date")).sorted(sort(Direction::Descending)),
        Column::new(words.say("Scheduled date")).sorted(sort(Direction::None)),
        Column::new(words.say("Route")),
        Column::new(words.say("Type")),
        Column::numeric(words.say("Packages")),
        Column::numeric(words.say("Weight")),
        Column::new(words.say("SLA")),
    ]
}

fn row(words: Words, index: u8) -> Row {
    let (status, tone) = STATUSES[usize::from(index) % STATUSES.len()];
    let (sla, sla_tone) = [
        ("On Track", Tone::Good),
        ("At Risk", Tone::Warn),
        ("Breached", Tone::Bad),
        ("Not Applicable", Tone::Neutral),
    ][usize::from(index) % 4];
    let references = [
        "PO-38419",
        "PO \"quoted\" & <b>bold</b>",
        "",
        "ÄÖÜ-ß-ñ-🚚",
        "PO%2F2026/09",
    ];
    let name = format!("TRJ{:09}", 2837 - u16::from(index));
    Row {
        name: Some(words.say(&name)),
        href: Some(words.href(&format!("/transport-jobs/{name}"))),
        cells: vec![
            Cell::code(words.say(&name)),
            Cell::status(words.say(status), tone),
            Cell::text(match references[usize::from(index) % references.len()] {
                "" if words == Words::Usual => String::new(),
                reference => words.say(reference),
            }),
            day(22 - index).into(),
            if index % 6 == 5 {
                Cell::Empty
            } else {
                day(28 - index).into()
            },
            Cell::Route {
                from: Some(words.say("Rotterdam Maasvlakte II")),
                to: (index % 5 != 4).then(|| words.say("Distribution Centre Antwerp North")),
            },
            Cell::text(
                words.say(["Container", "Non-Container", "Heavy Haul"][usize::from(index) % 3]),
            ),
            Cell::number((23 + u16::from(index) * 7).to_string()),
            Cell::quantity(format!("{},815.64", index + 1), words.say("kg")),
            Cell::status(words.say(sla), sla_tone),
        ],
    }
}

fn filters(words: Words) -> Vec<FilterControl> {
    vec![
        FilterControl::Choices {
            name: "status".to_owned(),
            label: words.say("Status"),
            options: STATUSES
                .map(|(status, _)| {
                    choice(
                        words,
                        status,
                        status,
                        matches!(status, "In Progress" | "Reopened"),
                    )
                })
                .into(),
        },
        FilterControl::Choices {
            name: "sla_status".to_owned(),
            label: words.say("SLA"),
            options: vec![choice(words, "Breached", "Breached", false)],
        },
        FilterControl::Dates {
            name_from: "booking_date_from".to_owned(),
            name_to: "booking_date_to".to_owned(),
            label: words.say("Booking date"),
            from: "2026-11-01".to_owned(),
            to: String::new(),
        },
    ]
}

fn pager(words: Words) -> Pager {
    Pager {
        previous: Some(words.href("/transport-jobs?page=2")),
        next: Some(words.href("/transport-jobs?page=4")),
        numbers: [(1, false), (2, false), (3, false), (4, false), (31, true)]
            .map(|(number, gap)| PageNumber {
                number: if number == 31 {
                    words.count(31)
                } else {
                    number
                },
                href: words.href(&format!("/transport-jobs?page={number}")),
                current: number == 3,
                gap,
            })
            .into(),
    }
}

fn choice(words: Words, value: &str, label: &str, selected: bool) -> Choice {
    Choice {
        value: words.say(value),
        label: words.say(label),
        selected,
        depth: 0,
    }
}

fn active(words: Words, label: &str, value: &str) -> ActiveFilter {
    ActiveFilter {
        label: words.say(label),
        value: words.say(value),
        remove_href: words.href("/transport-jobs"),
    }
}

/// Filters that nothing passes.
fn empty() -> ListPage {
    ListPage {
        table: Table::new(columns(Words::Usual), Vec::new()),
        total: 0,
        first_row: 0,
        last_row: 0,
        pager: Pager::default(),
        empty: Some(EmptyState {
            title: "No jobs match these filters".to_owned(),
            text: "Take one of the filters off, or look at a longer time.".to_owned(),
            action: Some(Action::primary("Show all jobs", "/transport-jobs")),
        }),
        ..list(Words::Usual)
    }
}

/// Nothing that may be left out is there.
fn bare() -> ListPage {
    ListPage {
        intro: None,
        table: Table::new(
            columns(Words::Usual),
            vec![Row::from(vec![Cell::Empty; 10]); 3],
        ),
        total: 3,
        first_row: 1,
        last_row: 3,
        pager: Pager::default(),
        page_sizes: Vec::new(),
        form: FilterForm::default(),
        ..list(Words::Usual)
    }
}
