//! Of when it is what a page shows, and how old that is.

use jiff::Timestamp;

use crate::cache::{Age, Aged};

/// Of when something is: of several answers, the oldest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// When Frappe was asked.
    pub at: Timestamp,
    /// How old that is.
    pub age: Age,
}

impl AsOf {
    /// Of nothing, with which anything may be taken together.
    pub const NOTHING: Self = Self {
        at: Timestamp::MAX,
        age: Age::Fresh,
    };

    /// Of these and those together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            at: self.at.min(other.at),
            age: self.age.max(other.age),
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
        }
    }
}
