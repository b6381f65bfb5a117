//! A ZIP that is written while it is read.
//!
//! The library writes and compresses on a thread of its own; what comes out goes to the visitor, and
//! what goes in waits while he is busy. Entries have data descriptors, for nothing is known of them
//! before they have passed, and ZIP64 forms where they may be as large as that needs. An archive that
//! is not finished is broken off: no directory is written that would make it look whole.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Bytes;
use jiff::civil::DateTime;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use zip::result::ZipResult;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use crate::web::stream::{Left, Sink};

/// How many pieces wait to be compressed.
const WAITING: usize = 4;

/// How much is gathered before it is sent.
const PIECE: usize = 64 << 10;

/// Papers are PDF and pictures, which are compressed already: more effort finds little more.
const EFFORT: i64 = 1;

/// How long an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// So many bytes.
    Known(u64),
    /// Any number.
    Unknown,
}

impl Length {
    /// Whether the entry needs the larger form: also a little below its limit, for what cannot be
    /// compressed grows.
    const fn is_large(self) -> bool {
        match self {
            Self::Known(length) => length >= 0xFF00_0000,
            Self::Unknown => true,
        }
    }
}

#[derive(Debug)]
enum Step {
    Entry {
        name: String,
        length: Length,
        modified: DateTime,
    },
    Bytes(Bytes),
    Finish,
}

/// A ZIP on its way to a visitor. Dropped before it is finished, it is broken off.
#[derive(Debug)]
pub struct Writer {
    steps: mpsc::Sender<Step>,
}

impl Writer {
    /// A ZIP that goes into this body.
    pub fn begin(sink: Sink) -> Self {
        let (steps, waiting) = mpsc::channel(WAITING);
        let runtime = Handle::current();
        tokio::task::spawn_blocking(move || {
            if let Err(problem) = write(waiting, &sink, &runtime) {
                tracing::warn!(%problem, "an archive was not written to its end");
            }
        });
        Self { steps }
    }

    /// Begins an entry; what follows belongs to it.
    pub async fn entry(
        &self,
        name: String,
        length: Length,
        modified: DateTime,
    ) -> Result<(), Left> {
        let entry = Step::Entry {
            name,
            length,
            modified,
        };
        self.step(entry).await
    }

    /// Adds to the entry.
    pub async fn bytes(&self, bytes: Bytes) -> Result<(), Left> {
        self.step(Step::Bytes(bytes)).await
    }

    /// Writes the directory: the archive is whole.
    pub async fn finish(self) -> Result<(), Left> {
        self.step(Step::Finish).await?;
        self.steps.closed().await;
        Ok(())
    }

    /// Ready when nobody reads any more.
    pub async fn left(&self) {
        self.steps.closed().await;
    }

    async fn step(&self, step: Step) -> Result<(), Left> {
        self.steps.send(step).await.map_err(|_| Left)
    }
}

fn write(mut steps: mpsc::Receiver<Step>, sink: &Sink, runtime: &Handle) -> ZipResult<()> {
    let is_given_up = Arc::new(AtomicBool::new(false));
    let out = Out {
        sink: sink.clone(),
        runtime: runtime.clone(),
        gathered: Vec::with_capacity(PIECE),
        is_given_up: Arc::clone(&is_given_up),
    };
    let mut zip = ZipWriter::new_stream(out);
    let filled = fill(&mut zip, &mut steps, &is_given_up);
    if !matches!(filled, Ok(Filled::Whole)) {
        // The library writes a directory when it is dropped; it goes nowhere.
        is_given_up.store(true, Ordering::Relaxed);
        drop(zip);
        return filled.map(drop);
    }
    zip.finish()?.into_inner().flush()?;
    if !is_given_up.load(Ordering::Relaxed) {
        // Whether anybody heard the end makes no difference any more.
        let _ = runtime.block_on(sink.end());
    }
    Ok(())
}

/// How far an archive has come.
enum Filled {
    /// Everything is in it.
    Whole,
    /// Its maker, or its reader, has left.
    Part,
}

fn fill(
    zip: &mut ZipWriter<StreamWriter<Out>>,
    steps: &mut mpsc::Receiver<Step>,
    is_given_up: &AtomicBool,
) -> ZipResult<Filled> {
    while let Some(step) = steps.blocking_recv() {
        match step {
            Step::Entry {
                name,
                length,
                modified,
            } => zip.start_file(name, options(length, modified))?,
            Step::Bytes(bytes) => zip.write_all(&bytes)?,
            Step::Finish => return Ok(Filled::Whole),
        }
        if is_given_up.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok(Filled::Part)
}

fn options(length: Length, modified: DateTime) -> SimpleFileOptions {
    // ZIP knows years from 1980 to 2107.
    let small = |number: i8| u8::try_from(number).unwrap_or_default();
    let modified = zip::DateTime::from_date_and_time(
        u16::try_from(modified.year()).unwrap_or_default(),
        small(modified.month()),
        small(modified.day()),
        small(modified.hour()),
        small(modified.minute()),
        small(modified.second()),
    );
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(EFFORT))
        .large_file(length.is_large())
        .last_modified_time(modified.unwrap_or_default())
}

/// Where the library writes to. After the visitor has left it takes everything and passes nothing on.
struct Out {
    sink: Sink,
    runtime: Handle,
    gathered: Vec<u8>,
    is_given_up: Arc<AtomicBool>,
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let gathered = std::mem::replace(&mut self.gathered, Vec::with_capacity(PIECE));
        if gathered.is_empty() || self.is_given_up.load(Ordering::Relaxed) {
            return Ok(());
        }
        if self.runtime.block_on(self.sink.send(gathered)).is_err() {
            self.is_given_up.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}
