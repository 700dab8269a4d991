//! What every form is, byte for byte, and what reads it back.

use super::*;

const PLAIN: &str = "kst_7Qm2sXk4vBn6wQe1yUt0rMz5sLp9dFg2";
/// Everything that some reader gives a meaning to.
const AWKWARD: &str = "a'b\"c\\d\\\\e$f${g}$${h}%{i}`j` \u{2019}#!&=\tk\nl\u{7f}\u{85}\u{2028}é€𝄞 ";

fn forms() -> Vec<(&'static str, Form)> {
    let template = "curl -H 'k: {{secret:shell}}' \"https://x.example/?k={{secret:url}}\"\n\
                    {\"{{name}}\": \"{{secret:json}}\"}\n{{ secret:base64 }}\n{{secret}}";
    vec![
        ("raw", Form::Raw),
        ("dotenv", Form::Dotenv),
        ("export", Form::Export),
        ("powershell", Form::PowerShell),
        ("curl", Form::CurlHeader { name: "x-api-key".into(), before: String::new() }),
        ("bearer", Form::Bearer),
        ("json", Form::Json),
        ("kubernetes", Form::Kubernetes),
        ("compose", Form::Compose),
        ("terraform", Form::Terraform),
        ("curl-call", Form::CurlCall(endpoint())),
        ("javascript-call", Form::JavaScriptCall(endpoint())),
        ("python-call", Form::PythonCall(endpoint())),
        ("template", Form::Template(Template::parse(template).unwrap())),
    ]
}

/// An address and a header with everything that a shell or a string gives a meaning to.
fn endpoint() -> Endpoint {
    Endpoint {
        url: "https://api.example/v1/it's?a=\"b\"&c=$d".into(),
        header: "Authorization".into(),
        before: "Bearer ".into(),
    }
}

fn variable() -> Variable {
    Variable::parse("BILLING_PROD_KEY").unwrap()
}

fn render(form: &Form, secret: &str) -> Result<String, Misfit> {
    let text = form.render(&variable(), &Secret::from_text(secret.to_owned()))?;
    Ok(text.expose().to_owned())
}

fn is_header(form: &Form) -> bool {
    matches!(
        form,
        Form::CurlHeader { .. }
            | Form::Bearer
            | Form::CurlCall(_)
            | Form::JavaScriptCall(_)
            | Form::PythonCall(_)
    )
}

#[test]
fn every_form_is_byte_for_byte_what_was_agreed() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/render/golden");
    for (name, form) in forms() {
        for (which, secret) in [("plain", PLAIN), ("awkward", AWKWARD)] {
            let Ok(text) = render(&form, secret) else {
                assert!(which == "awkward" && is_header(&form), "{name}");
                continue;
            };
            let file = folder.join(format!("{name}.{which}"));
            let agreed = std::fs::read(&file).unwrap_or_default();
            assert_eq!(text, String::from_utf8_lossy(&agreed), "{}", file.display());
        }
    }
}

#[test]
fn what_a_person_sees_is_the_text_with_a_gap_for_the_secret() {
    for (name, form) in forms() {
        let shown = form.preview(&variable());
        let text: String = shown
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.as_str(),
                Piece::Secret => PLAIN,
            })
            .collect();
        if name != "template" {
            assert_eq!(text, render(&form, PLAIN).unwrap(), "{name}");
        }
        assert!(shown.contains(&Piece::Secret), "{name}");
        assert!(!format!("{shown:?}").contains(PLAIN));
    }
}

#[test]
fn a_header_takes_no_line_break_and_a_shell_no_nul() {
    let curl = Form::CurlHeader { name: "x-api-key".into(), before: "Token ".into() };
    assert_eq!(render(&curl, "a'b").unwrap(), "-H 'x-api-key: Token a'\\''b'");
    for form in [curl, Form::Bearer] {
        assert_eq!(render(&form, "a\r\nx: y"), Err(Misfit::Header));
    }
    for form in [Form::Dotenv, Form::Export, Form::PowerShell, Form::Compose, Form::Terraform] {
        assert_eq!(render(&form, "a\0b"), Err(Misfit::Nul));
    }
    assert_eq!(render(&Form::Raw, "a\0b").unwrap(), "a\0b");
}

#[test]
fn an_env_line_is_quoted_no_more_than_it_must() {
    for (secret, line) in [
        ("kst_1", "kst_1"),
        ("", "''"),
        ("a b", "'a b'"),
        ("a#b", "'a#b'"),
        ("a\\b$c", "'a\\b$c'"),
        ("a'b", "\"a'b\""),
        ("a'b\"$c`\\", "\"a'b\\\"\\$c\\`\\\\\""),
    ] {
        assert_eq!(render(&Form::Dotenv, secret).unwrap(), format!("BILLING_PROD_KEY={line}"));
    }
}

#[test]
fn a_name_that_yaml_takes_for_something_else_is_quoted() {
    for (name, key) in [("ON", "\"ON\""), ("NULL", "\"NULL\""), ("_1", "\"_1\""), ("ONE", "ONE")] {
        let shown = Form::Compose.preview(&Variable::parse(name).unwrap());
        assert_eq!(shown[0], Piece::Text(format!("environment:\n  {key}: \"")));
    }
}

#[test]
fn a_template_says_what_is_wrong_with_it() {
    for (text, wrong) in [
        ("no place", BadTemplate::NoSecret),
        ("{{name}}", BadTemplate::NoSecret),
        ("{{secret:yaml}}", BadTemplate::Unknown("secret:yaml".into())),
        ("{{secret}} {{name", BadTemplate::Open),
    ] {
        assert_eq!(Template::parse(text), Err(wrong), "{text}");
    }
    assert!(Template::parse("{ {{ secret }} }").is_ok());
}

/// What a shell makes of a command, with a mark behind it so that no line break at its end is lost.
#[cfg(unix)]
fn shell(command: &str) -> String {
    let script = format!("{command}\nprintf '%s|' \"$BILLING_PROD_KEY\"");
    let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[cfg(unix)]
#[test]
fn a_shell_reads_back_what_was_rendered_for_it() {
    for secret in [PLAIN, AWKWARD, "'", "''\\", "$(id)`id`!!", "-n", "a\n\nb\n"] {
        for form in [Form::Export, Form::Dotenv] {
            let text = render(&form, secret).unwrap();
            assert_eq!(shell(&text), format!("{secret}|"), "{text}");
        }
        let template = Form::Template(Template::parse("{{name}}='{{secret:shell}}'").unwrap());
        assert_eq!(shell(&render(&template, secret).unwrap()), format!("{secret}|"));
    }
}

/// A shell in which curl tells what it was asked for.
#[cfg(unix)]
#[test]
fn a_shell_gives_curl_the_address_and_the_header() {
    let call = render(&Form::CurlCall(endpoint()), "a'b c").unwrap();
    let script = format!("curl() {{ printf '%s|' \"$@\"; }}\n{call}");
    let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    let expected = format!("{}|-H|Authorization: Bearer a'b c|", endpoint().url);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

#[test]
fn json_reads_back_what_was_rendered_for_it() {
    for secret in [PLAIN, AWKWARD, "\0\u{1}\u{ffff}"] {
        let value: serde_json::Value = serde_json::from_str(&render(&Form::Json, secret).unwrap()).unwrap();
        assert_eq!(value["BILLING_PROD_KEY"], secret);
    }
}
