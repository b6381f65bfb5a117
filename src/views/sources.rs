//! Where templates and assets come from: those built in, and the folder that replaces single ones.
//!
//! Promises that a file of the folder wins over the one built in at the same path, and a
//! fingerprint that changes when any of them does. What is in the files is left to others.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rust_embed::Embed;

use super::ViewsError;

/// The files of `templates/`. Built into a release; a debug build reads them where they lie.
#[derive(Embed)]
#[folder = "templates/"]
struct BuiltIn;

/// One file.
pub(super) struct File {
    /// What is in it.
    pub bytes: Cow<'static, [u8]>,
    /// Where it lies, when it is not the one built in.
    pub replaced_by: Option<PathBuf>,
}

/// The paths and the times of their last change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Fingerprint(BTreeMap<String, Option<u64>>);

/// All files by their path below `templates/`, parted by `/`.
pub(super) struct Sources {
    /// The files.
    pub files: BTreeMap<String, File>,
    /// What tells whether they have changed since.
    pub fingerprint: Fingerprint,
}

impl Sources {
    /// Reads all files.
    ///
    /// # Errors
    ///
    /// When the folder, or a file in it, cannot be read.
    pub fn read(folder: Option<&Path>) -> Result<Self, ViewsError> {
        let mut sources = Self {
            files: BTreeMap::new(),
            fingerprint: Fingerprint::default(),
        };
        for path in BuiltIn::iter() {
            if let Some(file) = BuiltIn::get(&path) {
                sources.add(
                    path.into_owned(),
                    file.metadata.last_modified(),
                    file.data,
                    None,
                );
            }
        }
        if let Some(folder) = folder {
            sources.add_folder(folder, "")?;
        }
        Ok(sources)
    }

    /// The files of the folder that change nothing, because no template and no asset names them and none
    /// that is built in has their path: a slip of the pen, or what an earlier version had.
    pub fn unused(&self) -> impl Iterator<Item = &Path> {
        let is_named = |name: &str| {
            let asked_for = name.strip_prefix("assets/").unwrap_or(name);
            let others = self.files.iter().filter(|(other, _)| *other != name);
            others
                .map(|(_, file)| String::from_utf8_lossy(&file.bytes))
                .any(|text| text.contains(asked_for))
        };
        self.files.iter().filter_map(move |(name, file)| {
            let path = file.replaced_by.as_deref()?;
            let is_unused = BuiltIn::get(name).is_none() && !is_named(name);
            is_unused.then_some(path)
        })
    }

    fn add_folder(&mut self, folder: &Path, prefix: &str) -> Result<(), ViewsError> {
        let failed = |source| ViewsError::Folder {
            path: folder.to_owned(),
            source,
        };
        for entry in fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let path = entry.path();
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            // Folders and files that editors and version control keep beside the real ones.
            if name.starts_with('.') || name.ends_with('~') {
                continue;
            }
            if path.is_dir() {
                self.add_folder(&path, &format!("{prefix}{name}/"))?;
            } else {
                let (bytes, changed) = read_file(&path).map_err(|source| ViewsError::Folder {
                    path: path.clone(),
                    source,
                })?;
                self.add(format!("{prefix}{name}"), changed, bytes.into(), Some(path));
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        name: String,
        changed: Option<u64>,
        bytes: Cow<'static, [u8]>,
        replaced_by: Option<PathBuf>,
    ) {
        self.fingerprint.0.insert(name.clone(), changed);
        self.files.insert(name, File { bytes, replaced_by });
    }
}

/// A file and its last change, in nanoseconds since 1970.
fn read_file(path: &Path) -> io::Result<(Vec<u8>, Option<u64>)> {
    let changed = fs::metadata(path)?.modified().ok();
    let since = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let nanoseconds = since.and_then(|since| u64::try_from(since.as_nanos()).ok());
    Ok((fs::read(path)?, nanoseconds))
}
