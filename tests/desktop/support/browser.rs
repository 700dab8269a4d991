//! The person's browser: a real Chromium without a screen, in which scripts are switched off.
//!
//! Scripts are off because the portal's pages promise to work without them.

use std::process::Stdio;

use fantoccini::Client;
use serde_json::json;

use super::processes::Group;
use super::{Desk, driver, screen};

/// A running browser.
pub(crate) struct Browser {
    pub(crate) client: Client,
    _driver: Group,
}

/// The account the tests make.
pub(crate) const EMAIL: &str = "dana@example.com";
/// Its password.
pub(crate) const PASSWORD: &str = "correct horse battery";

impl Browser {
    pub(crate) async fn start(desk: &Desk) -> Self {
        let port = driver::free_port();
        let mut command = desk.command("chromedriver");
        command
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let driver = Group::start(&mut command, "chromium-driver");
        driver::listening(port).await;
        let profile = format!("--user-data-dir={}", desk.part("home").join("browser").display());
        let client = driver::connect(
            port,
            json!({ "goog:chromeOptions": {
                "args": [
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--disable-dev-shm-usage", "--window-size=900,800", profile,
                ],
                "prefs": { "profile.managed_default_content_settings.javascript": 2 },
            } }),
        );
        Self { client: client.await, _driver: driver }
    }

    /// Goes to an address.
    pub(crate) async fn visit(&self, address: &str) {
        // The last stop is the app's own page, which closes the connection: that is no failure here.
        let _ = self.client.goto(address).await;
    }

    /// Makes an account at the page where a sign-in begins, and comes to the question of consent.
    pub(crate) async fn register(&self) {
        self.register_as(EMAIL).await;
    }

    /// The same for somebody of this address.
    pub(crate) async fn register_as(&self, email: &str) {
        driver::click(&self.client, "link", "Create an account").await;
        driver::fill(&self.client, "textbox", "Email", email).await;
        driver::fill(&self.client, "textbox", "Password", PASSWORD).await;
        driver::fill(&self.client, "textbox", "Repeat password", PASSWORD).await;
        driver::click(&self.client, "button", "Create account").await;
    }

    /// Signs in to the account that was made before.
    pub(crate) async fn sign_in(&self) {
        self.sign_in_as(EMAIL, PASSWORD).await;
    }

    /// Signs in to an account that is there.
    pub(crate) async fn sign_in_as(&self, email: &str, password: &str) {
        driver::fill(&self.client, "textbox", "Email", email).await;
        driver::fill(&self.client, "textbox", "Password", password).await;
        driver::click(&self.client, "button", "Sign in").await;
    }

    /// Forgets who was here, as another person's browser never knew.
    pub(crate) async fn forget(&self) {
        self.client.delete_all_cookies().await.expect("a browser forgets its cookies");
    }

    /// Answers the question of consent.
    pub(crate) async fn answer(&self, button: &str) {
        driver::click(&self.client, "button", button).await;
    }

    /// Writes a picture of the page, for people to look at.
    pub(crate) async fn picture(&self, name: &str) {
        let picture = self.client.screenshot().await.expect("the browser draws its page");
        std::fs::write(screen::pictures().join(format!("{name}.png")), picture)
            .expect("a picture can be written");
    }

    /// Waits until the page says this.
    pub(crate) async fn says(&self, text: &str) {
        driver::says(&self.client, text).await;
    }
}
