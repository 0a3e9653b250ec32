"""Reading: folders, contacts, and changes of either.

Sources (learn.microsoft.com, Microsoft Graph v1.0): "contact: delta" (@07597171: per folder, ``Prefer: odata.maxpagesize``, the
links carry all options), "contactFolder: delta" (@082d7a8f: of the whole mailbox), "Use delta query to track changes"
(2022-08-12: nextLink until deltaLink, pages may be empty, at least the changed properties, items more than once and in any
order, ``@removed`` with a reason, 410 and syncStateNotFound), "List contactFolders", "Get singleValueLegacyExtendedProperty"
(2024-04-04: ``$expand`` with ``$filter``, and ``$filter`` with ``Any`` over the whole mailbox, whose answer lacks the property).
``$expand`` in delta is not there: microsoftgraph/microsoft-graph-docs issues 1993 and 2270. The contacts of a mailbox have delta
by the metadata (function ``delta`` bound to a collection of contact). The delta page allows ``$select``; third-party notes say
that contacts refuse it: not built.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from .refusals import NotBuilt, Refusal, Reply, bad, missing
from .schema import CONTACT, FOLDER
from .world import Item, Mailbox, World

_OPTIONS = ("$select", "$expand", "$filter", "$top", "$skip", "$orderby", "$count", "$search", "$deltatoken", "$skiptoken")
_EXPANDED = re.compile(r"singleValueExtendedProperties\(\$filter=(id eq '[^']+'(?: or id eq '[^']+')*)\)")
_HAVING = re.compile(r"singleValueExtendedProperties/Any\(ep: ep/id eq '([^']+)' and ep/value eq '((?:[^']|'')*)'\)")
_NOT_TRACKED = ("$orderby", "$filter", "$expand", "$top", "$search", "$skip", "$count")


class Asked(NamedTuple):
    """``url``: of the collection, without options; ``user``: the path's beginning; ``immutable``: which form ids have."""

    world: World
    box: Mailbox
    url: str
    options: Mapping[str, str]
    prefer: Mapping[str, str]

    @property
    def size(self) -> int:
        given = self.prefer.get("odata.maxpagesize", str(self.world.limits.largest_page))
        if not given.isdecimal() or int(given) < 1:
            raise bad("odata.maxpagesize is a number above 0.")
        return min(int(given), self.world.limits.largest_page)

    @property
    def immutable(self) -> bool:
        return self.prefer.get("IdType") == "ImmutableId"


def options_known(options: Mapping[str, str]) -> None:
    if unknown := sorted(name for name in options if name not in _OPTIONS):
        raise bad(f"The query parameter '{unknown[0]}' is not known.", "ErrorInvalidUrlQuery")


def folders(asked: Asked, parent: str) -> Reply:
    """Those directly below one; the folder Contacts itself is not among them (issue 6327 of microsoft-graph-docs-contrib)."""
    _only(asked.options, "$select", "$top")
    names = _selected(asked.options, FOLDER)
    found = [folder for folder in asked.box.folders.values() if folder.parent == parent]
    shown = [{name: _folder_row(folder)[name] for name in names} for folder in found[:_top(asked)]]
    return Reply(200, {"@odata.context": f"{_root(asked)}$metadata#contactFolders", "value": shown})


def one_folder(asked: Asked, folder: str) -> Reply:
    _only(asked.options, "$select")
    found = asked.box.folders.get(folder)
    if found is None:
        raise missing()
    return Reply(200, {name: _folder_row(found)[name] for name in _selected(asked.options, FOLDER)})


def contacts(asked: Asked, folder: str) -> Reply:
    """A list, or those with an extended property wherever in the mailbox they are."""
    if "$filter" in asked.options:
        _only(asked.options, "$select", "$filter")
        having = _HAVING.fullmatch(asked.options["$filter"])
        if not having:
            raise NotBuilt("this filter")
        wanted = having[2].replace("''", "'").casefold()
        found = [item for item in asked.box.items.values()
                 if any(_same_property(name, having[1]) and value.casefold() == wanted for name, value in item.extended.items())]
    else:
        _only(asked.options, "$select", "$top")
        found = [item for item in asked.box.items.values() if item.folder == folder]
    names = _selected(asked.options, CONTACT)
    return Reply(200, {"@odata.context": f"{_root(asked)}$metadata#contacts",
                       "value": [rendered(asked, item, names) for item in found[:_top(asked)]]})


def one_contact(asked: Asked, item_id: str) -> Reply:
    _only(asked.options, "$select", "$expand")
    item = asked.box.find(item_id)
    if item is None:
        raise missing()
    shown = rendered(asked, item, _selected(asked.options, CONTACT))
    if "$expand" in asked.options:
        found = _EXPANDED.fullmatch(asked.options["$expand"])
        if not found:
            raise bad("$expand names extended properties by a filter on their id.", "ErrorInvalidUrlQueryFilter")
        ids = re.findall(r"id eq '([^']+)'", found[1])
        held = [{"id": name, "value": value} for name, value in item.extended.items()
                if any(_same_property(name, each) for each in ids)]
        if held:
            shown["singleValueExtendedProperties"] = held
    return Reply(200, {"@odata.context": f"{_root(asked)}$metadata#contacts/$entity", **shown})


