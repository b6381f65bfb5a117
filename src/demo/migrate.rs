//! What `bench migrate` does to Portal Settings.

use serde_json::Value;

use super::meta::Metas;
use super::site::Site;

impl Site {
    /// Takes the rows out of both menus that name no DocType of the site, as Frappe does when it adds
    /// a row that an app brings along. ERPNext 15 brings one along that names none itself, so each
    /// migrate does that. Read in Frappe's source and seen on a site; no recording has it.
    pub fn migrate(&self) {
        let state = &mut *self.state();
        let settings = state.records.single_mut("Portal Settings");
        for table in ["menu", "custom_menu"] {
            if let Some(Value::Array(rows)) = settings.get_mut(table) {
                rows.retain(|row| {
                    let named = row["reference_doctype"].as_str().unwrap_or_default();
                    let meta = Metas::get().meta(named);
                    meta.is_some_and(|meta| meta.name == named)
                });
            }
        }
    }
}
