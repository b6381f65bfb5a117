//! Views: named presets of a list, as "late" and "papers missing".
//!
//! A view says which of the page's documents are in it: by conditions that Frappe decides on, or by
//! what their child tables say, which the portal works out. Whatever a visitor filters and
//! searches besides narrows it further.

use jiff::civil::{self, Date};
use serde::Deserialize;

use super::address::address_name;
use super::{Literal, Tone};
use crate::frappe::{FieldName, Filter};

/// The first day that the site's database knows.
const FIRST_DAY: Date = civil::date(1000, 1, 1);

address_name! {
    /// A view's name: the value of the query parameter `view`.
    ViewName, "under-way"
}

/// A named preset of a list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// Its name in addresses.
    pub name: ViewName,
    /// What it is called, as "Late".
    pub label: String,
    /// What is in it, in a sentence.
    #[serde(default)]
    pub text: String,
    /// Whether it stands on the start page when there is something in it.
    #[serde(default)]
    pub attention: bool,
    /// How bad it is that something is in it: on the start page, the worst comes first.
    #[serde(default)]
    pub tone: Tone,
    /// The columns and facts that the start page shows beside name and status; the first columns that
    /// are filled when there are none.
    #[serde(default)]
    pub shows: Vec<FieldName>,
    /// Conditions that all hold.
    #[serde(default)]
    pub all: Vec<Condition>,
    /// Conditions of which at least one holds, if there are any.
    #[serde(default)]
    pub any: Vec<Condition>,
    /// What else the documents in it have in common, worked out from their child tables.
    #[serde(default)]
    pub rows: Option<Computed>,
}

/// What the portal works out from child tables, as the document's page shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Computed {
    /// A required paper of the checklist is missing or overdue.
    RequiredPapers,
    /// An operation has begun and is not over.
    RunningOperations,
}

/// A condition on a field of the document.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "WrittenCondition")]
pub struct Condition {
    field: FieldName,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Is(Literal),
    IsNot(Literal),
    OneOf(Vec<Literal>),
    NoneOf(Vec<Literal>),
    Before(Day),
}

/// A day that is another one each day.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Day {
    /// The day that it is on the site's clock.
    Today,
}

/// A condition as a page file writes it: the field and one test.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCondition {
    field: FieldName,
    is: Option<Literal>,
    is_not: Option<Literal>,
    one_of: Option<Vec<Literal>>,
    none_of: Option<Vec<Literal>>,
    before: Option<Day>,
}

impl TryFrom<WrittenCondition> for Condition {
    type Error = String;

    fn try_from(written: WrittenCondition) -> Result<Self, String> {
        let tests = [
            written.is.map(Test::Is),
            written.is_not.map(Test::IsNot),
            written.one_of.map(Test::OneOf),
            written.none_of.map(Test::NoneOf),
            written.before.map(Test::Before),
        ];
        let mut tests = tests.into_iter().flatten();
        match (tests.next(), tests.next()) {
            (Some(test), None) => Ok(Self {
                field: written.field,
                test,
            }),
            (first, _) => Err(format!(
                "found {} for {}; accepted is one of is, is_not, one_of, none_of, before",
                if first.is_some() {
                    "several tests"
                } else {
                    "no test"
                },
                written.field,
            )),
        }
    }
}

impl Condition {
    /// The filter that Frappe gets. `is_not` and `none_of` also find documents in which the field is
    /// empty (`filter_ne`, `filter_not_in`); `before` does not: it is a `between`, because `<` takes
    /// an empty date for the year 1 (`filter_lt`).
    #[must_use]
    pub fn filter(&self, today: Date) -> Filter {
        let field = self.field.clone();
        match &self.test {
            Test::Is(value) => Filter::equals(field, value),
            Test::IsNot(value) => Filter::not_equals(field, value),
            Test::OneOf(values) => Filter::one_of(field, values),
            Test::NoneOf(values) => Filter::none_of(field, values),
            Test::Before(Day::Today) => {
                let yesterday = today.yesterday().unwrap_or(today);
                Filter::between(field, FIRST_DAY, yesterday)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(text: &str) -> Result<Condition, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn a_condition_becomes_the_filter_that_it_says() {
        let field = || FieldName::parse("status").expect("a field");
        let today = civil::date(2026, 11, 22);
        for (written, expected) in [
            ("is = \"Breached\"", Filter::equals(field(), "Breached")),
            ("is_not = 0", Filter::not_equals(field(), 0)),
            (
                "one_of = [\"A\", \"B\"]",
                Filter::one_of(field(), ["A", "B"]),
            ),
            ("none_of = [\"A\"]", Filter::none_of(field(), ["A"])),
            (
                "before = \"today\"",
                Filter::between(field(), FIRST_DAY, civil::date(2026, 11, 21)),
            ),
        ] {
            let condition = condition(&format!("field = \"status\"\n{written}"));
            let filter = condition.expect("a condition").filter(today);
            assert_eq!(filter, expected, "{written}");
        }
    }

    #[test]
    fn a_condition_has_one_test() {
        for (written, expected) in [
            ("", "no test"),
            ("is = 1\nis_not = 2", "several tests"),
            ("before = \"tomorrow\"", "tomorrow"),
            ("after = \"today\"", "after"),
        ] {
            let problem = condition(&format!("field = \"status\"\n{written}"));
            let message = problem.expect_err("no condition").to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
