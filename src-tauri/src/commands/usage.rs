//! Usage: the picture and its numbers, in the window and as files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keystow_engine::{Colours, MOST_COMPARED, MOST_PICTURE, UsageWish};
use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::teams::team_id;
use super::{Answer, Keystow, key_id};
use crate::error::CommandError;
use crate::view::{PictureWords, SavedView, UsageFormat, UsageInput, UsageView};

/// Instants a window may ask about: the years that dates are written with four digits in.
const INSTANTS: std::ops::Range<i64> = 0..253_402_300_800_000;
/// More words than any picture has.
const MOST_WORDS: usize = 64;

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("usage")
        .invoke_handler(tauri::generate_handler![show, export, picture, save_picture])
        .build()
}

#[tauri::command]
async fn show(keystow: Keystow<'_>, input: UsageInput) -> Answer<UsageView> {
    let engine = keystow.engine()?;
    let (wish, width, colours) = wished(input)?;
    Ok(engine.usage(&wish, width, &colours).await?.into())
}

/// Saves what is shown; the numbers, or the picture with its words.
#[tauri::command]
async fn export(
    keystow: Keystow<'_>,
    input: UsageInput,
    format: UsageFormat,
    words: PictureWords,
) -> Answer<SavedView> {
    let engine = keystow.engine()?;
    let (wish, width, colours) = wished(input)?;
    let format = match format {
        UsageFormat::Csv => keystow_engine::UsageFormat::Csv,
        UsageFormat::Json => keystow_engine::UsageFormat::Json,
        UsageFormat::Svg => {
            let words = bounded(words)?;
            return Ok(engine.export_usage_picture(&wish, width, &colours, &words).await?.into());
        }
    };
    Ok(engine.export_usage(&wish, format).await?.into())
}

/// The picture with its words, for the window to make pixels of.
#[tauri::command]
async fn picture(keystow: Keystow<'_>, input: UsageInput, words: PictureWords) -> Answer<String> {
    let engine = keystow.engine()?;
    let (wish, width, colours) = wished(input)?;
    let svg = engine.usage_picture(&wish, width, &colours, &bounded(words)?).await?;
    Ok(format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg)))
}

/// Saves the pixels that a window made of that picture.
#[tauri::command]
async fn save_picture(keystow: Keystow<'_>, png: String) -> Answer<SavedView> {
    let engine = keystow.engine()?;
    // Four letters stand for three bytes; what is too long is not even decoded.
    if png.len() / 4 > MOST_PICTURE / 3 {
        return Err(CommandError::bad_input("This picture"));
    }
    let png = STANDARD.decode(png).map_err(|_| CommandError::bad_input("This picture"))?;
    Ok(engine.save_usage_png(png).await?.into())
}

/// What a window wants to see, checked.
fn wished(input: UsageInput) -> Answer<(UsageWish, u32, Colours)> {
    let keys = input.keys.iter().map(|key| key_id(key)).collect::<Answer<Vec<_>>>()?;
    let chosen = input.between.is_none_or(|ends| ends.iter().all(|end| INSTANTS.contains(end)));
    let period = input.period.meant(input.between).filter(|_| chosen);
    let period = period.ok_or_else(|| CommandError::bad_input("This period"))?;
    if keys.len() > MOST_COMPARED || input.hidden.len() > MOST_WORDS {
        return Err(CommandError::bad_input("This choice"));
    }
    let team = input.team.map(team_id).transpose()?.filter(|_| keys.is_empty());
    let wish = UsageWish {
        keys,
        team,
        period,
        resolution: input.resolution.into(),
        metric: input.metric.into(),
        hidden: input.hidden,
    };
    Ok((wish, input.width, input.colours.into()))
}

/// Words of bounded number; their length is bounded where they are written.
fn bounded(words: PictureWords) -> Answer<keystow_engine::PictureWords> {
    let lists = [words.legend.len(), words.ticks_x.len(), words.ticks_y.len(), words.marks.len()];
    let most = lists.into_iter().max();
    if most > Some(MOST_WORDS) {
        return Err(CommandError::bad_input("This picture"));
    }
    Ok(words.into())
}
