use std::sync::atomic::AtomicUsize;

use jiff::SignedDuration;
use tokio::sync::Barrier;

use super::*;

/// A key; digits are one owner's and letters another's.
impl Weigh for char {
    fn weight(&self) -> usize {
        1
    }
}

impl Weigh for usize {
    fn weight(&self) -> usize {
        1000
    }
}

impl Same for usize {
    fn is_same(&self, other: &Self) -> bool {
        self == other
    }
}

impl Owned for char {
    type Owner = bool;

    fn owner(&self) -> &bool {
        if self.is_ascii_digit() { &true } else { &false }
    }
}

type TestMemory = Memory<char, usize>;

const FRESH: Duration = Duration::from_secs(30);

fn ages() -> Ages {
    Ages::new(FRESH, Duration::from_mins(10), Duration::from_hours(4))
}

fn memory_of(bytes: u64, clock: &Clock, sequence: &Sequence) -> Arc<TestMemory> {
    let room = Room {
        bytes,
        share: bytes,
        longest: Duration::from_hours(4),
    };
    Arc::new(Memory::new(room, clock.clone(), sequence.clone()))
}

fn memory(clock: &Clock) -> Arc<TestMemory> {
    memory_of(1 << 20, clock, &Sequence::default())
}

fn clock() -> Clock {
    Clock::manual("2026-11-22T10:00:00Z".parse().expect("a time"))
}

/// What a question may fail with in these tests.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Failed {
    Away,
    Busy,
    Refused,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that is asked for"
)]
fn judge(failure: &Failed) -> Verdict {
    match failure {
        Failed::Away => Verdict::Serve,
        Failed::Busy => Verdict::Keep,
        Failed::Refused => Verdict::Forget,
    }
}

async fn get(
    memory: &TestMemory,
    ask: impl Future<Output = Result<usize, Failed>>,
) -> Result<(usize, Age, Origin), Failed> {
    let got = memory.get('a', &ages(), Since::ever, judge, ask).await?;
    let answer = got.answer();
    Ok((*answer.value, answer.age, answer.origin))
}

fn look(memory: &TestMemory) -> Option<(usize, Age)> {
    let answer = memory.look(&'a', &ages(), Since::ever)?;
    Some((*answer.value, answer.age))
}

#[test]
fn an_answer_is_fresh_then_stale_then_expired_and_then_gone() {
    let clock = clock();
    let memory = memory(&clock);
    memory.learn('a', 7);
    let mut at = 0;
    for (second, age) in [
        (0, Some(Age::Fresh)),
        (29, Some(Age::Fresh)),
        (30, Some(Age::Stale)),
        (599, Some(Age::Stale)),
        (600, Some(Age::Expired)),
        (4 * 3600 - 1, Some(Age::Expired)),
        (4 * 3600, None),
    ] {
        clock.advance(SignedDuration::from_secs(second - at));
        at = second;
        assert_eq!(look(&memory).map(|(_, age)| age), age, "{second}");
    }
}

#[test]
fn ages_that_overtake_each_other_end_together() {
    let (short, long) = (Duration::from_secs(1), Duration::from_hours(1));
    let ages = Ages::new(long, short, short);
    assert_eq!(ages, Ages::fresh_only(long));
    assert_eq!(ages.longest(), long);
}

#[tokio::test]
async fn an_answer_is_asked_for_once_while_it_is_fresh_and_again_when_it_is_not() {
    let clock = clock();
    let memory = memory(&clock);
    let asked = AtomicUsize::new(0);
    let ask = || async { Ok(asked.fetch_add(1, Ordering::SeqCst)) };
    assert_eq!(get(&memory, ask()).await, Ok((0, Age::Fresh, Origin::Site)));
    clock.advance(SignedDuration::from_secs(29));
    assert_eq!(
        get(&memory, ask()).await,
        Ok((0, Age::Fresh, Origin::Memory))
    );
    clock.advance(SignedDuration::from_secs(1));
    assert_eq!(get(&memory, ask()).await, Ok((1, Age::Fresh, Origin::Site)));
}

#[tokio::test]
async fn what_is_kept_is_served_while_nobody_can_answer_and_for_no_other_failure() {
    for (failure, answer) in [
        (Failed::Away, Ok((7, Age::Expired, Origin::Memory))),
        (Failed::Busy, Err(Failed::Busy)),
        (Failed::Refused, Err(Failed::Refused)),
    ] {
        let clock = clock();
        let memory = memory(&clock);
        memory.learn('a', 7);
        clock.advance(SignedDuration::from_mins(11));
        assert_eq!(get(&memory, async { Err(failure) }).await, answer);
        let is_left = failure != Failed::Refused;
        assert_eq!(look(&memory).is_some(), is_left, "{failure:?}");
    }
}

