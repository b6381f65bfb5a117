//! Portal Settings and the webhooks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;

use super::super::facts::{Fields, Menu, Read, Webhook};
use super::super::names::{WEBHOOK_PREFIX, doctype, field};
use super::super::wanted::Wanted;
use super::{Survey, list, text, ticked};
use crate::frappe::{DocType, DocumentName, Error, Filter, Order, Record};
use crate::portal::menu::Leads;

impl Survey {
    pub(super) async fn menu(&self) -> Read<Menu> {
        let settings = self.single("Portal Settings").await?;
        Menu::from_record(&settings).map_err(|problem| Error::Unexpected(problem.to_string()))
    }

    /// Which of the DocTypes are there that rows of the pages name, and that they should name.
    pub(super) async fn row_doctypes(
        &self,
        menu: &Read<Menu>,
        wanted: &Wanted,
        known: &Read<BTreeMap<DocType, Option<Fields>>>,
    ) -> Read<BTreeSet<String>> {
        let rows = menu.iter().flat_map(Menu::rows);
        let named = rows
            .filter(|(row, _)| matches!(wanted.leads.leads(&row.route), Ok(Leads::Page(_))))
            .filter_map(|(row, _)| DocType::parse(&row.reference_doctype).ok());
        let asked: BTreeSet<DocType> = named.chain(wanted.row_doctypes.values().cloned()).collect();
        let mut there = BTreeSet::new();
        for name in asked {
            let is_there = match known.as_ref().ok().and_then(|known| known.get(&name)) {
                Some(fields) => fields.is_some(),
                None => self.is_doctype(&name).await?,
            };
            if is_there {
                there.insert(name.to_string());
            }
        }
        Ok(there)
    }

    async fn is_doctype(&self, name: &DocType) -> Read<bool> {
        let document = DocumentName::parse(name.as_str()).map_err(|_| Error::NotFound)?;
        let found = self
            .administrator
            .document(&doctype("DocType"), &document)
            .await;
        match found {
            // The database finds names whatever their case; what drops rows does not.
            Ok(found) => Ok(text(&found, "name") == name.as_str()),
            Err(Error::NotFound) => Ok(false),
            Err(problem) => Err(problem),
        }
    }

    /// Those that lead to the portal, and those that are called as ours are.
    pub(super) async fn webhooks(&self, wanted: &Wanted) -> Read<Vec<Webhook>> {
        let mut query = list("Webhook", &["name", "webhook_doctype", "webhook_docevent"]);
        query
            .fields
            .extend(["enabled", "request_url", "enable_security", "webhook_json"].map(field));
        let rows = self.administrator.all(query).await?;
        let mut webhooks: Vec<Webhook> = rows
            .iter()
            .map(webhook)
            .filter(|webhook| {
                webhook.url.starts_with(&wanted.public_url)
                    || webhook.name.starts_with(WEBHOOK_PREFIX)
            })
            .collect();
        let failures = self.failures(&webhooks).await?;
        for webhook in &mut webhooks {
            webhook.failed = failures.get(&webhook.name).cloned();
            if !wanted.secrets.is_empty()
                && webhook.signed
                && let Ok(name) = DocumentName::parse(&webhook.name)
            {
                let stored = self
                    .administrator
                    .stored_secret(&doctype("Webhook"), &name, &field("webhook_secret"))
                    .await?;
                let fits = |stored: &str| {
                    let known = wanted.secrets.iter();
                    known
                        .map(ExposeSecret::expose_secret)
                        .any(|known| known == stored)
                };
                webhook.secret_fits =
                    Some(stored.is_some_and(|stored| fits(stored.expose_secret())));
            }
        }
        Ok(webhooks)
    }

    /// Each webhook's last delivery, where it failed: one row of the log is one attempt.
    async fn failures(&self, webhooks: &[Webhook]) -> Read<BTreeMap<String, String>> {
        let mut failures = BTreeMap::new();
        let names: Vec<&str> = webhooks
            .iter()
            .map(|webhook| webhook.name.as_str())
            .collect();
        if names.is_empty() {
            return Ok(failures);
        }
        let mut query = list("Webhook Request Log", &["webhook", "creation", "error"]);
        let week = SignedDuration::from_hours(7 * 24);
        let since = self
            .clock
            .now()
            .saturating_sub(week)
            .unwrap_or(Timestamp::UNIX_EPOCH);
        query.filters = vec![
            Filter::one_of(field("webhook"), names),
            Filter::at_least(field("creation"), since.to_zoned(TimeZone::UTC).date()),
        ];
        query.order = vec![Order::ascending(field("creation"))];
        for row in self.administrator.all(query).await? {
            let webhook = text(&row, "webhook");
            if text(&row, "error").is_empty() {
                failures.remove(&webhook);
            } else {
                failures.insert(webhook, text(&row, "creation"));
            }
        }
        Ok(failures)
    }
}

fn webhook(row: &Record) -> Webhook {
    Webhook {
        name: text(row, "name"),
        doctype: text(row, "webhook_doctype"),
        event: text(row, "webhook_docevent"),
        url: text(row, "request_url"),
        enabled: ticked(row, "enabled"),
        signed: ticked(row, "enable_security"),
        secret_fits: None,
        template: Some(text(row, "webhook_json")).filter(|template| !template.is_empty()),
        failed: None,
    }
}
