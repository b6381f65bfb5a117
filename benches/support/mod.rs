//! What the benches have in common: how figures are reported, and on which cores who runs.

// What of this is used differs from bench to bench.
#![allow(dead_code)]
#![expect(
    clippy::expect_used,
    reason = "a measurement may end where it does not find what it needs"
)]

pub mod cores;
pub mod report;
