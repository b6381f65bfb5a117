//! Help: the operator's own documentation or what is built in, and whom to ask on every page.

use quayfront::demo::Fault;

use crate::support::{ANNA, LUCIA, METTE, TOM, World};

#[tokio::test]
async fn the_help_says_what_each_page_of_this_visitor_shows_and_what_its_words_mean() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let help = anna.get("/wiki").await.text();
    for told in [
        "Where your shipments are, and what belongs to them.",
        "The job was finished, and is being worked on again.",
        "Goods that you have announced to our warehouses.",
        "It was needed by now and is not there.",
        "“As of” at the top says when it was read",
        "<a href=\"/password/forgot\">ask for a new one</a>",
    ] {
        assert!(help.contains(told), "{told}");
    }
    let draft = "The order is being prepared.";
    assert_eq!(
        help.matches(draft).count(),
        1,
        "what six pages share is said once"
    );
    let mut mette = world.signed_in(METTE).await;
    let help = mette.get("/wiki").await.text();
    assert!(help.contains("What happens to your goods in our warehouses."));
    assert!(!help.contains("Where your shipments are") && !help.contains(draft));
}

#[tokio::test]
async fn whoever_is_not_signed_in_or_may_see_nothing_reads_what_holds_for_everybody() {
    let world = World::new().await;
    let tom = world.signed_in(TOM).await;
    let lucia = world.signed_in(LUCIA).await;
    for mut visitor in [world.visitor(), tom, lucia] {
        let answer = visitor.get("/wiki").await;
        let help = answer.text();
        assert_eq!(answer.status, 200);
        assert!(
            help.contains("Signing in") && help.contains("Whom to ask"),
            "{help}"
        );
        assert!(!help.contains("/transport-jobs"), "{help}");
    }
}

#[tokio::test]
async fn the_help_is_there_while_the_erp_is_not_and_after_a_session_has_ended() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    world.seconds_pass(31);
    world.site.set_fault(Some(Fault::Refuse));
    let answer = anna.get("/wiki").await;
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("Whom to ask") && answer.text().contains("Sign out"));
    world.site.clear_faults();
    world.site.kill_sessions(ANNA);
    let answer = anna.get("/wiki").await;
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("Whom to ask") && !answer.text().contains("Sign out</span>"));
}

#[tokio::test]
async fn documentation_of_the_operators_own_takes_the_place_of_the_help() {
    let world = World::with("[wiki]\naddress = \"https://docs.example.com/portal\"\n").await;
    let anna = world.signed_in(ANNA).await;
    for mut visitor in [world.visitor(), anna] {
        let answer = visitor.get("/wiki?next=https://evil.example").await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "https://docs.example.com/portal")
        );
    }
}

#[tokio::test]
async fn whom_to_ask_and_the_way_to_the_help_stand_on_every_page() {
    let contact = "<a href=\"mailto:desk@harbour.example\">desk@harbour.example</a>";
    for (settings, line) in [
        ("[brand]\ncontact = \"desk@harbour.example\"\n", contact),
        (
            "[brand]\nname = \"Harbour & Sons\"\n",
            "your contact at Harbour &amp; Sons",
        ),
    ] {
        let world = World::with(settings).await;
        let mut anna = world.signed_in(ANNA).await;
        let mut seen = Vec::new();
        for address in [
            "/",
            "/wiki",
            "/transport-jobs",
            "/inbound-orders?docstatus=Draft",
            "/transport-jobs/TRJ000000648",
            "/transport-jobs/TRJ999999999",
            "/transport-jobs?page=0",
            "/transport-jobs?customer=Nordlys+Solar+AS",
            "/nothing",
        ] {
            seen.push((address, anna.get(address).await));
        }
        seen.push(("no customers", world.signed_in(TOM).await.get("/").await));
        seen.push(("sign-in", world.visitor().get("/login").await));
        seen.push(("unknown", world.visitor().get("/nothing").await));
        seen.push(("signed out", anna.post("/logout", &[]).await));
        let mut anna = world.signed_in(ANNA).await;
        world.site.set_fault(Some(Fault::Status(502)));
        seen.push(("outage", anna.get("/warehouse-jobs").await));
        let statuses: Vec<u16> = seen.iter().map(|(_, answer)| answer.status).collect();
        for status in [200, 400, 403, 404, 503] {
            assert!(statuses.contains(&status), "{status} in {statuses:?}");
        }
        for (address, answer) in seen.iter().filter(|(_, answer)| answer.status != 303) {
            let page = answer.text();
            let (_, foot) = page.split_once("<footer").unwrap_or_default();
            assert!(foot.contains(line), "{address}: {foot}");
            assert!(foot.contains("<a href=\"/wiki\">Help</a>"), "{address}");
        }
    }
}
