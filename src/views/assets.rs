//! Style, script and symbols, each at an address that holds a part of its content's hash.
//!
//! Promises that an address answers the same bytes for ever, so browsers need never ask twice.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::sources::Sources;

/// Where the assets lie below `templates/`.
const FOLDER: &str = "assets/";

/// One asset.
#[derive(Debug, Clone)]
pub struct Asset {
    /// What is in it.
    pub bytes: Arc<[u8]>,
    /// Its media type, with the character set where there is one.
    pub content_type: String,
}

/// All assets.
#[derive(Debug, Default)]
pub(super) struct Assets {
    by_address: HashMap<String, Asset>,
    addresses: HashMap<String, String>,
}

impl Assets {
    /// Takes the assets out of all files.
    pub fn new(sources: &Sources) -> Self {
        let mut assets = Self::default();
        for (path, file) in &sources.files {
            if let Some(name) = path.strip_prefix(FOLDER) {
                let address = hashed(name, &file.bytes);
                let asset = Asset {
                    bytes: Arc::from(&*file.bytes),
                    content_type: content_type(name),
                };
                assets.addresses.insert(name.to_owned(), address.clone());
                assets.by_address.insert(address, asset);
            }
        }
        assets
    }

    /// The address of an asset, from its name below `templates/assets/`: `app.css`.
    pub fn address(&self, name: &str) -> Option<String> {
        Some(format!("/assets/{}", self.addresses.get(name)?))
    }

    /// The asset at an address, given without its leading `/assets/`.
    pub fn get(&self, address: &str) -> Option<Asset> {
        self.by_address.get(address).cloned()
    }
}

/// `app.css` as `app-0123456789ab.css`.
fn hashed(name: &str, bytes: &[u8]) -> String {
    let mut hash = String::with_capacity(12);
    for byte in &Sha256::digest(bytes)[..6] {
        // Writing to a string cannot fail.
        let _ = write!(hash, "{byte:02x}");
    }
    let folder_end = name.rfind('/').map_or(0, |slash| slash + 1);
    match name[folder_end..].rfind('.') {
        Some(dot) if dot > 0 => {
            let (stem, suffix) = name.split_at(folder_end + dot);
            format!("{stem}-{hash}{suffix}")
        }
        _ => format!("{name}-{hash}"),
    }
}

fn content_type(name: &str) -> String {
    let guessed = mime_guess::from_path(name).first_or_octet_stream();
    let is_text = guessed.type_() == mime_guess::mime::TEXT || guessed.subtype() == "javascript";
    if is_text {
        format!("{guessed}; charset=utf-8")
    } else {
        guessed.to_string()
    }
}
