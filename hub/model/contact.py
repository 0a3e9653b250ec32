"""The canonical schema of a contact. Names follow JSContact (RFC 9553) and vCard 4 (RFC 6350) where they have one.

Formats of values:
  birthday, deathday   ISO 8601, possibly partial (RFC 6350 4.3.1): "1990-02-28", "1990-02", "1990", "--02-28"
  preferredLanguage    BCP 47 tag
  emails               key: folded address; payload: the address as typed
  phones               key: E.164, else its digits; payload: as typed
  addresses            key: context (home, work, billing, other); payload: street, locality, postcode, region, country
                       (country as ISO 3166-1 alpha-2)
  urls, groups         key: the URL folded, the group's name; payload: as typed
  identifiers          key: scheme (member-number, business-id, national-id …); payload: the identifier
  totals               key: what of (invoiced, open, last-invoice); payload: an amount with its ISO 4217 currency ("120.50 EUR",
                       those of several beside each other), or a date. Read of an accounting system
  roles                key: kind ("donor", "volunteer"); payload: the kind as typed; attributes: scope, from, until
  relations            key: "type:contact id"; payload: contact id; attributes from, until
  consents             key: "purpose:channel"; payload: {state, evidenced_at, evidence, source} (merge.md 9)
"""

from __future__ import annotations

from hub.model.units import EntitySchema, SetSchema, UnitSchema

_UNITS = (
    UnitSchema("kind", "value"),
    UnitSchema("name.full"),
    UnitSchema("name.given"),
    UnitSchema("name.middle"),
    UnitSchema("name.family"),
    UnitSchema("name.prefix"),
    UnitSchema("name.suffix"),
    UnitSchema("nickname"),
    UnitSchema("legal_name"),
    UnitSchema("birthday", "value", normal="date"),
    UnitSchema("deathday", "value", normal="date"),
    UnitSchema("deceased", "value"),
    UnitSchema("preferredLanguage", "value"),
    UnitSchema("title"),
    UnitSchema("department"),
    UnitSchema("company"),
    UnitSchema("employer", "ref"),
    UnitSchema("notes"),
    UnitSchema("protected", "value"),
    UnitSchema("emails", "set", SetSchema("key", ("label",), has_primary=True), quiet=True, normal="email",
               sensitivity="ordinary"),
    UnitSchema("phones", "set", SetSchema("key", ("label",), has_primary=True), quiet=True, normal="phone"),
    UnitSchema("addresses", "set", SetSchema("parts", (), has_primary=True, named=True)),
    UnitSchema("urls", "set", SetSchema("key", ("label",))),
    UnitSchema("identifiers", "set", SetSchema("text", named=True), quiet=True, sensitivity="protected"),
    UnitSchema("totals", "set", SetSchema("text", named=True), sensitivity="protected"),
    UnitSchema("roles", "set", SetSchema("key", ("scope", "from", "until"), named=True)),
    UnitSchema("relations", "set", SetSchema("key", ("from", "until"), ref=True)),
    UnitSchema("groups", "set", SetSchema("key", named=True)),
    UnitSchema("consents", "set", SetSchema("parts", joined=True, named=True)),
)

CONTACT = EntitySchema("contact", {u.name: u for u in _UNITS}, kinds=("individual", "org"))
ENTITIES = {CONTACT.name: CONTACT}
