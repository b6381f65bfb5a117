//! The named ranges of the operators `timespan`, `previous` and `next`.
//!
//! All count from the site's own date; weeks begin on Sunday, as the recorded site's do. A name
//! that is unknown to `timespan` is no error: Frappe then asks for today (`filter_timespan_bad`).

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use serde_json::Value;

use super::answers::Failure;

/// The first and the last day, or `None` for an unknown name.
pub(super) fn date_range(
    operator: &str,
    value: &Value,
    today: Date,
) -> Result<Option<(Date, Date)>, Failure> {
    let name = value.as_str().unwrap_or_default();
    if operator == "timespan" {
        return Ok(timespan(name, today));
    }
    let span = match name {
        "1 week" => "week",
        "1 month" => "month",
        "3 months" => "quarter",
        "6 months" => "6 months",
        "1 year" => "year",
        other => return Err(Failure::python("KeyError", format!("'{other}'"))),
    };
    let direction = if operator == "previous" {
        "last"
    } else {
        "next"
    };
    Ok(timespan(&format!("{direction} {span}"), today))
}

fn timespan(name: &str, today: Date) -> Option<(Date, Date)> {
    let months = |count: i64| moved(today, count.months());
    let days = |count: i64| moved(today, count.days());
    Some(match name {
        "last 7 days" => (days(-7), today),
        "last 14 days" => (days(-14), today),
        "last 30 days" => (days(-30), today),
        "last 90 days" => (days(-90), today),
        "last week" => week(days(-7)),
        "last month" => month(months(-1)),
        "last quarter" => quarter(months(-3)),
        "last 6 months" => (quarter(months(-6)).0, quarter(months(-3)).1),
        "last year" => year(months(-12)),
        "yesterday" => (days(-1), days(-1)),
        "today" => (today, today),
        "tomorrow" => (days(1), days(1)),
        "this week" => week(today),
        "this month" => month(today),
        "this quarter" => quarter(today),
        "this year" => year(today),
        "next 7 days" => (today, days(7)),
        "next 14 days" => (today, days(14)),
        "next 30 days" => (today, days(30)),
        "next week" => week(days(7)),
        "next month" => month(months(1)),
        "next quarter" => quarter(months(3)),
        "next 6 months" => (quarter(months(3)).0, quarter(months(6)).1),
        "next year" => year(months(12)),
        _ => return None,
    })
}

fn moved(date: Date, by: Span) -> Date {
    date.saturating_add(by)
}

fn week(day: Date) -> (Date, Date) {
    let since_sunday = i64::from(day.weekday().to_sunday_zero_offset());
    let first = moved(day, (-since_sunday).days());
    (first, moved(first, 6.days()))
}

fn month(day: Date) -> (Date, Date) {
    (day.first_of_month(), day.last_of_month())
}

fn quarter(day: Date) -> (Date, Date) {
    let into = i64::from((day.month() - 1) % 3);
    let first = moved(day.first_of_month(), (-into).months());
    (first, moved(first, 2.months()).last_of_month())
}

fn year(day: Date) -> (Date, Date) {
    (day.first_of_year(), day.last_of_year())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn spans_count_from_the_day_given() {
        let today = date(2026, 11, 22);
        let span = |name| timespan(name, today).expect("a known name");
        assert_eq!(span("last month"), (date(2026, 10, 1), date(2026, 10, 31)));
        assert_eq!(span("this week"), (date(2026, 11, 22), date(2026, 11, 28)));
        assert_eq!(span("last quarter"), (date(2026, 7, 1), date(2026, 9, 30)));
        assert_eq!(span("next year"), (date(2027, 1, 1), date(2027, 12, 31)));
        assert_eq!(timespan("next decade", today), None);
    }
}
