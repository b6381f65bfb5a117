//! The circuit breaker: a site that failed several times in a row is left alone for a while.
//!
//! It promises that while it is open nothing is asked, that after the settled time exactly one
//! question may try (*probation*), and that this one decides: an answer shuts the breaker, a failure
//! opens it again. A question that is given up midway decides nothing. What counts as a failure is
//! for the caller to say; the time comes from the clock that was passed in.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::connection::BreakerSettings;
use crate::clock::Clock;

/// Lets questions pass, or not.
#[derive(Debug)]
pub struct Breaker {
    settings: BreakerSettings,
    clock: Clock,
    state: Mutex<State>,
    /// When the site answered last, in milliseconds since the epoch; 0 for never.
    answered: AtomicI64,
}

/// How a site stands, as the questions to it have found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether questions are turned away, because too many have failed.
    pub is_open: bool,
    /// Whether one question is let through to see whether the site is well again.
    pub on_probation: bool,
    /// When it answered last.
    pub answered: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Everything passes. So many failures in a row until now.
    Shut { failures: u32 },
    /// Nothing passes before then.
    Open { until: Timestamp },
    /// One question is trying.
    Probation,
}

impl Breaker {
    /// A breaker that is shut.
    #[must_use]
    pub const fn new(settings: BreakerSettings, clock: Clock) -> Self {
        Self {
            settings,
            clock,
            state: Mutex::new(State::Shut { failures: 0 }),
            answered: AtomicI64::new(0),
        }
    }

    /// How the site stands.
    pub fn standing(&self) -> Standing {
        let state = *self.state();
        let answered = self.answered.load(Ordering::Relaxed);
        Standing {
            is_open: matches!(state, State::Open { .. }),
            on_probation: state == State::Probation,
            answered: (answered != 0)
                .then(|| Timestamp::from_millisecond(answered).ok())
                .flatten(),
        }
    }

    /// Whether a question would be turned away now.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match *self.state() {
            State::Shut { .. } => false,
            State::Open { until } => self.clock.now() < until,
            State::Probation => true,
        }
    }

    /// Whether all is well: it has not opened, or an answer has shut it again.
    #[must_use]
    pub fn is_shut(&self) -> bool {
        matches!(*self.state(), State::Shut { .. })
    }

    /// Lets one question pass, unless the breaker is open. Its outcome is told to the [`Pass`].
    pub fn admit(&self) -> Option<Pass<'_>> {
        let mut state = self.state();
        let on_probation = match *state {
            State::Shut { .. } => false,
            State::Open { until } if self.clock.now() >= until => {
                *state = State::Probation;
                true
            }
            State::Open { .. } | State::Probation => return None,
        };
        Some(Pass {
            breaker: self,
            on_probation,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened(&self) -> State {
        let open_for =
            SignedDuration::try_from(self.settings.open_for).unwrap_or(SignedDuration::MAX);
        let until = self.clock.now().saturating_add(open_for);
        State::Open {
            until: until.unwrap_or(Timestamp::MAX),
        }
    }
}

/// One question on its way. Dropped without an outcome, it decides nothing.
#[derive(Debug)]
pub struct Pass<'a> {
    breaker: &'a Breaker,
    on_probation: bool,
}

impl Pass<'_> {
    /// The site answered.
    pub fn succeeded(mut self) {
        let now = self.breaker.clock.now().as_millisecond();
        self.breaker.answered.store(now, Ordering::Relaxed);
        let mut state = self.breaker.state();
        if self.on_probation || matches!(*state, State::Shut { .. }) {
            *state = State::Shut { failures: 0 };
        }
        self.on_probation = false;
    }

    /// The site failed.
    pub fn failed(mut self) {
        let mut state = self.breaker.state();
        *state = match *state {
            _ if self.on_probation => self.breaker.opened(),
            State::Shut { failures } if failures + 1 < self.breaker.settings.failures => {
                State::Shut {
                    failures: failures + 1,
                }
            }
            State::Shut { .. } => self.breaker.opened(),
            // It was asked before the breaker opened, and tells nothing new.
            other => other,
        };
        self.on_probation = false;
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.on_probation {
            *self.breaker.state() = State::Open {
                until: self.breaker.clock.now(),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn breaker() -> (Breaker, Clock) {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let settings = BreakerSettings {
            failures: 3,
            open_for: Duration::from_secs(5),
        };
        (Breaker::new(settings, clock.clone()), clock)
    }

    fn opened() -> (Breaker, Clock) {
        let (breaker, clock) = breaker();
        for _ in 0..3 {
            breaker.admit().unwrap().failed();
        }
        (breaker, clock)
    }

    #[test]
    fn failures_in_a_row_open_it() {
        let (breaker, _clock) = opened();
        assert!(breaker.is_open() && !breaker.is_shut());
        assert!(breaker.admit().is_none());
    }

    #[test]
    fn an_answer_in_between_starts_the_count_again() {
        let (breaker, _clock) = breaker();
        for _ in 0..2 {
            breaker.admit().unwrap().failed();
        }
        breaker.admit().unwrap().succeeded();
        for _ in 0..2 {
            breaker.admit().unwrap().failed();
        }
        assert!(!breaker.is_open());
    }

    #[test]
    fn after_a_while_one_question_may_try_and_an_answer_shuts_it() {
        let (breaker, clock) = opened();
        clock.advance(SignedDuration::from_secs(5));
        assert!(!breaker.is_open());
        let probe = breaker.admit().unwrap();
        assert!(breaker.admit().is_none());
        assert!(!breaker.is_shut());
        probe.succeeded();
        assert!(breaker.is_shut());
        assert!(breaker.admit().is_some());
    }

    #[test]
    fn a_failure_on_probation_opens_it_again() {
        let (breaker, clock) = opened();
        clock.advance(SignedDuration::from_secs(5));
        breaker.admit().unwrap().failed();
        assert!(breaker.admit().is_none());
        clock.advance(SignedDuration::from_secs(5));
        assert!(breaker.admit().is_some());
    }

    #[test]
    fn a_probe_that_is_given_up_lets_the_next_one_try() {
        let (breaker, clock) = opened();
        clock.advance(SignedDuration::from_secs(5));
        drop(breaker.admit());
        assert!(breaker.admit().is_some());
    }

    #[test]
    fn a_late_answer_from_before_it_opened_changes_nothing() {
        let (breaker, _clock) = breaker();
        let late = breaker.admit().unwrap();
        for _ in 0..3 {
            breaker.admit().unwrap().failed();
        }
        late.succeeded();
        assert!(breaker.is_open());
    }
}
