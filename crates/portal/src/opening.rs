//! Opening what a portal keeps: the storage, and the pepper without which it is of no use.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use keystow_domain::Clock;

use crate::{
    config::Config,
    seal::Pepper,
    serve::PortalError,
    storage::{CountStore, Sqlite, Storage, StorageError},
};

/// What was opened.
pub(crate) struct Opened {
    pub(crate) pepper: Pepper,
    pub(crate) storage: Arc<dyn Storage>,
    /// Where calls are counted together with other portals, if there may be any.
    pub(crate) shared: Option<Arc<dyn CountStore>>,
    /// Where a damaged database was moved to.
    pub(crate) set_aside: Option<PathBuf>,
}

/// Opens the pepper and the database that was made with it.
///
/// # Errors
///
/// Fails if either cannot be opened, or if they do not belong together.
pub(crate) async fn open(config: &Config, clock: &dyn Clock) -> Result<Opened, PortalError> {
    #[cfg(feature = "postgres")]
    if let Some(database) = &config.database {
        return server::open(config, database).await;
    }
    let is_new = std::fs::metadata(config.data.join("portal.db")).map_or(true, |file| file.len() == 0);
    if is_new {
        // Before the database, so that none is ever left without its pepper.
        pepper(config, true)?;
    }
    let (storage, set_aside) = open_file(config, clock)?;
    let pepper = pepper(config, is_new || set_aside.is_some())?;
    Ok(Opened { pepper, storage: Arc::new(storage), shared: None, set_aside })
}

#[cfg(feature = "postgres")]
mod server {
    use super::*;
    use crate::{
        seal::Purpose,
        storage::{Database, Postgres},
    };

    /// Opens a database that other portals may use too. The first of them makes the pepper; the others must have
    /// been given the same, which the database can tell without knowing it.
    pub(super) async fn open(config: &Config, database: &Database) -> Result<Opened, PortalError> {
        let storage = Postgres::open(database).await?;
        let known = storage.pepper_check(None).await?;
        let pepper = pepper(config, known.is_none())?;
        let check = pepper.digest(Purpose::Check, &[]);
        // Two that start together on a new database have each made one: the first to say so is right.
        let known = if known.is_some() { known } else { storage.pepper_check(Some(&check)).await? };
        if known != Some(check) {
            return Err(PortalError::PepperDiffers { file: pepper_file(config) });
        }
        let storage = Arc::new(storage);
        Ok(Opened { pepper, storage: storage.clone(), shared: Some(storage), set_aside: None })
    }
}

fn pepper_file(config: &Config) -> PathBuf {
    config.pepper.clone().unwrap_or_else(|| config.data.join("pepper"))
}

/// Opens the pepper. With another than its own, a database knows no password, token or secret.
fn pepper(config: &Config, may_be_new: bool) -> Result<Pepper, PortalError> {
    let file = pepper_file(config);
    Pepper::open(&file, may_be_new).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => PortalError::PepperMissing { file },
        _ => PortalError::Folder { folder: file, source },
    })
}

/// Opens the database; a damaged one is moved aside if the configuration says so.
fn open_file(config: &Config, clock: &dyn Clock) -> Result<(Sqlite, Option<PathBuf>), PortalError> {
    let file = config.data.join("portal.db");
    match Sqlite::open(&file) {
        Ok(storage) => Ok((storage, None)),
        Err(StorageError::Damaged) if config.set_aside_damaged => {
            let aside = config.data.join(format!("portal.damaged-{}.db", clock.now().as_secs()));
            let moved = set_aside(&file, &aside);
            moved.map_err(|source| PortalError::Folder { folder: config.data.clone(), source })?;
            Ok((Sqlite::open(&file)?, Some(aside)))
        }
        Err(StorageError::Damaged) => Err(PortalError::Damaged { file }),
        Err(error) => Err(error.into()),
    }
}

/// Moves a database with its log, which belongs to it.
fn set_aside(file: &Path, aside: &Path) -> io::Result<()> {
    let beside = |path: &Path, suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    std::fs::rename(file, aside)?;
    for suffix in ["-wal", "-shm"] {
        match std::fs::rename(beside(file, suffix), beside(aside, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
