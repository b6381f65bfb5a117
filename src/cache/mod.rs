//! What is remembered, for how long, and who may be asking.
//!
//! [`Memory`] keeps answers with the time at which they were given and lets one question run for
//! each key. It promises that an answer is served only while it is younger than asked for, that a
//! failed question is remembered by nobody and told to nobody but the one who asked it, and that
//! the whole stays within its bytes. What a key must hold so that nobody sees another's answer is
//! the business of `portal`.

mod flights;
mod memory;

pub use memory::{Aged, Memory, Origin, Weigh};
