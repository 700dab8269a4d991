//! What the browser shows at the end of a sign-in.
//!
//! Static pages without scripts; nothing of the request is echoed, and success is said only once it
//! is one.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

/// What there is to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    /// Signed in.
    Done,
    /// Consent was refused.
    Denied,
    /// Something went wrong; the app says what.
    Failed,
    /// This request was not the answer to a sign-in; with its HTTP status.
    NotThis(u16),
}

/// A language of the pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Language {
    #[default]
    English,
    Arabic,
    French,
}

impl Language {
    /// The first language of an `Accept-Language` header that there is a page in. Browsers write the
    /// preferred ones first.
    pub(super) fn preferred(header: &str) -> Self {
        let known = |tag: &str| match tag.trim().split(['-', ';']).next()?.to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "ar" => Some(Self::Arabic),
            "fr" => Some(Self::French),
            _ => None,
        };
        header.split(',').find_map(known).unwrap_or_default()
    }

    fn tag_and_direction(self) -> (&'static str, &'static str) {
        match self {
            Self::English => ("en", "ltr"),
            Self::Arabic => ("ar", "rtl"),
            Self::French => ("fr", "ltr"),
        }
    }
}

const STYLE: &str = "\
:root{color-scheme:light dark;--app:#f6f6f4;--card:#fff;--line:#e4e4e0;--text:#191c1e;--soft:#4d5358;--mark:#0a6a70}\
@media(prefers-color-scheme:dark){:root{--app:#101214;--card:#16191b;--line:#25292c;--text:#eceeef;--soft:#b0b7bc;--mark:#56c5c7}}\
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--app);color:var(--text);\
font:16px/24px Inter,system-ui,sans-serif}\
main{box-sizing:border-box;inline-size:min(26rem,100% - 2rem);padding:2rem;background:var(--card);\
border:1px solid var(--line);border-radius:16px}\
p{margin:0;color:var(--soft)}p.name{margin-bottom:1.5rem;font-weight:500}\
h1{display:flex;gap:.5rem;margin:0 0 .5rem;font-size:1.375rem;line-height:1.875rem;font-weight:600}\
svg{flex:none;inline-size:1.5rem;block-size:1.875rem;fill:none;stroke:var(--soft);stroke-width:2;stroke-linecap:round}\
svg.done{stroke:var(--mark)}";

impl Page {
    /// The whole response, head and body.
    pub(super) fn response(self, language: Language) -> Vec<u8> {
        let body = self.html(language);
        let (status, reason) = self.status();
        let (style, length) = (BASE64_STANDARD.encode(Sha256::digest(STYLE)), body.len());
        format!(
            "HTTP/1.1 {status} {reason}\r\n\
             Content-Type: text/html; charset=utf-8\r\n\
             Content-Length: {length}\r\n\
             Content-Security-Policy: default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'\r\n\
             Cache-Control: no-store\r\n\
             Referrer-Policy: no-referrer\r\n\
             X-Content-Type-Options: nosniff\r\n\
             Vary: Accept-Language\r\n\
             Connection: close\r\n\r\n{body}"
        )
        .into_bytes()
    }

    fn html(self, language: Language) -> String {
        let ((tag, direction), (heading, text)) = (language.tag_and_direction(), self.words(language));
        let icon = self.icon();
        format!(
            "<!doctype html><html lang=\"{tag}\" dir=\"{direction}\"><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{heading} · Keystow</title>\
             <style>{STYLE}</style><main><p class=\"name\">Keystow</p><h1>{icon}<span>{heading}</span></h1><p>{text}</p></main></html>"
        )
    }

