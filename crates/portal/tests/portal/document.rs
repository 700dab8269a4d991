//! The committed contract is the one the code speaks.

#[test]
fn the_committed_document_is_up_to_date() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let spoken = keystow_portal::openapi_document();
    if std::env::var_os("KEYSTOW_CODEGEN").is_some() {
        std::fs::write(file, &spoken).unwrap();
    }
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        committed == spoken,
        "crates/portal/openapi.json is stale: run `cargo xtask codegen` and commit it"
    );
}

#[test]
fn the_document_names_every_call_and_both_credentials() {
    let document: serde_json::Value = serde_json::from_str(&keystow_portal::openapi_document()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = document["paths"].as_object().unwrap();
    for path in [
        "/v1/developer/keys",
        "/v1/developer/keys/{id}/rotate",
        "/v1/auth/token",
        "/oauth/token",
        "/v1/catalog/items",
    ] {
        assert!(paths.contains_key(path), "{path}");
    }
    for scheme in ["accessToken", "apiKey"] {
        assert!(document["components"]["securitySchemes"].get(scheme).is_some(), "{scheme}");
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_and_tells_what_it_is_refused_for() {
    let document: serde_json::Value = serde_json::from_str(&keystow_portal::openapi_document()).unwrap();
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} stands for two operations");
            if !path.starts_with("/v1/developer/") {
                continue;
            }
            let changing: &[&str] = if method == "get" { &[] } else { &["403", "413"] };
            for status in ["400", "401", "429", "500", "503"].iter().chain(changing) {
                let told = &operation["responses"][status];
                assert!(told.is_object(), "{method} {path} does not tell of {status}");
            }
        }
    }
}
