//! How days, moments, numbers and counts are written.
//!
//! Pure functions in plain English. Times are written in the zone they are given in: whoever calls
//! turns a moment into the site's time first.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp, Zoned, tz::TimeZone};

use super::context::Moment;

/// A day: `22 Nov 2026`.
#[must_use]
pub fn date(day: Date) -> String {
    if !(1_000..=9_999).contains(&day.year()) {
        return day.strftime("%-d %b %Y").to_string();
    }
    // The same; but that takes four times as long, and a list has dozens.
    let month = usize::from(day.month().unsigned_abs()).saturating_sub(1);
    let month = MONTHS.get(month).copied().unwrap_or_default();
    let mut number = itoa::Buffer::new();
    let mut written = String::with_capacity(20);
    written.push_str(number.format(day.day()));
    written.push(' ');
    written.push_str(month);
    written.push(' ');
    written.push_str(number.format(day.year()));
    written
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A moment in the site's time: `22 Nov 2026, 14:05`.
#[must_use]
pub fn datetime(moment: DateTime) -> String {
    let mut written = date(moment.date());
    for (part, number) in [(", ", moment.hour()), (":", moment.minute())] {
        written.push_str(part);
        let digits = number.unsigned_abs();
        written.extend([digits / 10, digits % 10].map(|digit| char::from(b'0' + digit)));
    }
    written
}

/// A day, for machines and for people.
#[must_use]
pub fn day(day: Date) -> Moment {
    Moment {
        iso: day.to_string(),
        text: date(day),
    }
}

/// A moment as Frappe stores it, in the site's time without an offset, for machines and for people.
#[must_use]
pub fn moment(moment: DateTime, zone: &TimeZone) -> Moment {
    let iso = zone.to_ambiguous_zoned(moment).compatible().map_or_else(
        |_| moment.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        |zoned| iso(&zoned),
    );
    Moment {
        iso,
        text: datetime(moment),
    }
}

/// A moment, in the site's time.
#[must_use]
pub fn instant(at: Timestamp, zone: &TimeZone) -> Moment {
    let zoned = at.to_zoned(zone.clone());
    Moment {
        iso: iso(&zoned),
        text: datetime(zoned.datetime()),
    }
}

/// How long something took or is ago: `23 minutes`.
#[must_use]
pub fn duration(time: SignedDuration) -> String {
    let minutes = u64::try_from(time.as_mins()).unwrap_or_default();
    match minutes {
        0 => "less than a minute".to_owned(),
        1..120 => count(minutes, "minute", "minutes"),
        _ => count(minutes / 60, "hour", "hours"),
    }
}

/// How long a file is, in decimal units and few digits: `12 KB`, `1.4 MB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "what is lost is far behind the digits that are written"
    )]
    let bytes = bytes as f64;
    match bytes {
        ..1_000.0 => format!("{bytes} bytes"),
        ..999_500.0 => format!("{:.0} KB", bytes / 1e3),
        ..9_950_000.0 => format!("{} MB", number(bytes / 1e6, 1)),
        ..999_500_000.0 => format!("{:.0} MB", bytes / 1e6),
        _ => format!("{} GB", number(bytes / 1e9, 1)),
    }
}

/// A number with its thousands parted, at most `decimals` digits after the point, and none of them
/// a zero at the end: `8,815.64`. What is no number is written as nothing.
#[must_use]
pub fn number(value: f64, decimals: u8) -> String {
    if !value.is_finite() {
        return String::new();
    }
    // Most are whole, and to write one as a fraction takes long.
    if value.fract() == 0.0 && (0.0..9.0e15).contains(&value) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is whole, not negative, and small enough to be exact"
        )]
        return whole(value as u64);
    }
    let written = format!("{value:.0$}", usize::from(decimals));
    let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
    let (sign, digits) = whole
        .strip_prefix('-')
        .map_or(("", whole), |digits| ("-", digits));
    let fraction = fraction.trim_end_matches('0');
    let is_zero = fraction.is_empty() && digits == "0";
    let mut number = String::with_capacity(written.len() + digits.len() / 3);
    if !is_zero {
        number.push_str(sign);
    }
    group(&mut number, digits);
    if !fraction.is_empty() {
        number.push('.');
        number.push_str(fraction);
    }
    number
}