def folder_changes(asked: Asked) -> Reply:
    since, upto, place = _state(asked, "folders")
    found: list[dict[str, Any]] = [_folder_row(f) for f in asked.box.folders.values() if since < f.number <= upto]
    if since:
        found += [{"id": folder, "@removed": {"reason": "deleted"}} for number, folder in asked.box.gone_folders
                  if since < number <= upto]
    return _page(asked, "folders", since, upto, place, found)


def contact_changes(asked: Asked, folder: str) -> Reply:
    since, upto, place = _state(asked, folder)
    found: list[dict[str, Any]] = []
    for item in asked.box.items.values():
        if item.folder == folder and since < item.number <= upto:
            whole = not asked.world.sparse or item.entered > since
            names = tuple(name for name in CONTACT if whole or item.stamps.get(name, 0) > since
                          or name in ("id", "changeKey", "lastModifiedDateTime"))
            found.append(rendered(asked, item, names))
    there = {item.immutable for item in asked.box.items.values() if item.folder == folder}
    removed = {item.immutable: (item, why) for number, left, item, why in asked.box.left
               if left == folder and since < number <= upto and item.immutable not in there}
    if since:
        found += [{"@odata.type": "#microsoft.graph.contact", "id": item.immutable if asked.immutable else item.ordinary,
                   "@removed": {"reason": why}} for item, why in removed.values()]
    if asked.world.replays:
        found = [*reversed(found), *found]
    return _page(asked, folder, since, upto, place, found)


def rendered(asked: Asked, item: Item, names: tuple[str, ...]) -> dict[str, Any]:
    """An item as it is answered, always with its id and etag."""
    emails = item.row["emailAddresses"]
    own: dict[str, Any] = {"id": item.immutable if asked.immutable else item.ordinary, "changeKey": item.key,
                           "createdDateTime": item.created, "lastModifiedDateTime": item.modified, "parentFolderId": item.folder}
    slots = ("primaryEmailAddress", "secondaryEmailAddress", "tertiaryEmailAddress")
    own |= {name: emails[n] if len(emails) > n else None for n, name in enumerate(slots)}
    return {"@odata.etag": item.etag, **{name: own[name] if name in own else item.row[name] for name in names}, "id": own["id"]}


def _state(asked: Asked, scope: str) -> tuple[int, int, int]:
    """(since, upto, offset) of a link, or of a first call. Raises Refusal for options beside them, and for a dead token."""
    options = asked.options
    if given := [name for name in _NOT_TRACKED if name in options]:
        raise bad("The following parameters are not supported with change tracking over the 'Contacts' resource: "
                  f"'{given[0]}'.", "ErrorInvalidUrlQuery")
    if "$select" in options:
        raise NotBuilt("$select with changes")
    token = options.get("$deltatoken") or options.get("$skiptoken")
    if token is None:
        return 0, asked.world.number, 0
    told = re.fullmatch(r"R0us(\d+)_(\d+)_(\d+)_(.*)", token)
    if not told or told[4] != scope[-12:]:
        raise bad("Badly formed token.", "ErrorInvalidSyncStateData")
    since, upto, place = (int(part) for part in told.groups()[:3])
    if upto < asked.world.expired_before:  # of a page: when its round began
        gone = asked.world.expired_status == 410
        raise Refusal(asked.world.expired_status, "SyncStateNotFound" if gone else "syncStateNotFound",
                      "The sync state generation is not found; continue with a full sync.",
                      (("Location", asked.url),) if gone else ())
    return (since, asked.world.number, 0) if "$deltatoken" in options else (since, upto, place)


def _page(asked: Asked, scope: str, since: int, upto: int, place: int, found: list[dict[str, Any]]) -> Reply:
    page = found[place:place + asked.size]
    more = place + asked.size < len(found)
    token = f"R0us{since}_{upto}_{place + asked.size}_{scope[-12:]}" if more else f"R0us{upto}_{upto}_0_{scope[-12:]}"
    link = f"{asked.url}?{'$skiptoken' if more else '$deltatoken'}={quote(token, safe='')}"
    return Reply(200, {"@odata.context": f"{_root(asked)}$metadata#Collection(contact)",
                       "@odata.nextLink" if more else "@odata.deltaLink": link, "value": page})


def _folder_row(folder: Any) -> dict[str, Any]:
    return {"id": folder.id, "displayName": folder.name, "parentFolderId": folder.parent}


def _selected(options: Mapping[str, str], known: Mapping[str, str]) -> tuple[str, ...]:
    names = tuple(options["$select"].split(",")) if "$select" in options else tuple(known)
    if unknown := [name for name in names if name not in known]:
        raise bad(f"Could not find a property named '{unknown[0]}'.", "RequestBroker--ParseUri")
    return names


def _only(options: Mapping[str, str], *allowed: str) -> None:
    if other := sorted(set(options) - set(allowed)):
        raise NotBuilt(f"the query parameter {other[0]} here")


def _top(asked: Asked) -> int:
    given = asked.options.get("$top", "10")
    if not given.isdecimal() or not 1 <= int(given) <= 1000:
        raise bad("$top is a number from 1 to 1000.", "ErrorInvalidUrlQuery")
    return int(given)


def _same_property(name: str, other: str) -> bool:
    """The GUID in either case; the name's letters count ("Filtering the string name is case-sensitive")."""
    def parted(text: str) -> tuple[str, str]:
        guid, _, own = text.partition(" Name ")
        return guid.casefold(), own

    return parted(name) == parted(other)


def _root(asked: Asked) -> str:
    return asked.url.partition("/v1.0/")[0] + "/v1.0/"
