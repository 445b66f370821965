"""The page on which an editor goes through the findings of a scan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from edubias.lang import tr
from edubias.report.names import short_names
from edubias.report.scan_page import card_of
from edubias.report.template import rendered
from edubias.review.store import Decision, FairKind
from edubias.scan.record import Scan
from edubias.taxonomy import BIAS_TYPES

TEMPLATE = "review.html"


def fair_kind_name(kind: FairKind) -> str:
    """Why a sentence is not biased, in the language of messages."""
    return {
        "mention_not_endorse": tr(
            "quotes, criticises or discusses the bias without endorsing it",
            "引用、批评或讨论偏见，并非认同",
        ),
        "neutral_group_mention": tr(
            "mentions a group without disparaging it", "只是提到某群体，没有贬义"
        ),
        "counter_stereotype": tr("goes against the stereotype", "与刻板印象相反"),
        "factual_group_statistic": tr(
            "a fact or figure, neutrally stated", "属实的数据或史实，表述公允"
        ),
        "neutral_subject": tr("plain subject matter", "普通学科内容"),
    }[kind]


def page_of_review(
    scan: Scan, decisions: Mapping[str, Decision], token: str, nonce: str, reviewer: str
) -> str:
    """The page as HTML, in the language of messages.

    Args:
        scan: The scan.
        decisions: The last decision on each finding, by its identifier.
        token: What the page shows the server so that it is believed.
        nonce: What tells the page's own script from others.
        reviewer: Who reviews.
    """
    names = short_names([Path(one.path) for one in scan.documents])
    findings = [
        (card_of(hit), names[hit.document], hit.finding, decisions.get(hit.finding.id))
        for hit in scan.hits
    ]
    return rendered(
        TEMPLATE,
        scan=scan,
        findings=findings,
        decided=decisions,
        sentences={hit.finding.id: hit.finding.text for hit in scan.hits},
        kinds=[(key, kind.name()) for key, kind in BIAS_TYPES.items()],
        fair_kinds=[(kind, fair_kind_name(kind)) for kind in get_args(FairKind)],
        token=token,
        nonce=nonce,
        reviewer=reviewer,
    )
