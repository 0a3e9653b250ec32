"""What each refusal of the identity service means, and what a person does about it.

Source: "Microsoft Entra authentication and authorization error codes" (learn.microsoft.com/entra/identity-platform/reference-
error-codes), and for the words of the portal "Add and manage app credentials in Microsoft Entra ID", "Public client and
confidential client applications". Of certificates: the threads named in ``sandbox/assertion``; 7000214: AzureAD/microsoft-
identity-web issue 2444. The service's own description is not repeated: it names people and addresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.sdk import AuthFailed, Misconfigured

_AGAIN = "Run `hub sign-in NAME` with the name of this system"
CURES: dict[int, tuple[type[AuthFailed] | type[Misconfigured], str]] = {
    7000215: (AuthFailed, "the client secret is wrong. Copy the secret's Value, not its Secret ID; if it is not shown any "
              "more, make a new secret under 'Certificates & secrets' of the app registration."),
    7000222: (AuthFailed, "the client secret has expired. Make a new one under 'Certificates & secrets' of the app "
              "registration, enter its Value, and note the new date as secret_expires."),
    50027: (AuthFailed, "Microsoft cannot read the note the certificate signed. Tell us; a client secret works meanwhile."),
    700021: (AuthFailed, "the note the certificate signed is for another application. Compare client_id with the overview page "
             "of the app registration."),
    700023: (Misconfigured, "the note the certificate signed is for another address. Compare tenant with the overview page of "
             "the app registration, and leave authority out or compare it with Microsoft's list of national clouds."),
    700024: (AuthFailed, "the note the certificate signed is too old or not valid yet. Set the clock of this computer."),
    700027: (AuthFailed, "the app registration does not know this certificate. Upload it under 'Certificates & secrets', "
             "Certificates, and compare the thumbprints."),
    1000502: (AuthFailed, "the certificate has expired. Make a new one, upload it under 'Certificates & secrets' of the app "
              "registration, and put it with its private key in the place of the old file."),
    7000214: (AuthFailed, "the certificate was revoked. Make a new one, upload it under 'Certificates & secrets' of the app "
              "registration, and put it with its private key in the place of the old file."),
    700016: (AuthFailed, "this tenant has no application with this client_id. Compare both with the overview page of the app "
             "registration."),
    90002: (Misconfigured, "there is no such tenant. Copy the Directory (tenant) ID from the overview page of the app "
            "registration."),
    900382: (Misconfigured, "an application signs in to one tenant. Enter its Directory (tenant) ID instead of common, "
             "organizations or consumers."),
    70011: (Misconfigured, "Microsoft Graph at this url is nothing a token can be asked for. Leave url out, or compare it with "
            "Microsoft's list of national clouds."),
    7000218: (Misconfigured, "the app registration lets nobody sign in with a code. Turn 'Allow public client flows' on, on its "
              "page Authentication."),
    50020: (AuthFailed, "who signed in has no account in this tenant. Sign in with another account; for a personal account set "
            f"tenant to consumers. {_AGAIN}."),
    50076: (AuthFailed, f"the account asks for a second factor. {_AGAIN}, and confirm it there."),
    50079: (AuthFailed, f"the account must first be enrolled for a second factor. {_AGAIN}, and follow the page."),
    50173: (AuthFailed, f"the sign-in was revoked, or the password was changed. {_AGAIN}."),
    65001: (AuthFailed, "nobody has consented to what the hub asks for. Let an administrator grant consent on the page 'API "
            f"permissions' of the app registration, or consent when you sign in. {_AGAIN}."),
    70000: (AuthFailed, f"the kept sign-in is not valid any more. {_AGAIN}."),
    70008: (AuthFailed, f"the sign-in has expired. {_AGAIN}."),
    700082: (AuthFailed, f"the sign-in was not used for 90 days and has expired. {_AGAIN}."),
}
_BY_NAME = {"consent_required": 65001, "bad_token": 70000}


def refused(system: str, told: Mapping[str, Any]) -> AuthFailed | Misconfigured:
    """A refusal as our error, with the cure."""
    numbers = told.get("error_codes")
    number = numbers[0] if isinstance(numbers, list) and numbers and isinstance(numbers[0], int) else 0
    number = _BY_NAME.get(str(told.get("suberror", "")), number)
    kind, cure = CURES.get(number, (AuthFailed, "look the number up at https://login.microsoftonline.com/error; the sign-in "
                                    "log of the app registration in Microsoft Entra says more."))
    return kind(f"{system}: no token (AADSTS{number}): {cure.replace('NAME', system)}")
