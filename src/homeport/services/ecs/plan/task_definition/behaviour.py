"""How a container starts, stays healthy, restarts, stops and logs."""

from typing import Final

from homeport.services.ecs.plan.task_definition.wording import not_one_of, out_of_range
from homeport.services.ecs.records.container_definitions import ContainerDefinition
from homeport.services.ecs.records.task_definitions import TaskDefinition

TIMEOUT_MIN_S: Final = 2
TIMEOUT_MAX_S: Final = 2_147_483_647
RESTART_PERIOD_S: Final = (60, 1800)
IGNORED_EXIT_CODES_MAX: Final = 50
HEALTH_INTERVAL_S: Final = (5, 300)
HEALTH_TIMEOUT_S: Final = (2, 60)
HEALTH_RETRIES: Final = (1, 10)
HEALTH_START_PERIOD_S: Final = (0, 300)
HEALTH_KINDS: Final = ("CMD", "CMD-SHELL")

LOG_DRIVERS: Final = (
    "json-file",
    "syslog",
    "journald",
    "gelf",
    "fluentd",
    "awslogs",
    "splunk",
    "awsfirelens",
)
LOG_MODES: Final = ("blocking", "non-blocking")
AWSLOGS_REQUIRED: Final = ("awslogs-region", "awslogs-group")
ROUTERS: Final = ("fluentd", "fluentbit")
ROUTER_FILES: Final = ("s3", "file")
VERSION_CONSISTENCY: Final = ("enabled", "disabled")


def timeouts(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """Start and stop timeouts leave a moment."""
    for word, seconds in (("start", container.start_timeout), ("stop", container.stop_timeout)):
        if seconds is not None and not TIMEOUT_MIN_S <= seconds <= TIMEOUT_MAX_S:
            return (
                f"Granular {word} timeout on container '{container.name}' must be at least "
                f"{TIMEOUT_MIN_S} seconds."
            )
    return None


def health_check(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """A health check has a command of Docker's form and numbers in range."""
    check = container.health_check
    if check is None:
        return None
    if not check.command or check.command[0] not in HEALTH_KINDS:
        return (
            f"Invalid 'healthCheck' setting for container '{container.name}'. The command must "
            "start with CMD or CMD-SHELL."
        )
    if len(check.command) == 1:
        return (
            f"Invalid 'healthCheck' setting for container '{container.name}'. The command is "
            "missing."
        )
    for word, number, (low, high) in (
        ("interval", check.interval, HEALTH_INTERVAL_S),
        ("timeout", check.timeout, HEALTH_TIMEOUT_S),
        ("retries", check.retries, HEALTH_RETRIES),
        ("startPeriod", check.start_period, HEALTH_START_PERIOD_S),
    ):
        if number is not None and not low <= number <= high:
            return out_of_range(f"healthCheck {word}", container.name, low, high)
    return None


def restart_policy(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """A restart policy waits between one minute and thirty."""
    policy = container.restart_policy
    if policy is None:
        return None
    low, high = RESTART_PERIOD_S
    period = policy.restart_attempt_period
    if period is not None and not low <= period <= high:
        return out_of_range("restartAttemptPeriod", container.name, low, high)
    if len(policy.ignored_exit_codes or ()) > IGNORED_EXIT_CODES_MAX:
        return (
            f"the 'ignoredExitCodes' setting for container '{container.name}' can have at most "
            f"{IGNORED_EXIT_CODES_MAX} items"
        )
    return None


def version_consistency(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """Tags are resolved to digests, or not."""
    asked = container.version_consistency
    if asked is not None and asked not in VERSION_CONSISTENCY:
        return not_one_of(asked, "version consistency", VERSION_CONSISTENCY)
    return None


def log_configuration(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """The log driver is one that ECS knows, with the options that it cannot do without."""
    log = container.log_configuration
    if log is None:
        return None
    if log.log_driver not in LOG_DRIVERS:
        return not_one_of(log.log_driver, "log driver", LOG_DRIVERS)
    options = log.options or {}
    if log.log_driver == "awslogs" and not all(options.get(name) for name in AWSLOGS_REQUIRED):
        return f"Log driver awslogs requires options: {', '.join(AWSLOGS_REQUIRED)}"
    mode = options.get("mode")
    if mode is not None and log.log_driver != "awsfirelens" and mode not in LOG_MODES:
        return not_one_of(mode, "log mode", LOG_MODES)
    return None


def log_router(definition: TaskDefinition) -> str | None:
    """A log router and the containers that log through it come together."""
    containers = definition.container_definitions
    routers = [each.firelens_configuration for each in containers if each.firelens_configuration]
    routed = any(
        each.log_configuration is not None and each.log_configuration.log_driver == "awsfirelens"
        for each in containers
    )
    if routed and not routers:
        return (
            "When awsfirelens log driver is specified in log configuration, a firelens "
            "configuration object must be configured in one of the containers."
        )
    if routers and not routed:
        return (
            "When a firelensConfiguration object is specified, at least one container has to be "
            "configured with the awsfirelens log driver."
        )
    if len(routers) > 1:
        return "Only one container of a task definition can have a firelensConfiguration object."
    for router in routers:
        if router.type not in ROUTERS:
            return not_one_of(router.type, "firelens configuration type", ROUTERS)
        source = (router.options or {}).get("config-file-type")
        if source is not None and source not in ROUTER_FILES:
            return not_one_of(source, "firelens config-file-type", ROUTER_FILES)
    return None
