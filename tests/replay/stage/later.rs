//! What was changed on the recorded site after the data set was taken, by hand and unrecorded, and
//! shows in later recordings: an Item got the references of two customers and a picture
//! (`item_list_customer_items_fields`, `item_list_image`).

use std::collections::VecDeque;

use jiff::Timestamp;
use quayfront::demo::Site;
use serde_json::{Value, json};

pub struct Later(VecDeque<Change>);

struct Change {
    at: Timestamp,
    doctype: &'static str,
    name: &'static str,
    field: &'static str,
    value: Value,
}

impl Later {
    pub fn after_the_data_set() -> Self {
        let reference = |idx: u32, customer: &str, code: &str| {
            json!({
                "name": format!("reference-{idx}"), "idx": idx, "docstatus": 0,
                "customer_name": customer, "ref_code": code,
                "parent": "ITM-040", "parenttype": "Item", "parentfield": "customer_items",
            })
        };
        let references = json!([
            reference(1, "Acme Foods", "ACME-4711"),
            reference(2, "Bluefin Seafoods", "BF-1"),
        ]);
        let image = json!("/files/photo-TRJ000001121.png");
        let at: Timestamp = "2026-11-22T18:27:00Z".parse().expect("a time");
        let change = |field, value| Change {
            at,
            doctype: "Item",
            name: "ITM-040",
            field,
            value,
        };
        Self([change("customer_items", references), change("image", image)].into())
    }

    /// Does what is due.
    pub fn happen(&mut self, site: &Site, now: Timestamp) {
        while let Some(change) = self.0.pop_front_if(|change| change.at <= now) {
            let Change {
                doctype,
                name,
                field,
                value,
                ..
            } = change;
            site.set_record_field(doctype, name, field, value);
        }
    }

    /// The DocTypes and fields that it fills.
    pub fn filled(&self) -> impl Iterator<Item = (&'static str, &'static str, &Value)> {
        let changes = self.0.iter();
        changes.map(|change| (change.doctype, change.field, &change.value))
    }
}
