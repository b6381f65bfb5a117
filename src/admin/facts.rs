//! What was read of a site: plain data, for checks to judge and for plans to start from.
//!
//! Each part was read or was not, by itself; a check says which of its questions stay open.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use super::names::CUSTOMER_ROLE;
use crate::frappe::{DocType, Error, FieldName, Right};
pub use crate::frappe::{PortalMenuRow as MenuRow, PortalSettings as Menu};

/// A part that was read, or why it was not.
pub type Read<T> = Result<T, Error>;

/// Everything that was read.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The administrator, in Frappe's own words.
    pub administrator: String,
    /// How the site is reached.
    pub site: Site,
    /// Its DocTypes that are shown, those below them and those that stock is made of; `None` for one
    /// that is not there.
    pub doctypes: Read<BTreeMap<DocType, Option<Fields>>>,
    /// All permission rows, standard and custom.
    pub rules: Read<Vec<Rule>>,
    /// The roles.
    pub roles: Read<Vec<Role>>,
    /// The Website Users.
    pub users: Read<Vec<User>>,
    /// The User Permissions that allow a Customer.
    pub permissions: Read<Vec<Permission>>,
    /// What User Permissions of customers' users allow of other DocTypes.
    pub restrictions: Read<Vec<Restriction>>,
    /// The customers.
    pub customers: Read<Vec<String>>,
    /// The group of each customer, empty where there is none.
    pub groups: BTreeMap<String, String>,
    /// Portal users of customers.
    pub portal_users: Read<Vec<Link>>,
    /// Contacts of users that link to customers.
    pub contacts: Read<Vec<Link>>,
    /// What was found in the documents of the pages, by DocType.
    pub documents: BTreeMap<DocType, Read<Documents>>,
    /// What stock is made of; `None` when no page shows stock.
    pub stock: Option<Read<Stock>>,
    /// Files that anybody can load and that hang on documents of the pages.
    pub public_files: Read<Vec<PublicFile>>,
    /// Portal Settings.
    pub menu: Read<Menu>,
    /// Which of the DocTypes that rows of Portal Settings name for pages, or should, are there.
    pub row_doctypes: Read<BTreeSet<String>>,
    /// The webhooks that lead to the portal, or are called as ours.
    pub webhooks: Read<Vec<Webhook>>,
    /// The portal's own account; `None` when the settings name none.
    pub service: Option<Read<Service>>,
}

/// How the site is reached and what it says of itself.
#[derive(Clone, Debug)]
pub struct Site {
    /// How far its clock is ahead of ours.
    pub clock_ahead: Read<SignedDuration>,
    /// Its apps and their versions.
    pub versions: Read<BTreeMap<String, String>>,
    /// System Settings.
    pub settings: Read<SystemSettings>,
    /// What links in its mails begin with; `None` where it does not show it.
    pub mails: Read<Option<String>>,
    /// Whether an Email Account sends what no other is meant for, as mails with new passwords.
    pub sends_mails: Read<bool>,
    /// What becomes of a client's address on its way.
    pub address: Address,
    /// Whether Frappe itself answers at its public address; `None` when none was given.
    pub outside: Option<Outside>,
}

/// What matters of System Settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemSettings {
    /// The time zone.
    pub time_zone: String,
    /// Apply Strict User Permissions.
    pub strict: bool,
    /// Allow Consecutive Login Attempts; 0 is no lock.
    pub attempts: i64,
    /// Allow Login After Fail, in seconds.
    pub window: i64,
    /// Whether the second factor is on.
    pub two_factor: bool,
}

/// What becomes of a client's address between the portal and Frappe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Frappe has seen the address that was sent.
    PassedOn,
    /// Frappe has seen this one instead.
    Replaced(String),
    /// Only signing in shows it, and the administrator came with an API key.
    Unknown,
}

/// Whether Frappe answers at its public address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// The address that was asked.
    pub url: String,
    /// Whether Frappe answered there.
    pub answers: bool,
}

/// The fields of a DocType as they are in force, Custom Field and Property Setter among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(pub BTreeMap<FieldName, Field>);

/// One field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// `Data`, `Link`, `Table` …
    pub fieldtype: String,
    /// The DocType of a Link or Table.
    pub options: String,
    /// The permission level.
    pub level: i64,
    /// Whether User Permissions do not count for this link.
    pub ignores_permissions: bool,
}

/// A permission row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// The DocType.
    pub doctype: String,
    /// The role.
    pub role: String,
    /// The permission level.
    pub level: i64,
    /// Whether it is for one's own documents only.
    pub only_own: bool,
    /// What it gives.
    pub rights: BTreeSet<Right>,
    /// Whether it is a Custom `DocPerm` row, which replaces all standard ones of the DocType.
    pub is_custom: bool,
}

