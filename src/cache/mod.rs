//! What is remembered, for how long, and who may be asking.
//!
//! [`Memory`] keeps answers with the time at which they were given and lets one question run for
//! each key. It promises that an answer is served as fresh only while it is, and once it has
//! expired only when nobody can answer; that a failed question is remembered by nobody and told to
//! nobody but the one who asked it; and that the whole stays within its bytes and each owner within
//! his share of them. What a key must hold so that nobody sees another's answer, and what makes
//! answers be forgotten, is the business of `portal`.

mod ages;
mod behind;
mod bookmarks;
mod flights;
mod ledger;
mod memory;
mod store;

pub use ages::{Age, Ages, Same, Sequence, Since, Version};
pub use behind::{Behind, Lane};
pub use bookmarks::Bookmarks;
pub use memory::{Aged, Found, Got, Memory, Origin, Verdict};
pub use store::{Figures, Owned, Room, Store, Thing, Weigh};
