//! The smallest pieces of a page: one value, ready to be read.

use minijinja::Value;
use serde::{Serialize, Serializer};

use super::printed::{Printed, printed};

/// How something is to be taken. Never shown by colour alone: the word always stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Neither good nor bad: a draft, something closed.
    #[default]
    Neutral,
    /// Under way.
    Info,
    /// Done, on track.
    Good,
    /// Needs a look.
    Warn,
    /// Late, refused, broken.
    Bad,
}

impl Tone {
    /// The word for it in a style sheet.
    pub(in crate::views) const fn word(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Info => "info",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

impl Serialize for Tone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// One value of a record, in a table, a list of facts or a headline.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// Nothing is known; shown as a dash.
    #[default]
    Empty,
    /// Plain words.
    Text {
        /// The words.
        text: String,
    },
    /// The name of a document, a reference or a number plate: set in a tabular font.
    Code {
        /// The name.
        text: String,
    },
    /// A way to another page.
    Link {
        /// The words of the link.
        text: String,
        /// Where it leads.
        href: String,
    },
    /// A status word with its tone.
    Status {
        /// The word, as Frappe has it.
        text: String,
        /// How it is to be taken.
        tone: Tone,
    },
    /// A day.
    Date {
        /// For machines: `2026-11-22`.
        iso: String,
        /// For people: `22 Nov 2026`.
        text: String,
    },
    /// A moment in the site's time.
    DateTime {
        /// For machines, with offset: `2026-11-22T14:05:00+01:00`.
        iso: String,
        /// For people: `22 Nov 2026, 14:05`.
        text: String,
    },
    /// A number, grouped and rounded, with its unit.
    Number {
        /// The digits: `8,815.64`.
        text: String,
        /// `kg`, `m³`; shown muted.
        unit: Option<String>,
    },
    /// A yes or no.
    Flag {
        /// Whether it is yes.
        yes: bool,
    },
    /// From where to where.
    Route {
        /// Where it starts.
        from: Option<String>,
        /// Where it ends.
        to: Option<String>,
    },
    /// Words whose line breaks count.
    Multiline {
        /// The words, lines parted by `\n`.
        text: String,
    },
}

impl Cell {
    /// Plain words; blank ones are [`Cell::Empty`].
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::unless_blank(text.into(), |text| Self::Text { text })
    }

    /// A document's name or a reference; blank ones are [`Cell::Empty`].
    #[must_use]
    pub fn code(text: impl Into<String>) -> Self {
        Self::unless_blank(text.into(), |text| Self::Code { text })
    }

    /// Words whose line breaks count; blank ones are [`Cell::Empty`].
    #[must_use]
    pub fn multiline(text: impl Into<String>) -> Self {
        Self::unless_blank(text.into(), |text| Self::Multiline { text })
    }

    /// A way to another page.
    #[must_use]
    pub fn link(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self::Link {
            text: text.into(),
            href: href.into(),
        }
    }

    /// A status word; a blank one is [`Cell::Empty`].
    #[must_use]
    pub fn status(text: impl Into<String>, tone: Tone) -> Self {
        Self::unless_blank(text.into(), |text| Self::Status { text, tone })
    }

    /// A number already written out, without a unit.
    #[must_use]
    pub fn number(text: impl Into<String>) -> Self {
        Self::unless_blank(text.into(), |text| Self::Number { text, unit: None })
    }

    /// A number already written out, with its unit.
    #[must_use]
    pub fn quantity(text: impl Into<String>, unit: impl Into<String>) -> Self {
        let unit = Some(unit.into()).filter(|unit| !unit.trim().is_empty());
        Self::unless_blank(text.into(), |text| Self::Number { text, unit })
    }

    /// Which kind it is, as style sheets and templates call it.
    pub(in crate::views) const fn kind(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Text { .. } => "text",
            Self::Code { .. } => "code",
            Self::Link { .. } => "link",
            Self::Status { .. } => "status",
            Self::Date { .. } => "date",
            Self::DateTime { .. } => "datetime",
            Self::Number { .. } => "number",
            Self::Flag { .. } => "flag",
            Self::Route { .. } => "route",
            Self::Multiline { .. } => "multiline",
        }
    }

    fn words(&self) -> Option<&str> {
        match self {
            Self::Text { text }
            | Self::Code { text }
            | Self::Link { text, .. }
            | Self::Status { text, .. }
            | Self::Date { text, .. }
            | Self::DateTime { text, .. }
            | Self::Number { text, .. }
            | Self::Multiline { text } => Some(text),
            Self::Empty | Self::Flag { .. } | Self::Route { .. } => None,
        }
    }

    fn unless_blank(text: String, cell: impl FnOnce(String) -> Self) -> Self {
        if text.trim().is_empty() {
            Self::Empty
        } else {
            cell(text)
        }
    }
}

