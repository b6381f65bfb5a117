//! Bytes of files that a test or a benchmark makes up, however many.
//!
//! A pattern that is written once and sent over and over: a gigabyte costs no memory, and whoever
//! receives it can tell each byte. How many have gone out is counted, and how many such bodies are
//! still being sent.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use axum::body::{Body, Bytes};
use futures::stream;

/// After so many bytes the pattern begins again: a prime, so that no power of two falls on it.
const PERIOD: u64 = 1_048_573;

/// How much is sent at once.
const PIECE: u64 = 64 << 10;

static PATTERN: LazyLock<Bytes> = LazyLock::new(|| {
    (0..PERIOD)
        .map(|at| (at ^ (at >> 7) ^ (at >> 13)).to_le_bytes()[0])
        .collect()
});

/// What a file holds.
#[derive(Clone, Debug)]
pub enum MadeFile {
    /// These bytes.
    Bytes(Vec<u8>),
    /// So many bytes of the pattern.
    Pattern(u64),
}

impl MadeFile {
    /// All its bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Pattern(length) => {
                let mut bytes = Vec::new();
                while (bytes.len() as u64) < *length {
                    let at = bytes.len() as u64;
                    bytes.extend_from_slice(&pattern(at, length - at));
                }
                bytes
            }
        }
    }
}

/// The pattern from a place on, as far as it goes on in one piece: at most `most` bytes.
#[must_use]
pub fn pattern(from: u64, most: u64) -> Bytes {
    let at = from % PERIOD;
    let end = PERIOD.min(at + most);
    let place = |at: u64| usize::try_from(at).unwrap_or_default();
    PATTERN.slice(place(at)..place(end))
}

/// What has become of made-up bodies.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Bytes that have gone out.
    pub(super) bytes: AtomicU64,
    /// Bodies that are still being sent.
    pub(super) open: AtomicU64,
}

/// One body that is being sent.
struct Open(Arc<Sent>);

impl Open {
    fn new(sent: &Arc<Sent>) -> Self {
        sent.open.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(sent))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A body of the pattern, broken off in the middle if asked for.
pub(super) fn body(length: u64, is_cut: bool, sent: &Arc<Sent>) -> Body {
    let end = if is_cut { length / 2 } else { length };
    let begin = Some((0, Open::new(sent)));
    let pieces = stream::unfold(begin, move |state| async move {
        let (at, open) = state?;
        if at >= end {
            return is_cut.then(|| (Err(std::io::Error::other("cut off")), None));
        }
        let piece = pattern(at, PIECE.min(end - at));
        let length = piece.len() as u64;
        open.0.bytes.fetch_add(length, Ordering::SeqCst);
        Some((Ok(piece), Some((at + length, open))))
    });
    Body::from_stream(pieces)
}
