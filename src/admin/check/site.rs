//! How the site is reached, and what it says of itself.

use jiff::SignedDuration;

use super::Finding;
use crate::admin::facts::{Address, Facts, Outside};
use crate::admin::wanted::Wanted;

/// A clock may be as wrong as this: Frappe's expiries and the portal's proofs are longer.
const CLOCK: SignedDuration = SignedDuration::from_secs(10);

/// Whether the site answers under its name.
pub fn reachable(facts: &Facts, wanted: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "reachable";
    let name = wanted.site_name.as_ref();
    let name = name.map(|name| format!(" as {name}")).unwrap_or_default();
    vec![match &facts.site.clock_ahead {
        Ok(_) => Finding::good(
            CHECK,
            format!(
                "{} answers{name}, and {} may ask it",
                wanted.site_url, facts.administrator
            ),
        ),
        Err(problem) => Finding::wrong(
            CHECK,
            format!("{} does not answer: {problem}", wanted.site_url),
            "Nobody can sign in or see anything.",
            "site.url and site.name in the portal's settings; whether Frappe runs.",
        ),
    }]
}

/// Whether what goes between the portal and Frappe can be read on the way.
pub fn tls(_: &Facts, wanted: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "tls";
    let Ok(url) = url::Url::parse(&wanted.site_url) else {
        return Vec::new();
    };
    let is_near = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback() || address.is_private(),
        Some(url::Host::Ipv6(address)) => address.is_loopback() || address.is_unique_local(),
        // A name without a dot is one of this machine's or of a container's network.
        Some(url::Host::Domain(name)) => !name.contains('.') || name.ends_with(".localhost"),
        None => false,
    };
    vec![if url.scheme() == "https" {
        Finding::good(CHECK, "The portal asks Frappe over TLS")
    } else if is_near {
        Finding::good(
            CHECK,
            "The portal asks Frappe on this machine or a network of its own",
        )
    } else {
        Finding::wrong(
            CHECK,
            format!("{} is plain HTTP across a network", wanted.site_url),
            "Passwords and documents of customers can be read on the way.",
            "site.url in the portal's settings: https, or an address on a network of your own.",
        )
    }]
}

/// Whether the site has the apps, in versions that the portal knows.
pub fn versions(facts: &Facts, _: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "version";
    let versions = match &facts.site.versions {
        Ok(versions) => versions,
        Err(problem) => return vec![Finding::unread(CHECK, "The apps", problem)],
    };
    let mut findings = Vec::new();
    let missing: Vec<&str> = ["frappe", "erpnext", "logistics"]
        .into_iter()
        .filter(|app| !versions.contains_key(*app))
        .collect();
    if !missing.is_empty() {
        findings.push(Finding::wrong(
            CHECK,
            format!("The site does not have {}", missing.join(" and ")),
            "Pages of DocTypes that are not there show an error to everybody.",
            "bench --site … install-app; or another site.name in the portal's settings.",
        ));
    }
    let major = |app: &str| {
        let version = versions.get(app)?;
        Some((version, version.split('.').next()?.parse::<u32>().ok()?))
    };
    if let Some((version, other)) = major("frappe").filter(|(_, major)| *major != 15) {
        let word = if other == 16 { "newer" } else { "other" };
        findings.push(Finding::warning(
            CHECK,
            format!("Frappe is {version}, a {word} version than the portal was tried with (15)"),
            "Most works; lists and files may behave otherwise.",
            "docs/administration.md, Upgrade: try sign-in, a list, a document and a file.",
        ));
    }
    if findings.is_empty() {
        let told = ["frappe", "erpnext", "logistics"]
            .map(|app| format!("{app} {}", versions.get(app).map_or("", String::as_str)));
        findings.push(Finding::good(CHECK, told.join(", ")));
    }
    findings
}

