//! Two people of one team, each with an app of their own: what a member may do, what an admin may, and whose the team is.

use std::path::Path;

use fantoccini::key::Key;
use keystow_portal::Mode;

use crate::apps::second_person;
use crate::journey;
use crate::support::browser::{Browser, EMAIL, PASSWORD};
use crate::support::gateway::{Gateway, THERE};
use crate::support::{Desk, Keyring, Window, until};

const TEAM: &str = "Harbour shop";
const APP: &str = "Harbour web";
const KEY: &str = "harbour-web-prod";
const LEE: &str = "lee@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn a_team_shares_an_app_and_its_roles_decide_who_may_end_its_key() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let browser = desk.browser().await;
    let (_running, address) = journey::portal(&desk, Mode::Extended).await;
    // A picture is of the window that was opened last, so that the second person comes when there is something to see.
    let dana = desk.open().await;
    journey::sign_in_at(&desk, &dana, &browser, &address).await;
    found(&desk, &dana).await;
    invite(&desk, &dana).await;
    let lee = second_person(&desk, &browser, &address).await;
    accept(&desk, &browser).await;

    see_the_team(&desk, &lee).await;
    // A member rotates: the secret comes to this computer, and works.
    journey::rotate(&lee, KEY).await;
    lee.shows("list", "Evidence").await;
    lee.click("button", "Close").await;
    let secret = journey::copy(&desk, &lee, KEY).await;
    assert_eq!(Gateway::of(&address).call(&secret, THERE).await, 200);
    lee.click("button", &format!("More actions for {KEY}")).await;
    lee.says("In this team you look and rotate keys; the rest is for its owners and admins.").await;
    lee.picture(&desk, "115-a-key-of-a-team-for-a-member").await;
    lee.press(&Key::Escape.to_string()).await;

    // The role is raised elsewhere, and is there as soon as it is read.
    dana.click("button", "Ask the portal again").await;
    dana.shows("listitem", LEE).await;
    dana.select(&format!("Role of {LEE}"), "admin").await;
    dana.says(&format!("{LEE} is Admin now.")).await;
    open_team(&lee).await;
    lee.click("button", "Ask the portal again").await;
    lee.shows("region", "Invitations").await;
    lee.picture(&desk, "116-a-team-for-an-admin").await;
    lee.click("link", "Keys").await;
    journey::choose(&lee, KEY, "Revoke…").await;
    lee.fill("textbox", "Type the key's name", KEY).await;
    lee.click("button", "Revoke key").await;
    lee.says("Revoked").await;
    assert_eq!(Gateway::of(&address).call(&secret, THERE).await, 401);

    hand_over_and_leave(&desk, &dana, &lee).await;
}

/// Makes a team, an app of it, and a key of that.
async fn found(desk: &Desk, dana: &Window) {
    dana.click("link", "Teams").await;
    dana.says("No teams yet").await;
    dana.picture(desk, "110-no-teams").await;
    dana.click("button", "New team").await;
    dana.shows("dialog", "New team").await;
    dana.fill("textbox", "Name", TEAM).await;
    dana.click("button", "Create team").await;
    dana.shows("heading", TEAM).await;
    dana.click("button", "New app").await;
    dana.shows("dialog", "New app").await;
    assert!(dana.is_chosen("radio", TEAM).await, "it was asked for on the page of the team");
    dana.fill("textbox", "Name", APP).await;
    dana.click("checkbox", "Catalog").await;
    dana.picture(desk, "111-an-app-of-a-team").await;
    dana.click("button", "Create app").await;
    dana.shows("heading", APP).await;
    dana.click("button", "New key").await;
    dana.shows("dialog", "New key").await;
    dana.fill("textbox", "Name", KEY).await;
    dana.click("button", "Create key").await;
    dana.shows("heading", "Stowed").await;
    dana.click("button", "Done").await;
    dana.shows("listitem", KEY).await;
    dana.click("button", "Open the team").await;
    dana.shows("region", "Members").await;
}

