//! The log: what each line looks like, as text or as JSON.
//!
//! Text has each field as `name=value`, texts in quotes. The level is coloured where somebody
//! watches. A line is written for every request, so that of a page that is remembered
//! costs about as much as the page: fields are put down as they are, without the detour of formatting.

use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal as _};

use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::{FormatFields, Writer};
use tracing_subscriber::fmt::{MakeWriter, SubscriberBuilder};

use crate::config::LogFormat;

/// What writes the log to the standard error, or wherever `writer` leads.
pub fn subscriber<W>(
    format: LogFormat,
    filter: EnvFilter,
    writer: W,
) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let log = SubscriberBuilder::default()
        .with_env_filter(filter)
        .with_writer(writer);
    match format {
        LogFormat::Text => Box::new(
            log.with_ansi(io::stderr().is_terminal())
                .fmt_fields(Plain)
                .finish(),
        ),
        LogFormat::Json => Box::new(log.json().flatten_event(true).finish()),
    }
}

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
    use std::sync::{Arc, Mutex};

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
        let log = subscriber(format, EnvFilter::new("info"), move || writer.clone());
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
        let (_, told) = line.split_once(" INFO ").expect("a level");
        assert!(
            told.ends_with(
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
}
