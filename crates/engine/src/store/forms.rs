//! How secrets are copied, on disk: what was chosen last for a key, and the person's own templates.

use keystow_domain::{AccountId, KeyId};
use rusqlite::{OptionalExtension as _, Row, named_params, params};

use super::{Store, StoreError};

/// A key's choices, the nearest of its lineage first; `:key` and `:account` are filled in.
const LINE: &str = "WITH RECURSIVE line (key, far) AS (
    SELECT :key, 0 UNION
    SELECT courses.key, far + 1 FROM courses JOIN line ON courses.successor = line.key
    WHERE courses.account = :account AND far < 100) ";

/// What was chosen the last time that a key was copied in a form, or pushed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Habit {
    /// The form's word.
    pub(crate) form: Option<String>,
    /// The variable's name.
    pub(crate) variable: Option<String>,
    /// The repository it was pushed to.
    pub(crate) repository: Option<String>,
    /// The name it was pushed under.
    pub(crate) pushed_as: Option<String>,
}

/// A template of the person, which holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptTemplate {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Store {
    /// What was chosen last for a key, or for a key that it replaced.
    pub(crate) async fn habit(&self, account: AccountId, key: KeyId) -> Result<Habit, StoreError> {
        self.with(move |db| {
            let mut nearest = db.prepare_cached(&format!(
                "{LINE} SELECT form, variable, repository, pushed_as FROM habits JOIN line USING (key)
                 WHERE account = :account ORDER BY far LIMIT 1"
            ))?;
            let names = named_params! { ":account": account.as_str(), ":key": key.as_str() };
            let found = nearest.query_row(names, |row| {
                Ok(Habit {
                    form: row.get(0)?,
                    variable: row.get(1)?,
                    repository: row.get(2)?,
                    pushed_as: row.get(3)?,
                })
            });
            Ok(found.optional()?.unwrap_or_default())
        })
        .await
    }

    /// Keeps what was chosen for a key, in place of what was before.
    pub(crate) async fn keep_habit(
        &self,
        account: AccountId,
        key: KeyId,
        habit: Habit,
    ) -> Result<(), StoreError> {
        self.with(move |db| {
            db.execute(
                "INSERT OR REPLACE INTO habits (account, key, form, variable, repository, pushed_as)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    account.as_str(),
                    key.as_str(),
                    habit.form,
                    habit.variable,
                    habit.repository,
                    habit.pushed_as
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// The templates, by name.
    pub(crate) async fn templates(&self) -> Result<Vec<KeptTemplate>, StoreError> {
        self.with(|db| {
            let mut all = db.prepare_cached("SELECT id, name, text FROM templates ORDER BY name, id")?;
            let rows = all.query_map([], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Keeps a template, in place of the one with its id.
    pub(crate) async fn keep_template(&self, template: KeptTemplate) -> Result<(), StoreError> {
        self.with(move |db| {
            db.execute(
                "INSERT OR REPLACE INTO templates (id, name, text) VALUES (?1, ?2, ?3)",
                params![template.id, template.name, template.text],
            )?;
            Ok(())
        })
        .await
    }

    /// Forgets a template; done as well if there is none.
    pub(crate) async fn drop_template(&self, id: String) -> Result<(), StoreError> {
        self.with(move |db| {
            db.execute("DELETE FROM templates WHERE id = ?1", [id])?;
            Ok(())
        })
        .await
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<KeptTemplate> {
    Ok(KeptTemplate { id: row.get(0)?, name: row.get(1)?, text: row.get(2)? })
}
