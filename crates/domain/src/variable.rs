//! Names of variables: what shells, settings files and templates call a secret.

/// The longest name, in characters.
const LONGEST: usize = 128;
/// What a suggested name ends with, unless it says already that it names a secret.
const ENDINGS: [&str; 5] = ["KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL"];

/// The name of a variable as every shell takes it (POSIX XBD §3.216): ASCII letters, digits and
/// underscores, not beginning with a digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable(String);

impl Variable {
    /// Reads a name; nothing if it is none, or longer than 128 characters.
    pub fn parse(text: &str) -> Option<Self> {
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let begins = text.starts_with(|c: char| inside(c) && !c.is_ascii_digit());
        (begins && text.len() <= LONGEST && text.chars().all(inside)).then(|| Self(text.to_owned()))
    }

    /// The name that the name of a key suggests: `billing-prod` becomes `BILLING_PROD_KEY`.
    pub fn suggested(name: &str) -> Self {
        let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let mut text = words.map(str::to_ascii_uppercase).collect::<Vec<_>>().join("_");
        if text.is_empty() {
            text.push_str("API");
        }
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            text.insert(0, '_');
        }
        text.truncate(LONGEST - "_KEY".len());
        if !text.split('_').any(|word| ENDINGS.contains(&word)) {
            text.push_str("_KEY");
        }
        Self(text)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same as a label of RFC 1123, which names things in Kubernetes: `billing-prod-key`.
    pub fn label(&self) -> String {
        let text: String =
            self.0.chars().map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).take(63).collect();
        let text = text.trim_matches('-');
        if text.is_empty() { "key".to_owned() } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_key_suggests_one_that_every_shell_takes() {
        for (name, suggested) in [
            ("billing-prod", "BILLING_PROD_KEY"),
            ("nadia: search indexer (staging)", "NADIA_SEARCH_INDEXER_STAGING_KEY"),
            ("stripe api key", "STRIPE_API_KEY"),
            ("deploy_token.ci", "DEPLOY_TOKEN_CI"),
            ("monkey", "MONKEY_KEY"),
            ("2fa", "_2FA_KEY"),
            ("مفتاح", "API_KEY"),
            ("café", "CAF_KEY"),
            ("", "API_KEY"),
        ] {
            let variable = Variable::suggested(name);
            assert_eq!(variable.as_str(), suggested);
            assert_eq!(Variable::parse(suggested), Some(variable));
        }
        assert!(Variable::suggested(&"a".repeat(500)).as_str().len() <= LONGEST);
    }

    #[test]
    fn what_a_shell_would_not_take_is_no_name() {
        for text in ["", "1A", "A-B", "A B", "A=B", "É", "A\n", "$A", &"A".repeat(LONGEST + 1)] {
            assert_eq!(Variable::parse(text), None, "{text:?}");
        }
        assert!(Variable::parse("_a1B").is_some());
    }

    #[test]
    fn a_label_begins_and_ends_with_a_letter_or_a_digit() {
        for (name, label) in [("BILLING_KEY", "billing-key"), ("__A_", "a"), ("___", "key")] {
            assert_eq!(Variable::parse(name).map(|name| name.label()).as_deref(), Some(label));
        }
        assert!(Variable::parse(&"A_".repeat(40)).is_some_and(|name| name.label().len() <= 63));
    }
}
