//! How old an answer is, which one it is, and whether it still counts.
//!
//! Three ages, after RFC 5861 (`stale-while-revalidate`, `stale-if-error`): a *fresh* answer is
//! served as it is; a *stale* one at once, while whoever serves it has it refreshed; an *expired* one
//! only when the question was asked and nobody could answer.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::SignedDuration;

/// Until which age an answer is what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ages {
    fresh: Duration,
    stale: Duration,
    kept: Duration,
}

impl Ages {
    /// Fresh until the first age, stale until the second, kept until the third; a later one that is
    /// shorter than an earlier one ends with it.
    #[must_use]
    pub fn new(fresh: Duration, stale: Duration, kept: Duration) -> Self {
        let stale = stale.max(fresh);
        Self {
            fresh,
            stale,
            kept: kept.max(stale),
        }
    }

    /// Fresh or nothing.
    #[must_use]
    pub const fn fresh_only(fresh: Duration) -> Self {
        Self {
            fresh,
            stale: fresh,
            kept: fresh,
        }
    }

    /// Until which age an answer is served as it is.
    #[must_use]
    pub const fn fresh(&self) -> Duration {
        self.fresh
    }

    /// Until which age an answer is of any use.
    #[must_use]
    pub const fn longest(&self) -> Duration {
        self.kept
    }

    /// How old an answer of this age is; `None` where it is of no use any more.
    pub(super) fn of(&self, age: SignedDuration) -> Option<Age> {
        // An answer from the future means that the clock was set back: its age is unknown.
        let age = Duration::try_from(age).ok()?;
        match age {
            age if age < self.fresh => Some(Age::Fresh),
            age if age < self.stale => Some(Age::Stale),
            age if age < self.kept => Some(Age::Expired),
            _ => None,
        }
    }
}

/// How old an answer is; the older the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Age {
    /// Good as it is.
    Fresh,
    /// Good while it is being refreshed.
    Stale,
    /// Good only while nobody can answer.
    Expired,
}

/// Counts what makes answers be forgotten or asked for anew. An answer belongs to the number at
/// which it was asked for, so that one that was under way meanwhile is known to be too old. Clones
/// count together.
#[derive(Clone, Debug, Default)]
pub struct Sequence(Arc<AtomicU64>);

impl Sequence {
    /// The number of what is asked for now.
    #[must_use]
    pub fn current(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// The next number: what was asked for until now has a smaller one.
    #[must_use]
    pub fn advance(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

/// Which answers still count, by the numbers at which they were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// Those before this one are forgotten.
    pub forgotten: u64,
    /// Those before this one are expired, whatever their age.
    pub expired: u64,
}

impl Since {
    /// All answers count, of whatever number.
    #[must_use]
    pub fn ever(_number: u64) -> Self {
        Self::default()
    }
}

/// Whether an answer says what another one says, so that nobody is told of a change that is none.
pub trait Same {
    /// Whether it does. Where nobody wants to know, each answer is another one.
    fn is_same(&self, _other: &Self) -> bool {
        false
    }
}

/// Which answer it is: one that says something else than the one before it has another version, and one
/// that says the same has the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Version(pub(super) u64);

impl Version {
    /// Of nothing, which with any other is the other.
    pub const NOTHING: Self = Self(0);
    /// Of what is no longer there, which no answer has.
    pub const GONE: Self = Self(u64::MAX);

    /// Of what was made of an answer, where the rest of the answer is not told.
    #[must_use]
    pub fn of(made: &impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        made.hash(&mut hasher);
        Self(hasher.finish())
    }

    /// Of both: another one where either is.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }
}