/// A number and what is counted: `1 job`, `1,612 jobs`.
#[must_use]
pub fn count(number: u64, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{} {noun}", whole(number))
}

/// A whole number with its thousands parted: `1,612`.
#[must_use]
pub fn whole(number: u64) -> String {
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(number);
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    group(&mut grouped, digits);
    grouped
}

fn iso(moment: &Zoned) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Writes digits with a comma before every three.
fn group(out: &mut String, digits: &str) {
    let (mut before, mut rest) = digits.split_at(digits.len() % 3);
    while !rest.is_empty() {
        if !before.is_empty() {
            out.push_str(before);
            out.push(',');
        }
        (before, rest) = rest.split_at(3);
    }
    out.push_str(before);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_are_written_in_full_words() {
        assert_eq!(date(jiff::civil::date(2026, 11, 22)), "22 Nov 2026");
        assert_eq!(date(jiff::civil::date(2026, 1, 2)), "2 Jan 2026");
        assert_eq!(date(jiff::civil::date(26, 1, 2)), "2 Jan 0026");
        let moment = jiff::civil::date(2026, 11, 22).at(14, 5, 59, 0);
        assert_eq!(datetime(moment), "22 Nov 2026, 14:05");
        let moments = (1..=12).map(|month| jiff::civil::date(2026, month, 9).at(month, 59, 0, 0));
        for moment in moments {
            let written = moment.strftime("%-d %b %Y, %H:%M").to_string();
            assert_eq!(datetime(moment), written);
        }
    }

    #[test]
    fn machines_get_the_offset_of_the_site() {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        let summer = moment(jiff::civil::date(2026, 7, 1).at(6, 0, 0, 0), &zone);
        assert_eq!(summer.iso, "2026-07-01T06:00:00+02:00");
        // A time that the clocks leave out in spring is still written down.
        let skipped = moment(jiff::civil::date(2026, 3, 29).at(2, 30, 0, 0), &zone);
        assert_eq!(skipped.text, "29 Mar 2026, 02:30");

        let read = instant("2026-11-22T13:05:00Z".parse().unwrap(), &zone);
        assert_eq!(read.text, "22 Nov 2026, 14:05");
        assert_eq!(read.iso, "2026-11-22T14:05:00+01:00");
    }

    #[test]
    fn a_files_length_is_written_in_a_few_digits() {
        for (bytes, written) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1 KB"),
            (12_345, "12 KB"),
            (999_499, "999 KB"),
            (999_500, "1 MB"),
            (1_449_000, "1.4 MB"),
            (25_000_000, "25 MB"),
            (1_300_000_000, "1.3 GB"),
        ] {
            assert_eq!(size(bytes), written);
        }
    }

    #[test]
    fn durations_are_as_exact_as_anybody_wants_to_know() {
        for (seconds, written) in [
            (-5, "less than a minute"),
            (59, "less than a minute"),
            (60, "1 minute"),
            (7_199, "119 minutes"),
            (7_200, "2 hours"),
            (13_000, "3 hours"),
        ] {
            assert_eq!(duration(SignedDuration::from_secs(seconds)), written);
        }
    }

    #[test]
    fn numbers_are_grouped_and_lose_their_last_zeros() {
        let cases = [
            (8815.64, 2, "8,815.64"),
            (8815.60, 2, "8,815.6"),
            (23.0, 2, "23"),
            (0.0, 3, "0"),
            (-0.001, 2, "0"),
            (-1234.5, 1, "-1,234.5"),
            (999.999, 2, "1,000"),
            (1_000_000.0, 0, "1,000,000"),
            (100.0, 0, "100"),
            (35.761, 3, "35.761"),
            (f64::NAN, 2, ""),
            (f64::INFINITY, 2, ""),
        ];
        for (value, decimals, written) in cases {
            assert_eq!(number(value, decimals), written, "{value} to {decimals}");
        }
    }

    #[test]
    fn one_is_singular_and_everything_else_plural() {
        assert_eq!(count(0, "job", "jobs"), "0 jobs");
        assert_eq!(count(1, "job", "jobs"), "1 job");
        assert_eq!(count(1612, "job", "jobs"), "1,612 jobs");
    }
}
