//! What makes answers be asked for anew: a change that Frappe tells of, or a user who wants to see
//! what is so now.
//!
//! Nothing is looked for and taken out: a mark says from which number on answers count, and whoever
//! looks at an answer holds it against the marks that concern it. So a mark costs the same however
//! much is remembered, many that concern the same are one, and an answer that was under way when the
//! mark was made is known to be too old.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use foldhash::quality::RandomState;
use moka::policy::EvictionPolicy;

use super::changes::EVERYBODY;
use super::dropped::{Dropped, Drops};
use crate::cache::{Sequence, Since};
use crate::clock::Clock;
use crate::frappe::{DocType, DocumentName, UserId};

/// How often a user may ask for everything anew.
const REFRESH: Duration = Duration::from_secs(5);

/// How many marks there are at the most. Beyond that everything counts as forgotten, and the marks
/// begin anew.
const MOST: usize = 100_000;

/// How many documents' customers are known.
const DOCUMENTS: u64 = 50_000;

/// What an answer is about, as far as marks go.
#[derive(Clone, Copy, Debug, Hash)]
pub enum Tag<'a> {
    /// All that a user had.
    User(&'a UserId),
    /// Documents of this kind.
    DocType(&'a DocType),
    /// Documents of this kind and this customer.
    Customer(&'a DocType, &'a str),
    /// This document.
    Document(&'a DocType, &'a str),
    /// Stock.
    Stock,
    /// What a user may read, and so which pages he has.
    Menu(&'a UserId),
}

/// What stands for a tag. A quick hash will do, of which somebody with many customers needs thousands:
/// where two tags had one in common, an answer would be dropped for nothing, or, whose a document was
/// being known by its hash alone, be shown until it is no longer fresh. It decides nowhere who sees what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagHash(u64);

#[cfg(test)]
impl TagHash {
    pub const fn of(number: u64) -> Self {
        Self(number)
    }
}

impl<'a> Tag<'a> {
    const fn doctype(&self) -> Option<&'a DocType> {
        match self {
            Self::DocType(doctype) | Self::Customer(doctype, _) | Self::Document(doctype, _) => {
                Some(doctype)
            }
            Self::User(_) | Self::Stock | Self::Menu(_) => None,
        }
    }
}

/// What was marked.
#[derive(Debug)]
pub struct Marks {
    sequence: Sequence,
    clock: Clock,
    hash: RandomState,
    marked: RwLock<Marked>,
    /// When everybody was last dropped, and whether that is to happen again.
    everybody: Mutex<Everybody>,
    /// Whose a document was when it was last seen.
    customers: moka::sync::Cache<TagHash, TagHash>,
    /// Whether that is no longer known of some documents.
    has_lost: Arc<AtomicBool>,
    /// What was forgotten and may be asked for again.
    pub drops: Drops,
}

#[derive(Debug, Default)]
struct Marked {
    everybody: u64,
    tags: HashMap<TagHash, u64>,
    refreshed: HashMap<UserId, Refreshed>,
}

#[derive(Debug, Default)]
struct Everybody {
    last: Option<Duration>,
    is_due: bool,
}

#[derive(Clone, Copy, Debug)]
struct Refreshed {
    number: u64,
    at: Duration,
}

impl Marks {
    pub fn new(clock: Clock) -> Self {
        let has_lost = Arc::new(AtomicBool::new(false));
        let losing = Arc::clone(&has_lost);
        let customers = moka::sync::Cache::builder()
            .max_capacity(DOCUMENTS)
            .eviction_policy(EvictionPolicy::lru())
            .eviction_listener(move |_, _, cause| {
                if cause.was_evicted() {
                    losing.store(true, Ordering::Relaxed);
                }
            })
            .build();
        Self {
            sequence: Sequence::default(),
            clock,
            hash: RandomState::default(),
            marked: RwLock::default(),
            everybody: Mutex::default(),
            customers,
            has_lost,
            drops: Drops::default(),
        }
    }

    /// What the answers are numbered by.
    pub fn sequence(&self) -> Sequence {
        self.sequence.clone()
    }

    /// Which answers of a user still count that are about `tags`, as far as that matters to one of
    /// this number.
    pub fn since<'a>(
        &self,
        number: u64,
        user: &'a UserId,
        tags: impl IntoIterator<Item = Tag<'a>>,
    ) -> Since {
        self.drop_everybody_if_due();
        // Nothing was marked since then.
        if number >= self.sequence.current() {
            return Since::default();
        }
        let marked = self.marked.read().unwrap_or_else(PoisonError::into_inner);
        let of_tag = |tag: Tag<'_>| marked.tags.get(&self.hash(tag)).copied();
        let forgotten = tags
            .into_iter()
            .chain([Tag::User(user)])
            .filter_map(of_tag)
            .fold(marked.everybody, u64::max);
        let expired = marked.refreshed.get(user).map_or(0, |mark| mark.number);
        Since { forgotten, expired }
    }

    /// What stands for a tag here. A document may be asked for in another spelling than its own,
    /// which the database takes for the same.
    pub fn hash(&self, tag: Tag<'_>) -> TagHash {
        if let Tag::Document(doctype, name) = tag {
            let name = name.to_lowercase();
            return TagHash(self.hash.hash_one(Tag::Document(doctype, &name)));
        }
        TagHash(self.hash.hash_one(tag))
    }

    /// The number up to which nothing was marked that concerns these tags or a refresh of the user's,
    /// since `number`; `seen` is such a number that is known. `None` when something was.
    pub fn unmarked(&self, number: u64, seen: u64, user: &UserId, tags: &[TagHash]) -> Option<u64> {
        self.drop_everybody_if_due();
        // Before the lock is taken: what is numbered up to here is written down once it is ours.
        let current = self.sequence.current();
        if current <= number.max(seen) {
            return Some(current);
        }
        let marked = self.marked.read().unwrap_or_else(PoisonError::into_inner);
        let refreshed = marked.refreshed.get(user).map_or(0, |mark| mark.number);
        let is_marked = marked.everybody > number
            || refreshed > number
            || tags
                .iter()
                .any(|tag| marked.tags.get(tag).is_some_and(|mark| *mark > number));
        (!is_marked).then_some(current)
    }

    /// Has everything of a user asked for anew, unless that was so a moment ago: then false.
    pub fn refresh(&self, user: &UserId) -> bool {
        let now = self.clock.uptime();
        let mut marked = self.marked.write().unwrap_or_else(PoisonError::into_inner);
        let refreshed = &mut marked.refreshed;
        let is_new = refreshed
            .get(user)
            .is_none_or(|mark| now.saturating_sub(mark.at) >= REFRESH);
        if is_new {
            if refreshed.len() >= MOST {
                refreshed.clear();
            }
            let number = self.sequence.advance();
            refreshed.insert(user.clone(), Refreshed { number, at: now });
        }
        is_new
    }

    /// Forgets what is about any of these.
    pub fn forget(&self, tags: &[Tag<'_>]) {
        let doctypes = tags.iter().filter_map(Tag::doctype);
        let tags: Vec<TagHash> = tags.iter().map(|tag| self.hash(*tag)).collect();
        self.forget_hashes(doctypes, &tags);
    }

    /// Whether something that was dropped is about any of these.
    pub fn is_among<'a>(&self, dropped: &Dropped, tags: impl IntoIterator<Item = Tag<'a>>) -> bool {
        let mut tags = tags.into_iter();
        tags.any(|tag| dropped.tags.contains(&self.hash(tag)))
    }

    /// Forgets a document and what is about documents of its kind and its customer, the one whose it
    /// was and the one whose it is. Whose it was may be unknown because nobody was ever shown it; where
    /// that may have another reason, what is about any document of its kind.
    pub fn forget_document(&self, doctype: &DocType, name: &DocumentName, after: &str) {
        let document = self.hash(Tag::Document(doctype, name.as_str()));
        let after = self.hash(Tag::Customer(doctype, after));
        let before = self.customers.get(&document);
        let any = self.hash(Tag::DocType(doctype));
        let before = before.or_else(|| self.has_lost.load(Ordering::Relaxed).then_some(any));
        let tags = [Some(document), Some(after), before];
        let tags: Vec<TagHash> = tags.into_iter().flatten().collect();
        self.forget_hashes([doctype], &tags);
        self.customers.insert(document, after);
    }

    /// Learns whose a document is, from an answer of this number.
    pub fn learn(&self, doctype: &DocType, name: &str, customer: &str, number: u64) {
        let document = self.hash(Tag::Document(doctype, name));
        let customer = self.hash(Tag::Customer(doctype, customer));
        if !self.is_marked(number, document) {
            self.customers.insert(document, customer);
        } else if self.customers.get(&document) != Some(customer) {
            // It has gone to another customer while the answer was under way, and whose it was is known
            // only now: what is about that customer is as old as the answer.
            self.forget_hashes([doctype], &[customer]);
        }
    }

    /// Whether something is marked since `number`.
    fn is_marked(&self, number: u64, tag: TagHash) -> bool {
        if number >= self.sequence.current() {
            return false;
        }
        let marked = self.marked.read().unwrap_or_else(PoisonError::into_inner);
        marked.tags.get(&tag).is_some_and(|mark| *mark > number)
    }

    /// Forgets everything, now or, when that was done a moment ago, as soon as may be.
    pub fn forget_everybody(&self) {
        let mut everybody = self.everybody();
        everybody.is_due = true;
        self.drop_if_due(&mut everybody);
    }

    fn drop_everybody_if_due(&self) {
        let mut everybody = self.everybody();
        self.drop_if_due(&mut everybody);
    }

    fn drop_if_due(&self, everybody: &mut Everybody) {
        let now = self.clock.uptime();
        let may_be = everybody
            .last
            .is_none_or(|last| now.saturating_sub(last) >= EVERYBODY);
        if everybody.is_due && may_be {
            *everybody = Everybody {
                last: Some(now),
                is_due: false,
            };
            let mut marked = self.marked.write().unwrap_or_else(PoisonError::into_inner);
            marked.everybody = self.sequence.advance();
            marked.tags.clear();
            self.drops.add_everybody();
        }
    }

    fn everybody(&self) -> std::sync::MutexGuard<'_, Everybody> {
        self.everybody
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn forget_hashes<'a>(&self, doctypes: impl IntoIterator<Item = &'a DocType>, tags: &[TagHash]) {
        let mut marked = self.marked.write().unwrap_or_else(PoisonError::into_inner);
        let number = self.sequence.advance();
        if marked.tags.len() + tags.len() > MOST {
            marked.everybody = number;
            marked.tags.clear();
        } else {
            marked.tags.extend(tags.iter().map(|tag| (*tag, number)));
        }
        drop(marked);
        self.drops.add(doctypes, tags);
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;

    fn user(name: &str) -> UserId {
        UserId::parse(name).expect("a user")
    }

    fn marks() -> (Marks, Clock) {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        (Marks::new(clock.clone()), clock)
    }

    fn job() -> DocType {
        DocType::parse("Transport Job").expect("a DocType")
    }

    /// Whether an answer of that number is forgotten.
    fn is_forgotten(marks: &Marks, number: u64, tags: &[Tag<'_>]) -> bool {
        let since = marks.since(number, &user("anna"), tags.iter().copied());
        number < since.forgotten
    }

    #[test]
    fn a_user_refreshes_at_most_once_in_five_seconds_and_nobody_elses_answers() {
        let (marks, clock) = marks();
        let (anna, jan) = (user("anna"), user("jan"));
        assert!(marks.refresh(&anna));
        let first = marks.since(0, &anna, []).expired;
        assert_eq!(first, marks.sequence().current());
        assert_eq!(marks.since(0, &jan, []), Since::default());
        clock.advance(SignedDuration::from_secs(4));
        assert!(!marks.refresh(&anna));
        assert_eq!(marks.since(0, &anna, []).expired, first);
        assert!(marks.refresh(&jan), "each for himself");
        clock.advance(SignedDuration::from_secs(1));
        assert!(marks.refresh(&anna));
        assert!(marks.since(0, &anna, []).expired > first);
    }

    #[test]
    fn what_is_forgotten_is_what_is_about_it_and_was_asked_for_before() {
        let (marks, _clock) = marks();
        let doctype = job();
        let number = marks.sequence().current();
        marks.forget(&[Tag::Customer(&doctype, "Acme")]);
        assert!(is_forgotten(
            &marks,
            number,
            &[Tag::Customer(&doctype, "Acme")]
        ));
        for tag in [
            Tag::Customer(&doctype, "Bluefin"),
            Tag::DocType(&doctype),
            Tag::Stock,
        ] {
            assert!(!is_forgotten(&marks, number, &[tag]), "{tag:?}");
        }
        let later = marks.sequence().current();
        assert!(!is_forgotten(
            &marks,
            later,
            &[Tag::Customer(&doctype, "Acme")]
        ));
        marks.forget(&[Tag::User(&user("anna"))]);
        assert!(is_forgotten(&marks, later, &[]));
    }

    #[test]
    fn a_document_is_forgotten_for_the_customer_whose_it_was_and_for_the_one_whose_it_is() {
        let (marks, _clock) = marks();
        let doctype = job();
        let name = DocumentName::parse("TRJ1").expect("a name");
        let number = marks.sequence().current();
        marks.learn(&doctype, "TRJ1", "Acme", number);
        marks.forget_document(&doctype, &name, "Bluefin");
        for (tag, forgotten) in [
            (Tag::Customer(&doctype, "Acme"), true),
            (Tag::Customer(&doctype, "Bluefin"), true),
            (Tag::Document(&doctype, "TRJ1"), true),
            (Tag::Customer(&doctype, "Cobalt"), false),
            (Tag::Document(&doctype, "TRJ2"), false),
        ] {
            assert_eq!(is_forgotten(&marks, number, &[tag]), forgotten, "{tag:?}");
        }
        let number = marks.sequence().current();
        marks.forget_document(&doctype, &name, "Cobalt");
        let bluefin = [Tag::Customer(&doctype, "Bluefin")];
        assert!(
            is_forgotten(&marks, number, &bluefin),
            "learned by the change itself"
        );
    }

    #[test]
    fn a_document_that_is_given_away_while_rows_are_under_way_is_forgotten_for_whose_it_was() {
        let (marks, _clock) = marks();
        let doctype = job();
        let name = DocumentName::parse("TRJ1").expect("a name");
        let under_way = marks.sequence().current();
        marks.forget_document(&doctype, &name, "Bluefin");
        let acme = [Tag::Customer(&doctype, "Acme")];
        assert!(
            !is_forgotten(&marks, under_way, &acme),
            "nobody knew whose it was"
        );
        marks.learn(&doctype, "TRJ1", "Acme", under_way);
        assert!(is_forgotten(&marks, under_way, &acme));
        // What is asked for now is good, and what the change said is not unlearned.
        let number = marks.sequence().current();
        assert!(!is_forgotten(&marks, number, &acme));
        marks.forget_document(&doctype, &name, "Cobalt");
        assert!(is_forgotten(
            &marks,
            number,
            &[Tag::Customer(&doctype, "Bluefin")]
        ));
        assert!(!is_forgotten(&marks, number, &acme));
    }

    #[test]
    fn where_more_documents_were_seen_than_are_known_an_unknown_one_forgets_all_of_its_kind() {
        let (marks, _clock) = marks();
        let doctype = job();
        let number = marks.sequence().current();
        let all = [Tag::DocType(&doctype)];
        let unknown = DocumentName::parse("TRJ-unknown").expect("a name");
        marks.forget_document(&doctype, &unknown, "Acme");
        assert!(!is_forgotten(&marks, number, &all), "nobody was shown it");
        for document in 0..=DOCUMENTS {
            marks.learn(&doctype, &format!("TRJ{document}"), "Acme", number);
        }
        marks.customers.run_pending_tasks();
        let another = DocumentName::parse("TRJ-another").expect("a name");
        marks.forget_document(&doctype, &another, "Acme");
        assert!(is_forgotten(&marks, number, &all));
    }

    #[test]
    fn everybody_is_dropped_at_once_and_then_at_most_every_five_seconds() {
        let (marks, clock) = marks();
        let number = || marks.sequence().current();
        let first = number();
        marks.forget_everybody();
        assert!(is_forgotten(&marks, first, &[]));
        let second = number();
        for _ in 0..100 {
            marks.forget_everybody();
        }
        assert!(!is_forgotten(&marks, second, &[]));
        clock.advance(SignedDuration::from_secs(4));
        assert!(!is_forgotten(&marks, second, &[]));
        clock.advance(SignedDuration::from_secs(1));
        assert!(is_forgotten(&marks, second, &[]), "a hundred are one");
        let third = number();
        clock.advance(SignedDuration::from_secs(60));
        assert!(!is_forgotten(&marks, third, &[]));
    }

    #[test]
    fn more_marks_than_can_be_kept_forget_everything_and_never_too_little() {
        let (marks, _clock) = marks();
        let doctype = job();
        let number = marks.sequence().current();
        for customer in 0..=MOST {
            marks.forget(&[Tag::Customer(&doctype, &customer.to_string())]);
        }
        assert!(is_forgotten(
            &marks,
            number,
            &[Tag::Customer(&doctype, "0")]
        ));
        let marked = marks.marked.read().expect("not poisoned");
        assert!(marked.tags.len() <= MOST);
    }
}
