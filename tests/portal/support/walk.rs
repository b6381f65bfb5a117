//! Walking through a list, page by page.

use serde_json::Value;

use super::Visitor;
use super::truth::text;

/// The names of the rows of a list's page.
pub fn names(list: &Value) -> Vec<String> {
    list["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| text(row, "name").to_owned())
        .collect()
}

/// The names of all rows on all pages.
pub async fn all_names(visitor: &mut Visitor, address: &str) -> Vec<String> {
    let joint = if address.contains('?') { '&' } else { '?' };
    let mut all = Vec::new();
    for page in 1.. {
        let list = visitor
            .json(&format!("{address}{joint}page={page}"))
            .await
            .json();
        let of_page = names(&list);
        if of_page.is_empty() {
            assert_eq!(list["total"].as_u64(), Some(all.len() as u64), "{address}");
            return all;
        }
        all.extend(of_page);
    }
    unreachable!("the pages end")
}

/// The same names, in their order.
pub fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}
