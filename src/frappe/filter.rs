//! One condition on a list's rows.
//!
//! The constructors are the only way to make one, and each makes a condition that Frappe
//! understands (`filter_*`): no operator ever comes from outside, no list stands where a text
//! belongs. Fields are [`FieldName`]s and values travel as JSON, so a value stays a value.

use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

use super::names::{DocType, FieldName};
use super::record::ALLOCATION;

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `=`; with an empty text it also finds NULL.
    Equals,
    /// `!=`; also finds rows where the field is NULL.
    NotEquals,
    /// `in`; an empty list finds nothing (`filter_in_empty`).
    In,
    /// `not in`; also finds rows where the field is NULL.
    NotIn,
    /// `like`, without regard to case.
    Like,
    /// `>=`
    GreaterOrEqual,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `<`
    Less,
    /// `between`, both ends included.
    Between,
    /// `is set`: neither NULL nor empty.
    IsSet,
    /// `is not set`: NULL or empty.
    IsNotSet,
}

impl Operator {
    /// Frappe's spelling.
    const fn spelling(self) -> &'static str {
        match self {
            Self::Equals => "=",
            Self::NotEquals => "!=",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Like => "like",
            Self::GreaterOrEqual => ">=",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::Less => "<",
            Self::Between => "between",
            Self::IsSet | Self::IsNotSet => "is",
        }
    }
}

/// A single value that a field is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// A text, a link or a status.
    Text(String),
    /// A whole number; a check is 0 or 1.
    Integer(i64),
    /// A day.
    Date(Date),
    /// A moment on the site's clock.
    DateTime(DateTime),
}

impl Operand {
    fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Integer(number) => json!(number),
            Self::Date(date) => json!(date.to_string()),
            Self::DateTime(datetime) => json!(datetime.strftime("%F %T%.f").to_string()),
        }
    }
}

impl From<&str> for Operand {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Operand {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Operand {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<Date> for Operand {
    fn from(date: Date) -> Self {
        Self::Date(date)
    }
}

impl From<DateTime> for Operand {
    fn from(datetime: DateTime) -> Self {
        Self::DateTime(datetime)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Compared {
    One(Operand),
    Many(Vec<Operand>),
    Nothing,
}

/// One condition: a field, how it is compared, and with what.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    field: FieldName,
    operator: Operator,
    value: Compared,
}

impl Filter {
    /// The bytes that it takes, roughly, texts of the heap included.
    #[must_use]
    pub fn size(&self) -> usize {
        let many = match &self.value {
            Compared::One(operand) => std::slice::from_ref(operand),
            Compared::Many(operands) => operands,
            Compared::Nothing => &[],
        };
        let operands = many.iter().map(|operand| match operand {
            Operand::Text(text) => size_of::<Operand>() + ALLOCATION + text.len(),
            _ => size_of::<Operand>(),
        });
        size_of::<Self>() + self.field.as_str().len() + operands.sum::<usize>()
    }

    /// The field holds exactly this, as far as the database's collation tells.
    pub fn equals(field: FieldName, value: impl Into<Operand>) -> Self {
        Self::one(field, Operator::Equals, value)
    }

    /// The field holds something else, or nothing.
    pub fn not_equals(field: FieldName, value: impl Into<Operand>) -> Self {
        Self::one(field, Operator::NotEquals, value)
    }

    /// The field holds one of these. None of them: no row.
    pub fn one_of(field: FieldName, values: impl IntoIterator<Item = impl Into<Operand>>) -> Self {
        Self::many(field, Operator::In, values)
    }

    /// The field holds none of these, or nothing.
    pub fn none_of(field: FieldName, values: impl IntoIterator<Item = impl Into<Operand>>) -> Self {
        Self::many(field, Operator::NotIn, values)
    }

    /// The field contains this text, without regard to case.
    ///
    /// `%` and `_` in the text are wildcards, and stay so: Frappe doubles a backslash before them,
    /// so nothing can escape them (`filter_like_percent_literal`, `filter_like_underscore_wildcard`).
    /// They can only widen a search, never leave the other filters.
    #[must_use]
    pub fn contains(field: FieldName, text: &str) -> Self {
        Self::one(field, Operator::Like, format!("%{text}%"))
    }

    /// The field is this or later, or larger.
    pub fn at_least(field: FieldName, value: impl Into<Operand>) -> Self {
        Self::one(field, Operator::GreaterOrEqual, value)
    }

    /// The field is this or earlier, or smaller.
    pub fn at_most(field: FieldName, value: impl Into<Operand>) -> Self {
        Self::one(field, Operator::LessOrEqual, value)
    }

    /// The field is later, or larger.
    pub fn greater(field: FieldName, value: impl Into<Operand>) -> Self {
        Self::one(field, Operator::Greater, value)
    }

    /// The field is earlier, or smaller.
    pub fn less(field: FieldName, value: impl Into<Operand>) -> Self {
        Self::one(field, Operator::Less, value)
    }

    /// The field is a day from `from` to `to`, both included.
    #[must_use]
    pub fn between(field: FieldName, from: Date, to: Date) -> Self {
        Self::many(field, Operator::Between, [from, to])
    }

    /// The field holds something.
    #[must_use]
    pub const fn is_set(field: FieldName) -> Self {
        Self {
            field,
            operator: Operator::IsSet,
            value: Compared::Nothing,
        }
    }

    /// The field is NULL or empty.
    #[must_use]
    pub const fn is_not_set(field: FieldName) -> Self {
        Self {
            field,
            operator: Operator::IsNotSet,
            value: Compared::Nothing,
        }
    }

    /// The field that is compared.
    #[must_use]
    pub const fn field(&self) -> &FieldName {
        &self.field
    }

    /// How it is compared.
    #[must_use]
    pub const fn operator(&self) -> Operator {
        self.operator
    }

    fn one(field: FieldName, operator: Operator, value: impl Into<Operand>) -> Self {
        Self {
            field,
            operator,
            value: Compared::One(value.into()),
        }
    }

    fn many(
        field: FieldName,
        operator: Operator,
        values: impl IntoIterator<Item = impl Into<Operand>>,
    ) -> Self {
        Self {
            field,
            operator,
            value: Compared::Many(values.into_iter().map(Into::into).collect()),
        }
    }

    fn value_as_json(&self) -> Value {
        match &self.value {
            Compared::One(operand) => operand.to_json(),
            Compared::Many(operands) => operands.iter().map(Operand::to_json).collect(),
            Compared::Nothing if self.operator == Operator::IsSet => json!("set"),
            Compared::Nothing => json!("not set"),
        }
    }

    /// `[field, operator, value]`, as lists take it (`list_or_filters_search`).
    pub(super) fn as_triple(&self) -> Value {
        json!([
            self.field.as_str(),
            self.operator.spelling(),
            self.value_as_json()
        ])
    }

    /// `[DocType, field, operator, value]`, as counts take it (`reportview_get_count_or_filters`).
    pub(super) fn as_quadruple(&self, doctype: &DocType) -> Value {
        json!([
            doctype.as_str(),
            self.field.as_str(),
            self.operator.spelling(),
            self.value_as_json()
        ])
    }
}
