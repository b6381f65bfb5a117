//! Which rows of a `DocType` a list shows: Frappe's match conditions.
//!
//! They fail open: without a User Permission every row is shown, and an empty link is open to
//! everybody unless the site is strict (`list_ironclad_no_up`, `wj_count_by_customer`,
//! `strict_wj_count_by_customer`).

use super::collation;
use super::grants::{ADMINISTRATOR, GUEST};
use super::meta::{Meta, Metas};
use super::permissions::Access;
use super::records::{Record, int, text};

impl<'a> Access<'a> {
    /// Which rows of a `DocType` a list shows.
    pub(super) fn visibility(&self, meta: &'a Meta) -> Visibility<'_> {
        let mut visibility = Visibility {
            also: self.also_required(meta),
            ..Default::default()
        };
        if self.is_administrator() {
            return visibility;
        }
        let reads = self.role_gives(meta, "read") || self.role_gives(meta, "select");
        let named = self.user_permissions.get(&meta.name);
        let any_permission =
            named.is_some_and(|list| list.iter().any(|allowed| allowed.applies_to(&meta.name)));
        if !meta.is_child && !reads && !any_permission {
            visibility.only_shared = Some(self.shared(&meta.name).unwrap_or_default());
            return visibility;
        }
        if self.needs_owner(meta) {
            visibility.owner = Some(self.user);
            visibility.shared = self.shared(&meta.name);
        } else if reads {
            let own_name = ("name", meta.name.as_str());
            let links = meta
                .link_fields()
                .filter(|field| !field.ignore_user_permissions)
                .map(|field| (field.fieldname.as_str(), field.options.as_str()));
            for (fieldname, options) in links.chain([own_name]) {
                if let Some(docs) = self.allowed_docs(options, &meta.name) {
                    visibility.links.push((fieldname, docs));
                    visibility.shared = self.shared(&meta.name);
                }
            }
            visibility.strict = self.strict;
        }
        visibility
    }

    fn needs_owner(&self, meta: &'a Meta) -> bool {
        let any_owner_right = [
            "select", "read", "write", "delete", "submit", "print", "email",
        ]
        .iter()
        .any(|right| self.role_permission(meta, right) == Some(true));
        any_owner_right
            && !["select", "read"]
                .iter()
                .any(|right| self.role_permission(meta, right) == Some(false))
    }

    /// What Frappe's own apps add to the conditions of some `DocTypes`.
    fn also_required(&self, meta: &Meta) -> Also<'_> {
        if self.is_administrator() {
            return Also::Nothing;
        }
        match meta.name.as_str() {
            "User" => Also::NoStandardUser,
            "File" if self.roles.contains("Desk User") => Also::FilesOfReadable(self),
            "File" => Also::OwnedBy(self.user),
            _ => Also::Nothing,
        }
    }

    fn reads_attachments_of(&self, doctype: &str) -> bool {
        Metas::get()
            .meta(doctype)
            .is_some_and(|meta| self.rows_of_mine(meta).any(|row| int(row, "read") != 0))
    }
}

#[derive(Default)]
enum Also<'a> {
    #[default]
    Nothing,
    NoStandardUser,
    OwnedBy(&'a str),
    FilesOfReadable(&'a Access<'a>),
}

/// The match conditions of a list.
#[derive(Default)]
pub(super) struct Visibility<'a> {
    only_shared: Option<&'a str>,
    owner: Option<&'a str>,
    links: Vec<(&'a str, Vec<&'a str>)>,
    shared: Option<&'a str>,
    strict: bool,
    also: Also<'a>,
}

impl Visibility<'_> {
    pub(super) fn shows(&self, row: &Record) -> bool {
        let name = text(row, "name");
        if let Some(shared) = self.only_shared {
            return collation::equal(name, shared) && self.also_allows(row);
        }
        let matched = self
            .owner
            .is_none_or(|owner| collation::equal(text(row, "owner"), owner))
            && self.links.iter().all(|(fieldname, docs)| {
                let value = text(row, fieldname);
                (value.is_empty() && !self.strict)
                    || (!value.is_empty() && docs.iter().any(|doc| collation::equal(value, doc)))
            })
            && self.also_allows(row);
        matched
            || self
                .shared
                .is_some_and(|shared| collation::equal(name, shared))
    }

    fn also_allows(&self, row: &Record) -> bool {
        match self.also {
            Also::Nothing => true,
            Also::NoStandardUser => ![ADMINISTRATOR, GUEST].contains(&text(row, "name")),
            Also::OwnedBy(user) => collation::equal(text(row, "owner"), user),
            Also::FilesOfReadable(access) => {
                let doctype = text(row, "attached_to_doctype");
                int(row, "is_private") == 0
                    || (doctype.is_empty() && collation::equal(text(row, "owner"), access.user))
                    || access.reads_attachments_of(doctype)
            }
        }
    }
}