#[tokio::test]
async fn nothing_is_kept_for_ever() {
    let clock = clock();
    let memory = memory(&clock);
    memory.learn('a', 7);
    clock.advance(SignedDuration::from_hours(4));
    let answer = get(&memory, async { Err(Failed::Away) }).await;
    assert_eq!(answer, Err(Failed::Away));
}

#[tokio::test]
async fn a_refresh_replaces_the_answer_and_one_that_is_refused_forgets_it() {
    let clock = clock();
    let memory = memory(&clock);
    memory.learn('a', 7);
    clock.advance(SignedDuration::from_mins(1));
    let flight = memory.free(&'a').expect("nobody asks");
    assert!(memory.free(&'a').is_none(), "one at a time");
    let refreshed = memory.refresh(&'a', flight, judge, async { Ok(8) }).await;
    assert_eq!(refreshed.map(drop), Ok(()));
    assert_eq!(look(&memory), Some((8, Age::Fresh)));
    clock.advance(SignedDuration::from_mins(1));
    for (failure, left) in [
        (Failed::Away, Some((8, Age::Stale))),
        (Failed::Busy, Some((8, Age::Stale))),
        (Failed::Refused, None),
    ] {
        let flight = memory.free(&'a').expect("the one before has ended");
        let ask = async { Err(failure) };
        let refreshed = memory.refresh(&'a', flight, judge, ask).await;
        assert_eq!(refreshed.map(drop), Err(failure));
        assert_eq!(look(&memory), left, "{failure:?}");
    }
}

#[tokio::test]
async fn an_answer_from_before_a_number_is_forgotten_or_expired_though_it_was_under_way_then() {
    let sequence = Sequence::default();
    let clock = clock();
    let memory = memory_of(1 << 20, &clock, &sequence);
    let mut number = 0;
    let ask = async {
        number = sequence.advance();
        Ok::<_, Failed>(7)
    };
    assert_eq!(get(&memory, ask).await, Ok((7, Age::Fresh, Origin::Site)));
    let age = |since| {
        let memory = &memory;
        async move {
            let answer = memory.look(&'a', &ages(), |_| since);
            answer.map(|answer| answer.age)
        }
    };
    let expired = Since {
        expired: number,
        ..Since::default()
    };
    let forgotten = Since {
        forgotten: number,
        ..Since::default()
    };
    assert_eq!(age(Since::default()).await, Some(Age::Fresh));
    assert_eq!(age(expired).await, Some(Age::Expired));
    assert_eq!(age(forgotten).await, None);
    memory.learn('a', 8);
    assert_eq!(
        age(Since {
            expired: number,
            forgotten: number
        })
        .await,
        Some(Age::Fresh)
    );
}

#[test]
fn a_clock_set_back_makes_nothing_young() {
    let clock = clock();
    let memory = memory(&clock);
    memory.learn('a', 1);
    for seconds in [-1, -60] {
        clock.advance(SignedDuration::from_secs(seconds));
        assert_eq!(look(&memory), None, "{seconds}");
    }
}

#[tokio::test]
async fn those_who_wait_on_the_same_key_share_one_question() {
    let memory = memory(&clock());
    let asked = Arc::new(AtomicUsize::new(0));
    let gate = Arc::new(tokio::sync::Notify::new());
    let waiting: Vec<_> = (0..8)
        .map(|_| {
            let (memory, asked, gate) =
                (Arc::clone(&memory), Arc::clone(&asked), Arc::clone(&gate));
            tokio::spawn(async move {
                let ask = async {
                    asked.fetch_add(1, Ordering::SeqCst);
                    gate.notified().await;
                    Ok(7)
                };
                get(&memory, ask).await.map(|(value, ..)| value)
            })
        })
        .collect();
    gate.notify_one();
    for task in waiting {
        assert_eq!(task.await.expect("no panic"), Ok(7));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_failed_question_is_never_the_answer_for_somebody_else_who_waits_on_the_same_key() {
    let memory = memory(&clock());
    let both_there = Arc::new(Barrier::new(2));
    let failing = {
        let (memory, both_there) = (Arc::clone(&memory), Arc::clone(&both_there));
        tokio::spawn(async move {
            let ask = async {
                both_there.wait().await;
                Err(Failed::Refused)
            };
            get(&memory, ask).await
        })
    };
    let waiting = async {
        both_there.wait().await;
        get(&memory, async { Ok(7) }).await
    };
    assert_eq!(waiting.await, Ok((7, Age::Fresh, Origin::Site)));
    assert_eq!(failing.await.expect("no panic"), Err(Failed::Refused));
    assert_eq!(look(&memory), Some((7, Age::Fresh)));
}

#[tokio::test]
async fn one_who_leaves_in_the_middle_frees_the_way() {
    let memory = memory(&clock());
    let leaving = get(&memory, std::future::pending());
    tokio::select! {
        biased;
        _ = leaving => unreachable!("the question is never answered"),
        () = std::future::ready(()) => {}
    }
    let answer = get(&memory, async { Ok(7) }).await;
    assert_eq!(answer, Ok((7, Age::Fresh, Origin::Site)));
}

#[test]
fn one_owner_with_ever_new_keys_empties_nobody_elses_memory() {
    let room = Room {
        bytes: 100_000,
        share: 5_000,
        longest: Duration::from_hours(4),
    };
    let memory: TestMemory = Memory::new(room, clock(), Sequence::default());
    for key in ['1', '2', '3'] {
        memory.learn(key, 1);
    }
    for key in ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'] {
        memory.learn(key, 1);
    }
    let is_there = |key| memory.fresh(&key, FRESH, Since::ever).is_some();
    for (key, there) in [('1', true), ('3', true), ('a', false), ('l', true)] {
        assert_eq!(is_there(key), there, "{key}");
    }
    assert!(memory.bytes() <= 10_000);
}

#[test]
fn memory_stays_within_its_bytes() {
    let memory = memory_of(5_000, &clock(), &Sequence::default());
    for key in ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'] {
        memory.learn(key, 1);
    }
    assert!(memory.bytes() <= 5_000);
}

