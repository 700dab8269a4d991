//! The bill: what was billable, of whom, and what is left of the quota.

use serde_json::{Value, json};

use crate::{
    apps::{People, id, people},
    desk::{App, Desk},
    stream::{call, own, shop},
};

const DAY: &str = "from=2027-01-15T00:00:00Z&to=2027-01-16T00:00:00Z";

async fn bill(app: &App<'_>, more: &str) -> Value {
    app.get(&format!("/v1/developer/billing?{DAY}{more}")).await.expect(200).json()
}

#[tokio::test]
async fn a_bill_has_a_line_for_each_credential_and_each_app() {
    let desk = Desk::open().await;
    let People { admin, ada, bob } = people(&desk).await;
    let (shop, client) = shop(&admin, &ada).await;
    let (key, secret) = ada.create("billing").await;
    let access = own(&desk, &client, "read stream").await;
    for path in ["/v1/stream/items/item_001", "/v1/stream/items/item_001", "/v1/catalog/items"] {
        call(&desk, path, &access).await.expect(200);
    }
    desk.try_key("/v1/catalog/items", &secret).await.expect(200);
    desk.try_key("/v1/catalog/items/out-of-order", &secret).await.expect(503);
    let said = bill(&ada, "").await;
    assert_eq!((&said["billable"], said["lines"].as_array().unwrap().len()), (&json!(3), 2));
    assert_eq!(
        (&said["from"], &said["to"]),
        (&json!("2027-01-15T00:00:00Z"), &json!("2027-01-16T00:00:00Z"))
    );
    let line = |place: usize| said["lines"][place].clone();
    assert_eq!(
        (&line(0)["id"], &line(0)["kind"], &line(0)["billable"], &line(0)["used"]),
        (&json!(key), &json!("key"), &json!(1), &json!(1))
    );
    assert_eq!(
        (&line(1)["id"], &line(1)["kind"], &line(1)["billable"], &line(1)["appId"]),
        (&json!(client.0), &json!("client"), &json!(2), &shop["id"])
    );
    let product = ada.get("/v1/developer/products").await.json();
    let partner =
        product["products"].as_array().unwrap().iter().find(|one| one["id"] == "partner").unwrap().clone();
    assert_eq!((&line(1)["tier"], &line(1)["limit"]), (&partner["tier"], &partner["quota"]));
    assert_eq!(line(1)["resetsAt"], "2027-02-01T00:00:00Z");
    let by_app = bill(&ada, "&groupBy=app").await;
    assert_eq!(
        by_app["lines"],
        json!([{
            "kind": "app", "id": id(&shop), "name": "shop", "appId": id(&shop), "billable": 2, "used": 2,
            "tier": partner["tier"], "resetsAt": "2027-02-01T00:00:00Z",
        }])
    );
    assert!(bill(&bob, "").await.get("lines").is_none(), "the bill of somebody else");
}

#[tokio::test]
async fn a_bill_is_told_page_by_page_and_stays_when_its_app_is_gone() {
    let desk = Desk::open().await;
    let People { admin, ada, .. } = people(&desk).await;
    let (shop, client) = shop(&admin, &ada).await;
    let (key, _) = ada.create("billing").await;
    call(&desk, "/v1/catalog/items", &own(&desk, &client, "read").await).await.expect(200);
    crate::apps::delete(&ada, &id(&shop)).await.expect(200);
    let first = bill(&ada, "&page_size=1").await;
    assert_eq!((&first["lines"][0]["id"], &first["billable"]), (&json!(key), &json!(1)));
    let next = format!("&page_size=1&page_token={}", first["nextPageToken"].as_str().unwrap());
    let second = bill(&ada, &next).await;
    assert_eq!((&second["lines"][0]["id"], &second["lines"][0]["billable"]), (&json!(client.0), &json!(1)));
    assert!(second.get("nextPageToken").is_none());
    let by_app = bill(&ada, "&groupBy=app").await;
    assert_eq!((&by_app["lines"][0]["id"], &by_app["lines"][0]["billable"]), (&json!(id(&shop)), &json!(1)));
    assert!(by_app["lines"][0].get("name").is_none());
}

#[tokio::test]
async fn a_question_that_cannot_be_answered_is_refused_by_its_field() {
    let desk = Desk::open().await;
    let ada = desk.app().await;
    for (query, field) in [
        ("to=2027-01-16T00:00:00Z", "from"),
        ("from=2027-01-15T00:00:00Z&to=tomorrow", "to"),
        ("from=2027-01-16T00:00:00Z&to=2027-01-15T00:00:00Z", "to"),
        ("from=2020-01-16T00:00:00Z&to=2027-01-15T00:00:00Z", "from"),
        (&format!("{DAY}&groupBy=secret"), "groupBy"),
        (&format!("{DAY}&page_size=0"), "page_size"),
        (&format!("{DAY}&page_token=made-up"), "page_token"),
    ] {
        let refused = ada.get(&format!("/v1/developer/billing?{query}")).await.expect(400).json();
        assert_eq!(refused["violations"][0]["field"], field, "{query}");
    }
}
