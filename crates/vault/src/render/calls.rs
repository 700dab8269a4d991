//! First calls to an endpoint, ready to be pasted and run.

use super::escape::{json_text, shell_text};
use super::{Endpoint, Escape, Page};

pub(super) fn curl(endpoint: &Endpoint, page: &mut dyn Page) {
    let [url, header, before] = parts(endpoint, shell_text);
    page.line(["curl '", &url, "' \\\n  -H '", &header, ": ", &before], Escape::Shell, "'\n");
}

pub(super) fn java_script(endpoint: &Endpoint, page: &mut dyn Page) {
    let [url, header, before] = parts(endpoint, json_text);
    page.line(
        ["const response = await fetch(\"", &url, "\", {\n  headers: { \"", &header, "\": \"", &before],
        Escape::Json,
        "\" },\n});\nconsole.log(response.status, await response.text());\n",
    );
}

pub(super) fn python(endpoint: &Endpoint, page: &mut dyn Page) {
    // What JSON escapes, Python reads the same way: no text here holds a character beyond U+FFFF escaped.
    let [url, header, before] = parts(endpoint, json_text);
    page.line(
        [
            "import urllib.request\n\nrequest = urllib.request.Request(\n    \"",
            &url,
            "\",\n    headers={\"",
            &header,
            "\": \"",
            &before,
        ],
        Escape::Json,
        "\"},\n)\nwith urllib.request.urlopen(request) as response:\n    print(response.status, response.read().decode())\n",
    );
}

fn parts(endpoint: &Endpoint, escaped: fn(&str) -> String) -> [String; 3] {
    [&endpoint.url, &endpoint.header, &endpoint.before].map(|text| escaped(text))
}
