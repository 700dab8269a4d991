//! Instants as portals write them.

use keystow_domain::Timestamp;

/// Reads an instant of a JSON field: RFC 3339 with or without a fraction, in any offset, or digits
/// that count seconds or milliseconds since 1970. Anything else is nothing, and so is what no calendar has: a
/// day is added to instants, and windows write them.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        let millis = number.unsigned_abs() >= 100_000_000_000;
        let at = if millis { Timestamp::from_millis(number) } else { Timestamp::from_secs(number) };
        return jiff::Timestamp::from_millisecond(at.as_millis()).ok().map(|_| at);
    }
    text.parse::<jiff::Timestamp>().ok().map(|at| Timestamp::from_millis(at.as_millisecond()))
}

/// Reads the date of an HTTP header (RFC 9110 §5.6.7).
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    let at = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp::from_millis(at.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_spelling_of_an_instant_is_read() {
        let at = Some(Timestamp::from_millis(1_792_152_800_000));
        for text in [
            "2026-10-16T12:13:20Z",
            "2026-10-16T12:13:20.000Z",
            "2026-10-16T14:13:20+02:00",
            "1792152800",
            "1792152800000",
        ] {
            assert_eq!(instant(text), at, "{text}");
        }
        assert_eq!(
            instant("2026-10-16T12:13:20.123456789Z"),
            Some(Timestamp::from_millis(1_792_152_800_123))
        );
    }

    #[test]
    fn nonsense_is_no_instant() {
        for text in [
            "",
            "soon",
            "2026-13-01T00:00:00Z",
            "99999-01-01T00:00:00Z",
            "1e400",
            "9223372036854775807",
            "-9223372036854775808",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_header_is_read() {
        assert_eq!(http_date("Fri, 16 Oct 2026 12:13:20 GMT"), Some(Timestamp::from_secs(1_792_152_800)));
        assert_eq!(http_date("yesterday"), None);
    }
}
