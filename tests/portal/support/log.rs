//! What the portal writes to its log while a test runs.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

use tracing_subscriber::fmt::MakeWriter;

thread_local! {
    // A test runs on a thread of its own, and so does all that it starts.
    static WRITTEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The log of this test alone.
pub struct Log;

struct ToThisThread;

impl io::Write for ToThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        WRITTEN.with_borrow_mut(|written| written.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for ToThisThread {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

impl Log {
    /// Begins to listen. Every world does, so that no line is lost whichever test is the first.
    pub fn begin() -> Self {
        static BEGUN: Once = Once::new();
        BEGUN.call_once(|| {
            tracing_subscriber::fmt()
                .with_ansi(false)
                .with_max_level(tracing::Level::DEBUG)
                .with_writer(ToThisThread)
                .init();
        });
        WRITTEN.with_borrow_mut(Vec::clear);
        Self
    }

    /// The lines so far.
    #[expect(
        clippy::unused_self,
        reason = "whoever reads must have begun to listen"
    )]
    pub fn lines(&self) -> Vec<String> {
        WRITTEN.with_borrow(|written| {
            String::from_utf8_lossy(written)
                .lines()
                .map(str::to_owned)
                .collect()
        })
    }
}
