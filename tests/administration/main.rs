//! The commands for administrators against the demo ERP: every broken site is named by its fault and
//! by nothing else, and what is planned is done, once, and can be undone.

#![expect(clippy::expect_used, reason = "a test that cannot begin has failed")]

mod broken;
mod setting_up;
mod support;
mod told;
mod webhooks;
