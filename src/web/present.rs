//! From the portal's values to what a page shows: words, numbers and dates ready to be read.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

use super::App;
use crate::frappe::{CustomerName, DocumentName};
use crate::portal::AsOf;
use crate::portal::page::{Field, Kind, Page, PageFile, Tone};
use crate::portal::value::{Route, Value};
use crate::views::context::{self, Cell, Choice, Moment, Span};
use crate::views::format;

/// What stands unescaped in a path's segment: RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The address of a document. Its name may hold slashes (`doc_item_slash_name`), so it is escaped
/// as one segment.
pub fn document_href(page: &Page, name: &DocumentName) -> String {
    format!("/{}/{}", page.name, segment(name.as_str()))
}

/// A text as one segment of a path.
pub fn segment(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, SEGMENT)
}

/// A value as a cell.
pub fn cell(value: &Value, field: &Field, page: &PageFile, zone: &TimeZone) -> Cell {
    match value {
        Value::Empty => Cell::Empty,
        Value::Text(text) => match field.kind {
            Kind::Status => Cell::status(text, tone(page.tone(text))),
            Kind::Code => Cell::code(text),
            Kind::Lines => Cell::multiline(text),
            _ => Cell::text(text),
        },
        Value::Date(day) => {
            let Moment { iso, text } = format::day(*day);
            Cell::Date { iso, text }
        }
        Value::DateTime(at) => {
            let Moment { iso, text } = format::moment(*at, zone);
            Cell::DateTime { iso, text }
        }
        Value::Number(number, unit) => {
            let text = format::number(*number, field.decimals);
            unit.as_ref()
                .map_or_else(|| Cell::number(&text), |unit| Cell::quantity(&text, unit))
        }
        Value::Check(yes) => Cell::Flag { yes: *yes },
        Value::Route(Route { from, to }) => Cell::Route {
            from: from.clone(),
            to: to.clone(),
        },
    }
}

/// The customers to choose among; none where there is no choice.
pub fn customer_choices(all: &[CustomerName], chosen: &[CustomerName]) -> Vec<Choice> {
    if all.len() < 2 {
        return Vec::new();
    }
    all.iter()
        .map(|customer| Choice::plain(customer.as_str(), chosen.contains(customer)))
        .collect()
}

/// The same tone, in the words of the views.
pub const fn tone(tone: Tone) -> context::Tone {
    match tone {
        Tone::Neutral => context::Tone::Neutral,
        Tone::Info => context::Tone::Info,
        Tone::Good => context::Tone::Good,
        Tone::Warn => context::Tone::Warn,
        Tone::Bad => context::Tone::Bad,
    }
}

/// From one moment to another, where at least one of them is known.
pub fn span(from: Option<DateTime>, to: Option<DateTime>, zone: &TimeZone) -> Option<Span> {
    let moment = |at: DateTime| format::moment(at, zone);
    (from.is_some() || to.is_some()).then(|| Span::new(from.map(moment), to.map(moment)))
}

/// A title in the middle of a sentence: in small letters, but for what is written in capitals, as
/// VAS.
pub fn in_a_sentence(title: &str) -> String {
    let small = |word: &str| {
        let is_abbreviation = word.chars().count() > 1 && !word.chars().any(char::is_lowercase);
        if is_abbreviation {
            word.to_owned()
        } else {
            word.to_lowercase()
        }
    };
    title.split(' ').map(small).collect::<Vec<_>>().join(" ")
}

/// Of when something is, for JSON: to the second, in UTC.
pub fn as_of(as_of: AsOf) -> String {
    as_of.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Of when the page is that has the address `page`.
pub fn shown_as_of(app: &App, as_of: AsOf, page: String) -> context::AsOf {
    let Moment { iso, text } = format::instant(as_of.at, app.portal.time_zone());
    let age = app.clock.now().duration_since(as_of.at);
    context::AsOf {
        iso,
        text,
        kept_for: as_of.is_kept().then(|| format::duration(age)),
        page,
        version: app
            .events
            .are_open()
            .then(|| app.portal.told(as_of.version)),
    }
}

/// How late something is, in words: `3 h late`.
pub fn late(planned: Option<DateTime>, actual: DateTime) -> String {
    let minutes = planned.map_or(0, |planned| actual.duration_since(planned).as_mins());
    match minutes {
        ..1 => "Late".to_owned(),
        1..60 => format!("{minutes} min late"),
        60..2_880 => format!("{} h late", minutes / 60),
        _ => format!("{} days late", minutes / 1_440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_small_in_a_sentence_and_an_abbreviation_is_not() {
        assert_eq!(in_a_sentence("Transport jobs"), "transport jobs");
        assert_eq!(in_a_sentence("VAS orders"), "VAS orders");
        assert_eq!(in_a_sentence("Ärzte"), "ärzte");
    }
}
