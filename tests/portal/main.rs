//! What the product promises, told as tests: the portal on a real socket in front of the demo ERP on
//! another, with a clock that stands still until a test moves it.
#![expect(
    clippy::expect_used,
    reason = "a test may end where it does not find what it needs"
)]

mod account;
mod ages;
mod archive;
mod bad_input;
mod beside;
mod documents;
mod enumeration;
mod events;
mod exports;
mod files;
mod help;
mod home;
mod independent;
mod kindness;
mod lists;
mod matrix;
mod memory;
mod menu;
mod openapi;
mod operators;
mod orders;
mod passwords;
mod print;
mod proof;
mod queue;
mod rendered;
mod second_factor;
mod sign_in;
mod sign_out;
mod site_down;
mod stock;
mod support;
mod tries;
mod views;
mod warehousing;
mod webhooks;
