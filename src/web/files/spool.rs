//! Files that are kept for a moment, because somebody asked for a part of them.
//!
//! Frappe sends a file from its beginning to its end and knows no ranges (`file_private_range`). So
//! for a part, a file up to a size is read whole, once for however many parts are asked for at the
//! same time, and kept as long as a document is fresh, for this user and this file of this document.
//! It promises a bound on what is kept, and another on what is being read meanwhile; and whoever asks
//! has been found to have the file before anything is given to him.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use crate::cache::{Age, Ages, Memory, Owned, Room, Same, Sequence, Since, Verdict, Weigh};
use crate::clock::Clock;
use crate::config::Files;
use crate::frappe::{DocumentName, FileBytes, FilePath, UserId};
use crate::portal::files::File;
use crate::portal::page::{Page, PageName};
use crate::portal::{Error, Visit};

/// How many files are read at once.
const READING: usize = 2;

/// Whose file of which document.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SpoolKey {
    user: UserId,
    page: PageName,
    document: DocumentName,
    file: DocumentName,
    path: FilePath,
}

impl SpoolKey {
    /// The key of a file that this visitor was found to have.
    #[must_use]
    pub fn new(visit: &Visit, page: &Page, document: &DocumentName, file: &File) -> Self {
        Self {
            user: visit.caller().user.clone(),
            page: page.name.clone(),
            document: document.clone(),
            file: file.id.clone(),
            path: file.path().clone(),
        }
    }
}

/// A whole file.
#[derive(Debug)]
pub struct Spooled {
    /// Its bytes.
    pub bytes: Bytes,
    /// Their hash, as a strong entity tag.
    pub etag: HeaderValue,
}

impl Spooled {
    fn new(mut bytes: Vec<u8>) -> Self {
        // What was kept for more would not be counted.
        bytes.shrink_to_fit();
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(&bytes));
        Self {
            bytes: bytes.into(),
            etag: HeaderValue::try_from(format!("\"{hash}\""))
                .unwrap_or(HeaderValue::from_static("\"\"")),
        }
    }
}

impl Owned for SpoolKey {
    type Owner = UserId;

    fn owner(&self) -> &UserId {
        &self.user
    }
}

impl Weigh for SpoolKey {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.user.as_str().len() + 3 * 64 + self.path.as_str().len()
    }
}

impl Weigh for Spooled {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.bytes.len()
    }
}

impl Same for Spooled {}

/// Why a file is not in the spool.
#[derive(Debug)]
pub enum Unspooled {
    /// It is too large. What was read of it, and the rest.
    Large {
        /// Its beginning.
        begun: Bytes,
        /// What follows.
        rest: Box<FileBytes>,
    },
    /// It cannot be had.
    Failed(Error),
}

/// The spool.
#[derive(Debug)]
pub struct Spool {
    files: Memory<SpoolKey, Spooled>,
    reading: Semaphore,
    largest: u64,
    ages: Ages,
}

impl Spool {
    /// A spool with the bounds of the settings, in which files are as fresh as documents.
    #[must_use]
    pub fn new(settings: &Files, fresh: Duration, clock: Clock) -> Self {
        let bytes = settings.spool.bytes();
        let room = Room {
            bytes,
            share: (bytes / 2).max(settings.largest_range.bytes()),
            longest: fresh,
        };
        Self {
            files: Memory::new(room, clock, Sequence::default()),
            reading: Semaphore::new(READING),
            largest: settings.largest_range.bytes(),
            ages: Ages::fresh_only(fresh),
        }
    }

    /// The largest file of which parts are given, in bytes.
    #[must_use]
    pub const fn largest(&self) -> u64 {
        self.largest
    }

    /// A file that is kept.
    pub fn fresh(&self, key: &SpoolKey) -> Option<Arc<Spooled>> {
        let kept = self.files.look(key, &self.ages, Since::ever)?;
        (kept.age == Age::Fresh).then_some(kept.value)
    }

    /// A file that is kept, or what `open` opens, read whole.
    ///
    /// # Errors
    /// When it is too large to be kept, or cannot be had.
    pub async fn get(
        &self,
        key: SpoolKey,
        open: impl Future<Output = Result<FileBytes, Error>>,
    ) -> Result<Arc<Spooled>, Unspooled> {
        let read = async {
            let _turn = self.reading.acquire().await;
            let bytes = open.await.map_err(Unspooled::Failed)?;
            self.read(bytes).await
        };
        let read = Box::pin(read);
        let got = self
            .files
            .get(key, &self.ages, Since::ever, |_| Verdict::Forget, read)
            .await?;
        Ok(got.answer().value)
    }

    async fn read(&self, mut bytes: FileBytes) -> Result<Spooled, Unspooled> {
        let mut read = Vec::new();
        let is_large = |length: u64| length > self.largest;
        if bytes.length().is_some_and(is_large) {
            return Err(Unspooled::Large {
                begun: Bytes::new(),
                rest: Box::new(bytes),
            });
        }
        loop {
            let next = bytes.next().await;
            match next
                .map_err(|outage| Unspooled::Failed(crate::frappe::Error::from(outage).into()))?
            {
                None => return Ok(Spooled::new(read)),
                Some(piece) => read.extend_from_slice(&piece),
            }
            if is_large(read.len() as u64) {
                return Err(Unspooled::Large {
                    begun: read.into(),
                    rest: Box::new(bytes),
                });
            }
        }
    }
}
