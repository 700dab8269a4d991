"""Who makes the calls that are made up from the portal's document, and what is asked of the answers besides."""

import os
import re
import threading

import requests
import schemathesis

from callers import Person, key_of

PORTAL = os.environ["KEYSTOW_FUZZED_PORTAL"]

# The first account that registers is the administrator. The one whose key opens the gateway makes no other call, so
# that no call that is made up takes its key away.
ADMIN = Person(PORTAL, "admin@fuzzed.example").register()
DEVELOPER = Person(PORTAL, "developer@fuzzed.example").register()
SAMPLE = Person(PORTAL, "demo@keystow.example").sign_in("keystow-demo")
GATEWAY = key_of(PORTAL, Person(PORTAL, "gateway@fuzzed.example").register().token())

CALLERS = [ADMIN, SAMPLE, DEVELOPER]


class Turn:
    """Whose turn it is: the administrator's every other time, who may do most."""

    def __init__(self):
        self.count = 0
        self.lock = threading.Lock()
        self.tokens = {}

    def token(self, alone):
        """A token of the next caller, or `alone` of the administrator; one that a call took away is replaced."""
        with self.lock:
            self.count += 1
            person = ADMIN if alone else CALLERS[[0, 1, 0, 2][self.count % 4]]
            if not self._is_good(person):
                self.tokens[person.email] = person.token()
            return self.tokens[person.email]

    def _is_good(self, person):
        token = self.tokens.get(person.email)
        # Looked at now and then: each look is a call.
        if token is None or self.count % 50 >= 4:
            return token is not None
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{PORTAL}/v1/developer/me", headers=headers, timeout=30).status_code == 200


TURN = Turn()


def credential(operation):
    """The name of the credential an operation wants, if any."""
    document = operation.schema.raw_schema
    wanted = operation.definition.raw.get("security", document.get("security", []))
    return next((name for choice in wanted for name in choice), None)


@schemathesis.auth(refresh_interval=None)
class Credentials:
    """The credential that the operation asks for."""

    def get(self, case, context):
        wanted = credential(context.operation)
        # Calls that follow from each other are about what the same person made.
        alone = case.meta is not None and case.meta.phase.name == "stateful"
        if wanted == "accessToken":
            return {"Authorization": f"Bearer {TURN.token(alone)}"}
        return {"x-api-key": GATEWAY} if wanted == "apiKey" else {}

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), **data}


SEEN = set()


@schemathesis.check
def refused_without_its_credential(ctx, response, case):
    """What was answered to somebody is refused to a stranger, with a credential that was made up and without any."""
    wanted = credential(case.operation)
    label = case.operation.label
    if wanted is None or response.status_code >= 300 or label in SEEN:
        return
    SEEN.add(label)
    sent = response.request
    header, made_up = ("Authorization", "Bearer made-up") if wanted == "accessToken" else ("x-api-key", "kst_made-up")
    # The contract calls a missing Authorization a bad request (400 about the header), a useless credential 401.
    for value, expected in [(None, (400, 401)), (made_up, (401,))]:
        headers = {name: text for name, text in sent.headers.items() if name.lower() != header.lower()}
        if value is not None:
            headers[header] = value
        answer = requests.request(sent.method, sent.url, headers=headers, data=sent.body, timeout=30)
        assert answer.status_code in expected, f"a stranger was answered with {answer.status_code} at {label}"


@schemathesis.check
def tells_what_is_left(ctx, response, case):
    """Every answer counts down, is not kept by anybody on the way, and is taken for nothing but what it says it is."""
    if response.status_code >= 500:
        return
    for name in ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"):
        value = (response.headers.get(name) or [""])[0]
        assert value.isdigit(), f"{name} is {value!r}"
    assert response.headers.get("cache-control") == ["no-store"], "the answer may be kept on the way"
    assert response.headers.get("x-content-type-options") == ["nosniff"], "the answer may be taken for something else"


# Control characters, those that reorder text, and those without a width that no script needs.
HIDING = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ufeff]")


@schemathesis.check
def a_refusal_says_why(ctx, response, case):
    """A refusal has a code and a sentence, a bad request names each field, and nothing of it hides or reorders text."""
    if response.status_code < 400:
        return
    said = response.json()
    if said.get("error"):
        assert said.get("error_description") or said.get("message"), f"an OAuth error without a sentence: {said}"
        return
    assert said.get("code", "").startswith("ERROR_CODE_"), f"no code: {said}"
    wrong = said.get("violations", [])
    assert said.get("message") or wrong, f"no sentence: {said}"
    if response.status_code in (400, 422):
        assert wrong, f"no field is named: {said}"
    for violation in wrong:
        assert violation.get("field") and violation.get("description"), f"half a violation: {violation}"
        for text in violation.values():
            assert not HIDING.search(text), f"a violation holds what hides: {text!r}"


def undocumented(document, schema, value, place):
    """The fields of an answer that its schema does not have."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    for choice in schema.get("oneOf", []) + schema.get("anyOf", []):
        if choice.get("type") != "null":
            return undocumented(document, choice, value, place)
    if isinstance(value, list):
        found = [undocumented(document, schema.get("items", {}), item, f"{place}[]") for item in value]
        return {name for names in found for name in names}
    if not isinstance(value, dict) or "properties" not in schema:
        return set()
    known = schema["properties"]
    fields = {f"{place}.{name}" for name in value if name not in known}
    for name, schema in known.items():
        if name in value:
            fields |= undocumented(document, schema, value[name], f"{place}.{name}")
    return fields


@schemathesis.check
def nothing_is_undocumented(ctx, response, case):
    """An answer has no field that the document does not tell of."""
    document = case.operation.schema.raw_schema
    told = case.operation.definition.raw["responses"].get(str(response.status_code), {})
    schema = told.get("content", {}).get("application/json", {}).get("schema")
    if schema is not None and (response.headers.get("content-type") or [""])[0].startswith("application/json"):
        fields = undocumented(document, schema, response.json(), "answer")
        assert not fields, f"the document does not tell of {', '.join(sorted(fields))}"


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """One item of the sample catalogue is always out of order, and is documented so."""
    is_out_of_order = case.operation.label == "GET /v1/catalog/items/{id}" and response.status_code == 503
    return not (is_out_of_order and case.path_parameters.get("id") == "out-of-order")
