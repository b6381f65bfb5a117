//! Reads the facts of a site, with an administrator's account. It judges nothing; what it may not read
//! is kept as an error in its place, and everything else is read all the same.

mod documents;
mod menu;
mod people;
mod refused;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use self::refused::Limits;
use super::facts::{Address, Facts, Outside, Read, Service, Site, SystemSettings};
use super::names::{READER_READS, doctype, field};
use super::wanted::Wanted;
use crate::clock::Clock;
use crate::frappe::{
    Administrator, Client, DocType, DocumentName, Error, FieldName, Filter, ListQuery, Record,
};

/// The address that an administrator signs in from: one that documentation uses and nobody has, so
/// that it is plain to see whether it arrives.
pub const SIGN_IN_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 15));

/// Who reads, and what else is asked.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The administrator.
    pub administrator: Administrator,
    /// Whether he has signed in, from [`SIGN_IN_ADDRESS`].
    pub signed_in: bool,
    /// A client of the site as the portal has it, with the portal's own account.
    pub portal: Client,
    /// A client of Frappe's public address, and that address.
    pub outside: Option<(String, Client)>,
    /// Now.
    pub clock: Clock,
}

impl Survey {
    /// Reads everything that checks look at.
    ///
    /// # Errors
    /// When the site does not answer at all, or refuses the administrator.
    pub async fn read(&self, wanted: &Wanted) -> Result<Facts, Error> {
        let administrator = self.administrator.user().await?.to_string();
        let site = self.site(&administrator).await;
        let users = self.users().await;
        let permissions = self.permissions().await;
        let restrictions = self.restrictions(&users).await;
        let limits = Limits {
            strict: site.settings.as_ref().is_ok_and(|known| known.strict),
            permissions: permissions.as_deref().unwrap_or_default(),
            restrictions: restrictions.as_deref().unwrap_or_default(),
        };
        let doctypes = self.doctypes(wanted).await;
        let mut documents = BTreeMap::new();
        for page in &wanted.pages {
            let Ok(fields) = &doctypes else { break };
            if !documents.contains_key(&page.doctype)
                && let Some(Some(_)) = fields.get(&page.doctype)
            {
                let read = self.documents(page, fields, &limits).await;
                documents.insert(page.doctype.clone(), read);
            }
        }
        let stock = match &wanted.stock {
            Some(rule) => Some(self.stock(rule, &doctypes).await),
            None => None,
        };
        let menu = self.menu().await;
        let row_doctypes = self.row_doctypes(&menu, wanted, &doctypes).await;
        let customers = self.customers().await;
        Ok(Facts {
            rules: self.rules().await,
            roles: self.roles().await,
            groups: customers.iter().flatten().cloned().collect(),
            customers: customers.map(|all| all.into_iter().map(|(name, _)| name).collect()),
            portal_users: self.portal_users().await,
            contacts: self.contacts().await,
            public_files: self.public_files(wanted).await,
            menu,
            row_doctypes,
            webhooks: self.webhooks(wanted).await,
            service: self.service().await,
            administrator,
            site,
            users,
            permissions,
            restrictions,
            doctypes,
            documents,
            stock,
        })
    }

    async fn site(&self, administrator: &str) -> Site {
        let asked = self.clock.now();
        let clock = self.portal.clock().await;
        let outside = match &self.outside {
            Some((url, client)) => Some(Outside {
                url: url.clone(),
                answers: client.ping().await.is_ok(),
            }),
            None => None,
        };
        Site {
            clock_ahead: clock.map(|clock| clock.duration_since(asked)),
            versions: self.administrator.versions().await,
            settings: self.system_settings().await,
            mails: self.portal.address_in_mails().await,
            sends_mails: self.sends_mails().await,
            address: self.address(administrator).await,
            outside,
        }
    }

    async fn system_settings(&self) -> Read<SystemSettings> {
        let settings = self.single("System Settings").await?;
        let number = |name| {
            let field = field(name);
            let text = || settings.text(&field)?.trim().parse().ok();
            settings.integer(&field).or_else(text).unwrap_or(0)
        };
        Ok(SystemSettings {
            time_zone: text(&settings, "time_zone"),
            strict: number("apply_strict_user_permissions") != 0,
            attempts: number("allow_consecutive_login_attempts"),
            window: number("allow_login_after_fail"),
            two_factor: number("enable_two_factor_auth") != 0,
        })
    }

    async fn sends_mails(&self) -> Read<bool> {
        let mut query = list("Email Account", &["name"]);
        query.filters = ["enable_outgoing", "default_outgoing"]
            .map(|name| Filter::equals(field(name), 1))
            .into();
        Ok(!self.administrator.all(query).await?.is_empty())
    }

    /// What Frappe has noted of the administrator's own sign-in.
    async fn address(&self, administrator: &str) -> Address {
        let Some(name) = DocumentName::parse(administrator)
            .ok()
            .filter(|_| self.signed_in)
        else {
            return Address::Unknown;
        };
        let user = self.administrator.document(&doctype("User"), &name).await;
        let seen = user.map(|user| text(&user, "last_ip")).unwrap_or_default();
        match seen.parse::<IpAddr>() {
            Ok(seen) if seen == SIGN_IN_ADDRESS => Address::PassedOn,
            Ok(seen) => Address::Replaced(seen.to_string()),
            Err(_) => Address::Unknown,
        }
    }

    async fn service(&self) -> Option<Read<Service>> {
        if !self.portal.has_service_account() {
            return None;
        }
        let account = Administrator::with_key(self.portal.clone());
        let user = match account.user().await {
            Ok(user) => user.to_string(),
            Err(problem) => return Some(Err(problem)),
        };
        let roles: Read<BTreeSet<String>> = self.roles_of(&user).await;
        let mut reads = BTreeMap::new();
        for name in READER_READS {
            let read = if name == "Portal Settings" {
                single(&account, name).await.map(drop)
            } else {
                let mut query = list(name, &["name"]);
                query.filters = vec![Filter::equals(field("name"), "-")];
                account.all(query).await.map(drop)
            };
            reads.insert(name.to_owned(), read.is_ok());
        }
        Some(roles.map(|roles| Service { user, roles, reads }))
    }

    async fn single(&self, name: &'static str) -> Read<Record> {
        single(&self.administrator, name).await
    }
}

/// The document of a Single, which bears the DocType's name.
async fn single(administrator: &Administrator, name: &'static str) -> Read<Record> {
    let document = DocumentName::parse(name).map_err(|_| Error::NotFound)?;
    administrator.document(&doctype(name), &document).await
}

/// A list of a DocType that is named in the code.
fn list(name: &'static str, fields: &[&'static str]) -> ListQuery {
    list_of(doctype(name), fields)
}

fn list_of(doctype: DocType, fields: &[&'static str]) -> ListQuery {
    let fields = fields.iter().map(|name| field(name)).collect();
    ListQuery::new(doctype, fields, std::num::NonZeroU32::MIN)
}

/// A text, empty where there is none.
fn text(record: &Record, name: &'static str) -> String {
    of(record, &field(name))
}

fn of(record: &Record, field: &FieldName) -> String {
    record.text(field).unwrap_or_default().to_owned()
}

fn ticked(record: &Record, name: &'static str) -> bool {
    record.check(&field(name))
}
