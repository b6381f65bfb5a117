use super::*;

const REQUIRED: &str = r#"
public_url = "https://portal.example.com"
[site]
url = "http://127.0.0.1:8000"
time_zone = "Europe/Amsterdam"
[session]
keys = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
"#;

/// Settings as in an environment that says nothing.
fn extract(name: &str, text: &str) -> Result<Settings, ConfigError> {
    Settings::layered(name, text, Env::prefixed("QUAYFRONT_UNSET_"))
}

fn wrong(text: &str) -> String {
    extract("portal.toml", text)
        .expect_err("these settings are wrong")
        .to_string()
}

fn with(change: (&str, &str)) -> String {
    let changed = REQUIRED.replace(change.0, change.1);
    assert_ne!(changed, REQUIRED, "the change must change something");
    changed
}

#[test]
fn the_required_keys_are_enough() {
    let settings = extract("portal.toml", REQUIRED).expect("good settings");
    assert_eq!(settings.public_url.origin(), "https://portal.example.com");
    assert_eq!(settings.session.proof, Duration::from_secs(30));
    assert_eq!(settings.memory.size.bytes(), 256 << 20);
}

/// The commented keys of the shipped file are examples of keys that exist.
#[test]
fn every_key_of_the_annotated_file_is_one_that_exists() {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n").expect("written");
    let text: String = DEFAULTS
        .lines()
        .map(|line| {
            let example = line.strip_prefix("# ").filter(|rest| {
                rest.split_once(" = ").is_some_and(|(key, _)| {
                    key.chars()
                        .all(|letter| letter.is_ascii_lowercase() || letter == '_')
                })
            });
            let line = example.unwrap_or(line);
            let line = if line.contains("/run/secrets/") {
                let (head, _) = line.split_once("\"/run").expect("a path");
                let tail = if line.ends_with(']') { "\" }]" } else { "\" }" };
                format!("{head}\"{}{tail}", secret.display())
            } else {
                line.to_owned()
            };
            line + "\n"
        })
        .collect();
    let settings =
        extract("config/quayfront.toml", &text).expect("the annotated file, all keys set");
    assert_eq!(
        settings.pages.folder.as_deref(),
        Some(Path::new("quayfront.d"))
    );
    assert!(
        settings.site.api_secret.is_some()
            && settings.site.name.is_some()
            && settings.brand.contact.is_some()
            && settings.wiki.address.is_some()
    );
}

#[test]
fn a_missing_key_is_named_with_the_file() {
    let message = wrong(&with(("time_zone = \"Europe/Amsterdam\"", "")));
    assert_eq!(
        message,
        "portal.toml: site.time_zone: found nothing; this key has no default, config/quayfront.toml explains it"
    );
}

#[test]
fn an_unknown_key_is_named_with_those_that_are_known() {
    let message = wrong(&with(("[site]", "[site]\nadress = \"x\"")));
    assert!(
        message
            .starts_with("portal.toml: site.adress: found an unknown key; accepted are url, name,"),
        "{message}"
    );
}

