//! Quayfront: a customer portal in front of ERPNext and CargoNext.
//!
//! Arrows point one way: `web` asks `portal`, `portal` asks `frappe`; `views` and `cache` serve
//! them. Nothing in `frappe` or `portal` knows of HTTP servers or HTML.

pub mod admin;
pub mod cache;
pub mod clock;
pub mod commands;
pub mod config;
pub mod demo;
pub mod frappe;
pub mod log;
mod meanwhile;
pub mod portal;
pub mod views;
pub mod web;
