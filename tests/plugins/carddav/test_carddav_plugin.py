"""What the plugin registers."""

from __future__ import annotations

import radicale

import hub_carddav
from hub.sdk import Support, SupportsMerge, SupportsSearch
from hub_carddav.connector import CardDav
from hub_carddav.settings import CardDavSettings


def test_registration() -> None:
    (kind,) = hub_carddav.register_connectors()
    assert kind.kind == CardDav.kind == "carddav"
    assert kind.connector is CardDav
    assert kind.mapping.is_file()
    assert kind.sandbox is not None
    assert kind.sandbox(users={"ada": "x"}).state.world.users == {"ada": "x"}


def test_the_level_names_the_server_the_contract_suite_runs_against() -> None:
    (kind,) = hub_carddav.register_connectors()
    assert (kind.level.number, kind.level.against) == (2, f"Radicale {radicale.VERSION}")


def test_what_the_connector_claims() -> None:
    claimed = CardDav.capabilities
    assert (claimed.cursor, claimed.deletes_seen_as, claimed.returns_written) == ("token", "tombstone", "version")
    assert claimed.conditional_write is claimed.idempotent_create is Support.YES
    assert (claimed.own_key_field, claimed.write_marker) == ("uid", "x-hub-marker")
    assert claimed.irreversible == {"delete"}
    assert issubclass(CardDav, SupportsSearch)
    assert not issubclass(CardDav, SupportsMerge)


def test_every_setting_is_explained() -> None:
    assert CardDav.Settings is CardDavSettings
    assert all(field.description for field in CardDavSettings.model_fields.values())
