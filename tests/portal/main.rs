//! What the product promises, told as tests: the portal on a real socket in front of the demo ERP on
//! another, with a clock that stands still until a test moves it.

mod bad_input;
mod documents;
mod lists;
mod matrix;
mod memory;
mod proof;
mod sign_in;
mod sign_out;
mod site_down;
mod support;
