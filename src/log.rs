//! The log: what each line looks like, as text or as JSON.
//!
//! Text has each field as `name=value`, texts in quotes. The level is coloured where somebody
//! watches. A line is written for every request, and that of a page that is remembered could cost as
//! much as the page: what a line is made of is put down as it is, without the detour of formatting.

use std::cell::RefCell;
use std::fmt::{self, Write as _};

use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{FmtContext, MakeWriter, SubscriberBuilder};
use tracing_subscriber::registry::LookupSpan;

use crate::config::LogFormat;

/// What writes the log wherever `writer` leads, which somebody may watch.
pub fn subscriber<W>(
    format: LogFormat,
    filter: EnvFilter,
    is_watched: bool,
    writer: W,
) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let log = SubscriberBuilder::default()
        .with_env_filter(filter)
        .with_writer(writer);
    match format {
        LogFormat::Text if is_watched => Box::new(log.with_timer(Now).fmt_fields(Plain).finish()),
        LogFormat::Text => Box::new(
            log.with_ansi(false)
                .event_format(Bare)
                .fmt_fields(Plain)
                .finish(),
        ),
        LogFormat::Json => Box::new(log.json().with_timer(Now).flatten_event(true).finish()),
    }
}

/// A line as text, without colours. There are no spans, so none are named.
#[derive(Debug)]
struct Bare;

impl<S, N> FormatEvent<S, N> for Bare
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        Now.format_time(&mut writer)?;
        writer.write_str(match *event.metadata().level() {
            Level::ERROR => " ERROR ",
            Level::WARN => "  WARN ",
            Level::INFO => "  INFO ",
            Level::DEBUG => " DEBUG ",
            Level::TRACE => " TRACE ",
        })?;
        writer.write_str(event.metadata().target())?;
        writer.write_str(": ")?;
        context.format_fields(writer.by_ref(), event)?;
        writer.write_char('\n')
    }
}

/// Now, to the microsecond: `2026-11-22T10:00:00.123456Z`.
#[derive(Debug)]
struct Now;

impl FormatTime for Now {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever reads the log goes by the machine's own clock"
    )]
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        thread_local! {
            static SECOND: RefCell<Second> = const { RefCell::new(Second::NONE) };
        }
        SECOND.with_borrow_mut(|second| second.write(writer, Timestamp::now()))
    }
}

/// The second of the last line as it is written: the next line mostly has the same.
#[derive(Debug)]
struct Second {
    at: i64,
    text: String,
}

impl Second {
    const NONE: Self = Self {
        at: i64::MIN,
        text: String::new(),
    };

    fn write(&mut self, writer: &mut impl fmt::Write, at: Timestamp) -> fmt::Result {
        // Downwards, also before 1970.
        let microseconds = at.as_microsecond();
        let second = microseconds.div_euclid(MICROSECONDS);
        if self.at != second {
            self.text.clear();
            let whole = Timestamp::from_second(second).unwrap_or(at);
            write!(self.text, "{}", whole.strftime("%Y-%m-%dT%H:%M:%S"))?;
            self.at = second;
        }
        writer.write_str(&self.text)?;
        // The one in front keeps the zeros.
        let mut digits = itoa::Buffer::new();
        let digits = digits.format(MICROSECONDS + microseconds.rem_euclid(MICROSECONDS));
        writer.write_char('.')?;
        writer.write_str(&digits[1..])?;
        writer.write_char('Z')
    }
}

/// In a second.
const MICROSECONDS: i64 = 1_000_000;

/// Fields as text.
#[derive(Debug)]
struct Plain;

impl<'writer> FormatFields<'writer> for Plain {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut line = Line {
            writer,
            is_empty: true,
            result: Ok(()),
        };
        fields.record(&mut line);
        line.result
    }
}

struct Line<'writer> {
    writer: Writer<'writer>,
    is_empty: bool,
    result: fmt::Result,
}

impl Line<'_> {
    fn put(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        let is_first = std::mem::replace(&mut self.is_empty, false);
        let write = || {
            if !is_first {
                self.writer.write_char(' ')?;
            }
            // What is said stands for itself.
            if field.name() != "message" {
                self.writer.write_str(field.name())?;
                self.writer.write_char('=')?;
            }
            value(&mut self.writer)
        };
        let written = write();
        self.result = self.result.and(written);
    }
}

impl Visit for Line<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let is_plain = value
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\');
        if is_plain && field.name() != "message" {
            self.put(field, |writer| {
                writer.write_char('"')?;
                writer.write_str(value)?;
                writer.write_char('"')
            });
        } else {
            self.record_debug(field, &value);
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        let value = if value { "true" } else { "false" };
        self.put(field, |writer| writer.write_str(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, |writer| {
            writer.write_str(itoa::Buffer::new().format(value))
        });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, |writer| write!(Escaped(writer), "{value:?}"));
    }
}

/// What is foreign may hold control characters, which would end a line or move a terminal's cursor:
/// they are spelled out.
struct Escaped<'line, 'writer>(&'line mut Writer<'writer>);

impl fmt::Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if !text.contains(char::is_control) {
            return self.0.write_str(text);
        }
        for letter in text.chars() {
            if letter.is_control() {
                write!(self.0, "{}", letter.escape_default())?;
            } else {
                self.0.write_char(letter)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0
                .lock()
                .expect("not poisoned")
                .extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(format: LogFormat, say: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let log = subscriber(format, EnvFilter::new("info"), false, move || {
            writer.clone()
        });
        tracing::subscriber::with_default(log, say);
        let bytes = kept.0.lock().expect("not poisoned").clone();
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn a_line_of_text_has_each_field_by_its_name() {
        let line = written(LogFormat::Text, || {
            tracing::info!(
                reference = "ABC",
                method = %"GET",
                status = 200_u16,
                milliseconds = 0.25,
                from_memory = true,
                late = -3,
                "request"
            );
        });
        let (at, told) = line.split_once("  INFO ").expect("a level");
        assert!(at.parse::<Timestamp>().is_ok(), "{at}");
        assert!(
            told.starts_with("quayfront::log::tests: ")
                && told.ends_with(
                "request reference=\"ABC\" method=GET status=200 milliseconds=0.25 from_memory=true late=-3\n"
            ),
            "{told}"
        );
    }

    #[test]
    fn nothing_foreign_ends_a_line_or_moves_a_cursor() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let lines = written(format, || {
                let foreign = "a\nb\u{1b}[2Kc\r\"d\\";
                tracing::warn!(quoted = foreign, shown = %foreign, "{foreign}");
            });
            assert_eq!(lines.matches('\n').count(), 1, "{lines:?}");
            assert!(
                lines.ends_with('\n') && !lines.contains(['\u{1b}', '\r']),
                "{lines:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_line_has_the_time_to_the_microsecond_whichever_line_was_before(
            times in proptest::collection::vec(-3_000_000_i64..3_000_000, 1..20)
        ) {
            let mut second = Second::NONE;
            for microseconds in times {
                let at = Timestamp::from_microsecond(microseconds).expect("a time");
                let mut written = String::new();
                second.write(&mut written, at).expect("room");
                prop_assert_eq!(written, at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string());
            }
        }
    }
}
