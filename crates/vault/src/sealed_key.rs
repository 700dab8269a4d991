//! The data key sealed under a passphrase, for whoever has no keyring or trusts it less than their memory.
//!
//! Argon2id makes a key of the passphrase, and the envelope seals the data key with it. What it cost to make
//! that key stands in the record, so that a later version can ask for more; version and cost are associated
//! data of the seal. A cost is bounded when it is read: nobody who alters the record decides how much memory
//! this computer gives.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};
use zeroize::Zeroizing;

use crate::envelope::{self, Place, Purpose};
use crate::{DataKey, Secret, VaultError, random};

/// Where a vault's data key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protection {
    /// In the keyring.
    #[default]
    Keyring,
    /// In the vault, sealed under a passphrase.
    Passphrase {
        /// Whether the keyring may still hold it as well, because it could not be deleted there yet.
        leftover: bool,
    },
}

/// How many times as long as itself a text in UTF-8 can become in normal form C (UAX #15).
const GROWS: usize = 3;

/// A passphrase as somebody typed it, wiped from memory when dropped. Nothing reads it but the vault.
pub struct Passphrase(Secret);

impl Passphrase {
    /// How many characters a new one has at the least. No rule asks for any kind of them.
    pub const LEAST: usize = 12;
    /// How many bytes one may have, so that nothing endless is worked on.
    pub const MOST: usize = 1024;

    /// Takes over what was typed, in Unicode's normal form C, as RFC 8265 §4.2.2 has it: one keyboard types a
    /// letter with its accent as one character, another one as two.
    pub fn typed(text: String) -> Self {
        let typed = Secret::from_text(text);
        if is_nfc_quick(typed.expose().chars()) == IsNormalized::Yes {
            return Self(typed);
        }
        // Room for all of it at once: a text that grows leaves copies behind.
        let mut normal = String::with_capacity(typed.expose().len() * GROWS);
        normal.extend(typed.expose().nfc());
        Self(Secret::from_text(normal))
    }

    /// Whether it is long enough for a new one, and not longer than can be worked on.
    pub fn is_fit(&self) -> bool {
        self.chars() >= Self::LEAST && self.0.expose().len() <= Self::MOST
    }

    /// How many characters it has.
    fn chars(&self) -> usize {
        self.0.expose().chars().count()
    }
}

/// What it costs to make a key of a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    /// In KiB.
    memory: u32,
    /// How often the memory is gone through.
    passes: u32,
    /// How many parts of it could be worked on at once.
    lanes: u32,
}

impl Cost {
    /// What a new record costs: twice the memory that RFC 9106 §4 recommends where memory is short. It takes a
    /// person half a second, and whoever tries passphrases as much for each, on each gigabyte of theirs eight.
    const CHOSEN: Self = Self { memory: 128 * 1024, passes: 3, lanes: 1 };
    /// What a record may cost at the least and at the most: a quarter of the memory of a small computer.
    const BOUNDS: [Self; 2] =
        [Self { memory: 64 * 1024, passes: 3, lanes: 1 }, Self { memory: 1024 * 1024, passes: 16, lanes: 8 }];

    fn is_bearable(self) -> bool {
        let [least, most] = Self::BOUNDS;
        (least.memory..=most.memory).contains(&self.memory)
            && (least.passes..=most.passes).contains(&self.passes)
            && (least.lanes..=most.lanes).contains(&self.lanes)
    }
}

/// The first word of a record, so that a person who finds it knows what it is.
const KIND: &str = "keystow-sealed-key";
/// The version of the record's form.
const VERSION: &str = "1";
/// The function that makes a key of the passphrase.
const FUNCTION: &str = "argon2id";

const SALT: usize = 16;

/// A data key that a passphrase opens.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SealedKey {
    cost: Cost,
    salt: [u8; SALT],
    sealed: Vec<u8>,
}