async fn invite(desk: &Desk, dana: &Window) {
    dana.click("button", "Invite").await;
    dana.shows("dialog", &format!("Invite into {TEAM}")).await;
    dana.fill("textbox", "Mail address", LEE).await;
    dana.picture(desk, "112-inviting").await;
    dana.click("button", "Send invitation").await;
    dana.says(&format!("{LEE} is invited.")).await;
    dana.shows("listitem", LEE).await;
}

/// Lee follows the link in the mail, signs in, and joins.
async fn accept(desk: &Desk, browser: &Browser) {
    let folder = desk.part("portal").join("mail");
    let link = until("the mail is written", async || link_to(&folder, LEE)).await;
    browser.forget().await;
    browser.visit(&link).await;
    browser.sign_in_as(LEE, PASSWORD).await;
    browser.says(&format!("Join the team {TEAM}?")).await;
    browser.picture("113-an-invitation").await;
    browser.answer("Join").await;
    browser.says(TEAM).await;
}

/// The page in the mail to an address, once there is one.
fn link_to(folder: &Path, email: &str) -> Option<String> {
    let files = std::fs::read_dir(folder).ok()?.flatten().map(|file| file.path());
    let mails = files.filter(|file| file.extension().is_some_and(|kind| kind == "eml"));
    let mail = mails
        .filter_map(|file| std::fs::read_to_string(file).ok())
        .find(|mail| mail.contains(&format!("To: <{email}>")))?;
    let link = mail.lines().find(|line| line.contains("/invitation/"));
    link.map(|line| line.trim().to_owned())
}

/// The team is there once the portal is asked, and with it its app and the app's key.
async fn see_the_team(desk: &Desk, lee: &Window) {
    lee.click("link", "Teams").await;
    lee.click("button", "Ask the portal again").await;
    open_team(lee).await;
    lee.says("In this team you look and rotate keys; the rest is for its owners and admins.").await;
    lee.shows("listitem", EMAIL).await;
    assert!(!lee.has("region", "Invitations").await, "a member does not see who is invited");
    lee.picture(desk, "114-a-team-for-a-member").await;
    lee.click("link", "Keys").await;
    lee.shows("row", KEY).await;
}

async fn open_team(window: &Window) {
    window.click("link", "Teams").await;
    window.click("button", &format!("Open {TEAM}")).await;
    window.shows("region", "Members").await;
}

/// The team gets another owner, and whoever made it leaves.
async fn hand_over_and_leave(desk: &Desk, dana: &Window, lee: &Window) {
    journey::open_menu(dana, &format!("More actions for {TEAM}"), "Hand over…").await;
    dana.shows("dialog", &format!("Hand over {TEAM}")).await;
    dana.fill("textbox", "Type the team's name", TEAM).await;
    dana.click("button", "Hand over").await;
    dana.says(&format!("{LEE} owns {TEAM} now, and you are an admin.")).await;
    open_team(lee).await;
    lee.click("button", "Ask the portal again").await;
    lee.shows("combobox", &format!("Role of {EMAIL}")).await;
    journey::open_menu(lee, &format!("More actions for {TEAM}"), "Hand over…").await;
    lee.shows("dialog", &format!("Hand over {TEAM}")).await;
    lee.picture(desk, "117-handing-over").await;
    lee.click("button", "Cancel").await;

    journey::open_menu(dana, &format!("More actions for {TEAM}"), "Leave…").await;
    dana.click("button", "Leave team").await;
    dana.says("No teams yet").await;
    lee.click("button", "Ask the portal again").await;
    lee.loses("listitem", EMAIL).await;
    journey::open_menu(lee, &format!("More actions for {TEAM}"), "Delete…").await;
    lee.says("It owns 1 app.").await;
    lee.picture(desk, "118-deleting-a-team").await;
}
