"""How much of what: request windows and sizes, with the documented numbers as defaults."""

from __future__ import annotations

from pydantic import Field

from cutroom.settings.group import Group

_EACH = "0 lifts the limit"


class LimitsSettings(Group):
    """For everybody but the owner."""

    anonymous: bool = Field(
        default=True, description="Whether there are limits per address, for requests without a key."
    )
    fastclip_requests_per_minute: int = Field(default=60, ge=0, description=f"Of one key; {_EACH}.")
    fastclip_jobs_per_hour: int = Field(default=20, ge=0, description=f"Accepted clip jobs of one account; {_EACH}.")
    fastclip_anonymous_per_minute: int = Field(default=30, ge=0, description=f"Of one address; {_EACH}.")
    clipapi_anonymous_per_minute: int = Field(
        default=60, ge=0, description=f"Of one address, without a key or with a session; {_EACH}."
    )
    clipapi_demos_per_hour: int = Field(
        default=3, ge=0, description=f"Analyses for visitors without an account, from one address; {_EACH}."
    )
    clipi_requests_per_hour: int = Field(default=50, ge=0, description=f"Of one key, at Clipi; {_EACH}.")
    clipi_requests_per_day: int = Field(default=500, ge=0, description=f"The same in any 24 hours; {_EACH}.")
    clipi_admin_requests_per_hour: int = Field(
        default=100, ge=0, description=f"Of a key that was made by `cutroom admin key`, there; {_EACH}."
    )
    clipi_admin_requests_per_day: int = Field(default=1000, ge=0, description=f"The same in any 24 hours; {_EACH}.")
    cutroom_requests_per_minute: int = Field(
        default=300, ge=0, description=f"Of one key, at Cutroom's own API; {_EACH}."
    )
    cutroom_anonymous_per_minute: int = Field(default=60, ge=0, description=f"Of one address, there; {_EACH}.")
    reloads_per_hour: int = Field(default=10, ge=0, description=f"Of one account; {_EACH}.")
    sign_ups_per_hour: int = Field(default=20, ge=0, description=f"From one address; {_EACH}.")
    log_ins_per_minute: int = Field(default=20, ge=0, description=f"From one address, and of one account; {_EACH}.")
    body_bytes: int = Field(default=1024**2, ge=1024, description="Largest JSON request.")
    clip_seconds: int = Field(default=600, ge=1, description="Longest clip.")
    gif_seconds: int = Field(default=30, ge=1, description="Longest GIF.")
    source_seconds: int = Field(default=10_800, ge=1, description="Longest source that is clipped.")
    job_seconds: float = Field(default=3600, gt=0, description="A job that runs longer is ended, and has failed.")
    idempotency_hours: float = Field(
        default=24, gt=0, description="How long the reply to a request with an `Idempotency-Key` is kept."
    )
