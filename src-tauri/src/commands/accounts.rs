//! Accounts: signing in and out, choosing one, locking.

use keystow_domain::AccountId;
use keystow_engine::Address;
use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow, short};
use crate::view::{AppView, ConnectInput, SignInView};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("accounts")
        .invoke_handler(tauri::generate_handler![
            start,
            connect,
            sign_in,
            paste,
            cancel,
            open_browser,
            copy_link,
            sign_out,
            switch,
            lock,
            unlock
        ])
        .build()
}

#[tauri::command]
async fn start(keystow: Keystow<'_>) -> Answer<SignInView> {
    let engine = keystow.engine()?;
    Ok(engine.start_sign_in(&Address::BuiltIn)?.into())
}

#[tauri::command]
async fn connect(keystow: Keystow<'_>, input: ConnectInput) -> Answer<SignInView> {
    let engine = keystow.engine()?;
    let address = Address::Remote {
        address: short(input.address)?,
        client_id: short(input.client_id)?,
        name: short(input.name)?,
    };
    Ok(engine.start_sign_in(&address)?.into())
}

#[tauri::command]
async fn sign_in(keystow: Keystow<'_>, account: String) -> Answer<SignInView> {
    let engine = keystow.engine()?;
    Ok(engine.start_sign_in(&Address::Known(AccountId::new(short(account)?)))?.into())
}

#[tauri::command]
async fn paste(keystow: Keystow<'_>, address: String) -> Answer<()> {
    let engine = keystow.engine()?;
    Ok(engine.paste_address(&short(address)?).await?)
}

#[tauri::command]
async fn cancel(keystow: Keystow<'_>) -> Answer<()> {
    let engine = keystow.engine()?;
    engine.cancel_sign_in();
    Ok(())
}

#[tauri::command]
async fn open_browser(keystow: Keystow<'_>) -> Answer<()> {
    let engine = keystow.engine()?;
    engine.open_browser_again();
    Ok(())
}

#[tauri::command]
async fn copy_link(keystow: Keystow<'_>) -> Answer<()> {
    let engine = keystow.engine()?;
    Ok(engine.copy_sign_in_link().await?)
}

#[tauri::command]
async fn sign_out(keystow: Keystow<'_>, account: String, insist: bool) -> Answer<AppView> {
    let engine = keystow.engine()?;
    engine.sign_out(&AccountId::new(short(account)?), insist).await?;
    Ok(AppView::of(engine))
}

#[tauri::command]
async fn switch(keystow: Keystow<'_>, account: String) -> Answer<AppView> {
    let engine = keystow.engine()?;
    engine.switch(&AccountId::new(short(account)?)).await?;
    Ok(AppView::of(engine))
}

#[tauri::command]
async fn lock(keystow: Keystow<'_>) -> Answer<AppView> {
    let engine = keystow.engine()?;
    engine.lock().await;
    Ok(AppView::of(engine))
}

#[tauri::command]
async fn unlock(keystow: Keystow<'_>) -> Answer<AppView> {
    let engine = keystow.engine()?;
    engine.unlock().await?;
    Ok(AppView::of(engine))
}
