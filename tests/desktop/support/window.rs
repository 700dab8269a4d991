//! The app in its real window, driven from outside.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fantoccini::Client;
use serde_json::json;

use super::processes::{self, Group, Process};
use super::{Desk, driver, screen, until};

/// Calls back when all animations have ended and two more frames were drawn.
const DRAWN: &str = "const done = arguments[arguments.length - 1];
    const ended = document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity).map((one) => one.finished.catch(() => null));
    Promise.all([document.fonts.ready, ...ended]).then(() => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(null), 100))));";

/// Changes between light and dark, and tells which it was.
const OTHER_THEME: &str = "const root = document.documentElement.dataset;
    const before = root.theme;
    root.theme = before === 'dark' ? 'light' : 'dark';
    return before;";

/// The most lines of the app's log that a failing test prints.
const LOG_LINES: usize = 60;

/// Adds up the columns of a table.
const SUMS: &str = "const [table] = arguments;
    const heads = Array.from(table.querySelectorAll('thead th')).slice(1).map((head) => head.textContent.trim());
    const sums = Object.fromEntries(heads.map((head) => [head, 0]));
    for (const row of table.querySelectorAll('tbody tr')) {
      Array.from(row.querySelectorAll('td')).forEach((cell, at) => (sums[heads[at]] += parseInt(cell.textContent.replace(/[^0-9]/g, ''), 10) || 0));
    }
    return sums;";

/// A running app.
pub(crate) struct Window {
    pub(crate) client: Client,
    /// The app's process.
    pub(crate) app: Process,
    display: String,
    _witness: Witness,
    _driver: Group,
}

/// Tells what the app did when a test fails, also one that never got to see its window.
struct Witness {
    /// What it and its webview write to standard output and standard error.
    log: PathBuf,
    display: String,
}

impl Window {
    pub(crate) async fn open(desk: &Desk, environment: &[(&str, &str)]) -> Self {
        let port = driver::free_port();
        let log = desk.part("logs").join(format!("app-{port}.log"));
        let mut command = desk.command("WebKitWebDriver");
        command.arg(format!("--port={port}")).envs(environment.iter().copied());
        command.env("TAURI_AUTOMATION", "true").env("TAURI_WEBVIEW_AUTOMATION", "true");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let display = desk.screen.display().to_owned();
        let witness = Witness { log: log.clone(), display: display.clone() };
        let driver = Group::start(&mut command, "webkit2gtk-driver");
        driver::listening(port).await;
        let capabilities =
            json!({ "webkitgtk:browserOptions": { "binary": logged(desk, &log), "args": [] } });
        let client = driver::connect(port, capabilities).await;
        let app = until("the app's process", async || {
            let mut ids = processes::descendants(driver.id()).into_iter();
            ids.find(|id| processes::name(*id) == "keystow-desktop").and_then(Process::find)
        });
        Self { client, app: app.await, display, _witness: witness, _driver: driver }
    }

    /// Clicks the thing with this role and name. An app that dies of it does not answer any more.
    pub(crate) async fn click(&self, role: &str, name: &str) {
        tokio::select! {
            () = driver::click(&self.client, role, name) => {}
            () = self.app.is_gone() => {}
        }
    }

    /// Clicks the thing with this role and name although it may be switched off.
    pub(crate) async fn click_anyway(&self, role: &str, name: &str) {
        driver::find(&self.client, role, name).await.click().await.expect("it can be clicked");
    }

    /// Waits for the thing with this role and name, and tells its text.
    pub(crate) async fn text_of(&self, role: &str, name: &str) -> String {
        let found = driver::find(&self.client, role, name).await;
        let text = self.client.execute("return arguments[0].textContent", vec![json!(found)]).await;
        driver::flat(text.expect("the text of what was found").as_str().unwrap_or_default())
    }

    /// Waits for the field with this role and name, and tells what it holds.
    pub(crate) async fn value_of(&self, role: &str, name: &str) -> String {
        let field = driver::find(&self.client, role, name).await;
        field.prop("value").await.expect("a field has a value").unwrap_or_default()
    }

    /// Waits for the thing with this role and name.
    pub(crate) async fn shows(&self, role: &str, name: &str) {
        driver::find(&self.client, role, name).await;
    }

    /// Whether the thing with this role and name is to be seen now.
    pub(crate) async fn has(&self, role: &str, name: &str) -> bool {
        driver::look_for(&self.client, role, name).await.is_some()
    }

    /// How many things with this role and name are to be seen now.
    pub(crate) async fn count(&self, role: &str, name: &str) -> u64 {
        driver::count(&self.client, role, name).await
    }

    /// Whether the box or radio with this name is chosen.
    pub(crate) async fn is_chosen(&self, role: &str, name: &str) -> bool {
        let drawn = driver::find(&self.client, role, name).await;
        let script = "return (arguments[0].control ?? arguments[0]).checked";
        let chosen = self.client.execute(script, vec![json!(drawn)]).await;
        chosen.ok().and_then(|chosen| chosen.as_bool()).expect("it can be chosen")
    }

    /// Waits until the thing with this role and name is gone.
    pub(crate) async fn loses(&self, role: &str, name: &str) {
        let gone = async || (!self.has(role, name).await).then_some(());
        until(&format!("the {role} “{name}” is gone"), gone).await;
    }

    /// Puts text in the place of what a field holds.
    pub(crate) async fn fill(&self, role: &str, name: &str, text: &str) {
        driver::fill(&self.client, role, name, text).await;
    }

