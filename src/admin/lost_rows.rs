//! Rows of Portal Settings that the next `bench migrate` takes out.
//!
//! It adds to the standard menu what apps bring along and the menu has not, and then takes out, of
//! both menus, each row that names no DocType of the site (`PortalSettings.sync_menu`, read in Frappe's
//! source). ERPNext 15 brings along a row that names none, so this happens each time. What a row names
//! has no other effect: whose it is, its role says.

use std::collections::BTreeSet;

use super::facts::{Facts, MenuRow};
use super::wanted::Wanted;
use crate::frappe::DocType;
use crate::portal::menu::Leads;
use crate::portal::page::PageName;

/// A row that leads to a page of ours and will be lost.
#[derive(Debug)]
pub struct LostRow<'a> {
    /// The row.
    pub row: &'a MenuRow,
    /// What it has to name to stay; `None` where the site has not got the page's DocType.
    pub doctype: Option<&'a DocType>,
}

/// Those of both menus, on or off; none of a standard menu that is hidden.
#[must_use]
pub fn lost_rows<'a>(facts: &'a Facts, wanted: &'a Wanted) -> Vec<LostRow<'a>> {
    let Ok(menu) = &facts.menu else {
        return Vec::new();
    };
    let standard = menu.standard.iter().filter(|_| !menu.hides_standard);
    let rows = standard.chain(&menu.custom);
    let rows = rows.filter(|row| !stays(facts, &row.reference_doctype));
    rows.filter_map(|row| match wanted.leads.leads(&row.route) {
        Ok(Leads::Page(page)) => Some(LostRow {
            row,
            doctype: row_doctype(facts, wanted, &page),
        }),
        _ => None,
    })
    .collect()
}

/// What a row for this page names; `None` where the site has not got it.
#[must_use]
pub fn row_doctype<'a>(facts: &Facts, wanted: &'a Wanted, page: &PageName) -> Option<&'a DocType> {
    let doctype = wanted.row_doctypes.get(page)?;
    stays(facts, doctype.as_str()).then_some(doctype)
}

/// Whether a row stays that names this; where it is not known which DocTypes there are, anything.
fn stays(facts: &Facts, doctype: &str) -> bool {
    let is_known = |known: &BTreeSet<String>| known.contains(doctype);
    !doctype.is_empty() && facts.row_doctypes.as_ref().map_or(true, is_known)
}
