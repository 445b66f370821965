"""A scan as SARIF 2.1.0 (OASIS), which code hosts and editors show beside the lines of a text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from edubias.lang import colon, comma, tr
from edubias.records import Severity
from edubias.report.names import place_name, verdict_told
from edubias.scan.record import Hit, Scan
from edubias.taxonomy import BIAS_TYPES, BiasType, type_name

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
UNKNOWN = "bias"
"""Rule of a finding without a kind."""

_LEVELS: dict[Severity, str] = {"none": "none", "low": "note", "medium": "warning", "high": "error"}


def sarif_of_scan(scan: Scan) -> str:
    """Findings as SARIF, in the language of messages.

    Lines and columns are given for text files; for others the place stands in the message, and as
    the location's logical name.
    """
    rules = [_rule(kind) for kind in BIAS_TYPES.values()]
    rules.append({"id": UNKNOWN, "shortDescription": {"text": tr("bias", "偏见")}})
    run = {
        "tool": {
            "driver": {
                "name": "edubias",
                "version": scan.edubias,
                "rules": rules,
            }
        },
        "columnKind": "unicodeCodePoints",
        "artifacts": [
            {"location": {"uri": _uri(one.path)}, "hashes": {"sha-256": one.sha256}}
            for one in scan.documents
        ],
        "results": [_result(scan, hit) for hit in scan.hits],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def _rule(kind: BiasType) -> dict[str, Any]:
    return {
        "id": kind.key,
        "name": kind.name(),
        "shortDescription": {"text": tr(kind.covers_en, kind.covers_zh)},
        "fullDescription": {"text": tr(kind.harm_en, kind.harm_zh)},
    }


def _result(scan: Scan, hit: Hit) -> dict[str, Any]:
    finding = hit.finding
    kinds = [guess.bias_type for guess in finding.bias_types]
    rule = kinds[0] if kinds and kinds[0] in BIAS_TYPES else UNKNOWN
    named = type_name(kinds[0]) if kinds else tr("bias", "偏见")
    location: dict[str, Any] = {
        "artifactLocation": {
            "uri": _uri(scan.documents[hit.document].path),
            "index": hit.document,
        }
    }
    if hit.place.column is not None and hit.place.part is None:
        last = hit.block.place_at(hit.end - 1)
        location["region"] = {
            "startLine": hit.place.line,
            "startColumn": hit.place.column,
            "endLine": last.line,
            "endColumn": (last.column or 0) + 1,
        }
    return {
        "ruleId": rule,
        "level": _LEVELS[finding.severity],
        "message": {
            "text": f"{named}{comma()}{verdict_told(finding)}{colon()}{finding.text} "
            f"({place_name(hit.place)})"
        },
        "locations": [
            {
                "physicalLocation": location,
                "logicalLocations": [{"fullyQualifiedName": place_name(hit.place)}],
            }
        ],
        "partialFingerprints": {"sentence/v1": finding.text},
    }


def _uri(path: str) -> str:
    """A relative path as it is, so that it is found wherever the texts are; another as a URI."""
    one = Path(path)
    return one.as_uri() if one.is_absolute() else quote(one.as_posix())
