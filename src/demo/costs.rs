//! What answers cost a site: the time of its few processors, and its few threads' turns.
//!
//! A discrete model of a bench, gunicorn with two workers of four threads on two processors: who gets
//! a thread shares the processors evenly with the others that have one, who gets none waits for it in
//! the order of coming. The time passes by sleeping and costs the machine nothing. The costs are those
//! that were measured at a real Frappe 15, of one request alone.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::server::Request;
use crate::clock::Clock;

/// How many threads answer at the same time.
const THREADS: usize = 8;
/// How many processors they share.
const PROCESSORS: f64 = 2.0;

/// What a request costs by itself, in milliseconds; a list's 20 rows are in it.
const PING: f64 = 4.4;
const COUNT: f64 = 8.2;
const LIST: f64 = 9.5;
const DOCUMENT: f64 = 16.8;
const ATTACHMENTS: f64 = 38.6;
const FILE: f64 = 15.0;
const SIGN_IN: f64 = 141.0;
const PRINT: f64 = 900.0;
/// What each further row of a list costs: 1,000 are 32 ms.
const ROW: f64 = (32.0 - LIST) / 980.0;

/// What a site's answers cost, and how much of that was spent.
pub struct Costs {
    model: Mutex<Model>,
    changed: Notify,
    clock: Clock,
}

impl Costs {
    /// How many processors there are.
    pub const PROCESSORS: f64 = PROCESSORS;

    /// Those of a bench at rest. They take real time, whatever the site's own clock says.
    #[must_use]
    pub fn measured() -> Self {
        Self {
            model: Mutex::new(Model::default()),
            changed: Notify::new(),
            clock: Clock::system(),
        }
    }

    /// For how long processors were busy since the beginning, all of them together.
    #[must_use]
    pub fn busy(&self) -> Duration {
        self.now(|model| Duration::from_secs_f64(model.busy))
    }

    /// The model as it is now. Whoever's turn it has become meanwhile is told, whoever found that out.
    fn now<T>(&self, see: impl FnOnce(&mut Model) -> T) -> T {
        let mut model = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        let has_ended = model.run_until(self.clock.uptime().as_secs_f64());
        let seen = see(&mut model);
        drop(model);
        if has_ended {
            self.changed.notify_waiters();
        }
        seen
    }

    /// Returns when a request has cost what it does.
    pub(super) async fn spend(&self, request: &Request, answer: &[u8]) {
        let cost = cost(request, answer) / 1_000.0;
        let number = self.now(|model| model.begin(cost));
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let state = self.now(|model| model.state_of(number));
            match state {
                State::Over => return,
                State::Waits => changed.await,
                State::Runs { seconds } => {
                    let over = tokio::time::sleep(Duration::from_secs_f64(seconds));
                    tokio::select! {
                        () = over => {}
                        () = changed => {}
                    }
                }
            }
        }
    }
}

/// What a request costs by itself, in milliseconds.
fn cost(request: &Request, answer: &[u8]) -> f64 {
    let path = request.path.as_str();
    let rows = |answer: &[u8]| {
        let between = answer.windows(3).filter(|bytes| bytes == b"},{").count();
        let further = u32::try_from(between.saturating_sub(19)).unwrap_or(u32::MAX);
        LIST + ROW * f64::from(further)
    };
    if let Some(method) = path.strip_prefix("/api/method/") {
        return match method {
            "login" => SIGN_IN,
            "ping" | "frappe.auth.get_logged_user" => PING,
            "frappe.desk.form.load.getdoc" => ATTACHMENTS,
            "frappe.client.get_list" => rows(answer),
            "frappe.utils.print_format.download_pdf" => PRINT,
            _ => COUNT,
        };
    }
    if let Some(resource) = path.strip_prefix("/api/resource/") {
        return if resource.contains('/') {
            DOCUMENT
        } else {
            rows(answer)
        };
    }
    if path.starts_with("/private/files/") {
        return FILE;
    }
    PING
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// For a thread.
    Waits,
    /// It is over in so many seconds, if nobody comes or goes until then.
    Runs {
        /// Until then.
        seconds: f64,
    },
    Over,
}

