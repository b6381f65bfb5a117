//! The time, passed in wherever it decides anything, so that tests decide it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// Where the time comes from. Cheap to clone; every part of the program holds the same one.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    /// Since when it runs, for what must not jump when the machine's clock is set.
    System(Instant),
    Manual {
        start: Timestamp,
        now: Arc<Mutex<Timestamp>>,
    },
}

impl Clock {
    /// The machine's own clock.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one home of the time"
    )]
    pub fn system() -> Self {
        Self(Source::System(Instant::now()))
    }

    /// A clock that stands still until [`Clock::advance`] moves it. Clones move together.
    #[must_use]
    pub fn manual(start: Timestamp) -> Self {
        let now = Arc::new(Mutex::new(start));
        Self(Source::Manual { start, now })
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            #[expect(
                clippy::disallowed_methods,
                reason = "this is the one home of the time"
            )]
            Source::System(_) => Timestamp::now(),
            Source::Manual { now, .. } => *now.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// How long the clock runs: grows evenly, whatever the machine's clock is set to meanwhile.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        match &self.0 {
            Source::System(start) => start.elapsed(),
            Source::Manual { start, .. } => {
                Duration::try_from(self.now().duration_since(*start)).unwrap_or_default()
            }
        }
    }

    /// Moves a manual clock; the system's clock stays as it is.
    pub fn advance(&self, by: SignedDuration) {
        if let Source::Manual { now, .. } = &self.0 {
            let mut now = now.lock().unwrap_or_else(PoisonError::into_inner);
            *now = now.saturating_add(by).unwrap_or(*now);
        }
    }
}

/// Limits on how often something may happen go by the same clock.
impl governor::clock::Clock for Clock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.uptime()
    }
}
