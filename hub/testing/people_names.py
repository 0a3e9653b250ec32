"""Words invented people are made of: common Finnish, Polish and English names, streets, towns. Combined at random.

Nobody here is anybody: a person is a random given name, a random family name, and addresses under example.org,
example.com and example.net, which RFC 2606 keeps for examples.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one language. ``family``: (hers, his), which differ in Polish."""

    women: tuple[str, ...]
    men: tuple[str, ...]
    family: tuple[tuple[str, str], ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _alike(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in text.split())


def _gendered(text: str) -> tuple[tuple[str, str], ...]:
    """-ski has -ska, -cki has -cka; other names are the same for both."""
    return tuple((name[:-1] + "a" if name.endswith(("ski", "cki")) else name, name) for name in text.split())


NAMES = {
    "fi": Names(
        _words("""
            Aino Eeva Helmi Sofia Johanna Päivi Tuula Riitta Anneli Kaarina Marjatta Hanna Anna Minna Sari Kirsi Satu
            Pirjo Leena Tiina Heidi Laura Emilia Venla Ella Ellen Iida Siiri Vilma Kerttu Lempi Saara Noora Jenni Outi
            Sirpa Raija Seija Ritva Merja Katariina Elisabet Susanna Ulla Mirja Tarja Maarit Milla Pinja Oona
        """),
        _words("""
            Matti Juhani Mikael Ville Antti Jarkko Heikki Jyrki Yrjö Pekka Sampo Onni Eino Väinö Timo Kari Jari Hannu
            Jukka Olavi Tapani Tapio Johannes Antero Ilmari Eero Lauri Oskari Eetu Aleksi Joona Niko Sami Mika Petri
            Janne Tuomas Tero Marko Markku Pentti Seppo Risto Esa Ari Juha Veikko Kalevi Rasmus Elias
        """),
        _alike("""
            Korhonen Virtanen Mäkinen Nieminen Mäkelä Hämäläinen Laine Heikkinen Koskinen Järvinen Lehtonen Lehtinen
            Saarinen Salminen Heinonen Niemi Heikkilä Kinnunen Salonen Turunen Öhman Åkerlund Salo Laitinen Tuominen
            Rantanen Karjalainen Jokinen Mattila Savolainen Lahtinen Ahonen Ojala Leppänen Väisänen Hiltunen Kallio
            Leinonen Manninen Aaltonen Pitkänen Hakala Koivisto Laaksonen Miettinen Räsänen Peltonen Pesonen
        """),
    ),
    "pl": Names(
        _words("""
            Anna Maria Katarzyna Małgorzata Agnieszka Krystyna Barbara Ewa Elżbieta Zofia Joanna Magdalena Monika
            Teresa Danuta Irena Halina Helena Beata Aleksandra Dorota Jolanta Iwona Renata Urszula Alicja Julia
            Natalia Karolina Wiktoria Oliwia Zuzanna Hanna Maja Żaneta Grażyna Bożena Jadwiga Weronika Paulina
        """),
        _words("""
            Jan Andrzej Piotr Krzysztof Stanisław Tomasz Paweł Józef Marcin Marek Michał Grzegorz Łukasz Jerzy
            Tadeusz Adam Zbigniew Ryszard Dariusz Henryk Mariusz Kazimierz Wojciech Robert Mateusz Marian Rafał Jacek
            Janusz Mirosław Maciej Sławomir Jarosław Kamil Wiesław Roman Władysław Jakub Artur Edward Damian Dawid
            Aleksander Filip Szymon Bartosz
        """),
        _gendered("""
            Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski
            Kozłowski Jankowski Mazur Kwiatkowski Krawczyk Piotrowski Grabowski Nowakowski Pawłowski Michalski Nowicki
            Adamczyk Dudek Zając Wieczorek Jabłoński Król Majewski Olszewski Jaworski Wróbel Malinowski Pawlak Witkowski
            Walczak Stępień Górski Rutkowski Michalak Sikora Ostrowski Baran Duda Szewczyk Tomaszewski Pietrzak
        """),
    ),
    "en": Names(
        _words("""
            Olivia Amelia Isla Ava Freya Lily Florence Mia Willow Grace Emily Charlotte Evelyn Daisy Harriet Alice
            Matilda Eleanor Rose Siobhán Zoë Ruth Margaret Patricia Jennifer Elizabeth Susan Jessica Sarah Karen
            Nancy Betty Sandra Ashley Emma Rebecca Victoria Katherine Abigail Judith
        """),
        _words("""
            George Arthur Noah Oliver Harry Leo Theodore Oscar William Conor James Robert Michael David Richard Joseph
            Charles Christopher Daniel Matthew Anthony Steven Andrew Kenneth Joshua Kevin Brian Edward Ronald Timothy
            Jason Jeffrey Ryan Jacob Nicholas Jonathan Stephen Samuel Benjamin Patrick Alexander Frank Dennis
        """),
        _alike("""
            Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White
            Roberts Green Hall Thomas Clarke O'Connor Smythe Fitzgerald McDonald Hughes Edwards Turner Hill Moore
            Cooper Ward Morris Harrison Bailey Carter Mitchell Shaw Bennett Gray Hudson
        """),
    ),
}

SHORT = {
    "Johanna": "Hanna", "Katariina": "Kati", "Elisabet": "Liisa", "Susanna": "Sanna", "Matti": "Masa",
    "Mikael": "Mikko", "Juhani": "Juha", "Johannes": "Jussi", "Antti": "Andi", "Heikki": "Heka", "Oskari": "Osku",
    "Olavi": "Olli", "Tuomas": "Tume", "Aleksi": "Ale",
    "Katarzyna": "Kasia", "Małgorzata": "Gosia", "Agnieszka": "Aga", "Barbara": "Basia", "Elżbieta": "Ela",
    "Zofia": "Zosia", "Joanna": "Asia", "Magdalena": "Magda", "Aleksandra": "Ola", "Zuzanna": "Zuza", "Jan": "Janek",
    "Krzysztof": "Krzysiek", "Tomasz": "Tomek", "Stanisław": "Staszek", "Grzegorz": "Grzesiek", "Tadeusz": "Tadek",
    "Wojciech": "Wojtek", "Mateusz": "Mati", "Piotr": "Piotrek", "Bartosz": "Bartek", "Maria": "Marysia",
    "Margaret": "Maggie", "Patricia": "Pat", "Jennifer": "Jenny", "Elizabeth": "Liz", "Susan": "Sue",
    "Rebecca": "Becky", "Victoria": "Vicky", "Katherine": "Kate", "William": "Bill", "James": "Jim", "Robert": "Rob",
    "Michael": "Mike", "David": "Dave", "Richard": "Dick", "Joseph": "Joe", "Christopher": "Chris", "Daniel": "Dan",
    "Matthew": "Matt", "Anthony": "Tony", "Edward": "Ted", "Timothy": "Tim", "Nicholas": "Nick", "Samuel": "Sam",
    "Benjamin": "Ben", "Alexander": "Alex",
}  # fmt: skip
"""What some systems know a person as; more than matching knows, as in life."""


@dataclass(frozen=True, slots=True)
class Town:
    name: str
    postcodes: tuple[str, ...]


COUNTRIES = ("FI", "PL")
STREETS = {
    "FI": _words("""
        Puistokatu Kauppakatu Hämeenkatu Koulukatu Asemakatu Rantatie Kirkkotie Ylöjärventie Mäntytie Koivutie
        Satamakatu Pajukuja Myllytie Harjukatu Niittytie Lehtokuja Pihlajatie Järvitie
    """),
    "PL": ("ul. Długa", "ul. Słoneczna", "ul. Źródlana", "ul. Ogrodowa", "ul. Polna", "ul. Leśna", "ul. Szkolna",
           "ul. Kwiatowa", "ul. Łąkowa", "ul. Lipowa", "ul. Brzozowa", "ul. Krótka", "ul. Parkowa", "al. Wojska"),
}  # fmt: skip
TOWNS = {
    "FI": (Town("Helsinki", ("00100", "00250", "00530", "00700")), Town("Tampere", ("33100", "33210", "33500")),
           Town("Jyväskylä", ("40100", "40520")), Town("Seinäjoki", ("60100", "60320")), Town("Turku", ("20100", "20540")),
           Town("Hämeenlinna", ("13100",)), Town("Äänekoski", ("44100",))),
    "PL": (Town("Warszawa", ("00-001", "01-450", "02-620")), Town("Łódź", ("90-001", "91-348")),
           Town("Kraków", ("30-001", "31-115")), Town("Gdańsk", ("80-001", "80-299")), Town("Poznań", ("60-101",)),
           Town("Zielona Góra", ("65-001",))),
}  # fmt: skip

ORG_FIRST = _words("""
    Pohjola Metsä Baltic Nordwind Wisła Tatra Saimaa Aurora Albion Humber Kaleva Sampola Lumi Honka Tuisku Bursztyn
    Mazury Jantar Sokół Orzeł Kestrel Willow Harbour Lantern Meridian Polaris Vega Sirius Otava Kontio Ilves Joutsen
    Kurki Lipa Dąb Jodła Cisza Zorza Fala Żuraw
""")
ORG_SECOND = _words("""
    Teatteri Kirjasto Kuoro Partio Nuoret Kylä Opisto Verstas Apteekki Leipomo Kustannus Rakennus Puutarha Szkoła Teatr
    Chór Biblioteka Ogród Wydawnictwo Piekarnia Budowa Apteka Youth Library Garden Bakery Printing Sailing Archive
    Theatre Choir Workshop
""")
FORMS = {
    "FI": (("{} Oy", "{} OY", "Oy {} Ab", "{}"), ("{} ry", "{} r.y.", "{}", "{} rf"), ("{} Oyj", "{}", "{} OYJ"),
           ("{} Säätiö", "{} säätiö sr", "{}")),
    "PL": (("{} Sp. z o.o.", "{} sp. z o. o.", "{} SP Z O O", "{}"), ("Stowarzyszenie {}", "STOWARZYSZENIE {}", "{}"),
           ("Fundacja {}", "{} Fundacja", "{}"), ("{} S.A.", "{} SA", "{}")),
    "XX": (("{} Ltd", "{} Ltd.", "{} Limited", "{}"), ("{} GmbH", "{} gmbh", "{}"), ("{} e.V.", "{} eV", "{}"),
           ("{} Inc.", "{}", "{}, Inc"), ("{} LLC", "{}")),
}  # fmt: skip
"""Per country the legal forms, each in the spellings of different systems; the first is the registered one."""

TITLES = ("Engineer", "Buyer", "Controller", "Analyst", "Teacher", "Toimitusjohtaja", "Sihteeri", "Rehtori",
          "Kierownik działu", "Księgowa", "Koordynator")  # fmt: skip