/// The bench, at a moment.
#[derive(Debug, Default)]
struct Model {
    now: f64,
    next: u64,
    /// Those with a thread, and what is left of their cost, in seconds of a processor.
    running: Vec<(u64, f64)>,
    waiting: VecDeque<(u64, f64)>,
    /// Seconds of processors that were spent.
    busy: f64,
}

impl Model {
    /// A request comes now.
    fn begin(&mut self, cost: f64) -> u64 {
        let number = self.next;
        self.next += 1;
        if self.running.len() < THREADS {
            self.running.push((number, cost));
        } else {
            self.waiting.push_back((number, cost));
        }
        number
    }

    /// How much of a processor each of the running ones has.
    fn share(&self) -> f64 {
        let running = u32::try_from(self.running.len()).map_or(1.0, f64::from);
        (PROCESSORS / running).min(1.0)
    }

    /// Lets time pass; true when a request was over meanwhile.
    fn run_until(&mut self, then: f64) -> bool {
        let mut ended = false;
        while let Some((at, left)) = self.shortest() {
            let share = self.share();
            let over = self.now + left / share;
            let until = over.min(then).max(self.now);
            let spent = (until - self.now) * share;
            for (_, left) in &mut self.running {
                *left -= spent;
                self.busy += spent;
            }
            self.now = until;
            if over > then {
                break;
            }
            self.running.swap_remove(at);
            self.running.extend(self.waiting.pop_front());
            ended = true;
        }
        self.now = self.now.max(then);
        ended
    }

    /// The running one that is over first.
    fn shortest(&self) -> Option<(usize, f64)> {
        let running = self.running.iter().map(|(_, left)| *left).enumerate();
        running.min_by(|(_, one), (_, other)| one.total_cmp(other))
    }

    fn state_of(&self, number: u64) -> State {
        let is_it = |(one, _): &&(u64, f64)| *one == number;
        if let Some((_, left)) = self.running.iter().find(is_it) {
            let seconds = left / self.share();
            State::Runs { seconds }
        } else if self.waiting.iter().any(|one| is_it(&one)) {
            State::Waits
        } else {
            State::Over
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    /// When each of some requests that come at once is over.
    fn ends(costs: &[f64]) -> Vec<f64> {
        let mut model = Model::default();
        let numbers: Vec<u64> = costs.iter().map(|cost| model.begin(*cost)).collect();
        let mut ends = vec![f64::NAN; costs.len()];
        for step in 0..1_000 {
            model.run_until(f64::from(step));
            for (end, number) in ends.iter_mut().zip(&numbers) {
                if end.is_nan() && model.state_of(*number) == State::Over {
                    *end = f64::from(step);
                }
            }
        }
        assert!((model.busy - costs.iter().sum::<f64>()).abs() < 1e-6);
        ends
    }

    #[test]
    fn two_requests_have_a_processor_each_and_four_share_two() {
        assert_eq!(ends(&[10.0, 20.0]), [10.0, 20.0]);
        assert_eq!(ends(&[10.0; 4]), [20.0; 4]);
        // The long one has a processor for itself once the short ones are over.
        assert_eq!(ends(&[10.0, 10.0, 10.0, 30.0]), [20.0, 20.0, 20.0, 40.0]);
    }

    #[test]
    fn whoever_sees_that_a_request_is_over_tells_those_that_wait() {
        let clock = Clock::manual("2026-11-23T08:00:00Z".parse().expect("a time"));
        let costs = Costs {
            clock: clock.clone(),
            ..Costs::measured()
        };
        for _ in 0..=THREADS {
            costs.now(|model| model.begin(0.01));
        }
        let mut told = std::pin::pin!(costs.changed.notified());
        told.as_mut().enable();
        assert!(told.as_mut().now_or_never().is_none());
        clock.advance(jiff::SignedDuration::from_secs(1));
        assert!(costs.busy() > Duration::ZERO);
        assert!(told.now_or_never().is_some());
    }

    #[test]
    fn who_finds_no_thread_waits_for_one() {
        let ends = ends(&[10.0; 9]);
        assert_eq!(ends[..8], [40.0; 8]);
        assert_eq!(ends[8..], [50.0]);
    }
}
