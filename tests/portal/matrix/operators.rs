//! The operators' listener in the tenants' matrix: on no route of it does a customer's cookie bring
//! anything, a foreign name is let in, or a customer sees it on his own.

use reqwest::Method;
use reqwest::header::{ACCEPT, COOKIE, HOST};

use quayfront::web;

use super::truth::Truth;
use super::{NOBODY, said};
use crate::operators::bare;
use crate::support::{ANNA, PIOTR, World};

/// Concrete addresses for a route. A route that is not here has no place in the matrix yet.
fn of_route(route: &str) -> &'static [&'static str] {
    match route {
        "/" => &["/", "/?user=", "/?customer=%25"],
        "/metrics" => &[
            "/metrics",
            "/metrics?user=anna.visser%40veldhuis-foods.example",
        ],
        "/assets/{file}" => &["/assets/app.css", "/assets/nothing.css"],
        other => panic!(
            "{other} is not in the tenants' matrix: add the addresses by which it could leak"
        ),
    }
}

/// Every address of every route, and one of none.
fn every_address() -> Vec<&'static str> {
    let routes = web::operators::routes().into_iter();
    let addresses = routes.flat_map(|route| of_route(&route.path));
    addresses.copied().chain(["/nothing"]).collect()
}

#[tokio::test]
async fn a_customers_cookie_brings_nothing_on_any_route_of_the_operators() {
    let world = World::new().await;
    let truth = Truth::read();
    let forbidden = truth.forbidden(NOBODY);
    let visitor = bare(&world).await;
    for user in [ANNA, PIOTR] {
        let mut customer = world.signed_in(user).await;
        customer.get("/").await;
        customer.get("/transport-jobs").await;
        let cookie = customer.cookie.clone().expect("a session");
        for address in every_address() {
            for accepted in ["text/html", "application/json"] {
                let mut visitor = visitor.clone();
                let ask = || {
                    visitor
                        .request(Method::GET, address)
                        .header(ACCEPT, accepted)
                };
                let (plain, signed) = (ask(), ask().header(COOKIE, &cookie));
                let without = visitor.ask(plain).await;
                let with = visitor.ask(signed).await;
                assert_eq!(with.status, without.status, "{user}, {address}");
                assert!(with.header("set-cookie").is_empty(), "{user}, {address}");
                let said = said(&with, address);
                let leak = forbidden.find(&said);
                assert!(leak.is_none(), "{user}, {address}: {leak:?} in {said}");
                assert!(!said.contains("/logout"), "{user}, {address}: {said}");
            }
        }
    }
}

#[tokio::test]
async fn a_foreign_name_is_let_in_on_no_route_of_the_operators() {
    let world = World::new().await;
    let mut visitor = bare(&world).await;
    for address in every_address() {
        for name in ["rebound.example.com", "portal.example.com", "127.0.0.1"] {
            let asked = visitor.request(Method::GET, address).header(HOST, name);
            let answer = visitor.ask(asked).await;
            assert_eq!(answer.status, 421, "{address} as {name}");
            assert!(answer.body.len() < 120, "{address} as {name}");
        }
    }
}

#[tokio::test]
async fn no_route_of_the_operators_is_served_to_customers() {
    let world = World::new().await;
    let portals = web::routes(&world.app);
    let is_portals = |path: &str| portals.iter().any(|route| route.path == path);
    let (mut anna, mut nobody) = (world.signed_in(ANNA).await, world.visitor());
    for route in web::operators::routes() {
        for address in of_route(&route.path) {
            for visitor in [&mut anna, &mut nobody] {
                let answer = visitor.get(address).await;
                if !is_portals(&route.path) {
                    assert_eq!(answer.status, 404, "{address}");
                }
                let told = answer.text();
                assert!(!told.contains("For operators"), "{address}: {told}");
            }
        }
    }
}