/// Whether the site's clock is right.
pub fn clock(facts: &Facts, _: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "clock";
    let Ok(ahead) = facts.site.clock_ahead else {
        // That the site does not answer is told already.
        return Vec::new();
    };
    vec![if ahead.abs() <= CLOCK {
        Finding::good(CHECK, "The site's clock and this machine's agree")
    } else {
        let way = if ahead.is_negative() {
            "behind"
        } else {
            "ahead"
        };
        Finding::warning(
            CHECK,
            format!("The site's clock is {} s {way}", ahead.abs().as_secs()),
            "Codes of authenticator apps are refused, and what is late is told wrongly.",
            "Time synchronisation (chrony, systemd-timesyncd) on both machines.",
        )
    }]
}

/// Whether the settings name the site's own time zone.
pub fn time_zone(facts: &Facts, wanted: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "time-zone";
    vec![match &facts.site.settings {
        Err(problem) => Finding::unread(CHECK, "System Settings", problem),
        Ok(settings) if settings.time_zone == wanted.time_zone => {
            Finding::good(CHECK, format!("The time zone is {}", wanted.time_zone))
        }
        Ok(settings) => Finding::wrong(
            CHECK,
            format!(
                "The site is in {:?}, the portal's settings say {:?}",
                settings.time_zone, wanted.time_zone
            ),
            "Every time that customers see is wrong by hours.",
            "site.time_zone in the portal's settings: what System Settings says.",
        ),
    }]
}

/// Whether the portal's limits of wrong passwords stay below Frappe's own.
pub fn sign_in_limits(facts: &Facts, wanted: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "sign-in-limits";
    let Ok(settings) = &facts.site.settings else {
        // That they cannot be read is told of the time zone.
        return Vec::new();
    };
    let tries = i64::from(wanted.site_tries);
    let window = i64::try_from(wanted.site_window.as_secs()).unwrap_or(i64::MAX);
    let fits = settings.attempts == 0
        || (settings.attempts >= tries && tries != 0 && settings.window <= window);
    vec![if fits {
        Finding::good(
            CHECK,
            "Frappe locks accounts later than the portal refuses tries",
        )
    } else {
        Finding::warning(
            CHECK,
            format!(
                "Frappe locks after {} wrong tries within {} s, the portal's settings say {tries} within {window} s",
                settings.attempts, settings.window
            ),
            "Somebody who tries passwords can lock a customer out.",
            "sign_in.site_tries and site_window in the portal's settings: what System Settings says \
             under Allow Consecutive Login Attempts and Allow Login After Fail.",
        )
    }]
}

/// Whether mails lead customers to the portal.
pub fn mails(facts: &Facts, wanted: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "host-name";
    vec![match &facts.site.mails {
        Ok(Some(address)) if *address == wanted.public_url => {
            Finding::good(CHECK, format!("Links in mails lead to {address}"))
        }
        Ok(Some(address)) => Finding::wrong(
            CHECK,
            format!(
                "Links in mails lead to {address}, not to {}",
                wanted.public_url
            ),
            "Who asks for a new password is led past the portal, or nowhere.",
            mend_mails(address, wanted),
        ),
        Ok(None) | Err(_) => Finding::warning(
            CHECK,
            "Where links in mails lead could not be seen: the site has no list of public pages",
            "Who asks for a new password may be led past the portal.",
            format!(
                "host_name in site_config.json has to be {}",
                wanted.public_url
            ),
        ),
    }]
}

/// Whether Frappe sends mails at all. What the site's configuration may say of that is not to be seen
/// (`find_default_outgoing`, read in its source).
pub fn outgoing_mail(facts: &Facts, _: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "outgoing-mail";
    vec![match &facts.site.sends_mails {
        Ok(true) => Finding::good(CHECK, "There is an Email Account that sends by default"),
        Ok(false) => Finding::warning(
            CHECK,
            "No Email Account has both Enable Outgoing and Default Outgoing",
            "Who asks for a new password gets no mail, unless site_config.json has a mail_server.",
            "Email Account: Enable Outgoing and Default Outgoing in one of them.",
        ),
        Err(problem) => Finding::unread(CHECK, "Email Accounts", problem),
    }]
}

