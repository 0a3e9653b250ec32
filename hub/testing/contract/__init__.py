"""The contract every connector keeps, as checks (docs/reference/contract-suite.md)."""

from hub.testing.contract.checks import Check, CheckResult
from hub.testing.contract.harness import Harness, NotArranged
from hub.testing.contract.lab import Lab, NotClaimed
from hub.testing.contract.suite import CHECKS, ContractSuite, run_contract, summary
from hub.testing.contract.trouble import Fault, FaultyTransport, Trouble, Wrap

__all__ = ["CHECKS", "Check", "CheckResult", "ContractSuite", "Fault", "FaultyTransport", "Harness", "Lab", "NotArranged",
           "NotClaimed", "Trouble", "Wrap", "run_contract", "summary"]
