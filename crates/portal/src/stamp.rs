//! Instants as the contract writes them: RFC 3339 in UTC.

use keystow_domain::Timestamp;

/// Writes an instant, with milliseconds where it has them.
pub(crate) fn write(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.as_millis()).map(|at| at.to_string()).unwrap_or_default()
}

/// Writes an instant that may be absent; absent is empty.
pub(crate) fn write_opt(at: Option<Timestamp>) -> String {
    at.map(write).unwrap_or_default()
}

/// Reads an instant with any offset, or nothing if the text is none.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    text.parse::<jiff::Timestamp>().ok().map(|at| Timestamp::from_millis(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_in_utc_and_read_with_any_offset() {
        let at = Timestamp::from_secs(1_800_000_000);
        assert_eq!(write(at), "2027-01-15T08:00:00Z");
        assert_eq!(read("2027-01-15T09:00:00+01:00"), Some(at));
        assert_eq!(read("tomorrow"), None);
    }
}
