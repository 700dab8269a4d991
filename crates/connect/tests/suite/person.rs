//! A person with a browser that has neither a window nor scripts: it fills the portal's forms.

use std::collections::BTreeMap;

use http::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::Response;
use reqwest::redirect::Policy;
use url::Url;

pub(crate) const EMAIL: &str = "ada@portal.example";
const PASSWORD: &str = "correct horse battery";

/// A person at one portal.
pub(crate) struct Person {
    client: reqwest::Client,
    cookies: BTreeMap<String, String>,
    portal: Url,
}

impl Person {
    pub(crate) fn at(portal: &Url) -> Self {
        keystow_connect::install_tls();
        let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { client, cookies: BTreeMap::new(), portal: portal.clone() }
    }

    /// Opens the address that the app asked the browser to open, registers, and decides. Returns the
    /// address that the portal sends the browser back to.
    pub(crate) async fn register_and(&mut self, decision: &str, authorization: &Url) -> Url {
        let consent = self.register_on_the_way_to(authorization, EMAIL, "Ada").await;
        self.decide(decision, &consent).await
    }

    /// Opens the page of an invitation, registers with the address that was invited, and accepts.
    pub(crate) async fn register_and_join(&mut self, invitation: &Url, email: &str) {
        let page = self.register_on_the_way_to(invitation, email, "Grace").await;
        let form = Form::of(self.get(&page).await, "/invitation").await;
        let joined = self.submit(form, &[("answer", "accept")]).await;
        assert!(joined.status().is_success(), "{}", joined.status());
    }

    /// Opens a page that asks who somebody is, and registers; returns where that leads to.
    async fn register_on_the_way_to(&mut self, page: &Url, email: &str, name: &str) -> Url {
        let sign_in = location(&self.get(page).await);
        assert_eq!(sign_in.path(), "/sign-in", "nobody is signed in yet");
        let register = self.portal.join(&format!("/register?{}", sign_in.query().unwrap())).unwrap();
        let form = Form::of(self.get(&register).await, "/register").await;
        let mine = [("email", email), ("name", name), ("password", PASSWORD), ("repeated", PASSWORD)];
        location(&self.submit(form, &mine).await)
    }

    /// Opens the address again as somebody who is signed in already, and decides.
    pub(crate) async fn decide(&mut self, decision: &str, authorization: &Url) -> Url {
        let form = Form::of(self.get(authorization).await, "/consent").await;
        location(&self.submit(form, &[("decision", decision)]).await)
    }

    /// Goes where the portal sent the browser, and returns the page.
    pub(crate) async fn follow(&mut self, url: &Url) -> String {
        self.get(url).await.text().await.unwrap()
    }

    async fn get(&mut self, url: &Url) -> Response {
        self.send(self.client.get(url.clone())).await
    }

    async fn submit(&mut self, form: Form, more: &[(&str, &str)]) -> Response {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(&form.fields).extend_pairs(more);
        let request = self.client.post(self.portal.join(&form.action).unwrap()).body(body.finish());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.send(request.header("origin", self.portal.origin().ascii_serialization())).await
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Response {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let navigation = request.header("sec-fetch-mode", "navigate").header("sec-fetch-dest", "document");
        let response = navigation.header(COOKIE, cookies.join("; ")).send().await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response
    }
}

/// A form as the portal sent it.
struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

impl Form {
    /// The form of a page that leads to `action`, with its hidden fields.
    async fn of(response: Response, action: &str) -> Self {
        let (status, page) = (response.status(), response.text().await.unwrap());
        let start = page.find(&format!("action=\"{action}\"")).unwrap_or_else(|| panic!("{status}: {page}"));
        let form = &page[start..start + page[start..].find("</form>").unwrap()];
        let hidden = form.split("<input ").skip(1).filter(|input| input.contains("type=\"hidden\""));
        let fields = hidden.map(|input| (attribute(input, "name"), attribute(input, "value"))).collect();
        Self { action: action.to_owned(), fields }
    }
}

fn attribute(tag: &str, name: &str) -> String {
    let start = tag.find(&format!("{name}=\"")).unwrap() + name.len() + 2;
    let value = &tag[start..start + tag[start..].find('"').unwrap()];
    value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn location(response: &Response) -> Url {
    assert!(response.status().is_redirection(), "{}", response.status());
    response.url().join(response.headers()[LOCATION].to_str().unwrap()).unwrap()
}