/// What sets the address in mails right. Frappe puts the bench's port behind a `host_name` that has
/// none (`get_url`, read in its source).
fn mend_mails(address: &str, wanted: &Wanted) -> String {
    let site = wanted.site_name.as_deref().unwrap_or("…");
    let place = |address: &str| {
        let url = url::Url::parse(address).ok()?;
        Some((url.scheme().to_owned(), url.host_str()?.to_owned()))
    };
    if place(address).is_some_and(|found| place(&wanted.public_url) == Some(found)) {
        format!(
            "bench --site {site} set-config webserver_port 0; or, where host_name in site_config.json has \
             this port itself, set-config host_name {}",
            wanted.public_url
        )
    } else {
        format!(
            "bench --site {site} set-config host_name {} (and no webserver port behind it)",
            wanted.public_url
        )
    }
}

/// Whether Frappe sees each customer's own address.
pub fn address(facts: &Facts, _: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "client-address";
    vec![match &facts.site.address {
        Address::PassedOn => Finding::good(CHECK, "Frappe sees the address that the portal sends"),
        Address::Unknown => Finding::warning(
            CHECK,
            "Whether clients' addresses arrive at Frappe was not tried: it takes a sign-in",
            "Where they do not, all customers share one address, and one who tries passwords locks \
             everybody out.",
            "Run the command with a user and a password instead of an API key.",
        ),
        Address::Replaced(seen) => Finding::wrong(
            CHECK,
            format!("Frappe takes every client for {seen}"),
            "All customers share one address: whoever tries passwords locks everybody out, and \
             Restrict IP refuses everybody or nobody.",
            "The nginx before Frappe must trust the portal and pass X-Forwarded-For on unchanged \
             (frappe_docker: UPSTREAM_REAL_IP_ADDRESS); or let site.url lead to gunicorn itself.",
        ),
    }]
}

/// Whether the portal sees each customer's own address: it speaks plain HTTP, so under an https address
/// something stands before it that ends TLS, and whose word is to be believed.
pub fn trusted_proxies(_: &Facts, wanted: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "trusted-proxies";
    if !wanted.public_url.starts_with("https:") {
        return Vec::new();
    }
    let listen = wanted.listen.ip();
    let proxies = &wanted.trusted_proxies;
    // Whoever reaches a listener of this machine alone comes from its address.
    let is_named = |listen| proxies.iter().any(|network| network.contains(listen));
    let problem = if proxies.is_empty() {
        Some("names none".to_owned())
    } else if listen.is_loopback() && !is_named(&listen) {
        Some(format!("does not hold {listen}, from where it must come"))
    } else {
        None
    };
    vec![match problem {
        None => {
            let proxies: Vec<String> = proxies.iter().map(ToString::to_string).collect();
            let found = format!(
                "The portal believes the reverse proxy's word from {}",
                proxies.join(", ")
            );
            Finding::good(CHECK, found)
        }
        Some(problem) => Finding::warning(
            CHECK,
            format!(
                "A reverse proxy ends TLS for {}, and trusted_proxies {problem}",
                wanted.public_url
            ),
            "All customers share one address: whoever tries passwords keeps everybody from signing in, \
             and Restrict IP refuses everybody or nobody.",
            "trusted_proxies in the portal's settings: the addresses that the reverse proxy connects \
             from, which has to set X-Forwarded-For.",
        ),
    }]
}

/// Whether Frappe answers at its public address.
pub fn outside(facts: &Facts, _: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "outside";
    vec![match &facts.site.outside {
        Some(Outside { url, answers: true }) => Finding::wrong(
            CHECK,
            format!("Frappe itself answers at {url}"),
            "Whatever the portal hides, a customer can still ask Frappe's own REST API for.",
            "The firewall or reverse proxy: let in the portal and the staff's network alone.",
        ),
        Some(Outside {
            url,
            answers: false,
        }) => Finding::good(
            CHECK,
            format!("Frappe does not answer at {url}, asked from here"),
        ),
        None => return Vec::new(),
    }]
}
