//! What administrators' commands know and do: the facts of a site, what is wrong with them, and what
//! would set them right.
//!
//! Reading (`survey`) is apart from judging (`check`): each check is a function from facts to
//! findings, and asks nothing. Nothing here knows of terminals; the commands print and ask.

pub mod check;
pub mod facts;
pub mod lost_rows;
pub mod names;
pub mod plan;
pub mod report;
pub mod survey;
pub mod user;
pub mod wanted;
