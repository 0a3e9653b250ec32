"""Cards as different programs write them. The people are invented; the forms are what the producers are known for."""

from __future__ import annotations

_PHOTO = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUV"

APPLE = f"""\
BEGIN:VCARD
VERSION:3.0
PRODID:-//Apple Inc.//macOS 14.5//EN
N:Virtanen;Anna;Maria;tri;
FN:tri Anna Maria Virtanen
NICKNAME:Annu
ORG:Näyttelijäliitto ry;Hallitus
TITLE:Sihteeri
EMAIL;type=INTERNET;type=HOME;type=pref:anna@example.test
item1.EMAIL;type=INTERNET:anna.virtanen@liitto.test
item1.X-ABLabel:_$!<Work>!$_
TEL;type=CELL;type=VOICE;type=pref:+358 40 123 4567
TEL;type=IPHONE;type=CELL;type=VOICE:040 765 4321
TEL;type=HOME;type=FAX:09 111 222
item2.TEL:019 333 444
item2.X-ABLabel:Mökki
item3.ADR;type=HOME;type=pref:;;Pitkä katu 1 A 2\\nPorras B;Helsinki;;00100;Suomi
item3.X-ABADR:fi
item4.URL;type=pref:https\\://annavirtanen.test/näyttelijä
item4.X-ABLabel:_$!<HomePage>!$_
BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12
NOTE:Tavattu kesäpäivillä\\; puhuu myös ruotsia\\, saksaa.
PHOTO;ENCODING=b;TYPE=JPEG:{_PHOTO[:40]}
 {_PHOTO[40:]}
item5.X-ABRELATEDNAMES;type=pref:Eero Virtanen
item5.X-ABLabel:_$!<Spouse>!$_
IMPP;X-SERVICE-TYPE=Signal;type=HOME;type=pref:x-apple:+358401234567
CATEGORIES:Jäsenet,Kuoro\\, sopraanot
UID:5AD380FD-B2DE-4261-BA99-DE1D1DB52FBE
REV:2026-10-01T08:00:00Z
END:VCARD
""".replace("\n", "\r\n")

GOOGLE = """\
BEGIN:VCARD
VERSION:3.0
N:Korhonen;Mikko;;;
FN:Mikko Korhonen
EMAIL;TYPE=INTERNET;TYPE=WORK:mikko@yritys.test
EMAIL;TYPE=INTERNET:mikko.korhonen@example.test
item1.EMAIL;TYPE=INTERNET:mk@kerho.test
item1.X-ABLabel:Kerho
TEL;TYPE=CELL:+358-50-1112223
TEL;TYPE=WORK,FAX:09 8765 4321
ADR;TYPE=WORK:;;Aleksanterinkatu 5;Tampere;;33100;FI
ORG:Yritys Oy
TITLE:Toimitusjohtaja
BDAY:1975-12-06
item2.URL:https://yritys.test/mikko?a=1,2;b=3
item2.X-ABLabel:Työ
X-PHONETIC-FIRST-NAME:mikko
NOTE:
CATEGORIES:myContacts
UID:2f0b1c3d4e5f
REV:2026-09-30T10:00:00Z
END:VCARD
""".replace("\n", "\r\n")

THUNDERBIRD = """\
BEGIN:VCARD
VERSION:4.0
N:Andersson;Björn;;;
FN:Björn Andersson
EMAIL;PREF=1:bjorn@example.test
EMAIL;TYPE=work:bjorn.andersson@förbund.test
TEL;TYPE=cell;VALUE=TEXT:+46 70 123 45 67
TEL;VALUE=uri;TYPE="voice,home";PREF=50:tel:+46-8-12-34-56
ADR;TYPE=home;LABEL="Storgatan 1\\nStockholm";GEO="geo:59.3,18.0":;;Storgatan 1;Stockholm;Stockholms län;111 22;Sverige
BDAY;VALUE=DATE:--0229
ORG:Förbundet;Kansli;Ekonomi
TITLE:Kassör
NOTE:Rad ett\\nRad två
URL;TYPE=work:https://forbund.test
X-MOZILLA-HTML:FALSE
X-CUSTOM1;VALUE=TEXT:själv
PHOTO:data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==
UID:urn:uuid:0d9f1d3e-8f1c-4c55-9d3f-2a8f6a1c7b11
END:VCARD
""".replace("\n", "\r\n")