    /// Chooses from the list with this name.
    pub(crate) async fn select(&self, name: &str, value: &str) {
        let list = driver::find(&self.client, "combobox", name).await;
        list.select_by_value(value).await.expect("the list has this choice");
    }

    /// Presses keys in the thing with this role and name.
    pub(crate) async fn type_into(&self, role: &str, name: &str, keys: &str) {
        driver::find(&self.client, role, name).await.send_keys(keys).await.expect("the keys are taken");
    }

    /// Waits until the window says this.
    pub(crate) async fn says(&self, text: &str) {
        driver::says(&self.client, text).await;
    }

    /// Everything the window says.
    pub(crate) async fn text(&self) -> String {
        driver::flat(&driver::text(&self.client).await)
    }

    /// Presses a key where the focus is.
    pub(crate) async fn press(&self, key: &str) {
        let focused = self.client.active_element().await.expect("something has the focus");
        focused.send_keys(key).await.expect("the key is taken");
    }

    /// The column sums of a table of numbers, by what stands over the columns.
    pub(crate) async fn sums(&self, table: &str) -> BTreeMap<String, u64> {
        let table = driver::find(&self.client, "table", table).await;
        let sums = self.client.execute(SUMS, vec![json!(table)]).await.expect("the table can be read");
        serde_json::from_value(sums).expect("sums are numbers")
    }

    /// Writes pictures of the screen, once the window has drawn what it knows: one as it is, and one in the
    /// other of light and dark.
    pub(crate) async fn picture(&self, desk: &Desk, name: &str) {
        self.drawn().await;
        desk.screen.picture(name).await;
        let before = self.client.execute(OTHER_THEME, Vec::new()).await.expect("the theme can be changed");
        self.drawn().await;
        let now = if before == "dark" { "light" } else { "dark" };
        desk.screen.picture(&format!("{name}-in-{now}")).await;
        self.client.execute(OTHER_THEME, Vec::new()).await.expect("the theme can be changed back");
        self.drawn().await;
    }

    /// Gives the window another size, in pixels of the screen.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        self.client.set_window_size(width, height).await.expect("the window takes another size");
        let wide = format!("return innerWidth === {width}");
        until("the window has its new size", async || {
            self.client.execute(&wide, Vec::new()).await.ok()?.as_bool()?.then_some(())
        })
        .await;
    }

    /// Whether the page is no wider than the window.
    pub(crate) async fn fits(&self) -> bool {
        let fits = "return document.documentElement.scrollWidth <= innerWidth";
        let fits = self.client.execute(fits, Vec::new()).await;
        fits.ok().and_then(|fits| fits.as_bool()).expect("the page can be measured")
    }

    /// Waits until the list of keys is no longer at its beginning.
    pub(crate) async fn has_scrolled(&self) {
        until("the list has scrolled", async || {
            let top = "return document.querySelector('.list-view').scrollTop";
            (self.client.execute(top, Vec::new()).await.ok()?.as_f64()? > 0.0).then_some(())
        })
        .await;
    }

    /// Waits until the page is light or dark, as it should be.
    pub(crate) async fn has_theme(&self, theme: &str) {
        until(&format!("the window is {theme}"), async || {
            let now = self.client.execute("return document.documentElement.dataset.theme", Vec::new()).await;
            (now.ok()?.as_str()? == theme).then_some(())
        })
        .await;
    }

    /// Waits until the page is drawn.
    pub(crate) async fn drawn(&self) {
        self.client.execute_async(DRAWN, Vec::new()).await.expect("the window draws");
    }

    /// The processes that show the page.
    pub(crate) fn webviews(&self) -> Vec<i32> {
        let ours = processes::descendants(self.app.id).into_iter();
        ours.filter(|id| processes::name(*id).starts_with("WebKit")).collect()
    }

    /// Waits until the app has died by itself.
    pub(crate) async fn dies(self) {
        self.app.ended().await;
    }

    /// Ends the app as `kill -9` does.
    pub(crate) async fn kill(self) {
        self.app.kill().await;
    }

    /// Closes the window, as a person does, and waits until the app has ended.
    pub(crate) async fn close(self) {
        screen::close_windows(&self.display).expect("windows can be asked to close");
        self.app.ended().await;
    }
}

impl Drop for Witness {
    /// After a failure, leaves the last picture and the log where people find them, and prints the log's end:
    /// what the app and the portal inside it had to say is often the reason.
    #[expect(clippy::print_stderr, reason = "a failing test has nowhere else to say it")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let end = lines.len().saturating_sub(LOG_LINES);
            eprintln!(
                "the end of the app's log ({} lines in all):\n{}",
                lines.len(),
                lines[end..].join("\n")
            );
            let test = std::thread::current().name().unwrap_or("unknown").replace("::", "-");
            let place = screen::pictures().join(format!("failed-{test}"));
            let mut import = Command::new("import");
            import.args(["-window", "root"]).arg(place.with_extension("png"));
            let _ = import.env("DISPLAY", &self.display).status();
            let _ = fs::copy(&self.log, place.with_extension("log"));
        }
    }
}

/// A program that becomes the app and keeps what it says, which the driver would throw away.
fn logged(desk: &Desk, log: &Path) -> PathBuf {
    let path = desk.part("bin").join("keystow-desktop");
    let app = env!("CARGO_BIN_EXE_keystow-desktop");
    let script = format!("#!/bin/sh\nexec '{app}' > '{}' 2>&1\n", log.display());
    fs::write(&path, script).expect("the app's starter can be written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("the app's starter can be run");
    path
}