#[test]
fn a_wrong_value_is_told_with_what_is_accepted() {
    for (change, expected) in [
        (
            ("https://portal.example.com", "http://portal.example.com"),
            "portal.toml: public_url: found string \"http://portal.example.com\"; accepted is the address customers type",
        ),
        (
            ("Europe/Amsterdam", "Europe/Atlantis"),
            "portal.toml: site.time_zone: found string \"Europe/Atlantis\"; accepted is an IANA",
        ),
        (
            ("http://127.0.0.1:8000", "127.0.0.1:8000"),
            "portal.toml: site.url: found string \"127.0.0.1:8000\"; accepted is the address of Frappe",
        ),
        (
            ("[session]", "[session]\nproof = 30"),
            "portal.toml: session.proof: found ",
        ),
        (
            ("[session]", "[session]\nproof = \"1h\""),
            "portal.toml: session.proof: found 1h; accepted is at most 5m",
        ),
        (
            ("[session]", "[session]\nidle = \"30d\""),
            "portal.toml: session.idle: found a longer time",
        ),
        (
            ("[session]", "[memory]\nsize = \"lots\"\n[session]"),
            "portal.toml: memory.size: found string \"lots\"; accepted is a size with its unit",
        ),
        (
            (
                "[session]",
                "[wiki]\naddress = \"javascript:alert(1)\"\n[session]",
            ),
            "portal.toml: wiki.address: found string \"javascript:alert(1)\"; accepted is the address of a page",
        ),
        (
            ("[session]", "[log]\nformat = \"xml\"\n[session]"),
            "portal.toml: log.format: found \"xml\"; accepted is one of text, json",
        ),
        (
            (
                "[session]",
                "[sign_in]\naccount = { tries = 0, then_every = \"30s\" }\n[session]",
            ),
            "portal.toml: sign_in.account: found 0 tries, then one every 30s; accepted are 1 to 1000",
        ),
        (
            (
                "[session]",
                "[sign_in]\naddress = { tries = 5, then_every = \"10s\" }\n[session]",
            ),
            "portal.toml: sign_in.address: found 13 wrong tries within 1m, those of sign_in.address_known included; accepted is at most 10",
        ),
        (
            ("[site]", "[site]\napi_key = \"k\""),
            "portal.toml: site.api_secret: found nothing, while site.api_key is set; accepted is both",
        ),
        (
            ("[site]", "[operators]\nlisten = \"0.0.0.0:9180\"\n[site]"),
            "portal.toml: operators.listen: found 0.0.0.0:9180; accepted is an address of this machine alone",
        ),
        (
            ("[site]", "[site]\nrefreshes_in_flight = 0"),
            "portal.toml: site.refreshes_in_flight: found 0; accepted is at least 1",
        ),
        (
            ("[session]", "[events]\nheartbeat = \"2m\"\n[session]"),
            "portal.toml: events.heartbeat: found 2m; accepted is more than 0s and at most 1m",
        ),
        (
            ("[session]", "[events]\nat_once = 100000\n[session]"),
            "portal.toml: events.at_once: found as many as listen.connections, or more; accepted is fewer",
        ),
        (
            ("[site]", "[operators]\nlisten = \"127.0.0.1:8080\"\n[site]"),
            "portal.toml: operators.listen: found the same address as listen.address; accepted is another port",
        ),
    ] {
        let message = wrong(&with(change));
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn broken_toml_is_told_with_its_line() {
    let message = wrong("public_url = \n");
    assert!(
        message.contains("portal.toml") && message.contains("line 1"),
        "{message}"
    );
}

#[test]
fn a_wrong_secret_is_never_repeated() {
    let message = wrong(&with((
        "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "c2hvcnQgc2VjcmV0",
    )));
    assert!(
        message.starts_with("portal.toml: session.keys: found no key, or one that is too short"),
        "{message}"
    );
    assert!(!message.contains("c2hvcnQgc2VjcmV0"), "{message}");
    let settings = extract(
        "portal.toml",
        &with((
            "[site]",
            "[site]\napi_key = \"k\"\napi_secret = \"hunter2\"",
        )),
    )
    .expect("good");
    let printed = format!("{settings:?}");
    assert!(
        !printed.contains("hunter2") && !printed.contains("MDEyMzQ1"),
        "{printed}"
    );
}

#[test]
fn operators_may_listen_beyond_this_machine_when_the_settings_say_so() {
    let text = with((
        "[site]",
        "[operators]\nlisten = \"0.0.0.0:9180\"\nbeyond_loopback = true\n[site]",
    ));
    extract("portal.toml", &text).expect("good settings");
    assert_eq!(
        extract("portal.toml", REQUIRED)
            .expect("good")
            .operators
            .listen,
        None
    );
}

#[test]
fn settings_are_shown_by_their_keys_and_secrets_by_their_types_are_not() {
    let secrets = "[site]\napi_key = \"hunter1\"\napi_secret = \"hunter2\"";
    let text = with(("[site]", secrets)) + "[webhooks]\nsecrets = [\"hunter3\"]\n";
    let shown = extract("portal.toml", &text).expect("good").shown();
    let of = |key: &str| {
        let mut found = shown.iter().filter(|(known, _)| known == key);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{key}");
        value
    };
    assert_eq!(of("site.time_zone"), Some("Europe/Amsterdam"));
    assert_eq!(of("session.absolute"), Some("7days"));
    assert_eq!(of("files.spool"), Some("95.4 MiB"));
    assert_eq!(of("site.name"), None);
    assert_eq!(of("session.keys"), Some("1 set, and not shown"));
    let all = format!("{shown:?}");
    assert!(
        !all.contains("hunter") && !all.contains("MDEyMzQ1"),
        "{all}"
    );
}

#[test]
#[expect(clippy::result_large_err, reason = "the shape that Jail wants")]
fn the_environment_wins_over_the_file_and_is_named_in_errors() {
    figment::Jail::expect_with(|jail| {
        jail.set_env("QUAYFRONT_SITE__TIME_ZONE", "Asia/Tokyo");
        let settings = Settings::extract("portal.toml", REQUIRED).expect("good settings");
        assert_eq!(
            settings.site.time_zone.zone().iana_name(),
            Some("Asia/Tokyo")
        );
        jail.set_env("QUAYFRONT_SITE__TIME_ZONE", "nowhere");
        let message = Settings::extract("portal.toml", REQUIRED)
            .expect_err("wrong")
            .to_string();
        assert!(
            message.starts_with(
                "the environment: QUAYFRONT_SITE__TIME_ZONE: found string \"nowhere\""
            ),
            "{message}"
        );
        Ok(())
    });
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let message = Settings::load(Path::new("/nowhere/portal.toml"))
        .expect_err("no file")
        .to_string();
    assert!(
        message.starts_with("/nowhere/portal.toml: the file cannot be read"),
        "{message}"
    );
}

#[test]
fn customers_are_named_for_pages_that_there_are_and_groups_where_somebody_may_read_them() {
    let account = "[site]\napi_key = \"key\"\napi_secret = \"secret\"";
    let with =
        |pages: &str, account: &str| REQUIRED.replace("[site]", &format!("{pages}\n{account}"));
    for (pages, told) in [
        (
            "[pages.only_for]\norders = { customers = [\"Acme\"] }",
            "portal.toml: pages.only_for.orders: found a page that is not in pages.menu; accepted is transport-jobs, ",
        ),
        (
            "[pages.not_for]\nvas-orders = {}",
            "portal.toml: pages.not_for.vas-orders: found nobody; accepted is one customer or group at least",
        ),
        (
            "[pages.not_for]\nvas-orders = { customers = [\" \"] }",
            "portal.toml: pages.not_for.vas-orders.customers",
        ),
        (
            "[pages.not_for]\nvas-orders = { users = [\"anna\"] }",
            "found an unknown key; accepted are customers, groups",
        ),
        (
            "[pages.only_for]\nvas-orders = { groups = [\"Retail\"] }",
            "portal.toml: pages.only_for.vas-orders: found groups, and no service account; accepted is groups together with site.api_key",
        ),
    ] {
        let message = wrong(&with(pages, "[site]"));
        assert!(message.contains(told), "{message}");
    }
    let pages = "[pages.only_for]\nvas-orders = { customers = [\"Acme\"], groups = [\"Retail\"] }";
    let settings = extract("portal.toml", &with(pages, account)).expect("good settings");
    let named = &settings.pages.only_for["vas-orders"];
    assert_eq!((named.customers.len(), named.groups.len()), (1, 1));
}

#[test]
fn a_key_whose_file_is_not_there_stops_the_portal_and_no_command_that_mends_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (key, secret) = (folder.path().join("key"), folder.path().join("secret"));
    let files =
        format!("[site]\napi_key = {{ file = {key:?} }}\napi_secret = {{ file = {secret:?} }}");
    // What asks for an account does not ask for another one.
    let groups = "[pages.only_for]\nvas-orders = { groups = [\"Retail\"] }\n";
    let file = folder.path().join("portal.toml");
    std::fs::write(&file, with(("[site]", &files)) + groups).expect("written");
    std::fs::write(&secret, "hunter2").expect("written");
    let strict = Settings::load(&file).expect_err("no key").to_string();
    assert!(strict.contains("site.api_key: found "), "{strict}");
    let (settings, keys) = Settings::load_without_missing_keys(&file).expect("settings");
    assert!(settings.site.api_key.is_none() && settings.site.api_secret.is_none());
    let keys = keys.expect("a missing key");
    assert_eq!(keys.missing, [("site.api_key", key.clone())]);
    assert_eq!(keys.secret.as_deref(), Some(secret.as_path()));
    // With both there, it is as for the portal itself.
    std::fs::write(&key, "hunter1").expect("written");
    let (settings, keys) = Settings::load_without_missing_keys(&file).expect("settings");
    assert!(settings.site.api_key.is_some() && keys.is_none());
    // What is there and no key is as wrong as before.
    std::fs::write(&key, "").expect("written");
    let empty = Settings::load_without_missing_keys(&file).expect_err("no key");
    assert!(empty.to_string().contains("site.api_key"), "{empty}");
}
