"""Somebody at a browser: registers at the portal, and signs an app in through the real pages."""

import base64
import hashlib
import html
import re
import secrets
from urllib.parse import parse_qs, urlsplit

import requests

CLIENT = "demo-client"
REDIRECT = "http://127.0.0.1/callback"
PASSWORD = "a quiet harbour in november"


class Person:
    """A person with a browser of their own."""

    def __init__(self, portal, email):
        self.portal = portal
        self.email = email
        self.browser = requests.Session()
        # Nothing but the portal on this computer is ever spoken to.
        self.browser.trust_env = False

    def register(self):
        """Makes the account; the browser is signed in then."""
        self._fill_in("/register", {"email": self.email, "name": "", "password": PASSWORD, "repeated": PASSWORD})
        return self

    def sign_in(self, password):
        """Signs the browser in."""
        self._fill_in("/sign-in", {"email": self.email, "password": password})
        return self

    def token(self, scope="read"):
        """Allows an app, with PKCE (RFC 7636), and gives its access token."""
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "client_id": CLIENT,
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "scope": scope,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        page = self.browser.get(f"{self.portal}/v1/auth/authorize", params=asked, timeout=30)
        back = self._send(page, "/consent", {"decision": "allow"})
        code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
        brought = {
            "grant_type": "authorization_code",
            "client_id": CLIENT,
            "redirect_uri": REDIRECT,
            "code": code,
            "code_verifier": verifier,
        }
        answer = self.browser.post(f"{self.portal}/oauth/token", data=brought, timeout=30)
        answer.raise_for_status()
        return answer.json()["access_token"]

    def _fill_in(self, path, fields):
        page = self.browser.get(f"{self.portal}{path}", timeout=30)
        self._send(page, path, fields)

    def _send(self, page, action, fields):
        page.raise_for_status()
        form = page.text.split(f'action="{action}"', 1)[1].split("</form>", 1)[0]
        hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
        filled = {name: html.unescape(value) for name, value in hidden} | fields
        answer = self.browser.post(f"{self.portal}{action}", data=filled, timeout=30, allow_redirects=False)
        if answer.status_code != 303:
            raise RuntimeError(f"{action} was answered with {answer.status_code}: {answer.text[:2000]}")
        return answer


def key_of(portal, token):
    """Makes a key and gives its secret."""
    answer = requests.post(
        f"{portal}/v1/developer/keys",
        headers={"Authorization": f"Bearer {token}"},
        json={"name": "of the gateway", "scopes": ["read"]},
        timeout=30,
    )
    answer.raise_for_status()
    return answer.json()["secret"]
