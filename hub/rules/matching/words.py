"""Words matching knows: data, folded (``match_names.fold``)."""

from __future__ import annotations


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


TITLES = _set("mr mrs ms miss dr prof herra hra rouva rva neiti pan pani mgr inz tohtori")
"""Before a name written in one piece."""

GENERATIONS = {
    "sr": 1, "senior": 1, "vanhempi": 1, "starszy": 1, "starsza": 1,
    "jr": 2, "junior": 2, "nuorempi": 2, "mlodszy": 2, "mlodsza": 2, "ii": 2, "2nd": 2,
    "iii": 3, "3rd": 3, "iv": 4, "4th": 4,
}  # fmt: skip
"""After a name: which generation, the eldest is 1."""

STREETS = _set("ul ulica al aleja os osiedle street st road rd")
"""What one writes before or after the name of a street, and another leaves out."""

ROLES = _set(
    """
    info office contact kontakt biuro toimisto posti mail email sales myynti sprzedaz admin hello hei team tiimi
    support tuki pomoc asiakaspalvelu sihteeri sekretariat rekrytointi rekrutacja hr jobs noreply newsletter hallitus
    zarzad board press media billing laskutus faktury accounts webmaster postmaster no-reply none nobody unknown test
    """
)
"""Before the @ of an address: an office's or nobody's, wherever it is seen."""

PLACEHOLDERS = _set("na none null nil unknown x xx xxx test brak eiole tuntematon nieznany")
"""What is entered where an identifier must be."""

NO_BIRTHDAYS = _set("1900-01-01 1901-01-01 1800-01-01 0001-01-01")
"""What is entered where a birth date must be."""

PUBLIC_DOMAINS = _set(
    """
    gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com icloud.com me.com aol.com gmx.net
    gmx.com proton.me protonmail.com luukku.com kolumbus.fi wp.pl o2.pl onet.pl interia.pl poczta.fm
    """
)
"""Where everybody can have an address: such a domain says nothing about an organisation."""

GENERIC = _set(
    """
    group holding services service consulting solutions media software systems design trade company firma yritys klub
    club seura kerho liitto zwiazek office auto data center centre centrum keskus the and ja i of
    """
)
"""In the name of an organisation: says what it does, not which one it is."""
