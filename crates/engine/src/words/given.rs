//! Why no secret was taken from a pipe or a file.

use keystow_vault::GivenError;

use super::beside::NOT_TAKEN;
use crate::Trouble;

/// Why no secret was taken from a text.
pub(crate) fn given(error: GivenError) -> Trouble {
    match error {
        GivenError::Unreadable => Trouble::new(
            "given_unreadable",
            "It could not be read.",
            NOT_TAKEN,
            "Check the file and its rights, then try again.",
        ),
        GivenError::TooLong => Trouble::new(
            "given_too_long",
            "It is longer than 64 KiB.",
            NOT_TAKEN,
            "Give the line with the secret alone, then try again.",
        ),
        GivenError::Nothing => Trouble::new(
            "given_nothing",
            "There is no text in it.",
            NOT_TAKEN,
            "Give the secret, then try again.",
        ),
        GivenError::Unshown => Trouble::new(
            "given_unshown",
            "This portal shows too little of the secret to tell it from other text.",
            NOT_TAKEN,
            "Rotate the key in the app to get a new secret here.",
        ),
        GivenError::NoVariable => Trouble::new(
            "given_no_variable",
            "No line in it sets that variable.",
            NOT_TAKEN,
            "Check the variable's name.",
        ),
        GivenError::Unlike => Trouble::new(
            "given_unlike",
            "Nothing in it looks like the secret of this key.",
            NOT_TAKEN,
            "Compare it with what the list shows of the secret. It may be of another key, or from before a rotation.",
        ),
        GivenError::Several(names) if names.is_empty() => Trouble::new(
            "given_several",
            "Several different texts in it look like the secret of this key.",
            NOT_TAKEN,
            "Give the secret alone, then try again.",
        ),
        GivenError::Several(names) => Trouble::new(
            "given_several_variables",
            "Several variables in it look like the secret of this key.",
            NOT_TAKEN,
            "Name one with --var: {names}.",
        )
        .with("names", names.join(", ")),
    }
}
