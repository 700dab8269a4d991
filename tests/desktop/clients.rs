//! An app's OAuth client and its signing credential, from their making to tokens that the stream takes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use keystow_portal::Mode;
use ring::signature::Ed25519KeyPair;

use crate::journey;
use crate::support::gateway::Gateway;
use crate::support::{Desk, Keyring, Window};

const APP: &str = "Harbour shop";
const CLIENT: &str = "Harbour export";
const SIGNER: &str = "Harbour nightly";
const SIGNED: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_an_app_get_tokens_and_are_replaced_side_by_side() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let browser = desk.browser().await;
    let (_running, address) = journey::portal(&desk, Mode::Extended).await;
    let window = desk.open().await;
    // The first account of a portal is its administrator.
    journey::sign_in_at(&desk, &window, &browser, &address).await;
    let gateway = Gateway::of(&address);
    streaming_app(&window).await;
    window.click("button", "Your apps").await;
    window.click("button", &format!("Open {APP}")).await;

    make(&window, CLIENT, "With a secret").await;
    window.picture(&desk, "80-a-client-is-stowed").await;
    let first = copied(&desk, &window, "kcs_").await;
    window.click("button", "Done").await;
    window.shows("listitem", CLIENT).await;
    let id = id_of(&window, CLIENT).await;
    assert_eq!(opens(&gateway, &id, &first).await, 200);
    try_it(&window, CLIENT).await;
    window.picture(&desk, "81-a-client-is-tried").await;
    leave(&window).await;

    replace(&desk, &window, &gateway, (&id, &first)).await;

    make(&window, SIGNER, "With what it signs (JWT)").await;
    let private = copied(&desk, &window, "-----BEGIN PRIVATE KEY-----").await;
    window.click("button", "Done").await;
    let signer = id_of(&window, SIGNER).await;
    let assertion = signed(&private, &signer, gateway.issuer());
    let proof =
        [("client_id", &*signer), ("client_assertion_type", SIGNED), ("client_assertion", &assertion)];
    let token = gateway.token(&proof).await.expect("an assertion gets a token");
    assert_eq!(gateway.stream(&token).await, 200);
    try_it(&window, SIGNER).await;
    leave(&window).await;
    window.picture(&desk, "82-credentials-of-an-app").await;

    window.click("button", "All apps").await;
    window.click("button", "OAuth clients").await;
    window.shows("listitem", SIGNER).await;
    window.picture(&desk, "83-clients").await;
    window.click("button", "Billing").await;
    window.shows("table", "By key and client").await;
    // Each acquired two things: one from the window, and one of this test, however often it came for it.
    assert!(window.text_of("row", SIGNER).await.contains('2'));
    assert!(window.text_of("row", CLIENT).await.contains('2'));
    window.picture(&desk, "84-the-bill").await;
}

/// Rotates the client's secret: both are taken side by side, until the old one is ended.
async fn replace(desk: &Desk, window: &Window, gateway: &Gateway, (id, first): (&str, &str)) {
    journey::choose(window, CLIENT, "Rotate…").await;
    window.click("radio", "Planned").await;
    window.says("5 of 5 passed").await;
    window.click("button", "Rotate now").await;
    window.click("button", "Copy new secret").await;
    let second = desk.pasted(|text| text.starts_with("kcs_") && text != first).await;
    assert_eq!(opens(gateway, id, first).await, 200, "both are taken side by side");
    assert_eq!(opens(gateway, id, &second).await, 200);
    window.click("button", "End grace now").await;
    window.fill("textbox", "Type the client's name", CLIENT).await;
    window.press(&fantoccini::key::Key::Enter.to_string()).await;
    window.loses("textbox", "Type the client's name").await;
    assert_eq!(opens(gateway, id, first).await, 401, "the old one is refused");
    assert_eq!(opens(gateway, id, &second).await, 200);
    leave(window).await;
}

/// An app that may stream, because its owner decides about that too.
async fn streaming_app(window: &Window) {
    window.click("link", "Apps").await;
    window.click("button", "New app").await;
    window.fill("textbox", "Name", APP).await;
    window.click("checkbox", "Partner access").await;
    window.click("button", "Create app").await;
    window.fill("textbox", "What do you need Partner access for?", "Partners listen.").await;
    window.click("button", "Create app").await;
    window.shows("heading", APP).await;
    window.click("button", "All apps").await;
    window.click("button", "Ask the portal again").await;
    window.click("button", "Approvals").await;
    window.click("button", &format!("Approve Partner access for {APP}")).await;
    window.says("Nothing waits for you").await;
}

/// Makes a client on the page of the app that is open.
async fn make(window: &Window, name: &str, proof: &str) {
    window.click("button", "New OAuth client").await;
    window.shows("dialog", "New OAuth client").await;
    window.fill("textbox", "Name", name).await;
    window.click("radio", proof).await;
    window.click("button", "Create client").await;
    window.shows("heading", "Stowed").await;
}

/// Copies what was just stowed, and pastes it in another program.
async fn copied(desk: &Desk, window: &Window, begins: &str) -> String {
    desk.screen.copy("a shopping list").await;
    window.click("button", "Copy secret").await;
    desk.pasted(|text| text.starts_with(begins)).await
}

/// The client id, read in the details.
async fn id_of(window: &Window, name: &str) -> String {
    journey::choose(window, name, "Details").await;
    window.says("client_").await;
    let text = window.text().await;
    leave(window).await;
    let start = text.find("client_").expect("the details name the client id");
    text[start..].chars().take_while(|one| one.is_ascii_alphanumeric() || *one == '_').collect()
}

/// Has the app get a token and call the stream with it.
async fn try_it(window: &Window, name: &str) {
    journey::choose(window, name, "Quick start…").await;
    window.click("button", "Try it").await;
    window.says("200").await;
}

async fn leave(window: &Window) {
    window.press(&fantoccini::key::Key::Escape.to_string()).await;
}

/// Whether a secret gets a token that the stream takes: its status, or 401 if there is no token.
async fn opens(gateway: &Gateway, id: &str, secret: &str) -> u16 {
    match gateway.token(&[("client_id", id), ("client_secret", secret)]).await {
        Some(token) => gateway.stream(&token).await,
        None => 401,
    }
}

/// An assertion (RFC 7523) signed with what was pasted, as the program would that it was pasted into.
fn signed(pem: &str, client: &str, audience: &str) -> String {
    let line = pem.lines().nth(1).expect("PEM has a line of base64");
    let key = STANDARD.decode(line).expect("the line is base64");
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&key).expect("the text is a private key in PKCS#8");
    let now = this_second();
    let claims = format!(
        r#"{{"iss":"{client}","sub":"{client}","aud":"{audience}","exp":{},"iat":{now},"jti":"desktop-1"}}"#,
        now + 60
    );
    let text = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", text(r#"{"alg":"EdDSA"}"#), text(&claims));
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(signed.as_bytes()).as_ref());
    format!("{signed}.{signature}")
}

/// Seconds since 1970, of the computer that the portal runs on too.
fn this_second() -> i64 {
    use keystow_domain::Clock as _;
    keystow_portal::SystemClock::new().now().as_secs()
}
