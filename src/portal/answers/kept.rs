//! What is remembered: the questions, their answers, and each as its asker reads it.

use std::hash::{BuildHasher as _, Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::super::as_of::AsOf;
use super::super::census::Census;
use super::super::marks::Tag;
use super::super::pieces::Pieces;
use super::super::scope::Scope;
use super::super::scope_digest::ScopeDigest;
use super::super::stock::Stock;
use crate::cache::{Aged, Owned, Same, Weigh};
use crate::frappe::{
    Attachment, CountQuery, DocType, DocumentName, FileDetails, ListQuery, Record, UserId,
};

/// A question about customers' data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    List(Arc<ListQuery>),
    /// The row of one document.
    Row(Arc<ListQuery>, DocumentName),
    /// All rows, up to a bound.
    All(Arc<ListQuery>, u32),
    /// The census of a page.
    Census(Arc<ListQuery>),
    Count(Arc<CountQuery>),
    Document(DocType, DocumentName, Attachments),
    /// What the service account knows of the files of a document.
    FileDetails(DocType, DocumentName, Vec<DocumentName>),
    Stock,
}

/// Whether a document is asked for with what hangs on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attachments {
    Wanted,
    NotWanted,
}

impl Question {
    /// What it is about, so that a change forgets its answer: documents of a kind and of each
    /// customer of the scope, one document of a kind, or stock.
    pub fn tags<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = Tag<'a>> {
        let (doctype, parent, name) = match self {
            Self::List(query) | Self::All(query, _) | Self::Census(query) => {
                (Some(&query.doctype), query.parent.as_ref(), None)
            }
            Self::Count(query) => (Some(&query.doctype), None, None),
            Self::Row(query, name) => (Some(&query.doctype), None, Some(name)),
            Self::Document(doctype, name, _) | Self::FileDetails(doctype, name, _) => {
                (Some(doctype), None, Some(name))
            }
            Self::Stock => (None, None, None),
        };
        // Child rows are a part of their documents.
        let doctypes = doctype.into_iter().chain(parent);
        // What happens to his other documents is nothing to a document.
        let of_customers = doctypes.clone().filter(move |_| name.is_none());
        let of_customers = of_customers.flat_map(|doctype| {
            let customers = scope.customers();
            customers.map(move |customer| Tag::Customer(doctype, customer.as_str()))
        });
        let document = doctype.zip(name);
        doctypes
            .map(Tag::DocType)
            .chain(of_customers)
            .chain(document.map(|(doctype, name)| Tag::Document(doctype, name.as_str())))
            .chain(matches!(self, Self::Stock).then_some(Tag::Stock))
    }
}

/// Which answer it is: whose, and what was asked. Who has many customers has them in each of his
/// questions, perhaps twice, so a key is hashed once, however often it is looked for.
#[derive(Clone, Debug)]
pub(super) struct Key {
    of: Arc<KeyOf>,
    hash: u64,
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct KeyOf {
    pub(super) user: UserId,
    /// All that Frappe said of what the user may see: what is not about customers narrows it too.
    pub(super) permissions: ScopeDigest,
    pub(super) scope: Arc<Scope>,
    pub(super) question: Question,
}

impl Key {
    /// The key of this; `hasher` is the same for all keys of a memory.
    pub(super) fn new(of: KeyOf, hasher: &RandomState) -> Self {
        let hash = hasher.hash_one(&of);
        let of = Arc::new(of);
        Self { of, hash }
    }
}

impl Deref for Key {
    type Target = KeyOf;

    fn deref(&self) -> &KeyOf {
        &self.of
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.of == other.of
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.hash.hash(state);
    }
}

#[derive(Debug)]
pub enum Answer {
    /// Rows, and how many Frappe answered: those that are not the scope's own are not among them.
    Rows(Vec<Record>, usize),
    All(Pieces),
    Census(Census),
    Count(u64),
    /// A document, and what hangs on it where that was asked for and told.
    Document(Box<Record>, Option<Vec<Attachment>>),
    FileDetails(Vec<(DocumentName, FileDetails)>),
    Stock(Stock),
}

/// What an entry takes beside its keys and its answer: its places in the memory's map and queues, and in
/// its owner's ledger.
const ENTRY: usize = 400;
/// What a text takes beside its bytes: its place, and what the allocator adds.
const TEXT: usize = 40;
/// What the customers of a scope stand in.
const SCOPE: usize = 320;

impl Weigh for Key {
    fn weight(&self) -> usize {
        let text = |text: &str| TEXT + text.len();
        let question = match &self.question {
            Question::List(query) | Question::All(query, _) | Question::Census(query) => {
                query.size()
            }
            Question::Row(query, name) => query.size() + text(name.as_str()),
            Question::Count(query) => query.size(),
            Question::Document(doctype, name, _) => text(doctype.as_str()) + text(name.as_str()),
            Question::FileDetails(doctype, name, files) => {
                let files: usize = files.iter().map(|file| text(file.as_str())).sum();
                text(doctype.as_str()) + text(name.as_str()) + files
            }
            Question::Stock => 0,
        };
        let customers = self.scope.customers();
        let scope: usize = customers.map(|customer| text(customer.as_str())).sum();
        let key = size_of::<KeyOf>() + text(self.user.as_str()) + question;
        ENTRY + key + SCOPE + scope
    }
}

impl Owned for Key {
    type Owner = UserId;

