//! Of when it is what a page shows, and how old that is.

use std::hash::Hash;

use jiff::Timestamp;

use crate::cache::{Age, Aged, Version};

/// Of when something is: of several answers, the oldest; and which answers they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// When Frappe was asked.
    pub at: Timestamp,
    /// How old that is.
    pub age: Age,
    /// Which version it is: another one where what is told of any of the answers has changed.
    pub version: Version,
}

impl AsOf {
    /// Of nothing, with which anything may be taken together.
    pub const NOTHING: Self = Self {
        at: Timestamp::MAX,
        age: Age::Fresh,
        version: Version::NOTHING,
    };

    /// Of these and those together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            at: self.at.min(other.at),
            age: self.age.max(other.age),
            version: self.version.and(other.version),
        }
    }

    /// The same, where no more is told of the answers than this.
    #[must_use]
    pub fn telling(self, told: &impl Hash) -> Self {
        Self {
            version: Version::of(told),
            ..self
        }
    }

    /// Whether Frappe is being, or could not be, asked again.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.age != Age::Fresh
    }

    /// Whether it is shown only because Frappe cannot be reached.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.age == Age::Expired
    }
}

impl<V> From<&Aged<V>> for AsOf {
    fn from(answer: &Aged<V>) -> Self {
        Self {
            at: answer.asked_at,
            age: answer.age,
            version: Version::of(&answer.version),
        }
    }
}