/// A role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Whether it opens the desk.
    pub desk: bool,
    /// Whether it asks for a second factor.
    pub two_factor: bool,
}

/// A Website User.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The name, an e-mail address.
    pub name: String,
    /// Whether he may sign in.
    pub enabled: bool,
    /// The roles that he was given.
    pub roles: BTreeSet<String>,
}

impl User {
    /// Whether he signs in to the portal as a customer's user.
    #[must_use]
    pub fn is_a_customers(&self) -> bool {
        self.enabled && self.roles.contains(CUSTOMER_ROLE)
    }
}

/// A User Permission that allows a Customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permission {
    /// The document's own name.
    pub name: String,
    /// The user.
    pub user: String,
    /// The customer.
    pub customer: String,
    /// The DocType that it is limited to; empty for all.
    pub applicable_for: String,
}

/// What the User Permissions of one user allow of a DocType other than Customer: a document that links
/// to something else of that DocType is not shown to him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restriction {
    /// The user.
    pub user: String,
    /// The DocType that is linked to.
    pub doctype: DocType,
    /// The DocType whose documents it is limited to; `None` for all.
    pub applicable_for: Option<DocType>,
    /// What is allowed, and what lies below it in a tree.
    pub allows: BTreeSet<String>,
}

/// A user and a customer that something connects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// The user.
    pub user: String,
    /// The customer.
    pub customer: String,
    /// The document that connects them: a Customer's own row, or a Contact.
    pub through: String,
}

/// What was found in the documents of a DocType.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Documents {
    /// How many there are.
    pub all: u64,
    /// How many name no customer.
    pub without_customer: u64,
    /// Those that another link, in themselves or in a child row, keeps from their own customer.
    pub refused: Vec<Refused>,
}

/// A document that Frappe refuses to its customer's users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// Its name.
    pub name: String,
    /// Its customer.
    pub customer: String,
    /// The one user to whom it is refused; `None` for every user of the customer.
    pub user: Option<String>,
    /// The field that does it, with its child table.
    pub field: String,
    /// The DocType that it links to.
    pub linked: String,
    /// What it names; empty for nothing, which a strict site refuses too.
    pub other: String,
}

/// What stock is made of.
#[derive(Clone, Debug, Default)]
pub struct Stock {
    /// Items and the customer that they name, if they do.
    pub items: BTreeMap<String, String>,
    /// Warehouses with the group above and the customer that the declared field names.
    pub warehouses: BTreeMap<String, Place>,
    /// Item and warehouse of each Bin.
    pub bins: Vec<(String, String)>,
}

/// A warehouse or group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The group above.
    pub parent: String,
    /// The customer that it names itself.
    pub customer: String,
}

/// A file that anybody can load.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicFile {
    /// The DocType of the document that it hangs on.
    pub doctype: String,
    /// The document.
    pub document: String,
    /// Its address.
    pub url: String,
}

/// A webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Webhook {
    /// Its name.
    pub name: String,
    /// The DocType.
    pub doctype: String,
    /// The event.
    pub event: String,
    /// The address.
    pub url: String,
    /// Whether it is on.
    pub enabled: bool,
    /// Whether its deliveries are signed.
    pub signed: bool,
    /// Whether its secret is one of the portal's; `None` where that could not be found out.
    pub secret_fits: Option<bool>,
    /// The template of its body, where that is not made of fields.
    pub template: Option<String>,
    /// When it failed last and was not followed by a success.
    pub failed: Option<String>,
}

impl Webhook {
    /// Where it leads, without what its address says of the event.
    #[must_use]
    pub fn address(&self) -> &str {
        self.url.split('?').next().unwrap_or_default()
    }
}

/// The portal's own account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// The user.
    pub user: String,
    /// The roles that it was given.
    pub roles: BTreeSet<String>,
    /// Which of the DocTypes that it needs it could read, by trying.
    pub reads: BTreeMap<String, bool>,
}

impl Facts {
    /// The rows in force for a DocType: Custom `DocPerm` rows replace all others (`bare_sysmgr_after`).
    pub fn rules_of<'a>(rules: &'a [Rule], doctype: &'a str) -> impl Iterator<Item = &'a Rule> {
        let has_custom = rules
            .iter()
            .any(|rule| rule.is_custom && rule.doctype == doctype);
        rules
            .iter()
            .filter(move |rule| rule.doctype == doctype && rule.is_custom == has_custom)
    }
}