impl SealedKey {
    /// Seals a data key. It takes as long as the cost says, and blocks.
    pub(crate) fn seal(key: &DataKey, passphrase: &Passphrase) -> Result<Self, VaultError> {
        let mut record = Self { cost: Cost::CHOSEN, salt: *random::bytes::<SALT>(), sealed: Vec::new() };
        let wrap = record.derive(passphrase)?;
        record.sealed = envelope::seal(&wrap, &record.place(), key.to_item().as_bytes())?;
        Ok(record)
    }

    /// Opens it again. It takes as long as the cost says, and blocks.
    ///
    /// # Errors
    ///
    /// Fails if it is another passphrase, or anything in the record was changed: nobody can tell which.
    pub(crate) fn open(&self, passphrase: &Passphrase) -> Result<DataKey, VaultError> {
        let wrap = self.derive(passphrase)?;
        let item =
            envelope::open(&wrap, &self.place(), &self.sealed).map_err(|_| VaultError::PassphraseWrong)?;
        DataKey::from_item(&item).ok_or(VaultError::SealDamaged)
    }

    /// The record: words of one line of ASCII.
    pub(crate) fn to_record(&self) -> Vec<u8> {
        format!("{} {}", self.header(), BASE64.encode(&self.sealed)).into_bytes()
    }

    /// Reads a record back, and bounds what it asks for.
    pub(crate) fn from_record(record: &[u8]) -> Result<Self, VaultError> {
        let text = std::str::from_utf8(record).map_err(|_| VaultError::SealDamaged)?;
        let words: Vec<&str> = text.split(' ').collect();
        match words.as_slice() {
            [KIND, VERSION, FUNCTION, memory, passes, lanes, salt, sealed] => {
                let number = |word: &str| word.parse().map_err(|_| VaultError::SealDamaged);
                let bytes = |word: &str| BASE64.decode(word).map_err(|_| VaultError::SealDamaged);
                let cost = Cost { memory: number(memory)?, passes: number(passes)?, lanes: number(lanes)? };
                let salt = bytes(salt)?.try_into().map_err(|_| VaultError::SealDamaged)?;
                let read = Self { cost, salt, sealed: bytes(sealed)? };
                if cost.is_bearable() { Ok(read) } else { Err(VaultError::SealDamaged) }
            }
            [KIND, version, ..] if version.parse().is_ok_and(|version: u32| version > 1) => {
                Err(VaultError::Newer)
            }
            _ => Err(VaultError::SealDamaged),
        }
    }

    /// Everything in the record but the seal.
    fn header(&self) -> String {
        let Cost { memory, passes, lanes } = self.cost;
        let salt = BASE64.encode(self.salt);
        format!("{KIND} {VERSION} {FUNCTION} {memory} {passes} {lanes} {salt}")
    }

    fn place(&self) -> Place {
        // Whose vault it is stands in what is sealed: it is not known before.
        Place::new("", Purpose::DataKey, &[&self.header()])
    }

