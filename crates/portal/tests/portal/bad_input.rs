//! Bad input for every field of every call and every form: refused in the words of the document, never a failure.

use axum::http::Method;
use serde_json::{Map, Value, json};

use crate::desk::{Answer, App, Desk, REDIRECT, authorize};

/// What no field takes, whatever it is for: it hides, reorders or ends text.
const HIDING: [&str; 8] = [
    "a\u{0}b",
    "a\u{7}b",
    "a\u{1b}[2Jb",
    "a\u{202e}b",
    "a\u{2066}b\u{2069}",
    "a\u{200b}b",
    "\u{feff}ab",
    "a\u{7f}b",
];
/// An id of nothing.
const NOTHING: &str = "nothing_0000000000000000";

/// A call of the document.
struct Call {
    name: String,
    method: Method,
    path: String,
    operation: Value,
}

fn document() -> Value {
    serde_json::from_str(&keystow_portal::openapi_document()).unwrap()
}

fn calls(document: &Value) -> Vec<Call> {
    let mut calls = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let name = format!("{method} {path}");
            calls.push(Call { name, method, path: path.clone(), operation: operation.clone() });
        }
    }
    assert!(calls.len() > 20, "the document has hardly any call");
    calls
}

impl Call {
    /// The path, with an id of nothing where it has one.
    fn address(&self) -> String {
        let mut address = self.path.clone();
        while let Some((before, rest)) = address.clone().split_once('{') {
            address = format!("{before}{NOTHING}{}", rest.split_once('}').unwrap().1);
        }
        address
    }

    /// The schema of its JSON body, if it has one.
    fn body<'d>(&self, document: &'d Value) -> Option<&'d Value> {
        let content = &self.operation["requestBody"]["content"]["application/json"]["schema"];
        let choice = |schema: &Value| schema["$ref"].as_str().map(str::to_owned);
        let choices = content["oneOf"].as_array().cloned().unwrap_or_default();
        let name = choice(content).or_else(|| choices.iter().find_map(choice))?;
        Some(&document["components"]["schemas"][name.rsplit('/').next().unwrap()])
    }

    /// Whether a token that means nothing is no error there (RFC 7009 §2.2).
    fn takes_any_token(&self) -> bool {
        self.path.ends_with("/revoke") && !self.path.starts_with("/v1/developer/")
    }

    /// Sees that an answer is one of the document.
    fn told(&self, answer: &Answer, what: &str) {
        let (status, name) = (answer.status.as_u16(), &self.name);
        assert!(status < 500, "{name} with {what}: {status} {}", answer.text);
        let told = self.operation["responses"].as_object().unwrap();
        assert!(
            told.contains_key(&status.to_string()),
            "{name} with {what}: {status} is not in the document"
        );
    }

    /// Sees that an answer is a refusal of the document that says what is wrong.
    fn refused(&self, answer: &Answer, what: &str) {
        self.told(answer, what);
        let (said, name) = (answer.json(), &self.name);
        assert!(answer.status.is_client_error(), "{name} took {what}: {}", answer.text);
        let wrong = said["violations"].as_array().is_some_and(|wrong| !wrong.is_empty());
        let is_said = wrong || said["message"].is_string() || said["error_description"].is_string();
        assert!(is_said, "{name} with {what} is refused without a word: {}", answer.text);
        assert!(!answer.text.contains(['\u{202e}', '\u{0}', '\u{1b}']), "{name} says {what} again");
    }
}

/// Values that a field with this schema does not take.
fn wrong_values(schema: &Value, document: &Value) -> Vec<Value> {
    if let Some(name) = schema["$ref"].as_str() {
        return wrong_values(&document["components"]["schemas"][name.rsplit('/').next().unwrap()], document);
    }
    let is = |kind: &str| match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|found| found == kind),
        found => found == kind,
    };
    let mut wrong = vec![json!({"a": {"b": []}}), json!([[["x"]]]), json!(true)];
    if is("string") {
        wrong.extend(HIDING.map(|text| json!(text)));
        wrong.extend([json!(7), json!(-1.5e300), json!("x".repeat(50_000))]);
    }
    if is("integer") {
        wrong.extend([json!(-1), json!(1.5), json!(u64::MAX), json!("1"), json!("x")]);
    }
    if is("array") {
        wrong.extend(["x", ""].map(|text| json!(text)));
        wrong.extend(HIDING.map(|text| json!([text])));
        wrong.extend([json!(vec!["x"; 5000]), json!([7, null])]);
    }
    wrong
}

impl App<'_> {
    async fn make(&self, call: &Call, address: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let token = format!("Bearer {}", self.access);
        let credential = match call.operation["security"][0]["apiKey"] {
            Value::Null => ("authorization", token.as_str()),
            _ => ("x-api-key", "kst_made-up"),
        };
        let all: Vec<_> = headers.iter().copied().chain([credential]).collect();
        self.desk().send(call.method.clone(), address, &all, body.to_owned()).await
    }
}