OUTLOOK = """\
BEGIN:VCARD
VERSION:2.1
N;LANGUAGE=fi;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=A4kel=C3=A4;P=C3=A4ivi
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:P=C3=A4ivi M=C3=A4kel=C3=A4
ORG;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:S=C3=A4=C3=A4ti=C3=B6;Hallinto
TITLE:Controller
NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Ensimm=C3=A4inen rivi=0D=0AToinen rivi, joka on niin pitk=C3=A4 ett=
=C3=A4 se jatkuu
TEL;WORK;VOICE:+358 9 555 666
TEL;CELL;VOICE:+358 44 555 666
TEL;WORK;FAX:+358 9 555 667
ADR;WORK;PREF;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;;Kauppakatu 3;Turku;;20100;Suomi
LABEL;WORK;PREF;ENCODING=QUOTED-PRINTABLE:Kauppakatu 3=0D=0A20100 Turku
EMAIL;PREF;INTERNET:paivi.makela@saatio.test
URL;WORK:http://saatio.test/
BDAY:19801224
PHOTO;TYPE=JPEG;ENCODING=BASE64:
 /9j/4AAQSkZJRgABAQEAYABgAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0a
 HBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjI=

X-MS-OL-DEFAULT-POSTAL-ADDRESS:2
UID:040000008200E00074C5B7101A82E008
REV:20260901T120000Z
END:VCARD
""".replace("\n", "\r\n")

NEXTCLOUD = """\
BEGIN:VCARD
VERSION:3.0
PRODID:-//Sabre//Sabre VObject 4.5.4//EN
UID:b1f5a1d2-6f4f-4c8e-9a77-33b1a1e0c9d4
FN:Liisa Nieminen
EMAIL;TYPE="HOME,INTERNET":liisa@example.test
TEL;TYPE="HOME,VOICE":+358 400 111 222
ADR;TYPE=HOME:;;Rantatie 7;Oulu;;90100;Finland
CATEGORIES:Vapaaehtoiset
CATEGORIES:Kuoro
X-SOCIALPROFILE;TYPE=MASTODON:https://mastodon.test/@liisa
RELATED;TYPE=spouse:Olli Nieminen
BDAY;VALUE=DATE:1985-04-12
REV;VALUE=DATE-AND-OR-TIME:20260815T090000Z
END:VCARD
""".replace("\n", "\r\n")

DAVX5 = """\
BEGIN:VCARD
VERSION:4.0
PRODID:+//IDN bitfire.at//DAVx5/4.4 ez-vcard/0.12.1
UID:c3a9e1b2-1c2d-4e5f-8a9b-0c1d2e3f4a5b
FN:Prof. Jukka-Pekka Salmi
N:Salmi;Jukka-Pekka;;Prof.;
TEL;TYPE=cell;PREF=1:+358405556666
TEL;TYPE=work,voice:+35895556666
EMAIL;TYPE=home:jp@example.test
group1.ADR;TYPE=x-mokki:;;Saaritie 1;Kuopio;;70100;Finland
group1.X-ABLabel:Mökki
group2.URL:https://jp.example.test
group2.X-ABLabel:Blogi
IMPP;X-SERVICE-TYPE=XMPP:xmpp:jp@example.test
ANNIVERSARY:20100612
ORG:Yliopisto;Matematiikka
NOTE:Puhelin iltaisin\\, ei maanantaisin.
KIND:individual
LANG:fi
REV:20261101T100000Z
END:VCARD
""".replace("\n", "\r\n")

COMPANY = """\
BEGIN:VCARD
VERSION:3.0
UID:org-1
FN:Kirjakauppa Oy
N:;;;;
ORG:Kirjakauppa Oy
X-ABSHOWAS:COMPANY
TEL;TYPE=WORK:+358 9 222 333
ADR;TYPE=WORK:PL 5;;;Helsinki;;00101;Finland
END:VCARD
""".replace("\n", "\r\n")

BARE = """\
begin:vcard
version:3.0
fn:Sanna Laine
n:Laine;Sanna
email:sanna@example.test
tel;home:09 1
tel;Type=Work;type=Pref:09 2
uid:bare-1
x-no-colon-here
end:vcard
"""

FOLDED = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:folded-1\r\nFN:Žofie Žižková\r\nN:Žižková;Žofie;;;\r\n".encode()
    + "NOTE:Ääni ja ".encode() + "ö".encode()[:1] + b"\r\n " + "ö".encode()[1:] + b" jatkuu\r\n\tja jatkuu"
    + b"\r\nEND:VCARD\r\n"
)
"""RFC 2426 folds octets: here a line break stands inside the letter ö."""

DIALECTS = {
    "apple": APPLE, "google": GOOGLE, "thunderbird": THUNDERBIRD, "outlook": OUTLOOK, "nextcloud": NEXTCLOUD,
    "davx5": DAVX5, "company": COMPANY, "bare": BARE,
}  # fmt: skip


def card(uid: str, given: str = "Anna", family: str = "Virtanen", *more: str) -> str:
    """A plain 3.0 card."""
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", f"FN:{given} {family}", f"N:{family};{given};;;", *more,
             "END:VCARD"]  # fmt: skip
    return "".join(f"{line}\r\n" for line in lines)
