//! Conditions on a field of a document, of which views are made.
//!
//! Frappe decides on them where a list is asked for, and the portal where it has the documents' values
//! already; both decide alike.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::civil::{self, Date};
use serde::Deserialize;

use super::Literal;
use crate::frappe::{FieldName, Filter, Held};

/// The first day that the site's database knows.
const FIRST_DAY: Date = civil::date(1000, 1, 1);

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
    /// The field.
    #[must_use]
    pub const fn field(&self) -> &FieldName {
        &self.field
    }

    /// Whether it holds for this value of its field, as Frappe decides it for [`Self::filter`].
    #[must_use]
    pub fn holds(&self, value: Scalar<'_>, today: Date) -> bool {
        match &self.test {
            Test::Is(wanted) => value.is(wanted),
            Test::IsNot(unwanted) => !value.is(unwanted),
            Test::OneOf(wanted) => wanted.iter().any(|wanted| value.is(wanted)),
            Test::NoneOf(unwanted) => !unwanted.iter().any(|unwanted| value.is(unwanted)),
            Test::Before(Day::Today) => value.date().is_some_and(|day| day < today),
        }
    }

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

/// A value of a field, as far as conditions and orders go by it.
#[derive(Clone, Copy, Debug)]
pub enum Scalar<'a> {
    /// NULL or an empty text, which are the same to Frappe.
    Nothing,
    /// A number; a check is 0 or 1.
    Number(f64),
    /// A text; dates and moments among them.
    Text(&'a str),
}

impl<'a> Scalar<'a> {
    /// The value of a field as Frappe answers it.
    #[must_use]
    pub fn of(held: &'a Held) -> Self {
        match held {
            Held::Text(text) => Self::of_text(text),
            Held::Number(number) => number.as_f64().map_or(Self::Nothing, Self::Number),
            Held::Bool(is_ticked) => Self::Number(f64::from(u8::from(*is_ticked))),
            Held::Nothing | Held::Json(_) => Self::Nothing,
        }
    }

    /// A text.
    #[must_use]
    pub const fn of_text(text: &'a str) -> Self {
        if text.is_empty() {
            Self::Nothing
        } else {
            Self::Text(text)
        }
    }

    /// The text.
    #[must_use]
    pub const fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Nothing | Self::Number(_) => None,
        }
    }

    /// What it says, in letters.
    #[must_use]
    pub fn shown(self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.trim().to_owned(),
        }
    }

    /// The day, of a moment too.
    fn date(self) -> Option<Date> {
        self.text()?.get(..10)?.parse().ok()
    }

    fn number(self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Nothing => None,
        }
    }

    /// Whether it is what a page file has. Texts are compared as the database does, without regard to
    /// case and to blanks at the end.
    #[expect(
        clippy::cast_precision_loss,
        reason = "whole numbers as page files have them are exact"
    )]
    fn is(self, literal: &Literal) -> bool {
        match (self, literal) {
            (Self::Nothing, Literal::Text(text)) => text.is_empty(),
            (Self::Nothing, Literal::Number(number)) => *number == 0,
            (Self::Text(text), Literal::Text(wanted)) => folded(text) == folded(wanted),
            (Self::Number(number), Literal::Text(wanted)) => number.to_string() == *wanted,
            (value, Literal::Number(wanted)) => value.number() == Some(*wanted as f64),
        }
    }

    /// Which of two comes first where the smallest does: nothing before all else.
    #[must_use]
    pub fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.total_cmp(&other),
            (Self::Text(one), Self::Text(other)) => folded(one).cmp(&folded(other)),
            (one, other) => one.rank().cmp(&other.rank()),
        }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Nothing => 0,
            Self::Number(_) => 1,
            Self::Text(_) => 2,
        }
    }
}

fn folded(text: &str) -> Cow<'_, str> {
    let text = text.trim_end();
    if text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase() || byte == b'-')
    {
        return text.into();
    }
    text.to_lowercase().into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::frappe::Record;

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
    fn a_condition_holds_as_frappe_decides_it() {
        let today = civil::date(2026, 11, 22);
        for (written, values, expected) in [
            (
                "is = \"Breached\"",
                json!(["Breached", "breached ", "At Risk", "", null, 1]),
                [true, true, false, false, false, false].as_slice(),
            ),
            (
                "is_not = 0",
                json!([1, 0, null, true, false]),
                &[true, false, false, true, false],
            ),
            (
                "one_of = [\"A\", \"B\"]",
                json!(["A", "B", "C", null]),
                &[true, true, false, false],
            ),
            (
                "none_of = [\"A\"]",
                json!(["A", "B", "", null]),
                &[false, true, true, true],
            ),
            (
                "before = \"today\"",
                json!([
                    "2026-11-21",
                    "2026-11-21 23:59:59",
                    "2026-11-22",
                    "",
                    null,
                    "soon"
                ]),
                &[true, true, false, false, false, false],
            ),
        ] {
            let condition = condition(&format!("field = \"status\"\n{written}"));
            let condition = condition.expect("a condition");
            let values = values.as_array().expect("values").iter();
            let held: Vec<bool> = values
                .map(|value| {
                    let record = Record::from_json(json!({ "status": value })).expect("a record");
                    let held = record.value(condition.field()).unwrap_or(&Held::Nothing);
                    condition.holds(Scalar::of(held), today)
                })
                .collect();
            assert_eq!(held, expected, "{written}");
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