#[test]
fn one_mark_drops_a_hundred_thousand_answers_and_none_that_is_asked_for_after_it() {
    const MANY: usize = 100_000;
    let (clock, sequence) = (clock(), Sequence::default());
    let memory = memory_of(1 << 30, &clock, &sequence);
    let keys = || ('\u{1_0000}'..).take(MANY);
    for key in keys() {
        memory.learn(key, 7);
    }
    let mark = sequence.advance();
    let since = |_| Since {
        forgotten: mark,
        expired: mark,
    };
    for key in keys() {
        assert!(memory.look(&key, &ages(), since).is_none());
        // Nothing is taken out one by one, which a request would have to wait for.
        assert!(memory.look(&key, &ages(), Since::ever).is_some());
    }
    let first = keys().next().expect("a key");
    memory.learn(first, 8);
    let again = memory.look(&first, &ages(), since);
    assert_eq!(again.map(|answer| *answer.value), Some(8));
}

#[tokio::test]
async fn an_answer_has_another_version_only_where_it_says_something_else() {
    let (clock, sequence) = (clock(), Sequence::default());
    let memory = memory_of(1 << 20, &clock, &sequence);
    let ask = async |value| {
        let answer = async { Ok::<_, Failed>(value) };
        let since = |_| Since {
            forgotten: sequence.advance(),
            expired: 0,
        };
        let got = memory.get('a', &ages(), since, judge, answer).await;
        let answer = got.expect("an answer").answer();
        (answer.version, answer.is_news)
    };
    let (first, is_news) = ask(7).await;
    assert!(first != Version::NOTHING && !is_news, "there was nothing");
    assert_eq!(
        ask(7).await,
        (first, false),
        "forgotten, and the same again"
    );
    let (second, is_news) = ask(8).await;
    assert!(second != first && is_news);
    let (third, is_news) = ask(7).await;
    assert!(
        third != second && is_news,
        "what was so before is news again"
    );
    let seen = memory.look(&'a', &ages(), Since::ever);
    assert_eq!(seen.map(|answer| answer.version), Some(third));
}

#[test]
fn whoever_keeps_what_he_found_is_told_no_more_than_whoever_looks() {
    let (clock, sequence) = (clock(), Sequence::default());
    let memory = memory_of(1 << 20, &clock, &sequence);
    let found = Found::new(1);
    let again = |since: Since| {
        let answer = memory.fresh_again(&'a', &found, FRESH, |_| since);
        answer.map(|answer| *answer.value)
    };
    let ever = Since::default();
    assert_eq!(again(ever), None);
    memory.learn('a', 1);
    for _ in 0..2 {
        assert_eq!(again(ever), Some(1));
    }
    memory.learn('a', 2);
    assert_eq!(again(ever), Some(2), "another answer took its place");
    let next = sequence.advance();
    for mark in [
        Since {
            forgotten: next,
            expired: 0,
        },
        Since {
            forgotten: 0,
            expired: next,
        },
    ] {
        assert_eq!(again(mark), None);
    }
    assert_eq!(again(ever), Some(2));
    memory.forget(&'a');
    assert_eq!(again(ever), None);
    memory.learn('a', 3);
    assert_eq!(again(ever), Some(3));
    clock.advance(SignedDuration::from_secs(30));
    assert_eq!(again(ever), None, "too old");
}
