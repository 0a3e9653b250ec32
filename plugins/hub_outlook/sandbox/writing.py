"""Creating, changing and deleting contacts.

Sources (learn.microsoft.com, Microsoft Graph v1.0): "Create contact" (2024-04-04: 201 with the contact), "Update contact"
(@09821b32: 200 with the contact; what is not in the body keeps its value), "Delete contact" (204), "contact: permanentDelete".
``If-Match``: OData 4.0 Protocol 11.4.1.1; that Exchange answers a change key that moved by 412 ``ErrorIrresolvableConflict``,
and also without anybody's edit: microsoftgraph/msgraph-sdk-dotnet issue 1201, microsoft-graph-docs-contrib issue 7934. The page
of the call does not name the header, so ``World.honours_if_match`` can be turned off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .query import Asked, rendered
from .refusals import Refusal, Reply, bad, missing
from .schema import CONTACT, values
from .world import Item

MOVED = ("The send or update operation could not be performed because the change key passed in the request does not match the "
         "current change key for the item.")


def create(asked: Asked, folder: str, body: Any) -> Reply:
    row, extended = values(body)
    item = asked.world.insert(asked.box, folder, row, extended)
    return Reply(201, _shown(asked, item))


def update(asked: Asked, item_id: str, headers: Mapping[str, str], body: Any) -> Reply:
    item = _there(asked, item_id)
    row, extended = values(body)
    _matches(asked, item, headers)
    asked.world.change(item, row, extended)
    return Reply(200, _shown(asked, item))


def delete(asked: Asked, item_id: str, headers: Mapping[str, str]) -> Reply:
    """To Deleted Items; from there, for good."""
    item = _there(asked, item_id)
    _matches(asked, item, headers)
    if item.folder == asked.box.deleted:
        asked.world.remove(asked.box, item)
    else:
        asked.world.move(asked.box, item, asked.box.deleted)
    return Reply(204)


def delete_for_good(asked: Asked, item_id: str) -> Reply:
    asked.world.remove(asked.box, _there(asked, item_id))
    return Reply(204)


def _there(asked: Asked, item_id: str) -> Item:
    item = asked.box.find(item_id)
    if item is None:
        raise missing()
    return item


def _matches(asked: Asked, item: Item, headers: Mapping[str, str]) -> None:
    world, match = asked.world, headers.get("if-match")
    if match is not None and match != "*" and not re.fullmatch(r'W/"[^"]+"', match):
        raise bad("The value of If-Match is not valid.", "ErrorInvalidIdMalformed")
    if world.touches > 0:
        world.touches -= 1
        world.touch(item)
        raise Refusal(412, "ErrorIrresolvableConflict", MOVED)
    if world.honours_if_match and match not in (None, "*", item.etag):
        raise Refusal(412, "ErrorIrresolvableConflict", MOVED)


def _shown(asked: Asked, item: Item) -> dict[str, Any]:
    return {"@odata.context": f"{asked.url.partition('/v1.0/')[0]}/v1.0/$metadata#contacts/$entity",
            **rendered(asked, item, tuple(CONTACT))}
