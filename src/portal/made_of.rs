//! What a page was made of, so that whoever keeps the finished page knows how long it holds.
//!
//! A visit writes down each answer that it is given. What came of a visit is as it would be made
//! again as long as all of its answers are fresh, nothing was marked that concerns one of them or what
//! he may read, and his customers and the menu that he is to have are the same. It is never longer than a minute, because pages say
//! what is late by now, and never past midnight on the site, because views reach back so many days.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Visit;
use super::answers::{Answer, Question};
use super::marks::{Tag, TagHash};
use super::menu::Reach;
use super::scope::Scope;
use super::scope_digest::ScopeDigest;
use crate::cache::{Age, Aged, Ages};

/// How long at the most what was made holds.
const LONGEST: SignedDuration = SignedDuration::from_mins(1);

/// What a visit was told until now.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<Answers>);

#[derive(Debug, Default)]
struct Answers {
    /// Whether there was something that may be otherwise the next time: an answer that was not
    /// fresh, or none.
    is_passing: bool,
    until: Option<Timestamp>,
    tags: Vec<TagHash>,
}

/// What a page was made of.
#[derive(Debug)]
pub struct MadeOf {
    from: Timestamp,
    until: Timestamp,
    /// The number at which the visit began. Whatever was marked until then, each answer was held
    /// against as it was looked at.
    number: u64,
    tags: Vec<TagHash>,
    scope: ScopeDigest,
    reach: Reach,
    /// Up to which number nothing was marked that concerns it.
    seen: AtomicU64,
}

impl Told {
    /// What is told to whoever makes nothing that is remembered: a visit from memory shows a page that
    /// is there, or what stands around an error.
    pub(super) fn passing() -> Arc<Self> {
        static PASSING: LazyLock<Arc<Told>> = LazyLock::new(|| {
            let answers = Answers {
                is_passing: true,
                ..Answers::default()
            };
            Arc::new(Told(Mutex::new(answers)))
        });
        Arc::clone(&PASSING)
    }

    /// Writes down an answer, or that there was none.
    pub(super) fn note(
        &self,
        visit: &Visit,
        question: &Question,
        scope: &Scope,
        ages: &Ages,
        answer: Option<&Aged<Answer>>,
    ) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_passing {
            return;
        }
        let until = answer
            .filter(|answer| answer.age == Age::Fresh)
            .and_then(|answer| answer.asked_at.checked_add(ages.fresh()).ok());
        let Some(until) = until else {
            told.is_passing = true;
            return;
        };
        told.until = Some(told.until.map_or(until, |earlier| earlier.min(until)));
        let marks = &visit.portal.marks;
        let tags = question.tags(scope).map(|tag| marks.hash(tag));
        told.tags.extend(tags);
    }
}

impl Visit {
    /// What was made of what this visit was told since it began; `None` when that does not hold
    /// beyond now.
    #[must_use]
    pub fn made_of(&self) -> Option<MadeOf> {
        let told = self.told.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_passing || self.away.is_some() {
            return None;
        }
        let (portal, user) = (&self.portal, &self.caller.user);
        let from = portal.clock.now();
        let zone = &portal.time_zone;
        let midnight = from.to_zoned(zone.clone()).tomorrow().ok()?;
        let midnight = midnight.start_of_day().ok()?.timestamp();
        let longest = from.checked_add(LONGEST).ok()?.min(midnight);
        let mut tags = told.tags.clone();
        tags.extend([Tag::User(user), Tag::Menu(user)].map(|tag| portal.marks.hash(tag)));
        tags.sort_unstable();
        tags.dedup();
        Some(MadeOf {
            from,
            until: told.until.map_or(longest, |until| until.min(longest)),
            number: self.begun,
            tags,
            scope: self.scope_digest(),
            reach: self.reach.clone(),
            seen: AtomicU64::new(0),
        })
    }

    /// Whether what was made of this, for this visit's user, would be the same if it were made now.
    #[must_use]
    pub fn holds(&self, made_of: &MadeOf) -> bool {
        let now = self.portal.clock.now();
        // Before it was made, the clock was set back and nothing is known.
        if self.away.is_some() || now < made_of.from || now >= made_of.until {
            return false;
        }
        if self.scope_digest() != made_of.scope || self.reach != made_of.reach {
            return false;
        }
        let seen = made_of.seen.load(Ordering::Acquire);
        let marks = &self.portal.marks;
        match marks.unmarked(made_of.number, seen, &self.caller.user, &made_of.tags) {
            Some(current) => {
                made_of.seen.store(current, Ordering::Release);
                true
            }
            None => false,
        }
    }
}

impl MadeOf {
    /// How long it holds at the most, from when it was made.
    #[must_use]
    pub const fn longest() -> Duration {
        LONGEST.unsigned_abs()
    }

    /// The bytes that it takes.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Self>() + self.tags.len() * size_of::<TagHash>()
    }
}
