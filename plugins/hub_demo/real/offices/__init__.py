"""The systems a history may have: every connector, its sandbox and the people who work in it."""

from hub_demo.real.offices.carddav import CardDav
from hub_demo.real.offices.civicrm import CiviCrm
from hub_demo.real.offices.dynamics import Dynamics
from hub_demo.real.offices.lemonsoft import Lemonsoft
from hub_demo.real.offices.limesurvey import LimeSurvey
from hub_demo.real.offices.office import Office
from hub_demo.real.offices.outlook import Outlook
from hub_demo.real.offices.procountor import Procountor
from hub_demo.real.offices.spreadsheet import Spreadsheet
from hub_demo.real.offices.tryton import Tryton

__all__ = ["OFFICES", "Office"]

OFFICES: dict[str, type[Office]] = {office.kind: office for office in (
    CardDav, CiviCrm, Dynamics, Lemonsoft, LimeSurvey, Outlook, Procountor, Spreadsheet, Tryton)}
"""Kind → office."""