    /// A shape beside the words, so that the end does not hang on a colour.
    fn icon(self) -> &'static str {
        match self {
            Self::Done => {
                "<svg class=\"done\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"12\" r=\"10\"/>\
                 <path d=\"M8 12.5l2.7 2.7L16 9.5\"/></svg>"
            }
            Self::Denied => {
                "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"12\" r=\"10\"/>\
                 <path d=\"M5 5l14 14\"/></svg>"
            }
            Self::Failed | Self::NotThis(_) => {
                "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"12\" r=\"10\"/>\
                 <path d=\"M12 7v6M12 16.5v.01\"/></svg>"
            }
        }
    }

    fn status(self) -> (u16, &'static str) {
        match self {
            Self::Done | Self::Denied => (200, "OK"),
            Self::Failed => (502, "Bad Gateway"),
            Self::NotThis(status @ 403) => (status, "Forbidden"),
            Self::NotThis(status @ 404) => (status, "Not Found"),
            Self::NotThis(status @ 405) => (status, "Method Not Allowed"),
            Self::NotThis(status @ 421) => (status, "Misdirected Request"),
            Self::NotThis(_) => (400, "Bad Request"),
        }
    }

    fn words(self, language: Language) -> (&'static str, &'static str) {
        use Language::{Arabic, English, French};
        match (self, language) {
            (Self::Done, English) => ("You are signed in", "You can close this page and go back to Keystow."),
            (Self::Done, Arabic) => ("تم تسجيل الدخول", "يمكنك إغلاق هذه الصفحة والعودة إلى Keystow."),
            (Self::Done, French) => {
                ("Vous êtes connecté", "Vous pouvez fermer cette page et revenir à Keystow.")
            }
            (Self::Denied, English) => {
                ("Access was not given", "Nothing was changed. Keystow tells you how to try again.")
            }
            (Self::Denied, Arabic) => ("لم يُمنح الإذن", "لم يتغيّر شيء. يوضح لك Keystow كيف تحاول من جديد."),
            (Self::Denied, French) => {
                ("L’accès n’a pas été accordé", "Rien n’a changé. Keystow vous indique comment réessayer.")
            }
            (Self::Failed, English) => (
                "Signing in did not work",
                "You are not signed in. Keystow says what happened and what to do next.",
            ),
            (Self::Failed, Arabic) => {
                ("تعذّر تسجيل الدخول", "لم يتم تسجيل دخولك. يوضح Keystow ما حدث وما الخطوة التالية.")
            }
            (Self::Failed, French) => (
                "La connexion a échoué",
                "Vous n’êtes pas connecté. Keystow explique ce qui s’est passé et la suite.",
            ),
            (Self::NotThis(_), English) => {
                ("This is not a sign-in", "Keystow did not expect this request and ignored it.")
            }
            (Self::NotThis(_), Arabic) => ("هذا ليس تسجيل دخول", "لم يتوقع Keystow هذا الطلب فتجاهله."),
            (Self::NotThis(_), French) => {
                ("Ce n’est pas une connexion", "Keystow n’attendait pas cette demande et l’a ignorée.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_static_and_forbid_everything_but_their_own_style() {
        for page in [Page::Done, Page::Denied, Page::Failed, Page::NotThis(404)] {
            let response = String::from_utf8(page.response(Language::English)).unwrap();
            let (head, body) = response.split_once("\r\n\r\n").unwrap();
            assert!(head.contains("default-src 'none'; style-src 'sha256-"));
            for line in ["Cache-Control: no-store", "Referrer-Policy: no-referrer", "Connection: close"] {
                assert!(head.contains(line), "{line}");
            }
            assert!(head.contains(&format!("Content-Length: {}", body.len())));
            assert!(!body.contains("<script") && !body.contains("href=") && !body.contains("src="));
        }
    }

    #[test]
    fn the_first_known_language_of_the_browser_is_spoken() {
        assert_eq!(Language::preferred("de-DE,fr-CA;q=0.8,en;q=0.5"), Language::French);
        assert_eq!(Language::preferred("ar"), Language::Arabic);
        assert_eq!(Language::preferred("zh"), Language::English);
        let arabic = String::from_utf8(Page::Done.response(Language::Arabic)).unwrap();
        assert!(arabic.contains("lang=\"ar\" dir=\"rtl\""));
    }
}
