//! What the benches have in common: how figures are reported, who runs on which core, a demo ERP with
//! a portal in front of it, and what is asked of it.

// What of this is used differs from bench to bench.
#![allow(dead_code)]
#![expect(
    clippy::expect_used,
    reason = "a measurement may end where it does not find what it needs"
)]

pub mod asked;
pub mod cores;
pub mod direct;
pub mod habits;
pub mod load;
pub mod log;
pub mod process;
pub mod report;
pub mod stage;
