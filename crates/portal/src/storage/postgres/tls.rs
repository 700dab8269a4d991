//! The way to a server on another computer: TLS, with a certificate that is checked.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    Result, StorageError,
    address::{Database, Trust},
};

/// What makes connections of TLS, where the address asks for them.
///
/// # Errors
///
/// Fails if there is nobody to trust: the certificates cannot be read, or there is none.
pub(super) fn connector(database: &Database) -> Result<Option<MakeRustlsConnect>> {
    let Some(trust) = &database.trust else { return Ok(None) };
    let mut roots = RootCertStore::empty();
    match trust {
        Trust::System => {
            // Those that cannot be read vouch for nobody; without any, the answer below says so.
            let found = rustls_native_certs::load_native_certs();
            let _ = roots.add_parsable_certificates(found.certs);
        }
        Trust::File(file) => {
            let unreadable = |_| StorageError::Database(format!("{} holds no certificate", file.display()));
            for certificate in CertificateDer::pem_file_iter(file).map_err(unreadable)? {
                let certificate = certificate.map_err(unreadable)?;
                roots.add(certificate).map_err(|_| {
                    StorageError::Database(format!("{} holds no certificate", file.display()))
                })?;
            }
        }
    }
    if roots.is_empty() {
        return Err(StorageError::Database("there is no certificate to check the server's by".into()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| StorageError::Database(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Some(MakeRustlsConnect::new(config)))
}
