//! Who may read what: roles, permission rows, sharing and User Permissions, as Frappe decides.
//!
//! `Access` answers for one user and one request. It promises Frappe's rules, the ones that fail
//! open included: no User Permission means every row (`list_ironclad_no_up`), an empty link is
//! open to everybody unless the site is strict (`wj_count_by_customer`,
//! `strict_wj_count_by_customer`). It changes nothing and knows nothing of queries.

use std::collections::{BTreeMap, HashSet};

use super::answers::{Failure, no_doctype_access};
use super::grants::{ADMINISTRATOR, Allowed, GUEST, roles_of, user_permissions_of};
use super::meta::{Meta, Metas};
use super::records::{Record, Records, children, int, text};

/// What one user may do.
pub(super) struct Access<'a> {
    pub(super) records: &'a Records,
    pub(super) user: &'a str,
    pub(super) roles: HashSet<String>,
    pub(super) user_permissions: BTreeMap<String, Vec<Allowed>>,
    pub(super) strict: bool,
}

/// The reasons that a check gives for its no; they become `_server_messages`.
pub(super) type Reasons = Vec<String>;

impl<'a> Access<'a> {
    pub(super) fn new(records: &'a Records, user: &'a str) -> Self {
        let strict = records
            .single("System Settings")
            .is_some_and(|settings| int(settings, "apply_strict_user_permissions") != 0);
        Self {
            records,
            user,
            roles: roles_of(records, user).into_iter().collect(),
            user_permissions: user_permissions_of(records, user),
            strict,
        }
    }

    pub(super) fn is_administrator(&self) -> bool {
        self.user == ADMINISTRATOR
    }

