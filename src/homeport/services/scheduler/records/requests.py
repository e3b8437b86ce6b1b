"""What CreateSchedule and UpdateSchedule are asked for, as the API words it."""

from typing import Any

from msgspec import Struct

from homeport.services.scheduler.records.groups import DEFAULT


class WindowRequest(Struct, frozen=True, kw_only=True, rename="pascal"):
    """Whether there is a flexible window, and how long it is."""

    mode: str
    maximum_window_in_minutes: int | None = None


class RetryRequest(Struct, frozen=True, kw_only=True, rename="pascal"):
    """How long, and how often, a target is tried again."""

    maximum_event_age_in_seconds: int | None = None
    maximum_retry_attempts: int | None = None


class DeadLetterRequest(Struct, frozen=True, kw_only=True, rename="pascal"):
    """Where goes what could not be delivered."""

    arn: str | None = None


class TargetRequest(Struct, frozen=True, kw_only=True, rename="pascal"):
    """What is to be invoked."""

    arn: str
    role_arn: str
    input: str | None = None
    retry_policy: RetryRequest | None = None
    dead_letter_config: DeadLetterRequest | None = None
    ecs_parameters: dict[str, Any] | None = None
    event_bridge_parameters: dict[str, Any] | None = None
    kinesis_parameters: dict[str, Any] | None = None
    sage_maker_pipeline_parameters: dict[str, Any] | None = None
    sqs_parameters: dict[str, Any] | None = None

    @property
    def blocks(self) -> dict[str, dict[str, Any]]:
        """The parameters for one kind of target, by the API's name of their block."""
        every = {
            "EcsParameters": self.ecs_parameters,
            "EventBridgeParameters": self.event_bridge_parameters,
            "KinesisParameters": self.kinesis_parameters,
            "SageMakerPipelineParameters": self.sage_maker_pipeline_parameters,
            "SqsParameters": self.sqs_parameters,
        }
        return {name: block for name, block in every.items() if block is not None}


class ScheduleRequest(Struct, frozen=True, kw_only=True, rename="pascal"):
    """A whole schedule: an update is told all of it, too."""

    name: str
    schedule_expression: str
    flexible_time_window: WindowRequest
    target: TargetRequest
    group_name: str = DEFAULT
    schedule_expression_timezone: str = "UTC"
    start_date: float | None = None
    end_date: float | None = None
    description: str | None = None
    state: str = "ENABLED"
    action_after_completion: str = "NONE"
    kms_key_arn: str | None = None