printed!(Cell, Moment, Span);

impl Printed for Cell {
    /// The `kind`, and the `text` of those that have one.
    fn answer(&self, asked: &str) -> Option<Value> {
        match asked {
            "kind" => Some(self.kind().into()),
            "text" => self.words().map(Value::from),
            _ => None,
        }
    }
}

impl Printed for Moment {}

impl Printed for Span {}

/// A day or a moment, for machines and for people. A template that prints it prints its HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// ISO 8601: a day, or a moment with its offset.
    pub iso: String,
    /// As people write it, in the site's time.
    pub text: String,
}

impl From<Moment> for Cell {
    /// A moment with a time of day is a moment, any other a day.
    fn from(Moment { iso, text }: Moment) -> Self {
        if iso.contains('T') {
            Self::DateTime { iso, text }
        } else {
            Self::Date { iso, text }
        }
    }
}

/// From one moment to another; either end may be open. A template that prints it prints its HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub from: Option<Moment>,
    /// Where it ends.
    pub to: Option<Moment>,
}

impl Span {
    /// From one moment to another. Within one day the day is written once:
    /// `13 Nov 2026, 06:00` to `10:00`.
    #[must_use]
    pub fn new(from: Option<Moment>, to: Option<Moment>) -> Self {
        let to = match (&from, to) {
            (Some(from), Some(to)) => Some(to.shortened_after(from)),
            (_, to) => to,
        };
        Self { from, to }
    }
}

impl Moment {
    fn shortened_after(self, from: &Self) -> Self {
        let day = from.text.rsplit_once(", ").map(|(day, _)| day);
        match (day, self.text.rsplit_once(", ")) {
            (Some(from_day), Some((day, time))) if day == from_day => Self {
                text: time.to_owned(),
                iso: self.iso,
            },
            _ => self,
        }
    }
}

/// When the data of a page was read from the site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AsOf {
    /// With offset: `2026-11-22T14:05:00+01:00`.
    pub iso: String,
    /// In the site's time: `22 Nov 2026, 14:05`.
    pub text: String,
    /// How old that is, in words: `23 minutes`. Said where the site could not be asked again, so
    /// that this is what is remembered.
    pub kept_for: Option<String>,
    /// The page that is asked for anew by *Refresh*.
    pub page: String,
    /// Which version of the page it is, where an open page is told of another one.
    pub version: Option<String>,
}

/// HTML that was sanitised already, or escaped by a template, and is shown as it is.
///
/// The one way by which markup from a record reaches a page; everything else is escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeHtml(String);

impl SafeHtml {
    /// Takes HTML that a sanitiser has just answered. Nothing else may be passed in.
    #[must_use]
    pub const fn from_sanitised(html: String) -> Self {
        Self(html)
    }

    /// Takes HTML that a template has just answered: it was escaped there.
    pub(in crate::views) const fn from_template(html: String) -> Self {
        Self(html)
    }

    /// The HTML.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for SafeHtml {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::from_safe_string(self.0.clone()).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        Moment {
            iso: "2026-11-13T06:00:00+01:00".to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_span_within_one_day_names_the_day_once() {
        let to = |from, to| {
            let span = Span::new(Some(moment(from)), Some(moment(to)));
            span.to.unwrap().text
        };
        assert_eq!(to("13 Nov 2026, 06:00", "13 Nov 2026, 10:00"), "10:00");
        assert_eq!(
            to("13 Nov 2026, 06:00", "14 Nov 2026, 10:00"),
            "14 Nov 2026, 10:00"
        );
        assert_eq!(to("13 Nov 2026", "13 Nov 2026"), "13 Nov 2026");
        let open = Span::new(None, Some(moment("13 Nov 2026, 10:00")));
        assert_eq!(open.to.unwrap().text, "13 Nov 2026, 10:00");
    }

    #[test]
    fn a_blank_value_is_an_empty_cell() {
        assert_eq!(Cell::text("  "), Cell::Empty);
        assert_eq!(Cell::status("", Tone::Good), Cell::Empty);
        assert_eq!(Cell::quantity("7", " "), Cell::number("7"));
    }
}
