//! What a portal asks, as the ERP sees it: when each question came and its answer went, in which
//! steps, and how many were in flight that were the same.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use quayfront::clock::Clock;
use quayfront::demo::{Onlooker, Request};

/// A question and when it was there.
#[derive(Clone, Debug)]
pub struct Question {
    /// What was asked: path, query and body.
    pub what: String,
    /// The same as it was sent.
    pub request: Request,
    /// When it came.
    pub came: Duration,
    /// When its answer had gone; `None` while it is there.
    pub went: Option<Duration>,
}

/// Writes down what is asked.
pub struct Asked {
    clock: Clock,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    questions: Vec<Question>,
    /// Those that were written down before, and taken.
    taken: u64,
    total: u64,
    /// How many of each question of each user are there now, where there is one.
    there: HashMap<(Option<String>, String), usize>,
    keys: HashMap<u64, (Option<String>, String)>,
    most_of_one: usize,
}

impl Asked {
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            seen: Mutex::default(),
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was asked since this was last asked for, in the order of coming.
    pub fn take(&self) -> Vec<Question> {
        let seen = &mut *self.seen();
        seen.taken = seen.total;
        std::mem::take(&mut seen.questions)
    }

    /// For how many seconds at least one of these questions was at the ERP.
    pub fn busy(questions: &[Question]) -> f64 {
        let mut busy = Duration::ZERO;
        let mut until = Duration::ZERO;
        // They are in the order of coming.
        for question in questions {
            let went = question.went.unwrap_or(question.came);
            busy += went.saturating_sub(question.came.max(until));
            until = until.max(went);
        }
        busy.as_secs_f64()
    }

    /// How many questions there were.
    pub fn total(&self) -> u64 {
        self.seen().total
    }

    /// The most that were there at the same time of one question of one user.
    pub fn most_of_one(&self) -> usize {
        self.seen().most_of_one
    }
}

impl Onlooker for Asked {
    fn came(&self, request: &Request) -> u64 {
        let came = self.clock.uptime();
        let Request {
            path, query, body, ..
        } = request;
        let body = body.as_ref().map(ToString::to_string).unwrap_or_default();
        let what = format!("{path} {query:?} {body}");
        let seen = &mut *self.seen();
        let number = seen.total;
        seen.total += 1;
        let key = (request.user.clone(), what.clone());
        let there = seen.there.entry(key.clone()).or_default();
        *there += 1;
        seen.most_of_one = seen.most_of_one.max(*there);
        seen.keys.insert(number, key);
        seen.questions.push(Question {
            what,
            request: request.clone(),
            came,
            went: None,
        });
        number
    }

    fn went(&self, number: u64) {
        let went = self.clock.uptime();
        let seen = &mut *self.seen();
        if let Some(key) = seen.keys.remove(&number)
            && let Some(there) = seen.there.get_mut(&key)
        {
            *there -= 1;
            if *there == 0 {
                seen.there.remove(&key);
            }
        }
        let at = number.checked_sub(seen.taken).map(usize::try_from);
        if let Some(Ok(at)) = at
            && let Some(question) = seen.questions.get_mut(at)
        {
            question.went = Some(went);
        }
    }
}

/// Which question of a page belongs to which of its steps: those that were there at the same time,
/// where an answer takes much longer than asking, were asked side by side.
pub struct Steps(HashMap<String, usize>);

impl Steps {
    /// From a page that was asked for while the ERP was slow.
    pub fn of(questions: &[Question]) -> Self {
        let mut steps = HashMap::new();
        let (mut step, mut first_gone) = (0, Duration::MAX);
        for question in questions {
            if question.came >= first_gone {
                step += 1;
                first_gone = Duration::MAX;
            }
            first_gone = first_gone.min(question.went.unwrap_or(Duration::MAX));
            steps.insert(question.what.clone(), step);
        }
        Self(steps)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.values().max().map_or(0, |last| last + 1)
    }

    /// The ERP's own time for a page, in seconds: of each step, from the first question's coming to the
    /// last answer's going, but for when it had none. That is the slowest answer, where the ERP computes
    /// them side by side; where it has one core, those that wait for it wait at the ERP.
    pub fn own_time(&self, questions: &[Question]) -> f64 {
        let steps = self.in_order(questions);
        steps.iter().map(|step| Asked::busy(step)).sum()
    }

    /// The questions of each step.
    pub fn in_order(&self, questions: &[Question]) -> Vec<Vec<Question>> {
        let mut of_steps = vec![Vec::new(); self.count()];
        for question in questions {
            let step = self.0.get(&question.what);
            let step = step.unwrap_or_else(|| panic!("asked at another time only: {question:?}"));
            of_steps[*step].push(question.clone());
        }
        of_steps
    }
}
