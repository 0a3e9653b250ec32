"""Given names and what people call each other for short, in Finnish, Polish and English.

Each line is one name in its spellings and short forms, folded (``match_names.fold``). A word may stand in several
lines: two words are forms of one name when they share a line. Names that brothers or sisters may bear side by side
(Juhani and Johannes) stand apart. The list is short on purpose; it only ever proposes.
"""

from __future__ import annotations

_LINES = """
aleksander alexander alex olek
aleksandra alexandra ola alex
aleksi alex
andrzej jedrek
anna ania anka annie
agnieszka aga
barbara basia barb
bartosz bartek
bartlomiej bartek
benjamin ben
charles charlie chuck
christopher chris
christina chris tina
czeslaw czesiek
daniel dan danny
david dave
dorota dorotka
edward ed eddie ted
elisabet elisabeth elizabeth liisa elisa lisa liz beth betty eliza
elzbieta ela
ewa ewka
frederick fred freddie
grzegorz grzesiek grzes
heikki heka
helena hela helka
henryk heniek
irena irka
james jim jimmy jamie
jan janek jas
jennifer jen jenny
joanna asia joasia
johannes jussi hannes
juhani juha jussi
john johnny jack
jonathan jon
joseph joe
jozef jozek
katarzyna kasia kaska
katariina katri kati kaija
katherine catherine kate kathy katie cathy
krzysztof krzysiek krzys
lukasz lukas
malgorzata gosia malgosia
margaret maggie meg peggy
maria marysia
mateusz mati
matthew matt
matti matias
michael mike mick
michal michas
mikael mikko
nicholas nick
olavi olli
patricia pat trish
patrick pat
pawel pawelek
peter pete
piotr piotrek
rebecca becky
richard rick dick rich
robert rob bob bobby
samuel sam
stanislaw staszek stas
stephen steven steve
susan sue susie
susanna sanna
tadeusz tadek
thomas tom tommy
timothy tim
tomasz tomek
victoria vicky
vilhelm ville
waldemar waldek
wieslaw wiesiek
wilhelm ville
william will bill billy
wojciech wojtek
zbigniew zbyszek
zofia zosia
zuzanna zuza
"""

SHORT_FORMS: dict[str, frozenset[int]] = {}
"""word → the lines it stands in"""

for _number, _line in enumerate(_LINES.split("\n")):
    for _word in _line.split():
        SHORT_FORMS[_word] = SHORT_FORMS.get(_word, frozenset()) | {_number}
