//! The parts of the replay: what was recorded, what is left out and why, the stage that the
//! exchanges are played on, and how answers are compared.

pub mod classify;
pub mod compare;
pub mod inventory;
pub mod recording;
pub mod second;
pub mod stage;
