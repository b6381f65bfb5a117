//! The demo ERP: an in-process server that answers like Frappe over real HTTP.
