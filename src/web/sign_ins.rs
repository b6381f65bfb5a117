//! How many sign-ins there were, and how they ended: numbers, and nobody's name.

use std::sync::{Mutex, PoisonError};

use crate::clock::Clock;
use crate::frappe::Error;

/// How a sign-in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// In a session.
    Succeeded,
    /// With a wrong password or code.
    Refused,
    /// Here, by the portal's own limits.
    Limited,
    /// By Frappe's lock-out.
    LockedOut,
    /// Without an answer of Frappe's.
    Unanswered,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Succeeded,
        Self::Refused,
        Self::Limited,
        Self::LockedOut,
        Self::Unanswered,
    ];

    /// How one ended that Frappe answered so.
    pub const fn of(error: &Error) -> Self {
        match error {
            Error::LockedOut { .. } | Error::RateLimited { .. } => Self::LockedOut,
            _ => Self::Unanswered,
        }
    }

    /// What machines call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Refused => "refused",
            Self::Limited => "limited",
            Self::LockedOut => "locked_out",
            Self::Unanswered => "unanswered",
        }
    }

    /// What people call it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::Refused => "Wrong password or code",
            Self::Limited => "Refused by the portal's limits",
            Self::LockedOut => "Locked out by Frappe",
            Self::Unanswered => "Not answered by Frappe",
        }
    }
}

/// So many of each.
pub type Counts = [u64; Outcome::ALL.len()];

const MINUTES: usize = 60;

/// The sign-ins of the last hour, by the minute, and of all time.
#[derive(Debug)]
pub struct SignIns {
    clock: Clock,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    minutes: [Minute; MINUTES],
    all: Counts,
}

#[derive(Clone, Copy, Debug, Default)]
struct Minute {
    /// Which one since the epoch.
    number: i64,
    counts: Counts,
}

impl SignIns {
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            kept: Mutex::new(Kept {
                minutes: [Minute::default(); MINUTES],
                all: Counts::default(),
            }),
        }
    }

    /// Counts one.
    pub fn note(&self, outcome: Outcome) {
        let number = self.minute();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.all[outcome as usize] += 1;
        let place = usize::try_from(number.rem_euclid(60)).unwrap_or_default();
        let minute = &mut kept.minutes[place];
        if minute.number != number {
            *minute = Minute {
                number,
                counts: Counts::default(),
            };
        }
        minute.counts[outcome as usize] += 1;
    }

    /// Those of the last hour.
    pub fn last_hour(&self) -> Counts {
        let now = self.minute();
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut counts = Counts::default();
        for minute in &kept.minutes {
            if (now - 59..=now).contains(&minute.number) {
                for (sum, count) in counts.iter_mut().zip(minute.counts) {
                    *sum += count;
                }
            }
        }
        counts
    }

    /// Those since the start.
    pub fn all(&self) -> Counts {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).all
    }

    fn minute(&self) -> i64 {
        self.clock.now().as_second().div_euclid(60)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;

    #[test]
    fn an_hour_is_remembered_and_nothing_older() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1_000));
        let sign_ins = SignIns::new(clock.clone());
        assert_eq!(sign_ins.last_hour(), [0; 5]);
        sign_ins.note(Outcome::Succeeded);
        sign_ins.note(Outcome::Refused);
        clock.advance(SignedDuration::from_mins(30));
        sign_ins.note(Outcome::Refused);
        assert_eq!(sign_ins.last_hour(), [1, 2, 0, 0, 0]);
        clock.advance(SignedDuration::from_mins(30));
        assert_eq!(sign_ins.last_hour(), [0, 1, 0, 0, 0]);
        sign_ins.note(Outcome::LockedOut);
        clock.advance(SignedDuration::from_hours(24));
        assert_eq!(sign_ins.last_hour(), [0; 5]);
        assert_eq!(sign_ins.all(), [1, 2, 0, 1, 0]);
    }
}
