//! Chaos: a site that is slow, failing, broken off half-way or in maintenance, in changing phases.
//!
//! The schedule is an endless list of [`Phase`]s that follows from the randomness passed in alone:
//! a calm beginning, then rounds in which every [`Trouble`] comes once, in shuffled order, each for
//! 10 to 20 seconds and each followed by as long a calm. [`Chaos::tick`] holds it against the time
//! passed in and works the same switches as the tests: [`Site::set_fault`] and
//! [`Site::set_maintenance`].

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rand::seq::SliceRandom as _;
use rand::{Rng, RngExt as _};

use super::faults::Fault;
use super::site::Site;

/// Long enough to sign in.
const BEGINNING: u32 = 20;
/// How many seconds a phase lasts, at least and at most.
const SECONDS: std::ops::RangeInclusive<u32> = 10..=20;
/// What a slow answer takes more.
const SLOW: Duration = Duration::from_secs(3);
/// What an answer takes more that nobody waits for.
const STUCK: Duration = Duration::from_mins(1);

/// What is wrong with the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// Nothing.
    None,
    /// Every answer takes three seconds more.
    Slow,
    /// Every answer takes a minute: longer than anybody waits.
    Stuck,
    /// Connections are closed without an answer.
    Refusing,
    /// An nginx in front answers 502 in the site's place.
    Failing,
    /// Answers are said to be JSON and are not.
    Garbled,
    /// Answers break off in the middle of the body.
    CutOff,
    /// The site is in maintenance.
    Maintenance,
}

impl Trouble {
    /// Each that is one, in the order before shuffling.
    pub const ALL: [Self; 7] = [
        Self::Slow,
        Self::Stuck,
        Self::Refusing,
        Self::Failing,
        Self::Garbled,
        Self::CutOff,
        Self::Maintenance,
    ];

    /// Brings a site into this state, whatever it was in.
    pub fn befall(self, site: &Site) {
        site.set_fault(match self {
            Self::None | Self::Maintenance => None,
            Self::Slow => Some(Fault::Slow(SLOW)),
            Self::Stuck => Some(Fault::Slow(STUCK)),
            Self::Refusing => Some(Fault::Refuse),
            Self::Failing => Some(Fault::Status(502)),
            Self::Garbled => Some(Fault::Garbage),
            Self::CutOff => Some(Fault::Truncated),
        });
        site.set_maintenance(self == Self::Maintenance);
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::None => "answers as it should",
            Self::Slow => "takes three seconds more for every answer",
            Self::Stuck => "takes a minute for every answer",
            Self::Refusing => "closes connections without an answer",
            Self::Failing => "is away, and an nginx answers 502 in its place",
            Self::Garbled => "answers what is no JSON",
            Self::CutOff => "breaks off in the middle of every answer",
            Self::Maintenance => "is in maintenance",
        })
    }
}

/// A time with one trouble, or with none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// What is wrong.
    pub trouble: Trouble,
    /// For how many seconds.
    pub seconds: u32,
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trouble, seconds } = self;
        write!(formatter, "for {seconds} s the ERP {trouble}")
    }
}

/// The phases of a site, one after the other. As an iterator it is the bare schedule, without end.
#[derive(Debug)]
pub struct Chaos<R> {
    random: R,
    /// What is still to come in this round, the next one last.
    round: Vec<Trouble>,
    last: Option<Trouble>,
    ends: Option<Timestamp>,
}

impl<R: Rng> Chaos<R> {
    /// A schedule that has not begun. The same randomness makes the same schedule.
    pub const fn new(random: R) -> Self {
        Self {
            random,
            round: Vec::new(),
            last: None,
            ends: None,
        }
    }

    /// Begins the next phase if it is time to, and says which one. A clock that has leapt skips
    /// none.
    pub fn tick(&mut self, site: &Site, now: Timestamp) -> Option<Phase> {
        if self.ends.is_some_and(|ends| now < ends) {
            return None;
        }
        let phase = self.next()?;
        phase.trouble.befall(site);
        let length = SignedDuration::from_secs(phase.seconds.into());
        self.ends = Some(now.saturating_add(length).unwrap_or(Timestamp::MAX));
        Some(phase)
    }
}

impl<R: Rng> Iterator for Chaos<R> {
    type Item = Phase;

    fn next(&mut self) -> Option<Phase> {
        let (trouble, seconds) = match self.last {
            None => (Trouble::None, BEGINNING),
            Some(Trouble::None) => {
                if self.round.is_empty() {
                    self.round.extend(Trouble::ALL);
                    self.round.shuffle(&mut self.random);
                }
                (self.round.pop()?, self.random.random_range(SECONDS))
            }
            Some(_) => (Trouble::None, self.random.random_range(SECONDS)),
        };
        self.last = Some(trouble);
        Some(Phase { trouble, seconds })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;
    use crate::clock::Clock;

    fn chaos(seed: u64) -> Chaos<StdRng> {
        Chaos::new(StdRng::seed_from_u64(seed))
    }

    #[test]
    fn every_trouble_comes_once_in_a_round_and_calm_follows_each() {
        let phases: Vec<Phase> = chaos(7).take(1 + 4 * Trouble::ALL.len()).collect();
        assert_eq!(phases[0].trouble, Trouble::None);
        for round in phases[1..].chunks(2 * Trouble::ALL.len()) {
            let (troubles, calms): (Vec<_>, Vec<_>) = round
                .iter()
                .map(|phase| phase.trouble)
                .partition(|trouble| *trouble != Trouble::None);
            assert_eq!(calms.len(), Trouble::ALL.len());
            let troubles: BTreeSet<_> = troubles.into_iter().collect();
            assert_eq!(troubles, BTreeSet::from(Trouble::ALL));
            assert!(
                round
                    .iter()
                    .step_by(2)
                    .all(|phase| phase.trouble != Trouble::None)
            );
        }
        assert!(phases.iter().all(|phase| SECONDS.contains(&phase.seconds)));
    }

    #[test]
    fn the_same_randomness_makes_the_same_schedule_and_another_makes_another() {
        let schedule = |seed| chaos(seed).take(60).collect::<Vec<_>>();
        assert_eq!(schedule(1), schedule(1));
        assert_ne!(schedule(1), schedule(2));
    }

    #[test]
    fn phases_change_by_the_clock_and_work_the_switches_of_the_tests() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let site = Site::demo(clock.clone()).unwrap();
        let mut chaos = chaos(3);
        let first = chaos.tick(&site, clock.now()).unwrap();
        assert_eq!(first.seconds, BEGINNING);
        assert_eq!(chaos.tick(&site, clock.now()), None);
        let mut seen = BTreeSet::new();
        let mut lasts = first.seconds;
        for _ in 0..2 * Trouble::ALL.len() {
            clock.advance(SignedDuration::from_secs(i64::from(lasts) - 1));
            assert_eq!(chaos.tick(&site, clock.now()), None);
            clock.advance(SignedDuration::from_secs(1));
            let phase = chaos.tick(&site, clock.now()).unwrap();
            seen.insert(phase.trouble);
            lasts = phase.seconds;
            assert_eq!(
                site.state().maintenance,
                phase.trouble == Trouble::Maintenance
            );
            let is_sound = matches!(phase.trouble, Trouble::None | Trouble::Maintenance);
            assert_eq!(site.faults.lock().unwrap().of("/").is_none(), is_sound);
        }
        assert_eq!(seen.len(), 1 + Trouble::ALL.len());
    }
}
