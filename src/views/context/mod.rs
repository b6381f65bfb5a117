//! What each page is told: one typed context for one template.
//!
//! The types hold words that are ready to be read: texts, addresses, dates already written in the
//! site's time. They promise that a template never has to work anything out beyond "is it there".
//! Where the values come from, and who may see them, is decided before one of these is made.

mod account;
mod cell;
mod document;
mod frame;
mod help;
mod home;
mod list;
mod message;
mod operators;
mod printed;
mod section;
mod sign_in;
mod stock;
mod table;
mod trouble;
mod warehousing;

use serde::Serialize;

pub use account::{AccountPage, Choosable, ChoosableGroup};
pub use cell::{AsOf, Cell, Moment, SafeHtml, Span, Tone};
pub use document::{Archive, DocumentPage, Fact};
pub use frame::{
    Action, Brand, Contact, Frame, Link, Making, MenuEntry, MenuGroup, MenuItem, Notice, Person,
};
pub use help::{HelpPage, HelpTopic, Meaning, TopicPage};
pub use home::{Attention, AttentionRow, Card, HomePage};
pub use list::{
    ActiveFilter, Choice, EmptyState, ExportLink, FilterControl, FilterForm, LinkChoice, ListPage,
    Noun, PageNumber, Pager, Search, Views,
};
pub use message::MessagePage;
pub use operators::{CheckLine, Labelled, MemoryLine, OperatorsPage, SeenLine, SettingLine};
pub use section::{
    ChecklistItem, FileLink, Operation, OperationState, Section, SectionBody, Step, StepState,
};
pub use sign_in::{ForgottenPasswordPage, NewPasswordPage, Problem, SecondFactorPage, SignInPage};
pub use stock::{StockGroup, StockLabel, StockLine, StockNumber, StockPage, StockTotal};
pub use table::{Column, Direction, Headings, Row, Sort, Table, TableAhead};
pub(super) use table::{Content, HeadingsOf, Rows, RowsOf, Written};
pub use trouble::{ErrorPage, NoCustomersPage};
pub use warehousing::{
    Counted, CountedRow, StockPlace, TallyCard, TallyTable, TopItem, WarehousingPage,
};

/// A page of the portal: a context and the template that shows it.
pub trait Page: Serialize + Sized {
    /// The template's path below `templates/`.
    const TEMPLATE: &'static str;

    /// Named examples: the usual, the empty, the longest and the hostile.
    ///
    /// [`Views::new`](super::Views::new) renders all of them, so that a template which asks for
    /// something that its page does not have is found at start and not by a customer.
    fn samples() -> Vec<(&'static str, Self)>;
}

/// A part of a page that can be made before all of the page is known: a macro of a template, and what
/// it is told.
pub trait Part: Serialize {
    /// The template's path below `templates/`.
    const TEMPLATE: &'static str;

    /// The macro's name.
    const MACRO: &'static str;
}

/// One rendered sample of one page, waiting for its template.
pub(super) struct Sample {
    /// The template's path below `templates/`.
    pub template: &'static str,
    /// Which sample it is.
    pub name: &'static str,
    /// The page as the template sees it.
    pub context: minijinja::Value,
}

/// The list of all pages. A page that is not in it is neither checked at start nor tested.
macro_rules! pages {
    ($($page:ty),+ $(,)?) => {
        /// The template of every page.
        pub(super) const TEMPLATES: &[&str] = &[$(<$page as Page>::TEMPLATE),+];

        /// Every sample of every page.
        pub(super) fn every_sample() -> Vec<Sample> {
            let mut samples = Vec::new();
            $(samples.extend(<$page>::samples().into_iter().map(|(name, page)| Sample {
                template: <$page>::TEMPLATE,
                name,
                context: minijinja::Value::from(minijinja::value::Serde(page)),
            }));)+
            samples
        }
    };
}

pages! {
    ListPage,
    DocumentPage,
    HomePage,
    HelpPage,
    StockPage,
    WarehousingPage,
    SignInPage,
    SecondFactorPage,
    ForgottenPasswordPage,
    NewPasswordPage,
    AccountPage,
    MessagePage,
    NoCustomersPage,
    ErrorPage,
    OperatorsPage,
}
