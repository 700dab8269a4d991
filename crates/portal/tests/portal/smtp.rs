//! Mails that are handed to a mail server: what it is told, and what happens when it refuses.

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::mpsc,
};

use crate::{
    apps::join,
    desk::Desk,
    teams::{found, invite},
};

/// A mail server that answers each recipient with the next of its replies, and passes on what it was told.
async fn server(replies: &'static [&'static str]) -> (String, mpsc::UnboundedReceiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for reply in replies {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            let (mut heard, mut line, mut in_letter) = (Vec::new(), String::new(), false);
            stream.write_all(b"220 mail.example\r\n").await.unwrap();
            while stream.read_line(&mut line).await.unwrap_or_default() > 0 {
                let said = match line.as_str() {
                    ".\r\n" => "250 kept",
                    _ if in_letter => "",
                    "DATA\r\n" => "354 go on",
                    "QUIT\r\n" => "221 bye",
                    other if other.starts_with("RCPT") => reply,
                    _ => "250 mail.example",
                };
                in_letter = (in_letter || line == "DATA\r\n") && line != ".\r\n";
                heard.push(std::mem::take(&mut line));
                if !said.is_empty() && stream.write_all(format!("{said}\r\n").as_bytes()).await.is_err() {
                    break;
                }
            }
            tell.send(heard).unwrap();
        }
    });
    (address, told)
}

async fn with_server(address: String) -> Desk {
    Desk::with(|config| {
        config.smtp = Some(keystow_portal::Smtp::parse(&address).unwrap());
        config.mail_from = Some("portal@mail.example".into());
    })
    .await
}

/// What is told of the one invitation of a team, once it is no longer what it was.
async fn mail_state(app: &crate::desk::App<'_>, team: &str, before: &str) -> Value {
    loop {
        let told = app.get(&format!("/v1/developer/teams/{team}/invitations")).await.expect(200).json();
        let state = told["invitations"][0]["mail"].clone();
        if state != before {
            return state;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_mail_server_gets_the_letter_for_one_recipient_from_the_address_that_was_set() {
    let (address, mut told) = server(&["250 yes"]).await;
    let desk = with_server(address).await;
    let ada = join(&desk, "ada@example.com").await;
    let shop = found(&ada, "shop").await;
    invite(&ada, &shop, "bob@example.com", "member").await.expect(200);
    let heard = told.recv().await.unwrap();
    let commands: Vec<&str> = heard.iter().map(|line| line.trim_end()).collect();
    assert!(commands.contains(&"MAIL FROM:<portal@mail.example>"), "{commands:?}");
    assert_eq!(
        commands.iter().filter(|line| line.starts_with("RCPT TO:")).collect::<Vec<_>>(),
        [&"RCPT TO:<bob@example.com>"]
    );
    assert!(commands.contains(&"From: Keystow portal <portal@mail.example>"));
    assert!(commands.iter().any(|line| line.contains("/invitation/")));
    assert_eq!(mail_state(&ada, &shop, "queued").await, "sent");
    assert!(!desk.data.path().join("portal/mail").exists(), "the folder is for portals without a server");
}

#[tokio::test]
async fn a_recipient_that_is_refused_for_good_is_told_to_who_invited() {
    let (address, mut told) = server(&["550 no such person"]).await;
    let desk = with_server(address).await;
    let ada = join(&desk, "ada@example.com").await;
    let shop = found(&ada, "shop").await;
    invite(&ada, &shop, "bob@example.com", "member").await.expect(200);
    let heard = told.recv().await.unwrap();
    assert!(!heard.iter().any(|line| line.contains("/invitation/")), "nothing was sent: {heard:?}");
    assert_eq!(mail_state(&ada, &shop, "queued").await, "failed");
}

#[tokio::test]
async fn a_server_that_is_busy_is_asked_again_and_a_restart_forgets_no_mail() {
    let (address, mut told) = server(&["451 later", "250 yes"]).await;
    let mut desk = with_server(address.clone()).await;
    let shop = {
        let ada = join(&desk, "ada@example.com").await;
        let shop = found(&ada, "shop").await;
        invite(&ada, &shop, "bob@example.com", "member").await.expect(200);
        shop
    };
    told.recv().await.unwrap();
    desk.stop().await;
    desk.clock.advance(std::time::Duration::from_secs(120));
    desk.start(|config| config.smtp = Some(keystow_portal::Smtp::parse(&address).unwrap())).await;
    let heard = told.recv().await.unwrap();
    assert!(heard.iter().any(|line| line.contains("/invitation/")), "{heard:?}");
    let ada = desk.come_back().await;
    assert_eq!(mail_state(&ada, &shop, "queued").await, "sent");
}

#[tokio::test]
async fn an_address_that_no_mail_can_be_from_does_not_start() {
    let data = tempfile::tempdir().unwrap();
    let mut config = keystow_portal::Config::new(data.path());
    config.mail_from = Some("a@example.com\r\nBcc: eve@example.com".into());
    let clock = std::sync::Arc::new(keystow_portal::SystemClock::new());
    let refused = keystow_portal::start(config, clock).await.err().unwrap();
    assert!(matches!(refused, keystow_portal::PortalError::MailFrom { .. }), "{refused}");
}
