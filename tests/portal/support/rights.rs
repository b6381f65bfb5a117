//! Rights that the demo does not ship.

use serde_json::json;

use super::World;
use super::truth::{records, text};

/// Customers may read the legs that rows of transport jobs point to: as shipped, they may not.
pub fn let_customers_read_legs(world: &World) {
    let mut permission = records("custom_docperm")
        .into_iter()
        .find(|row| text(row, "parent") == "Transport Job" && text(row, "role") == "Customer")
        .expect("Customer may read jobs");
    permission["name"] = json!("customer-reads-legs");
    permission["parent"] = json!("Transport Leg");
    world.site.insert_record("Custom DocPerm", permission);
}
