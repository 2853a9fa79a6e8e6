"""What people want to see before a promotion, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.deployment_bodies import NewPromotion
from clockhouse.api.deployments import promotion_of
from clockhouse.api.review_bodies import ComparisonBody, ReviewBody, ReviewRequest, comparison_body, review_body
from clockhouse.control import comparison, review
from clockhouse.errors import ClockhouseError

router = routes.router("/projects/{project}/components/{component}", tags=["deployments"])

_Sha = Annotated[str, Query(pattern=r"^[0-9a-f]{40}$")]


@router.post("/promotions/preview")
def preview_promotion(parts: PartsOf, actor: ActorOf, project: str, component: str, body: ReviewRequest) -> ReviewBody:
    """What would be otherwise in the target: code, schedules over the next 90 days, configuration and limits.

    Nothing is changed. With how this very release has done in the source, and what the promotion would be refused for.
    """
    posted = NewPromotion.model_validate(body.model_dump(exclude_unset=True, exclude={"with_code", "zone"}))
    wish = promotion_of(parts, posted, key=f"{project}/{component}")
    found = review.review(parts, actor, project, component, wish, zone=body.zone)
    if not body.with_code:
        return review_body(found, None, None)
    before = found.present.release.build.commit.sha if found.present else None
    after = found.origin.release.build.commit.sha
    try:
        code = comparison.compare(parts, actor, project, component, before=before, after=after)
    except ClockhouseError as error:  # a repository that does not answer hides nothing else
        return review_body(found, None, error.sentence)
    return review_body(found, code, None)


@router.get("/comparison")
def compare_commits(
    parts: PartsOf, actor: ActorOf, project: str, component: str, after: _Sha, before: _Sha | None = None
) -> ComparisonBody:
    """What two commits have otherwise: those between them, and the files with their texts."""
    found = comparison.compare(parts, actor, project, component, before=before, after=after)
    return comparison_body(found)
