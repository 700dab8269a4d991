//! What a broken network, a strange server or a hostile one can do, and what is made of it.

use std::sync::Arc;
use std::time::Duration;

use keystow_connect::{Cause, Failure, Issued, Portal, RefusalKind, Revoked, Trial, developer_service};
use keystow_domain::{Clock as _, KeyId, NewKey, OperationId, Reported, Timestamp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use url::Url;

use crate::support::{Act, FaultServer, HandClock, answer, answer_with, json, secret};

const ROTATED: &str =
    r#"{"apiKey":{"id":"key_1","name":"billing","keyPrefix":"kst_7Qm2"},"secret":"kst_7Qm2s3cr3t"}"#;

async fn rotate(portal: &dyn Portal) -> Result<Issued, Failure> {
    portal.rotate(&secret("token"), &OperationId::new("op-1"), &KeyId::new("key_1"), None).await
}

/// What a rotation makes of one answer.
async fn rotation(act: Act) -> Result<Issued, Failure> {
    let (_server, portal) = FaultServer::portal(act).await;
    rotate(&*portal).await
}

fn cause(outcome: Result<Issued, Failure>) -> Cause {
    match outcome {
        Err(Failure::Unknown(cause)) => cause,
        other => panic!("not an unknown outcome: {other:?}"),
    }
}

#[tokio::test]
async fn a_rotation_whose_answer_is_cut_at_any_byte_is_unknown_and_no_secret() {
    let announced = answer(200, "application/json", ROTATED);
    let closing =
        format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{ROTATED}")
            .into_bytes();
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{ROTATED}\r\n0\r\n\r\n",
        ROTATED.len()
    );
    for whole in [announced, closing, chunked.into_bytes()] {
        let server = FaultServer::new([]).await;
        let portal = developer_service(&server.origin, HandClock::new()).unwrap();
        for length in 0..whole.len() {
            server.then(Act::Send(whole[..length].to_vec()));
            let outcome = rotate(&*portal).await;
            assert!(matches!(outcome, Err(Failure::Unknown(_))), "cut at {length}: {outcome:?}");
        }
        server.then(Act::Send(whole.clone()));
        let issued = rotate(&*portal).await.unwrap();
        assert!(issued.secret.starts_with("kst_7Qm2s3cr3t"), "the whole answer carries the secret");
        assert_eq!(server.heard().len(), whole.len() + 1, "every call went out once");
    }
}

#[tokio::test]
async fn a_page_instead_of_data_is_never_read() {
    for body in ["<html>Sign in to the Wi-Fi</html>", ROTATED, ""] {
        for kind in ["text/html", "text/plain", "application/x-protobuf"] {
            assert_eq!(cause(rotation(Act::Send(answer(200, kind, body))).await), Cause::NotJson);
        }
    }
    let proxy = answer(403, "text/html", "<html>Blocked by policy</html>");
    assert_eq!(cause(rotation(Act::Send(proxy)).await), Cause::NotJson, "a proxy's no is not the portal's");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = FaultServer::new([json(200, ROTATED)]).await;
        let location = format!("Location: {}v1/developer/keys\r\n", elsewhere.origin);
        let redirect = answer_with(status, "application/json", &location, "{}");
        assert_eq!(cause(rotation(Act::Send(redirect)).await), Cause::Redirected);
        assert!(elsewhere.heard().is_empty(), "the token must not travel on");
    }
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_dropped() {
    let announced =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n{".to_vec();
    assert_eq!(cause(rotation(Act::Send(announced)).await), Cause::TooLarge);
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n".to_vec();
    assert_eq!(cause(rotation(Act::Flood(head, vec![b' '; 65_536])).await), Cause::TooLarge);
}

#[tokio::test]
async fn a_reset_after_the_request_is_unknown() {
    assert_eq!(cause(rotation(Act::Reset).await), Cause::Interrupted);
}

#[tokio::test]
async fn a_connection_that_was_never_made_sent_nothing() {
    // Bound and dropped again: nobody listens there now.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let origin = Url::parse(&format!("http://127.0.0.1:{port}")).unwrap();
    let portal = developer_service(&origin, HandClock::new()).unwrap();
    assert_eq!(rotate(&*portal).await.unwrap_err(), Failure::NotSent(Cause::Connect));
}

#[tokio::test]
async fn a_server_without_tls_is_not_spoken_to() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = Url::parse(&format!("https://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // The greeting is read first: closing over unread bytes would be a reset.
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 400 No\r\n\r\n").await;
        }
    });
    let portal = developer_service(&origin, HandClock::new()).unwrap();
    assert_eq!(rotate(&*portal).await.unwrap_err(), Failure::NotSent(Cause::Tls));
}