    /// The permission rows in force: Custom `DocPerm` rows replace all others of their `DocType`
    /// (`bare_sysmgr_after`).
    fn rows_in_force(&self, meta: &'a Meta) -> Vec<&'a Record> {
        let of_this = |row: &&Record| text(row, "parent") == meta.name;
        let frozen = ["DocType", "DocField", "DocPerm", "Custom DocPerm"];
        if !meta.is_child && !frozen.contains(&meta.name.as_str()) {
            let custom: Vec<_> = self
                .records
                .documents("Custom DocPerm")
                .filter(of_this)
                .collect();
            if !custom.is_empty() {
                return custom;
            }
        }
        let standard: Vec<_> = self.records.documents("DocPerm").filter(of_this).collect();
        if standard.is_empty() {
            meta.permissions.iter().collect()
        } else {
            standard
        }
    }

    pub(super) fn rows_of_mine(&self, meta: &'a Meta) -> impl Iterator<Item = &'a Record> {
        self.rows_in_force(meta)
            .into_iter()
            .filter(|row| self.roles.contains(text(row, "role")) && int(row, "permlevel") == 0)
    }

    /// `None`: no role gives it. `Some(true)`: only for documents that the user owns.
    pub(super) fn role_permission(&self, meta: &'a Meta, right: &str) -> Option<bool> {
        if self.is_administrator() {
            return Some(false);
        }
        let mut given = None;
        for row in self.rows_of_mine(meta).filter(|row| int(row, right) != 0) {
            let only_own = int(row, "if_owner") != 0 && right != "create";
            given = Some(given.unwrap_or(true) && only_own);
        }
        given
    }

    /// Whether a role gives `right` at all; one's own documents are enough for reading lists.
    pub(super) fn role_gives(&self, meta: &'a Meta, right: &str) -> bool {
        match self.role_permission(meta, right) {
            None => false,
            Some(only_own) => !only_own || matches!(right, "select" | "read"),
        }
    }

    /// The same without what is shared (Frappe's `check_doctype_permission`).
    pub(super) fn may_by_role(&self, meta: &'a Meta, right: &str) -> bool {
        self.role_gives(meta, right)
    }

    /// The right that lists of this `DocType` are read with.
    pub(super) fn reading_right(&self, meta: &'a Meta) -> &'static str {
        let only_select = self.role_gives(meta, "select") && !self.role_gives(meta, "read");
        if only_select && !self.is_administrator() {
            "select"
        } else {
            "read"
        }
    }

    /// The permission levels whose fields the user may read.
    pub(super) fn levels(&self, meta: &'a Meta, right: &str) -> HashSet<i64> {
        self.rows_in_force(meta)
            .into_iter()
            .filter(|row| self.roles.contains(text(row, "role")) && int(row, right) != 0)
            .map(|row| int(row, "permlevel"))
            .collect()
    }

    pub(super) fn has_rows_in_force(&self, meta: &'a Meta) -> bool {
        !self.rows_in_force(meta).is_empty()
    }

    /// What is shared with the user. Every user's own User document is, by Frappe itself
    /// (`own_user_doc_website_user`).
    pub(super) fn shared(&self, doctype: &str) -> Option<&'a str> {
        let own = doctype == "User" && ![ADMINISTRATOR, GUEST].contains(&self.user);
        own.then_some(self.user)
    }

    /// `frappe.has_permission(..., throw=True)` on a `DocType`.
    pub(super) fn require(
        &self,
        meta: &'a Meta,
        right: &str,
        parent: Option<&str>,
    ) -> Result<(), Failure> {
        let mut reasons = Vec::new();
        if self.may(meta, right, parent, &mut reasons) {
            return Ok(());
        }
        let error_message = format!("No permission for {}", meta.name);
        Err(Failure::not_permitted(
            &[reasons.join("<br>")],
            Some(error_message),
        ))
    }

    /// Whether the user has `right` on a `DocType`; a child table asks its parent.
    pub(super) fn may(
        &self,
        meta: &'a Meta,
        right: &str,
        parent: Option<&str>,
        reasons: &mut Reasons,
    ) -> bool {
        if self.is_administrator() {
            return true;
        }
        if meta.is_child {
            return self.may_through_parent(meta, right, parent, reasons);
        }
        if self.role_gives(meta, right) {
            return true;
        }
        reasons.push(no_doctype_access(self.user, &meta.name));
        self.shared(&meta.name).is_some() && matches!(right, "read" | "write" | "share")
    }

    fn may_through_parent(
        &self,
        meta: &Meta,
        right: &str,
        parent: Option<&str>,
        reasons: &mut Reasons,
    ) -> bool {
        let child = &meta.name;
        let Some(parent) = parent.filter(|parent| !parent.is_empty()) else {
            reasons.push(format!(
                "Please specify a valid parent DocType for <strong>{child}</strong>"
            ));
            return false;
        };
        let parent_meta = Metas::get().meta(parent).filter(|parent| {
            !parent.is_child && parent.table_fields().any(|field| field.options == *child)
        });
        let Some(parent_meta) = parent_meta else {
            reasons.push(format!(
                "<strong>{parent}</strong> is not a valid parent DocType for \
                 <strong>{child}</strong>"
            ));
            return false;
        };
        self.may(parent_meta, right, None, reasons)
    }

    /// `doc.has_permission(right)`: role, owner, User Permissions on the document, its links and
    /// those of its child rows.
    pub(super) fn may_document(
        &self,
        meta: &'a Meta,
        right: &str,
        document: &Record,
        reasons: &mut Reasons,
        printed: &mut Vec<String>,
    ) -> bool {
        if self.is_administrator() {
            return true;
        }
        if self.document_rights(meta, right, document, reasons, printed) {
            return true;
        }
        let mut reason = format!(
            "User <strong>{}</strong> does not have access to this document",
            self.user
        );
        if self.may(meta, "read", None, reasons) {
            let name = text(document, "name");
            reason = format!("{reason}: {} - {name}", meta.name);
        }
        reasons.push(reason);
        let name = text(document, "name");
        self.shared(&meta.name).is_some_and(|shared| shared == name)
            && matches!(right, "read" | "write" | "share")
    }

    fn document_rights(
        &self,
        meta: &'a Meta,
        right: &str,
        document: &Record,
        reasons: &mut Reasons,
        printed: &mut Vec<String>,
    ) -> bool {
        if !self.controller_allows(meta, right, document, reasons, printed) {
            reasons.push("Not allowed via controller permission check".to_owned());
            return false;
        }
        let is_owner = text(document, "owner").eq_ignore_ascii_case(self.user);
        let by_role = self.role_permission(meta, right);
        if !self.user_permissions_allow(meta, document, reasons) {
            return is_owner && by_role == Some(true);
        }
        by_role.is_some_and(|only_own| !only_own || is_owner)
    }

    fn controller_allows(
        &self,
        meta: &Meta,
        right: &str,
        document: &Record,
        reasons: &mut Reasons,
        printed: &mut Vec<String>,
    ) -> bool {
        match meta.name.as_str() {
            "User" => ![ADMINISTRATOR, GUEST].contains(&text(document, "name")),
            "File" if matches!(right, "read" | "select") => {
                self.may_read_file(document, reasons, printed)
            }
            _ => true,
        }
    }

    /// A file follows the document that it hangs on (`file_doc_own_job`). A refusal there prints
    /// its own reasons and forgets the outer ones (`file_doc_other_customer`).
    pub(super) fn may_read_file(
        &self,
        file: &Record,
        reasons: &mut Reasons,
        printed: &mut Vec<String>,
    ) -> bool {
        if int(file, "is_private") == 0
            || self.is_administrator()
            || (self.user != GUEST && text(file, "owner") == self.user)
        {
            return true;
        }
        let doctype = text(file, "attached_to_doctype");
        let document = self.records.get(doctype, text(file, "attached_to_name"));
        let (Some(document), Some(meta)) = (document, Metas::get().meta(doctype)) else {
            return false;
        };
        let mut inner = Vec::new();
        let allowed = self.may_document(meta, "read", document, &mut inner, printed);
        if !allowed {
            printed.push(inner.join("<br>"));
            reasons.clear();
        }
        allowed
    }

    fn user_permissions_allow(
        &self,
        meta: &Meta,
        document: &Record,
        reasons: &mut Reasons,
    ) -> bool {
        if self.user_permissions.is_empty() {
            return true;
        }
        let doctype = meta.name.as_str();
        let name = text(document, "name");
        if let Some(docs) = self.allowed_docs(doctype, doctype)
            && !docs.contains(&name)
        {
            reasons.push(format!("Not allowed for {doctype}: {name}"));
            return false;
        }
        if !self.links_allow(meta, document, doctype, meta.is_single, reasons) {
            return false;
        }
        meta.table_fields().all(|table| {
            Metas::get().meta(&table.options).is_none_or(|child| {
                children(document, &table.fieldname)
                    .all(|row| self.links_allow(child, row, doctype, meta.is_single, reasons))
            })
        })
    }

    fn links_allow(
        &self,
        meta: &Meta,
        record: &Record,
        doctype: &str,
        is_single: bool,
        reasons: &mut Reasons,
    ) -> bool {
        let strict = self.strict && !is_single;
        for field in meta
            .link_fields()
            .filter(|field| !field.ignore_user_permissions)
        {
            let value = text(record, &field.fieldname);
            if value.is_empty() && !strict {
                continue;
            }
            let Some(docs) = self.allowed_docs(&field.options, doctype) else {
                continue;
            };
            if docs.contains(&value) {
                continue;
            }
            let shown = if value.is_empty() { "empty" } else { value };
            let label = if field.label.is_empty() {
                &field.fieldname
            } else {
                &field.label
            };
            let row = match record.get("parentfield") {
                Some(_) => format!("row {}, ", int(record, "idx")),
                None => String::new(),
            };
            reasons.push(format!(
                "You are not allowed to access this {} record because it is linked to {} \
                 '{shown}' in {row}field {label}",
                meta.name, field.options
            ));
            return false;
        }
        true
    }

    /// The documents of `allow` that the user's permissions name for `doctype`; `None` where
    /// there is no such permission and so no limit.
    pub(super) fn allowed_docs(&self, allow: &str, doctype: &str) -> Option<Vec<&str>> {
        let docs: Vec<&str> = self
            .user_permissions
            .get(allow)?
            .iter()
            .filter(|allowed| allowed.applies_to(doctype))
            .map(|allowed| allowed.doc.as_str())
            .collect();
        (!docs.is_empty()).then_some(docs)
    }
}