    fn derive(&self, passphrase: &Passphrase) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let Cost { memory, passes, lanes } = self.cost;
        let params = Params::new(memory, passes, lanes, Some(32)).map_err(|_| VaultError::SealDamaged)?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.0.expose().as_bytes(), &self.salt, key.as_mut_slice())
            .map_err(|_| VaultError::NoMemory)?;
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Passphrase {
        Passphrase::typed(text.to_owned())
    }

    fn failure(result: Result<DataKey, VaultError>) -> VaultError {
        result.err().unwrap()
    }

    #[test]
    fn a_letter_is_the_same_however_a_keyboard_writes_it() {
        let (one, two) = ("caf\u{e9} \u{ac00} au lait", "cafe\u{301} \u{1100}\u{1161} au lait");
        let key = DataKey::generate();
        let sealed = SealedKey::seal(&key, &typed(one)).unwrap();
        assert!(sealed.open(&typed(two)).unwrap().is_same(&key));
        // These are letters that become longer.
        let longest = "\u{1d160}".repeat(40);
        assert!(typed(&longest).0.expose().len() <= longest.len() * GROWS);
        assert_eq!(failure(sealed.open(&typed("cafe au lait"))), VaultError::PassphraseWrong);
    }

    #[test]
    fn a_record_opens_with_its_passphrase_and_with_no_other() {
        let key = DataKey::generate();
        let sealed = SealedKey::seal(&key, &typed("correct horse battery")).unwrap();
        let record = sealed.to_record();
        assert!(record.is_ascii() && record.starts_with(b"keystow-sealed-key 1 argon2id 131072 3 1 "));
        let back = SealedKey::from_record(&record).unwrap();
        assert!(back.open(&typed("correct horse battery")).unwrap().is_same(&key));
        for wrong in ["correct horse batter", "Correct horse battery", "correct horse battery ", ""] {
            assert_eq!(failure(back.open(&typed(wrong))), VaultError::PassphraseWrong, "{wrong}");
        }
    }

    #[test]
    fn two_records_of_one_key_and_passphrase_have_nothing_in_common() {
        let key = DataKey::generate();
        let [one, two] = [0, 1].map(|_| SealedKey::seal(&key, &typed("the same passphrase")).unwrap());
        assert_ne!(one.salt, two.salt);
        assert_ne!(one.sealed, two.sealed);
    }

    /// A record with one of its words replaced.
    fn altered(at: usize, word: &str) -> Result<SealedKey, VaultError> {
        let place = Place::new("", Purpose::DataKey, &[]);
        let sealed = envelope::seal(&[0; 32], &place, b"x").unwrap();
        let record = SealedKey { cost: Cost::CHOSEN, salt: [7; SALT], sealed }.to_record();
        let text = String::from_utf8(record).unwrap();
        let mut words: Vec<&str> = text.split(' ').collect();
        words[at] = word;
        SealedKey::from_record(words.join(" ").as_bytes())
    }

    #[test]
    fn a_record_cannot_ask_for_more_memory_or_time_than_is_bearable() {
        assert!(altered(3, "131072").is_ok(), "what is written today is read");
        for (at, word) in [
            (3, "104857600"), // 100 GiB
            (3, "4294967295"),
            (3, "1048577"),
            (3, "8"),
            (4, "1000000"),
            (4, "1"),
            (5, "0"),
            (5, "16777215"),
            (3, "-1"),
            (3, ""),
            (6, "AAAA"),
            (6, "?"),
            (7, "?"),
            (2, "pbkdf2"),
            (0, "keystow-data-key"),
        ] {
            assert!(matches!(altered(at, word), Err(VaultError::SealDamaged)), "word {at}: {word}");
        }
        assert!(matches!(altered(1, "2"), Err(VaultError::Newer)), "a newer form is told as one");
        assert!(matches!(SealedKey::from_record(&[0xff]), Err(VaultError::SealDamaged)));
        assert!(matches!(SealedKey::from_record(b""), Err(VaultError::SealDamaged)));
    }

    #[test]
    fn what_a_record_costs_is_sealed_with_it() {
        let key = DataKey::generate();
        let sealed = SealedKey::seal(&key, &typed("correct horse battery")).unwrap();
        let dearer = SealedKey { cost: Cost { passes: 4, ..sealed.cost }, ..sealed.clone() };
        assert_eq!(failure(dearer.open(&typed("correct horse battery"))), VaultError::PassphraseWrong);
        // The same key of the same passphrase, in a record that says something else of itself.
        let wrap = sealed.derive(&typed("correct horse battery")).unwrap();
        assert!(envelope::open(&wrap, &dearer.place(), &sealed.sealed).is_err());
        assert!(envelope::open(&wrap, &sealed.place(), &sealed.sealed).is_ok());
    }

    #[test]
    fn a_passphrase_is_fit_by_its_length_in_characters_alone() {
        assert!(!typed("eleven char").is_fit());
        assert!(typed("twelve chars").is_fit());
        assert!(!typed("ééééééééééé").is_fit(), "eleven characters, however many bytes");
        assert!(typed("مفتاح الخزنة").is_fit());
        assert!(!typed(&"x".repeat(1025)).is_fit());
    }
}