#[tokio::test]
async fn a_failing_server_may_have_acted() {
    for status in [407, 408, 418, 500, 502, 503, 504, 511] {
        assert_eq!(cause(rotation(json(status, r#"{"message":"oops"}"#)).await), Cause::Server(status));
    }
}

#[tokio::test]
async fn a_refusal_in_the_portals_words_is_one() {
    let kinds = [
        (400, RefusalKind::Invalid),
        (401, RefusalKind::SignedOut),
        (403, RefusalKind::Forbidden),
        (404, RefusalKind::NotFound),
        (409, RefusalKind::Conflict),
        (422, RefusalKind::Unprocessable),
        (429, RefusalKind::Throttled),
    ];
    for (status, kind) in kinds {
        for body in [r#"{"message":"no\u202e"}"#, "{}", r#"{"error":{"deep":1}}"#, ""] {
            let Err(Failure::Refused(refusal)) = rotation(json(status, body)).await else {
                panic!("{status} {body}")
            };
            assert_eq!((refusal.status, refusal.kind), (status, kind));
            assert_eq!(refusal.message.is_some(), body.contains("message"));
            assert!(!refusal.message.unwrap_or_default().contains('\u{202e}'), "texts are made visible");
            assert_eq!(refusal.retry_at.is_some(), status == 429);
        }
    }
}

#[tokio::test]
async fn a_missing_header_means_signed_out() {
    let body = r#"{"violations":[{"field":"authorization","description":"required"}]}"#;
    assert!(rotation(json(400, body)).await.unwrap_err().is_signed_out());
}

#[tokio::test]
async fn a_throttled_call_says_when_to_come_back() {
    let clock = HandClock::new();
    let reset = clock.now().as_secs() + 90;
    let headers =
        format!("X-RateLimit-Limit: 60\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: {reset}\r\n");
    let server = FaultServer::new([Act::Send(answer_with(429, "application/json", &headers, "{}"))]).await;
    let portal = developer_service(&server.origin, clock.clone()).unwrap();
    let failure = rotate(&*portal).await.unwrap_err();
    assert_eq!(failure.retry_at(), Some(Timestamp::from_secs(reset)));
    let limits = portal.limits().unwrap();
    assert_eq!((limits.limit, limits.remaining), (Some(60), Some(0)));
    assert_eq!(limits.resets_at, Some(Timestamp::from_secs(reset)));
}

#[tokio::test]
async fn a_success_without_a_secret_is_lost_and_one_about_another_key_is_not_believed() {
    for body in [r#"{"apiKey":{"id":"key_1"}}"#, r#"{"apiKey":{"id":"key_1"},"secret":""}"#] {
        assert_eq!(cause(rotation(json(200, body)).await), Cause::NoSecret);
    }
    let other = ROTATED.replace("key_1", "key_2");
    assert_eq!(cause(rotation(json(200, &other)).await), Cause::WrongKey);
    let deep =
        format!(r#"{{"apiKey":{{"id":"key_1"}},"secret":"s","x":{}{}}}"#, "[".repeat(40), "]".repeat(40));
    let twice = r#"{"apiKey":{"id":"key_1"},"secret":"a","secret":"b"}"#;
    let two_ids = r#"{"apiKey":{"id":"key_2","id":"key_1"},"secret":"a"}"#;
    for body in ["", "null", "[]", "{}", r#"{"secret":"s"}"#, twice, two_ids, &deep] {
        assert_eq!(cause(rotation(json(200, body)).await), Cause::Garbage, "{body}");
    }
}

#[tokio::test]
async fn a_strange_detail_never_costs_the_secret() {
    let strange = [
        r#""createdAt":17.5,"scopes":"read""#,
        r#""name":{"a":1}"#,
        r#""status":"API_KEY_STATUS_NEW","version":"x","previousSecrets":7"#,
        r#""name":null,"scopes":null,"expiresAt":"never""#,
    ];
    for detail in strange {
        let body = format!(r#"{{"apiKey":{{"id":"key_1",{detail}}},"secret":"kst_s","more":[1e400]}}"#);
        // A number beyond every float is the one thing the JSON parser itself refuses.
        let body = body.replace("1e400", "1");
        let issued = rotation(json(200, &body)).await.unwrap();
        assert_eq!(issued.key.id.as_str(), "key_1");
        assert!(issued.secret.starts_with("kst_s"));
    }
}

/// A portal that lists what is given and, asked for what it can do beyond that, has nothing.
async fn plain_portal(list: Act) -> (FaultServer, Arc<dyn Portal>) {
    portal_that(list, json(404, "{}")).await
}

/// A portal that lists what is given, and what it answers when it is asked for what it can do beyond that.
async fn portal_that(list: Act, abilities: Act) -> (FaultServer, Arc<dyn Portal>) {
    let server = FaultServer::new([list, abilities]).await;
    let portal = developer_service(&server.origin, HandClock::new()).unwrap();
    (server, portal)
}

#[tokio::test]
async fn a_row_that_cannot_be_read_costs_no_other() {
    let rows = r#"{"apiKeys":[{"id":"key_1","status":"API_KEY_STATUS_ODD"},{"name":"no id"},{"id":"key_2","scopes":7},
        {"id":"key_3","keyPrefix":"ang_test_x"}],"nextPageToken":""}"#;
    let (_server, portal) = plain_portal(json(200, rows)).await;
    let page = portal.keys(&secret("token"), None, 20).await.unwrap();
    let ids: Vec<_> = page.keys.iter().map(|key| key.id.as_str()).collect();
    assert_eq!((ids, page.skipped, page.next), (vec!["key_1", "key_3"], 2, None));
    assert_eq!(page.keys[0].reported, Reported::Unknown("ODD".into()));
    assert_eq!(page.keys[1].environment.as_ref().map(|one| one.word()), Some("test"));
}

#[tokio::test]
async fn an_empty_list_may_be_no_list_at_all() {
    let (_server, portal) = plain_portal(json(200, "{}")).await;
    let page = portal.keys(&secret("token"), None, 20).await.unwrap();
    assert_eq!((page.keys.len(), page.skipped, page.next), (0, 0, None));
}

#[tokio::test]
async fn a_list_with_a_name_of_ten_million_characters_stays_usable() {
    let rows =
        format!(r#"{{"apiKeys":[{{"id":"key_1","name":"{}"}},{{"id":"key_2"}}]}}"#, "x".repeat(10_000_000));
    let (_server, portal) = plain_portal(json(200, &rows)).await;
    let page = portal.keys(&secret("token"), None, 20).await.unwrap();
    assert_eq!((page.keys.len(), page.keys[0].name.len()), (2, 10_000));
}

#[tokio::test]
async fn a_rename_tries_the_shapes_in_turn_and_remembers_the_one_that_was_read() {
    let unread = || json(400, r#"{"violations":[{"field":"body","description":"unknown field apiKey"}]}"#);
    let named = || json(200, r#"{"apiKey":{"id":"key_1","name":"new"}}"#);
    let server = FaultServer::new([unread(), named(), named()]).await;
    let portal = developer_service(&server.origin, HandClock::new()).unwrap();
    for _ in 0..2 {
        let key = portal.rename(&secret("token"), &KeyId::new("key_1"), "new").await.unwrap();
        assert_eq!(key.name, "new");
    }
    let bodies: Vec<_> = server.heard().into_iter().map(|heard| heard.body).collect();
    let flat = r#"{"id":"key_1","name":"new","updateMask":"name"}"#;
    assert_eq!(bodies, [r#"{"id":"key_1","apiKey":{"name":"new"},"updateMask":"name"}"#, flat, flat]);
}

#[tokio::test]
async fn a_second_revocation_counts_as_done() {
    let (_server, portal) = FaultServer::portal(json(409, r#"{"message":"already revoked"}"#)).await;
    let revoked = portal.revoke(&secret("token"), &KeyId::new("key_1")).await;
    assert_eq!(revoked, Ok(Revoked::Already));
}

#[tokio::test]
async fn a_call_says_who_asks_what_it_is_called_and_what_it_reads() {
    let (server, portal) = FaultServer::portal(json(200, ROTATED)).await;
    portal
        .rotate(
            &secret("t0ken"),
            &OperationId::new("op-77"),
            &KeyId::new("key_1"),
            Some(Duration::from_millis(90_500)),
        )
        .await
        .unwrap();
    let heard = server.heard().remove(0);
    assert!(heard.head.starts_with("post /v1/developer/keys/key_1/rotate http/1.1"));
    for header in ["authorization: bearer t0ken", "idempotency-key: op-77", "accept: application/json"] {
        assert!(heard.head.contains(header), "{header}");
    }
    assert_eq!(heard.body, r#"{"id":"key_1","graceSeconds":90}"#);
}

#[tokio::test]
async fn an_id_cannot_lead_to_another_path() {
    let (server, portal) = FaultServer::portal(json(404, "{}")).await;
    for id in ["..", ".", ""] {
        let outcome = portal.key(&secret("token"), &KeyId::new(id)).await;
        assert_eq!(outcome, Err(Failure::NotSent(Cause::Garbage)), "{id}");
    }
    let hostile = KeyId::new("../../admin?x=1#y");
    assert_eq!(portal.key(&secret("token"), &hostile).await, Ok(None));
    assert!(server.heard()[0].head.starts_with("get /v1/developer/keys/..%2f..%2fadmin%3fx=1%23y http/1.1"));
}

#[tokio::test]
async fn a_probe_carries_the_secret_in_its_header_alone_and_takes_every_status_for_an_answer() {
    let (server, portal) = FaultServer::portal(Act::Send(answer(401, "text/html", "no"))).await;
    let probe = portal.probe(&Trial::own("/v1/catalog/items"), &secret("kst_s3cr3t")).await.unwrap();
    assert_eq!(probe.status, 401);
    let heard = server.heard().remove(0);
    assert!(heard.head.starts_with("get /v1/catalog/items http/1.1"));
    assert!(heard.head.contains("x-api-key: kst_s3cr3t") && !heard.head.contains("authorization"));
    let abroad = portal.probe(&Trial::own("http://portal.example/"), &secret("kst_s3cr3t")).await;
    assert_eq!(abroad, Err(Failure::NotSent(Cause::Connect)), "never in the clear over a network");
}

#[tokio::test]
async fn a_trial_of_ones_own_goes_to_its_address_and_follows_nothing() {
    let (portals, portal) = FaultServer::portal(json(200, "{}")).await;
    let elsewhere = FaultServer::new([json(200, "{}")]).await;
    let away = format!("Location: {}\r\n", elsewhere.origin);
    let server = FaultServer::new([Act::Send(answer_with(302, "text/html", &away, ""))]).await;
    let trial = Trial::new(server.origin.join("/ping?full=1").unwrap().as_str(), "Authorization", "Bearer ");
    let probe = portal.probe(&trial.unwrap(), &secret("kst_s3cr3t")).await.unwrap();
    assert_eq!(probe.status, 302);
    let heard = server.heard().remove(0);
    assert!(heard.head.starts_with("get /ping?full=1 http/1.1"));
    assert!(heard.head.contains("authorization: bearer kst_s3cr3t") && !heard.head.contains("x-api-key"));
    assert!(elsewhere.heard().is_empty() && portals.heard().is_empty());
}

#[tokio::test]
async fn the_body_of_a_trials_answer_is_not_waited_for() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n".to_vec();
    let (_server, portal) = FaultServer::portal(Act::Flood(head, vec![b'x'; 4096])).await;
    assert_eq!(portal.probe(&Trial::own("/"), &secret("kst_s3cr3t")).await.unwrap().status, 200);
}

#[tokio::test]
async fn the_portals_clock_is_learned_from_its_answers() {
    let clock = HandClock::new();
    let dated = answer_with(404, "application/json", "Date: Fri, 16 Oct 2026 13:13:20 GMT\r\n", "{}");
    let server = FaultServer::new([Act::Send(dated)]).await;
    let portal = developer_service(&server.origin, clock.clone()).unwrap();
    assert_eq!(portal.clock_offset(), None);
    portal.abilities(&secret("token")).await.unwrap();
    let offset = portal.clock_offset().unwrap();
    assert_eq!(offset.millis, 3_600_500, "an hour ahead, and on average half a second into its second");
    assert_eq!(offset.to_local(offset.to_portal(clock.now())), clock.now());
}

#[tokio::test]
async fn a_token_that_no_header_can_carry_is_no_token() {
    let (server, portal) = FaultServer::portal(json(200, "{}")).await;
    let outcome = portal.keys(&secret("a\r\nX-Evil: 1"), None, 20).await;
    assert!(outcome.unwrap_err().is_signed_out());
    assert!(server.heard().is_empty());
}

#[tokio::test]
async fn abilities_of_a_portal_without_the_path_are_the_plain_ones_however_it_says_so() {
    for status in [404, 405, 501] {
        for kind in ["application/json", "text/plain", "text/html"] {
            let nothing = Act::Send(answer(status, kind, "nothing is here"));
            let (_server, portal) = FaultServer::portal(nothing).await;
            assert_eq!(portal.abilities(&secret("token")).await, Ok(keystow_domain::Abilities::plain()));
        }
    }
    let new = NewKey {
        name: "a".into(),
        scopes: vec!["read".into()],
        environment: None,
        expires_at: None,
        app: None,
    };
    let (server, portal) = FaultServer::portal(json(200, r#"{"apiKey":{"id":"k"},"secret":"s"}"#)).await;
    portal.issue(&secret("token"), &OperationId::new("op"), &new).await.unwrap();
    assert_eq!(
        server.heard()[0].body,
        r#"{"name":"a","scopes":["read"]}"#,
        "nothing beyond the plain contract"
    );
}

#[tokio::test]
async fn a_list_is_not_whole_while_the_portal_does_not_say_whether_clients_belong_to_it() {
    let keys = || json(200, r#"{"apiKeys":[{"id":"key_1","name":"billing","keyPrefix":"kst_7Qm2"}]}"#);
    let server = FaultServer::new([keys(), json(503, "{}")]).await;
    let portal = developer_service(&server.origin, HandClock::new()).unwrap();
    let token = secret("token");
    portal.keys(&token, None, 100).await.expect_err("clients may come after the last key");
    server.then(keys());
    server.then(json(200, r#"{"extensions":["oauthClients"]}"#));
    let page = portal.keys(&token, None, 100).await.unwrap();
    assert!(page.next.is_some(), "clients come after the last key");
    // One that lets nobody ask says so for good, and its list is all there is.
    let (_other, plain) = portal_that(keys(), json(403, r#"{"message":"no such route"}"#)).await;
    assert_eq!(plain.keys(&token, None, 100).await.unwrap().next, None);
    // A portal that had clients and says once that it has nothing still has a list of them.
    server.then(json(404, "{}"));
    portal.abilities(&token).await.unwrap();
    server.then(keys());
    assert!(portal.keys(&token, None, 100).await.unwrap().next.is_some());
}

#[tokio::test]
async fn suspensions_are_read_to_their_end_and_one_that_moves_comes_once() {
    let page = |ids: [&str; 2], next: &str| {
        let one = |id: &str| format!(r#"{{"id":"{id}","state":"done","reason":"why","suspended":1}}"#);
        let (first, second) = (one(ids[0]), one(ids[1]));
        json(200, &format!(r#"{{"suspensions":[{first},{second}],"nextPageToken":"{next}"}}"#))
    };
    let server = FaultServer::new([page(["s4", "s3"], "more"), page(["s3", "s2"], "")]).await;
    let portal = developer_service(&server.origin, HandClock::new()).unwrap();
    let all = portal.suspensions(&secret("token")).await.unwrap();
    assert_eq!(all.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["s4", "s3", "s2"]);
    assert!(server.heard()[1].head.contains("page_token=more"));
}
