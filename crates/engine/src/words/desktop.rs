//! What is said of the desktop that the app runs on.

use crate::Trouble;

/// Another program has the key that opens the picker.
pub(crate) fn hotkey_taken(hotkey: &str) -> Trouble {
    Trouble::new(
        "hotkey_taken",
        "Another program has the key {hotkey}, so it does not open the picker.",
        "Your keys and secrets are as they were. The command `keystow-desktop --pick` opens the picker too.",
        "Choose another key in Settings, or free this one in the program that has it.",
    )
    .with("hotkey", hotkey)
}

/// Something that was typed as a key for the picker and is none.
pub(crate) fn hotkey_unfit() -> Trouble {
    Trouble::new(
        "hotkey_unfit",
        "This key cannot open the picker.",
        "The key that was chosen before still does.",
        "Hold Ctrl, Alt or the system key together with a letter, a digit, Space or a function key.",
    )
}
