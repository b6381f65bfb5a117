//! The demo ERP: an in-process server that answers like Frappe over real HTTP.
//!
//! It stands in for a site in `quayfront demo` and in every test, so its honesty decides what
//! those are worth: the test `recordings_replay` holds it against recorded exchanges with a real
//! Frappe 15. Facts about Frappe name their recording in brackets. It knows the calls that the
//! portal makes and no others, takes no changes but of one's own User document and password, and
//! time comes from the clock that is passed in.

mod answers;
mod arrangement;
mod attempts;
mod cells;
mod chaos;
mod collation;
mod conditions;
mod control;
mod desk;
mod documents;
mod faults;
mod fields;
mod files;
mod filters;
mod grants;
mod made;
mod mails;
mod meta;
mod methods;
mod order;
mod paper;
mod password_strength;
mod passwords;
mod permissions;
mod prints;
mod query;
mod records;
mod rows;
mod second_factor;
mod server;
mod sessions;
mod sign_in;
mod site;
mod state;
mod tables;
#[cfg(test)]
mod tests;
mod timespans;
mod visibility;
mod visit;

pub use chaos::{Chaos, Phase, Trouble};
pub use control::SecondFactor;
pub use faults::Fault;
pub use made::{MadeFile, pattern};
pub use mails::{Mail, MailContent};
pub use server::{Request, serve};
pub use site::{DemoAccount, Site};
