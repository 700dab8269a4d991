//! A browser that knows forms and cookies, as much as a sign-in needs.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use url::Url;
use url::form_urlencoded::Serializer;

const PASSWORD: &str = "correct horse battery";

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    body: String,
}

/// Sends a request and reads the whole answer. HTTP/1.0, so that its end is the connection's.
pub(crate) fn send(method: &str, url: &Url, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut stream = TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).unwrap();
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut request =
        format!("{method} {target} HTTP/1.0\r\nHost: {host}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{request}\r\n{body}").as_bytes()).unwrap();
    let mut bytes = Vec::new();
    // The last page of a sign-in may end with a reset once it was told.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let wanted = |line: &&str| line.to_ascii_lowercase().starts_with(&format!("{name}: "));
        self.head.lines().find(wanted).map(|line| line[name.len() + 2..].trim())
    }
}

/// Makes an account in a browser and allows what the app asks for.
pub(crate) fn allow(asked: &str) {
    allow_as(asked, "ada@example.com", "Ada");
}

/// The same for somebody of this address and name.
pub(crate) fn allow_as(asked: &str, email: &str, name: &str) {
    let asked = Url::parse(asked).unwrap();
    let mut cookies = BTreeMap::new();
    let page = visit(&mut cookies, "GET", &asked.join("/register").unwrap(), "");
    let fields = [("email", email), ("name", name), ("password", PASSWORD), ("repeated", PASSWORD)];
    let made = visit(&mut cookies, "POST", &asked.join("/register").unwrap(), &form(&page, &fields));
    assert_eq!(made.status, 303, "{}", made.body);
    let page = visit(&mut cookies, "GET", &asked, "");
    let consent = form(&page, &[("decision", "allow")]);
    let allowed = visit(&mut cookies, "POST", &asked.join("/consent").unwrap(), &consent);
    let back = Url::parse(allowed.header("location").unwrap_or_else(|| panic!("{}", allowed.body))).unwrap();
    send("GET", &back, &[], "");
}

fn visit(cookies: &mut BTreeMap<String, String>, method: &str, url: &Url, body: &str) -> Answer {
    let all: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let all = all.join("; ");
    let headers = [("Cookie", all.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
    let answer = send(method, url, &headers, body);
    for line in answer.head.lines().filter(|line| line.to_ascii_lowercase().starts_with("set-cookie: ")) {
        let cookie = line["set-cookie: ".len()..].split(';').next().unwrap();
        let (name, value) = cookie.split_once('=').unwrap();
        cookies.insert(name.to_owned(), value.to_owned());
    }
    answer
}

/// The hidden fields of a page and these, as a form sends them.
fn form(page: &Answer, fields: &[(&str, &str)]) -> String {
    let value = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.replace("&amp;", "&"))
    };
    let tags = page.body.split("<input type=\"hidden\"").skip(1).filter_map(|rest| rest.split('>').next());
    let hidden = tags.filter_map(|tag| Some((value(tag, "name")?, value(tag, "value")?)));
    let shown = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    // A page may have two forms with the same field.
    let all: BTreeMap<String, String> = hidden.chain(shown).collect();
    Serializer::new(String::new()).extend_pairs(all).finish()
}
