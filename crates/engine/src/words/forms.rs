//! Forms of a copy, templates, and pushing through other programs.

use keystow_vault::{BadTemplate, Misfit};

use super::UNCHANGED;
use crate::Trouble;

/// Said wherever nothing was copied.
const NOT_COPIED: &str = "Nothing was copied, and what was on the clipboard is still there.";
/// Said wherever a secret did not reach GitHub.
const NOT_SET: &str = "The secret at GitHub is what it was before.";

/// The name of a variable that no shell takes.
pub(crate) fn bad_variable() -> Trouble {
    Trouble::new(
        "bad_variable",
        "A variable cannot be called that.",
        NOT_COPIED,
        "Use letters from A to Z, digits and underscores, and begin with no digit.",
    )
}

/// A name that GitHub keeps for itself.
pub(crate) fn reserved_variable() -> Trouble {
    Trouble::new(
        "reserved_variable",
        "GitHub keeps names that begin with GITHUB_ for itself.",
        NOT_SET,
        "Choose another name for the variable.",
    )
}

/// A secret that does not fit the form.
pub(crate) fn misfit(misfit: Misfit) -> Trouble {
    match misfit {
        Misfit::Header => Trouble::new(
            "unfit_header",
            "This secret holds a character that no header can carry.",
            NOT_COPIED,
            "Choose another form.",
        ),
        Misfit::Nul => Trouble::new(
            "unfit_shell",
            "This secret holds a character that would cut it short in this form.",
            NOT_COPIED,
            "Choose “Secret only” or JSON.",
        ),
    }
}

/// A template with a mistake.
pub(crate) fn bad_template(bad: BadTemplate) -> Trouble {
    match bad {
        BadTemplate::NoSecret => Trouble::new(
            "template_no_secret",
            "The template has no place for the secret.",
            UNCHANGED,
            "Write {{secret}} where it shall stand.",
        ),
        BadTemplate::Unknown(place) => Trouble::new(
            "template_unknown",
            "The template has a place “{place}” that Keystow does not know.",
            UNCHANGED,
            "Places are {{secret}}, {{secret:shell}}, {{secret:json}}, {{secret:base64}}, {{secret:url}} and {{name}}.",
        )
        .with("place", keystow_domain::visible(&place)),
        BadTemplate::Open => Trouble::new(
            "template_open",
            "A place in the template is opened and not closed.",
            UNCHANGED,
            "Close it with }}.",
        ),
    }
}

/// A template without a name, or with one that cannot be shown.
pub(crate) fn bad_template_name() -> Trouble {
    Trouble::new(
        "template_name",
        "The template cannot be called that.",
        UNCHANGED,
        "Name it in 1 to 60 characters, all of them visible.",
    )
}

/// A template that is too long.
pub(crate) fn template_long() -> Trouble {
    Trouble::new("template_long", "The template is too long.", UNCHANGED, "Keep it under 4000 characters.")
}

/// As many templates as are kept.
pub(crate) fn too_many_templates() -> Trouble {
    Trouble::new(
        "too_many_templates",
        "There are as many templates as Keystow keeps.",
        UNCHANGED,
        "Remove one that is not used any more.",
    )
}

/// A template that is gone.
pub(crate) fn no_template() -> Trouble {
    Trouble::new("no_template", "This template is not here any more.", NOT_COPIED, "Choose another form.")
}

/// What is no repository.
pub(crate) fn bad_repository() -> Trouble {
    Trouble::new("bad_repository", "This is no repository of GitHub.", NOT_SET, "Write it as OWNER/REPO.")
}

/// GitHub's program is not installed.
pub(crate) fn gh_missing() -> Trouble {
    Trouble::new(
        "gh_missing",
        "GitHub's program “gh” is not on this computer.",
        NOT_SET,
        "Install it from cli.github.com and sign in with “gh auth login”, then try again.",
    )
}

/// Nobody is signed in to GitHub's program.
pub(crate) fn gh_signed_out() -> Trouble {
    Trouble::new(
        "gh_signed_out",
        "GitHub's program “gh” is not signed in.",
        NOT_SET,
        "Run “gh auth login” in a terminal, then try again.",
    )
}

/// GitHub does not let this person set secrets there.
pub(crate) fn gh_refused(repository: &str) -> Trouble {
    Trouble::new(
        "gh_refused",
        "GitHub does not know “{repository}”, or does not let you set its secrets.",
        NOT_SET,
        "Check the repository's name and who is signed in with “gh auth status”.",
    )
    .with("repository", repository)
}

/// GitHub's program failed.
pub(crate) fn gh_failed() -> Trouble {
    Trouble::new(
        "gh_failed",
        "GitHub's program “gh” failed.",
        NOT_SET,
        "Try “gh secret list” in a terminal to see what it says, then try again.",
    )
}

/// GitHub's program did not end in time. It may have done its work.
pub(crate) fn gh_silent() -> Trouble {
    Trouble::new(
        "gh_silent",
        "GitHub's program “gh” did not end in time.",
        "The secret at GitHub may be the new one or the one before.",
        "Check the network, then set it again.",
    )
}
