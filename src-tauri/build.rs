//! Names every command once, by topic: what is not named here cannot be called by any window.

use tauri_build::{Attributes, InlinedPlugin};

/// The topics and their commands. `cargo xtask tidy` holds them against the handlers and the
/// capabilities.
const TOPICS: &[(&str, &[&str])] = &[
    ("keystow", &["status", "checks", "dismiss", "save_settings", "clock"]),
    (
        "accounts",
        &[
            "start",
            "connect",
            "sign_in",
            "paste",
            "cancel",
            "open_browser",
            "copy_link",
            "sign_out",
            "switch",
            "lock",
            "unlock",
        ],
    ),
    (
        "keys",
        &[
            "list",
            "complete",
            "refresh",
            "stop_reading",
            "read_rest",
            "details",
            "create",
            "rename",
            "revoke",
            "delete_secret",
            "copy",
            "copy_prefix",
            "clear_clipboard",
            "keep_longer",
            "import",
            "import_file",
        ],
    ),
    ("forms", &["list", "copy", "save_template", "remove_template", "push", "first_call", "try_call"]),
    ("lock", &["used", "allow", "set_passphrase", "change_passphrase", "use_keyring"]),
    ("health", &["list", "snooze", "save_rules", "export"]),
    (
        "picker",
        &[
            "ready",
            "look",
            "list",
            "copy",
            "allow",
            "forms",
            "copy_as",
            "push_again",
            "pin",
            "hide",
            "open_main",
        ],
    ),
    ("places", &["list", "add", "remove", "wave_away", "deliver", "sweep", "sweep_status", "sweep_cancel"]),
    (
        "rotation",
        &["open", "plan", "rotate", "end_grace", "finish", "forget", "probe", "set_probe", "set_quiet"],
    ),
    ("bulk", &["plan", "start", "pause", "halt", "show", "export", "dismiss"]),
    ("usage", &["show", "export", "picture", "save_picture"]),
    ("watch", &["quota", "alerts", "save"]),
    ("schedules", &["list", "save", "remove", "snooze", "export_calendar"]),
    ("apps", &["list", "refresh", "details", "figures", "create", "change", "delete", "approve", "reject"]),
    (
        "teams",
        &[
            "list",
            "refresh",
            "details",
            "read",
            "create",
            "rename",
            "delete",
            "invite",
            "withdraw",
            "set_role",
            "remove",
            "leave",
            "hand_over",
        ],
    ),
    ("clients", &["list", "create", "change"]),
    ("bill", &["show", "export"]),
    ("admin", &["preview", "suspend", "suspensions", "go_on", "resume", "report", "export"]),
    ("audit", &["list", "export", "here", "portal"]),
];

fn main() {
    let mut attributes = Attributes::new().capabilities_path_pattern("./src-tauri/capabilities/*");
    for (topic, commands) in TOPICS {
        attributes = attributes.plugin(topic, InlinedPlugin::new().commands(commands));
    }
    if let Err(error) = tauri_build::try_build(attributes) {
        panic!("the app cannot be built: {error:#}");
    }
}