    fn owner(&self) -> &UserId {
        &self.user
    }
}

impl Weigh for Answer {
    fn weight(&self) -> usize {
        match self {
            Self::Rows(rows, _) | Self::All(Pieces { records: rows, .. }) => {
                48 + Record::size_of_rows(rows)
            }
            Self::Census(census) => 48 + census.size(),
            Self::Count(_) => 16,
            Self::Document(record, attachments) => {
                let attachments = attachments.iter().flatten().map(Attachment::size);
                48 + record.size() + attachments.sum::<usize>()
            }
            Self::FileDetails(details) => {
                details.iter().map(|(id, _)| 96 + id.as_str().len()).sum()
            }
            Self::Stock(stock) => 48 + stock.size(),
        }
    }
}

impl Same for Answer {
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Rows(one, answered), Self::Rows(other, others_answered)) => {
                one == other && answered == others_answered
            }
            (Self::All(one), Self::All(other)) => one == other,
            (Self::Census(one), Self::Census(other)) => one == other,
            (Self::Count(one), Self::Count(other)) => one == other,
            (Self::Document(one, files), Self::Document(other, other_files)) => {
                one == other && files == other_files
            }
            (Self::FileDetails(one), Self::FileDetails(other)) => one == other,
            (Self::Stock(one), Self::Stock(other)) => one.is_same(other),
            _ => false,
        }
    }
}

/// Rows, and of when they are.
#[derive(Clone, Debug)]
pub struct Rows(pub(super) Aged<Answer>);

impl Rows {
    pub fn records(&self) -> &[Record] {
        match &*self.0.value {
            Answer::Rows(rows, _) | Answer::All(Pieces { records: rows, .. }) => rows,
            _ => &[],
        }
    }

    /// How many rows Frappe answered, those that were dropped among them.
    pub fn answered(&self) -> usize {
        match &*self.0.value {
            Answer::Rows(_, answered) => *answered,
            _ => self.records().len(),
        }
    }

    /// Whether a bound has left rows out.
    pub fn is_cut(&self) -> bool {
        matches!(&*self.0.value, Answer::All(pieces) if !pieces.is_whole)
    }

    pub fn as_of(&self) -> AsOf {
        (&self.0).into()
    }
}

/// The census of a page, and of when it is.
#[derive(Clone, Debug)]
pub struct Taken(pub(super) Aged<Answer>);

impl Taken {
    pub fn census(&self) -> Option<&Census> {
        match &*self.0.value {
            Answer::Census(census) => Some(census),
            _ => None,
        }
    }

    pub fn as_of(&self) -> AsOf {
        (&self.0).into()
    }
}

/// A document, and of when it is.
#[derive(Clone, Debug)]
pub struct Whole(pub(super) Aged<Answer>);

impl Whole {
    pub fn record(&self) -> Option<&Record> {
        match &*self.0.value {
            Answer::Document(record, _) => Some(record),
            _ => None,
        }
    }

    /// What hangs on it; `None` where that was not asked for, or not told.
    pub fn attachments(&self) -> Option<&[Attachment]> {
        match &*self.0.value {
            Answer::Document(_, attachments) => attachments.as_deref(),
            _ => None,
        }
    }

    pub fn as_of(&self) -> AsOf {
        (&self.0).into()
    }
}

/// The stock of a scope, and of when it is.
#[derive(Clone, Debug)]
pub struct Held(pub(super) Aged<Answer>);

impl Held {
    pub fn stock(&self) -> Option<&Stock> {
        match &*self.0.value {
            Answer::Stock(stock) => Some(stock),
            _ => None,
        }
    }

    pub fn as_of(&self) -> AsOf {
        let own = AsOf::from(&self.0);
        self.stock().map_or(own, |stock| own.and(stock.as_of()))
    }
}
