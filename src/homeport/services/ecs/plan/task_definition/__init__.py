"""Task definitions: what may be registered, what ECS makes of it, what Homeport can run of it.

Pure: a draft goes in, a refusal or a finished definition comes out.  Every rule is a function
that answers the sentence with which ECS refuses, or None.
"""

from homeport.services.ecs.plan.task_definition.draft import drafted
from homeport.services.ecs.plan.task_definition.registration import registered
from homeport.services.ecs.plan.task_definition.rules import BYTES_MAX, refusal, too_big
from homeport.services.ecs.plan.task_definition.unsupported import unsupported_to_run

__all__ = ["BYTES_MAX", "drafted", "refusal", "registered", "too_big", "unsupported_to_run"]