#[tokio::test]
async fn every_field_of_every_body_refuses_what_it_cannot_be() {
    let desk = Desk::with(|config| config.limits = keystow_portal::Limits::NONE).await;
    let (app, document) = (desk.app().await, document());
    let mut tried = 0;
    for call in calls(&document) {
        let Some(schema) = call.body(&document) else { continue };
        for (field, of) in schema["properties"].as_object().into_iter().flatten() {
            for value in wrong_values(of, &document) {
                let what = format!("{field}: {}", value.to_string().chars().take(60).collect::<String>());
                let body = Value::Object(Map::from_iter([(field.clone(), value.clone())])).to_string();
                let answer = app.make(&call, &call.address(), &[], &body).await;
                if call.takes_any_token() && value.is_string() {
                    call.told(&answer, &what);
                } else {
                    call.refused(&answer, &what);
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "only {tried} were tried");
}

#[tokio::test]
async fn what_is_no_json_object_is_no_body() {
    let desk = Desk::with(|config| config.limits = keystow_portal::Limits::NONE).await;
    let (app, document) = (desk.app().await, document());
    let deep = format!("{{\"name\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let objects = format!("{}1{}", "{\"a\":".repeat(9000), "}".repeat(9000));
    for call in calls(&document) {
        let Some(schema) = call.body(&document) else { continue };
        let first = schema["properties"].as_object().and_then(|known| known.keys().next().cloned());
        let twice = first.map(|field| format!("{{\"{field}\":\"x\",\"{field}\":\"y\"}}"));
        let fixed = [
            "[]",
            "\"text\"",
            "7",
            "null",
            "{",
            "}",
            "{]",
            "{\"a\":1e999}",
            "{\"\\ud800\":1}",
            "{} {}",
            "{\"unknown\":1}",
            "\u{feff}{}",
            "\0",
            &deep,
            &objects,
        ];
        for body in fixed.into_iter().map(str::to_owned).chain(twice) {
            let answer = app.make(&call, &call.address(), &[], &body).await;
            call.refused(&answer, &body.chars().take(40).collect::<String>());
        }
        let large =
            app.make(&call, &call.address(), &[], &format!("{{\"a\":\"{}\"}}", "x".repeat(70_000))).await;
        call.refused(&large.expect(413), "a large body");
    }
}

#[tokio::test]
async fn every_parameter_of_every_call_refuses_what_it_cannot_be() {
    let desk = Desk::with(|config| config.limits = keystow_portal::Limits::NONE).await;
    let (app, document) = (desk.app().await, document());
    let hiding: Vec<String> =
        HIDING.iter().map(|text| url::form_urlencoded::byte_serialize(text.as_bytes()).collect()).collect();
    let long = "x".repeat(6000);
    let ids = ["%00", "%ff", "%C0%AF", "..%2f..%2fkeys", "%", "%F0%9F", "a%E2%80%AEb", "%0d%0aX:%20y", &long];
    let mut tried = 0;
    for call in calls(&document) {
        for id in ids.iter().filter(|_| call.path.contains('{')) {
            let address = call.address().replace(NOTHING, id);
            call.refused(&app.make(&call, &address, &[], "").await, id);
            tried += 1;
        }
        let queries = call.operation["parameters"].as_array().cloned().unwrap_or_default();
        for query in queries.iter().filter(|parameter| parameter["in"] == "query") {
            let (name, address) = (query["name"].as_str().unwrap(), call.address());
            let wrong = hiding.iter().map(String::as_str).chain([long.as_str()]);
            for value in wrong {
                let answer = app.make(&call, &format!("{address}?{name}={value}"), &[], "").await;
                call.refused(&answer, &format!("{name}={value}"));
            }
            for value in ["99999999999999999999", "%ff"] {
                call.told(&app.make(&call, &format!("{address}?{name}={value}"), &[], "").await, value);
            }
            let answer = app.make(&call, &format!("{address}?{name}=1&{name}=2"), &[], "").await;
            call.refused(&answer, &format!("{name} twice"));
            tried += 1;
        }
    }
    assert!(tried > 100, "only {tried} were tried");
}

#[tokio::test]
async fn a_name_for_a_call_is_visible_ascii_of_the_right_length_and_comes_once() {
    let desk = Desk::open().await;
    let (app, document) = (desk.app().await, document());
    let good = r#"{"name":"billing","scopes":["read"]}"#;
    for call in
        calls(&document).iter().filter(|call| call.path == "/v1/developer/keys" && call.method == "POST")
    {
        let long = "x".repeat(256);
        for value in ["", "short", "clé-d-idempotence-en-français", "\u{202e}aaaaaaaaaaaaaaaaaaaaaaaa", &long]
        {
            let answer = app.make(call, "/v1/developer/keys", &[("idempotency-key", value)], good).await;
            call.refused(&answer.expect(400), value);
        }
        let one = ("idempotency-key", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        call.refused(&app.make(call, "/v1/developer/keys", &[one, one], good).await.expect(400), "two");
    }
    assert_eq!(app.get("/v1/developer/keys").await.expect(200).json(), json!({}), "a key was made");
}

#[tokio::test]
async fn every_field_of_every_form_of_the_pages_takes_anything_and_does_nothing_with_it() {
    let desk = Desk::with(|config| config.limits = keystow_portal::Limits::NONE).await;
    desk.register().await;
    let long = "x".repeat(50_000);
    let bad = HIDING.into_iter().chain([
        "",
        " ",
        "'\"><script>",
        &long,
        "https://evil.example/",
        "\r\nset-cookie: a=b",
    ]);
    for text in bad {
        let page = desk.browse("/sign-in").await;
        let fields = [("email", "ada@example.com"), ("password", "correct horse battery")];
        desk.fill_in(&page, "/sign-in", &fields).await.expect(303);
        for (page, action, fields) in [
            ("/sign-in".to_owned(), "/sign-in", &["email", "password", "next", "form"][..]),
            ("/register".to_owned(), "/register", &["email", "name", "password", "repeated", "next", "form"]),
            (
                authorize(&[]),
                "/consent",
                &["decision", "form", "client_id", "redirect_uri", "scope", "code_challenge"],
            ),
            ("/".to_owned(), "/sign-out", &["form", "next"]),
        ] {
            let shown = desk.browse(&page).await;
            for field in fields {
                let answer = desk.fill_in(&shown, action, &[(field, text)]).await;
                let what = format!("{action} with {field}: {}", text.chars().take(30).collect::<String>());
                assert!(answer.status.is_client_error() || answer.status == 303, "{what}: {}", answer.status);
                assert!(!answer.text.contains("<script>"), "{what} becomes markup");
                let place = answer.headers.get("location").map(|_| answer.location());
                let stays = |place: &str| place.starts_with('/') && !place.starts_with("//");
                let is_known = |place: &str| stays(place) || place.starts_with(REDIRECT);
                assert!(place.is_none_or(is_known), "{what} leads away to {place:?}");
                assert!(answer.headers.get("a").is_none());
            }
        }
    }
}

#[tokio::test]
async fn a_form_that_cannot_be_read_is_answered_with_a_page() {
    let desk = Desk::open().await;
    for body in ["email=a&email=b", "email=%ff", "%"] {
        for action in ["/sign-in", "/register", "/consent", "/sign-out"] {
            let headers = [("content-type", "application/x-www-form-urlencoded")];
            let answer = desk.send(Method::POST, action, &headers, body.into()).await;
            assert!(
                answer.status.is_client_error() || answer.status == 303,
                "{action} {body}: {}",
                answer.status
            );
            assert!(answer.status == 303 || answer.text.contains("<h1>"), "{action} {body}: {}", answer.text);
        }
    }
    let json = [("content-type", "application/json")];
    let answer = desk.send(Method::POST, "/sign-in", &json, "{}".into()).await.expect(415);
    assert!(answer.text.contains("<h1>") && answer.headers.contains_key("content-security-policy"));
    let large = desk.form("/sign-in", &[("email", &"x".repeat(70_000))]).await.expect(413);
    assert!(large.text.contains("<h1>"), "{}", large.text);
}

#[tokio::test]
async fn what_is_hardly_http_is_refused_and_the_next_caller_is_served() {
    let desk = Desk::open().await;
    let host = desk.base().strip_prefix("http://").unwrap();
    let head = |more: &str| format!("GET /v1/developer/keys HTTP/1.1\r\nhost: {host}\r\n{more}\r\n\r\n");
    let large = format!("x: {}", "y".repeat(100_000));
    let many: String = (0..300).map(|number| format!("x{number}: y\r\n")).collect();
    let long = format!("GET /{} HTTP/1.1\r\nhost: {host}\r\n\r\n", "x".repeat(100_000));
    for (sent, statuses) in [
        (head(&large), &["431"][..]),
        (head(many.trim_end()), &["431"]),
        (long, &["414", "431"]),
        (head("authorization: Bearer \u{0}"), &["400"]),
        (head("authorization: Bearer é"), &["400", "401"]),
        (head("content-length: 5\r\ntransfer-encoding: chunked"), &["400"]),
        (head("content-length: -1"), &["400"]),
        (head("content-length: 99999999999999999999"), &["400"]),
        ("GET / HTTP/9.9\r\n\r\n".into(), &["400", "505"]),
        ("\0\0\0\0\r\n\r\n".into(), &["400"]),
        ("GET http://evil.example/ HTTP/1.1\r\nhost: evil.example\r\n\r\n".into(), &["421"]),
    ] {
        let answer = desk.raw(sent.as_bytes()).await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        let shown: String = sent.chars().take(80).collect();
        assert!(statuses.contains(&status), "{shown:?} was answered with {answer:?}");
    }
    desk.browse("/sign-in").await.expect(200);
}
