//! Examples of every page, for the check at start and for tests: the usual, the empty, the longest
//! and the hostile. Invented, and never shown to anybody.

mod words;

pub(super) mod account;
pub(super) mod document;
pub(super) mod frame;
pub(super) mod help;
pub(super) mod list;
pub(super) mod operators;
pub(super) mod pages;
pub(super) mod sign_in;
pub(super) mod stock;
pub(super) mod warehousing;
