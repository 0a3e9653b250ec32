"""What columns are called in Finnish, Polish, Swedish and English, and in the exports of address books.

Words are folded (``hub.rules.matching.names.fold``), digits and punctuation fall away: "E-mail 1 - Value" is "e mail
value", "Sähköpostiosoite" is "sahkopostiosoite", "Kod pocztowy" is "kod pocztowy".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from hub.rules.matching.names import words

MEANINGS: dict[str, str] = {
    "given": "given name",
    "middle": "further given names",
    "family": "family name",
    "full": "the whole name in one cell",
    "suffix": "junior, senior …",
    "email": "e-mail address; several in one cell are told apart",
    "phone": "telephone number",
    "birthday": "date of birth",
    "street": "street address",
    "postcode": "postal code",
    "town": "town",
    "country": "country",
    "company": "organisation or employer",
    "national-id": "personal identity code; compared, shown nowhere",
    "business-id": "number of an organisation in the public register",
    "member-number": "a number that means the same person in every list that has it",
    "changed": "day the row was last changed",
    "other": "not compared",
}
"""What a column can mean; the names are those of the corrections file."""

_FI, _PL, _SV, _EN = "fi", "pl", "sv", "en"
_WORDS: dict[str, dict[str, str]] = {
    "given": {
        _FI: "etunimi|etunimet|kutsumanimi|ristimanimi",
        _PL: "imie|imiona|imie pierwsze|pierwsze imie",
        _SV: "fornamn|tilltalsnamn",
        _EN: "first name|given name|given names|forename|forenames|firstname|givenname|christian name|fname",
    },
    "middle": {
        _FI: "toinen nimi|muut etunimet|toinen etunimi",
        _PL: "drugie imie",
        _SV: "mellannamn|andra namn|andra fornamn",
        _EN: "middle name|middle names|additional name|middlename|second name",
    },
    "family": {
        _FI: "sukunimi",
        _PL: "nazwisko",
        _SV: "efternamn|slaktnamn",
        _EN: "last name|family name|surname|lastname|familyname|lname",
    },
    "full": {
        _FI: "nimi|koko nimi|jasenen nimi|henkilo|sukunimi etunimi|etunimi sukunimi|nayttonimi",
        _PL: "imie i nazwisko|nazwisko i imie|imie nazwisko|nazwisko imie|osoba|nazwa wyswietlana|czlonek",
        _SV: "namn|fullstandigt namn|for och efternamn|hela namnet|visningsnamn",
        _EN: "name|full name|display name|displayname|fullname|person|contact name|member name|member|contact|file as",
    },
    "suffix": {_FI: "nimen liite", _PL: "przyrostek", _SV: "suffix", _EN: "name suffix|suffix|generation"},
    "email": {
        _FI: "sahkoposti|sahkopostiosoite|sposti|s posti|sahkopostit|meili",
        _PL: "adres e mail|poczta elektroniczna|adres email|adres poczty elektronicznej|mejl|adres mailowy|mail",
        _SV: "e post|epost|e postadress|epostadress|mejladress",
        _EN: "email|e mail|email address|e mail address|e mails|emails|e mail value|email value|mail address|primary email",
    },
    "phone": {
        _FI: "puhelin|puhelinnumero|puh|puh nro|puhnro|gsm|matkapuhelin|matkapuhelinnumero|kannykka|lankapuhelin|numero puh"
             "|kotipuhelin|tyopuhelin|puhelin koti|puhelin tyo",
        _PL: "telefon|nr telefonu|numer telefonu|tel|telefon komorkowy|komorka|tel kom|kom|telefon domowy|telefon sluzbowy"
             "|nr tel",
        _SV: "telefonnummer|mobil|mobiltelefon|mobilnummer|tfn|hemtelefon|telefon hem|telefon arbete|arbetstelefon",
        _EN: "phone|phone number|telephone|mobile|mobile phone|cell|cell phone|phone value|home phone|business phone"
             "|work phone|telephone number|mobile number|primary phone|other phone|car phone|company main phone|phone no",
    },
    "birthday": {
        _FI: "syntymaaika|syntymapaiva|synt aika|syntynyt|synt pvm|syntymapvm|s aika",
        _PL: "data urodzenia|urodziny|data ur|ur|dzien urodzenia",
        _SV: "fodelsedatum|fodelsedag|fodd|fodelsetid",
        _EN: "birthday|date of birth|birth date|dob|birthdate|born",
    },
    "street": {
        _FI: "osoite|katuosoite|lahiosoite|postiosoite|kotiosoite|katu|jakeluosoite",
        _PL: "ulica|adres|ulica i numer|ulica nr|adres zamieszkania|adres korespondencyjny|ulica i nr domu",
        _SV: "adress|gatuadress|postadress|gata|hemadress|utdelningsadress|naradress",
        _EN: "street|address|street address|address street|address line|home street|business street|home address"
             "|mailing address|other street|postal address",
    },
    "postcode": {
        _FI: "postinumero|postinro|pnro|postino|posti nro",
        _PL: "kod pocztowy|kod|kod poczt",
        _SV: "postnummer|postnr",
        _EN: "postcode|postal code|zip|zip code|post code|address postal code|home postal code|business postal code"
             "|zip postal code|other postal code",
    },
    "town": {
        _FI: "postitoimipaikka|paikkakunta|kaupunki|kunta|kotipaikka|ptp|postitmp|kotikunta|toimipaikka",
        _PL: "miasto|miejscowosc|poczta|miejsce zamieszkania",
        _SV: "postort|ort|stad|hemort|postanstalt|bostadsort",
        _EN: "city|town|address city|home city|business city|locality|municipality|other city|city town",
    },
    "country": {
        _FI: "maa|kotimaa",
        _PL: "kraj|panstwo",
        _SV: "land",
        _EN: "country|address country|home country region|business country region|country region|country code"
             "|home country|other country region",
    },
    "company": {
        _FI: "yritys|organisaatio|tyonantaja|yhdistys|yhteiso|yrityksen nimi|organisaation nimi|jarjesto|seura",
        _PL: "firma|organizacja|nazwa firmy|pracodawca|nazwa organizacji|stowarzyszenie|nazwa",
        _SV: "foretag|organisation|arbetsgivare|forening|foretagsnamn|foreningens namn",
        _EN: "company|organization|employer|organization name|company name|organisation name|account name",
    },
    "national-id": {
        _FI: "henkilotunnus|hetu|sotu",
        _PL: "pesel|nr pesel|numer pesel",
        _SV: "personnummer|personbeteckning",
        _EN: "national id|personal identity code|social security number",
    },
    "business-id": {_FI: "y tunnus|ytunnus", _PL: "krs|regon", _SV: "fo nummer|organisationsnummer|orgnr", _EN: "business id"},
    "changed": {
        _FI: "muokattu|paivitetty|viimeksi muutettu|muutettu|muutospvm|paivityspvm|viimeksi muokattu",
        _PL: "data modyfikacji|zmieniono|ostatnia zmiana|data aktualizacji|zaktualizowano",
        _SV: "andrad|senast andrad|uppdaterad|andringsdatum",
        _EN: "modified|last modified|updated|last updated|changed|modified date|last changed|modified on|updated at",
    },
}  # fmt: skip
_KNOWN: dict[str, tuple[str, frozenset[str]]] = {}
for _meaning, _lines in _WORDS.items():
    for _language, _line in _lines.items():
        for _phrase in _line.split("|"):
            _found = _KNOWN.get(_phrase)
            _KNOWN[_phrase] = (_meaning, (_found[1] if _found else frozenset()) | {_language})
_ASIDE = frozenset(
    """
    home work business private personal primary other main mobile default preferred koti tyo muu ensisijainen oma
    henkilokohtainen domowy prywatny sluzbowy glowny inny hem arbete privat annan jasenen czlonka medlemmens value
    kotona toissa members member
    """.split()  # noqa: SIM905
)
"""Words that say whose or which one, and leave the meaning of a header as it is."""


def meaning_of(header: str) -> tuple[str, frozenset[str]]:
    """``(meaning, languages)`` of a header, ``("", none)`` where it is not known."""
    told = tuple(bare for word in words(header) if (bare := word.strip("0123456789")))
    for shorter in (told, tuple(w for w in told if w not in _ASIDE)):
        found = _KNOWN.get(" ".join(shorter))
        if found is not None:
            return found
    return "", frozenset()


def language_of(headers: Iterable[str]) -> str:
    """The language most of these headers can only be in: fi, pl, sv or en; "" where none leads."""
    seen = Counter(next(iter(found)) for header in headers if len(found := meaning_of(header)[1]) == 1)
    leading = seen.most_common(2)
    if not leading or (len(leading) > 1 and leading[0][1] == leading[1][1]):
        return ""
    return leading[0][0]
