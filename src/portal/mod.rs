//! What a customer may see: pages, whose customer one is, lists and documents.
pub mod page;
pub mod request;
pub mod scope;
pub mod value;
