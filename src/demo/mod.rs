//! The demo ERP: an in-process server that answers like Frappe over real HTTP.
//!
//! It stands in for a site in `quayfront demo` and in every test, so its honesty decides what
//! those are worth: the test `recordings_replay` holds it against recorded exchanges with a real
//! Frappe 15. Facts about Frappe name their recording in brackets. It knows the calls that the
//! portal and its administrators' commands make and no others, takes the changes that those make and
//! no others, and time comes from the clock that is passed in.

mod administration;
mod answers;
mod arrangement;
mod attempts;
mod cells;
mod chaos;
mod collation;
mod conditions;
mod control;
mod costs;
mod desk;
mod doctype;
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
mod migrate;
mod onlooker;
mod order;
mod paper;
mod password_strength;
mod passwords;
mod permission_manager;
mod permissions;
mod prints;
mod query;
mod records;
mod roles;
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
mod writes;

pub use chaos::{Chaos, Phase, Trouble};
pub use control::{SecondFactor, Snapshot};
pub use costs::Costs;
pub use faults::Fault;
pub use made::{MadeFile, pattern};
pub use mails::{Mail, MailContent};
pub use onlooker::Onlooker;
pub use server::{Request, serve};
pub use site::{DemoAccount, Site};
