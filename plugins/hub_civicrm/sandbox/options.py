"""Option lists of a fresh site, as recorded (transcripts 15, 57, 59, 65, 79) or as the installer's data has them."""

from __future__ import annotations

from typing import NamedTuple


class Option(NamedTuple):
    id: int | str
    name: str
    label: str
    abbr: str = ""


def _named(*names: str, start: int = 1) -> list[Option]:
    return [Option(number, name, name) for number, name in enumerate(names, start)]


RELATIONSHIP_TYPES = (
    # name_a_b, name_b_a, type of a, type of b; ids in this order (sql/civicrm_data); 5 is recorded (transcript 67)
    ("Child of", "Parent of", "Individual", "Individual"),
    ("Spouse of", "Spouse of", "Individual", "Individual"),
    ("Partner of", "Partner of", "Individual", "Individual"),
    ("Sibling of", "Sibling of", "Individual", "Individual"),
    ("Employee of", "Employer of", "Individual", "Organization"),
    ("Volunteer for", "Volunteer is", "Individual", "Organization"),
    ("Head of Household for", "Head of Household is", "Individual", "Household"),
    ("Household Member of", "Household Member is", "Individual", "Household"),
)
EMPLOYEE_OF = 5

_COUNTRIES = {  # the ids of CZ and GB are recorded (transcripts 16, 65); the others are made up in the same range
    "AT": "Austria", "BE": "Belgium", "CH": "Switzerland", "CZ": "Czech Republic", "DE": "Germany", "DK": "Denmark",
    "EE": "Estonia", "ES": "Spain", "FI": "Finland", "FR": "France", "GB": "United Kingdom", "HU": "Hungary",
    "IE": "Ireland", "IS": "Iceland", "IT": "Italy", "LT": "Lithuania", "LU": "Luxembourg", "LV": "Latvia",
    "NL": "Netherlands", "NO": "Norway", "PL": "Poland", "PT": "Portugal", "RO": "Romania", "SE": "Sweden",
    "SI": "Slovenia", "SK": "Slovakia", "UA": "Ukraine", "US": "United States",
}
_RECORDED_IDS = {"CZ": 1058, "GB": 1226}

OPTIONS: dict[str, list[Option]] = {
    "contact_type": [Option(n, n, n) for n in ("Household", "Individual", "Organization")],
    "individual_prefix": _named("Mrs.", "Ms.", "Mr.", "Dr."),
    "individual_suffix": _named("Jr.", "Sr.", "II", "III"),
    "gender": _named("Female", "Male", "Other"),
    "location_type": _named("Home", "Work", "Main", "Other", "Billing"),
    "phone_type": _named("Phone", "Mobile", "Fax", "Pager", "Voicemail"),
    "website_type": _named("Work", "Main", "Facebook", "Instagram", "LinkedIn"),
    "relationship_type": _named(*(a for a, _, _, _ in RELATIONSHIP_TYPES)),
    "activity_type": [Option(1, "Meeting", "Meeting"), Option(6, "Contribution", "Contribution"),
                      Option(51, "Contact Merged", "Contact Merged"),
                      Option(52, "Contact Deleted by Merge", "Contact Deleted by Merge")],
    "activity_status": _named("Scheduled", "Completed", "Cancelled"),
    "state_province": [Option(1, "Uusimaa", "Uusimaa", "U"), Option(2, "Praha", "Praha", "PR")],
    "country": [Option(_RECORDED_IDS.get(iso, 1500 + number), iso, name, iso)
                for number, (iso, name) in enumerate(_COUNTRIES.items())],
}
"""Without "tag", which is the site's own table."""
