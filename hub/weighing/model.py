"""Splink's model of two records of one person: what is compared, which pairs are looked at, and learning without labels.

Fellegi and Sunter's model, its weights learnt by expectation and maximisation, with term frequencies (Splink 5,
https://moj-analytical-services.github.io/splink/, read 2026-11-30). One thread and a fixed seed: the same records give the same
weights. DuckDB keeps everything in memory, writes nothing to disk and loads no extension.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import duckdb
import pyarrow as pa
import splink.comparison_library as compared
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.exceptions import EMTrainingException

from hub.weighing.table import ID, MANY, filled

QUIET: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1, "temp_directory": "", "autoinstall_known_extensions": False, "autoload_known_extensions": False}
CERTAIN_RECALL = 0.8
"""The share of true pairs that the certain rules are taken to find; a starting point, not a result."""
SAMPLED = 1e6
SEED = 1
COMPARISONS: Mapping[str, Callable[[], Any]] = {
    "given": lambda: compared.NameComparison("given").configure(term_frequency_adjustments=True),
    "family": lambda: compared.NameComparison("family").configure(term_frequency_adjustments=True),
    "born": lambda: compared.DateOfBirthComparison("born", input_is_string=True, invalid_dates_as_null=True),
    "emails": lambda: compared.ArrayIntersectAtSizes("emails", [1]),
    "phones": lambda: compared.ArrayIntersectAtSizes("phones", [1]),
    "street": lambda: compared.JaroWinklerAtThresholds("street", [0.9]).configure(term_frequency_adjustments=True),
    "number": lambda: compared.ExactMatch("number"),
    "postcode": lambda: compared.DamerauLevenshteinAtThresholds("postcode", [1]).configure(term_frequency_adjustments=True),
    "town": lambda: compared.JaroWinklerAtThresholds("town", [0.9]).configure(term_frequency_adjustments=True),
}
LOOKED_AT = (("given", "family"), ("born",), ("emails",), ("phones",), ("family", "postcode"), ("given", "postcode"),
             ("street", "number"), ("street", "town"))
CERTAIN = (("given", "family", "born"), ("given", "family", "emails"), ("given", "family", "phones"),
           ("given", "family", "street"))
LEARNT_FROM = (("given", "family"), ("born",), ("postcode",))


def pairs(table: pa.Table, at_least: float) -> Iterator[dict[str, Any]]:
    """Pairs of a probability of ``at_least``: ``unique_id_l`` and ``_r``, ``match_probability``, ``match_weight``, and of every
    field compared its weight in bits as ``mw_…``. None where there is too little to learn from."""
    have = filled(table)
    rules = [names for names in LOOKED_AT if have.issuperset(names)]
    if not rules or not any(have.issuperset(names) for names in CERTAIN):
        return
    logging.getLogger("splink").setLevel(logging.ERROR)
    with duckdb.connect(config=QUIET) as connection:
        api = DuckDBAPI(connection)
        settings = SettingsCreator(
            link_type="dedupe_only", unique_id_column_name=ID, retain_intermediate_calculation_columns=True,
            comparisons=[make() for name, make in COMPARISONS.items() if name in have],
            blocking_rules_to_generate_predictions=[_block(names) for names in rules])
        linker = Linker(api.register(table), settings, log_level=None)
        _learn(linker.training, have)
        yield from linker.inference.predict(threshold_match_probability=at_least).as_record_list()


def _learn(training: Any, have: frozenset[str]) -> None:
    training.estimate_probability_two_random_records_match(
        [_block(names) for names in CERTAIN if have.issuperset(names)], recall=CERTAIN_RECALL)
    training.estimate_u_using_random_sampling(max_pairs=SAMPLED, seed=SEED)
    for names in LEARNT_FROM:
        if have.issuperset(names):
            try:
                training.estimate_parameters_using_expectation_maximisation(_block(names))
            except (EMTrainingException, ValueError):  # nobody who shares these differs in the rest: the others teach
                continue


def _block(names: tuple[str, ...]) -> Any:
    return block_on(*names, arrays_to_explode=[name for name in names if name in MANY] or None)
