"""What holds of a service through any sequence of deployments, ends and rollbacks."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from homeport.services.ecs.plan.service.breaker import counted
from homeport.services.ecs.plan.service.deploying import (
    Deployed,
    ask_rollback,
    cannot_roll_back,
    complete,
    fail,
    roll_back,
    without_empty,
)
from homeport.services.ecs.records.services import (
    CircuitBreaker,
    DeploymentConfiguration,
    ServiceDeployment,
)
from services.ecs.plan.deployments import (
    MAY_FOLLOW,
    OVER,
    WHY,
    begun,
    revision,
    rollout_id,
    service,
)


class Life(RuleBasedStateMachine):
    """A service through any sequence of deployments, ends and rollbacks."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0
        self.number = 1
        self.revisions = {revision(1).arn: revision(1)}
        self.completed: str | None = None
        first = begun(service(), 1, now=self.now)
        self.service = first.service
        self.history = {first.deployment.arn: first.deployment}
        self.rolled_back: set[str] = set()

    @property
    def current(self) -> ServiceDeployment:
        return self.history[str(self.service.deployment_arn)]

    def take(self, done: Deployed) -> None:
        for each in (done.deployment, done.superseded):
            if each is None:
                continue
            before = self.history.get(each.arn)
            if before is not None and before.status != each.status:
                assert (before.status, each.status) in MAY_FOLLOW
            if each.status == "ROLLBACK_IN_PROGRESS" and before != each:
                assert each.arn not in self.rolled_back
                self.rolled_back.add(each.arn)
            self.history[each.arn] = each
        self.service = done.service

    def is_going(self) -> bool:
        return self.current.status == "IN_PROGRESS"

    @rule(
        passed=st.floats(1, 100),
        rollback=st.booleans(),
        enable=st.booleans(),
        desired=st.integers(0, 500),
    )
    def update(self, passed: float, rollback: bool, enable: bool, desired: int) -> None:
        self.now += passed
        self.number += 1
        self.revisions[revision(self.number).arn] = revision(self.number)
        configured = DeploymentConfiguration(
            deployment_circuit_breaker=CircuitBreaker(enable=enable, rollback=rollback)
        )
        asked = replace(
            self.service, deployment_configuration=configured, desired_count=desired, steady=True
        )
        self.take(begun(asked, self.number, self.current, now=self.now))
        assert self.service.rollouts[0].desired_count == desired
        assert not self.service.steady

    @rule(failures=st.integers(1, 300))
    @precondition(is_going)
    def tasks_fail(self, failures: int) -> None:
        self.now += 1
        current = self.current
        breaker = counted(current.breaker, failures, self.service.desired_count)
        current = replace(current, breaker=breaker)
        self.history[current.arn] = current
        if breaker.status != "TRIGGERED":
            return
        asked = current.deployment_configuration.deployment_circuit_breaker
        wanted = asked is not None and asked.rollback and self.completed is not None
        back_to = self.revisions[str(self.completed)] if wanted else None
        self.take(fail(self.service, current, back_to, has_health_check=False, now=self.now))
        failed = [each for each in self.service.rollouts if each.rollout_state == "FAILED"]
        assert failed
        if back_to is None:
            assert self.service.rollouts[0].rollout_state == "FAILED"
            assert self.current.status in OVER
        else:
            assert self.service.rollouts[0].revision_arn == back_to.arn

    @rule()
    @precondition(lambda self: self.current.status in ("IN_PROGRESS", "ROLLBACK_IN_PROGRESS"))
    def reaches_its_revision(self) -> None:
        self.now += 1
        self.service = without_empty(self.service, {})
        self.take(complete(self.service, self.current, now=self.now))
        self.completed = self.service.rollouts[0].revision_arn
        assert len(self.service.rollouts) == 1

    @rule()
    def a_user_stops_it(self) -> None:
        self.now += 1
        before = self.current
        asked = ask_rollback(before, now=self.now)
        if asked is before:
            return
        self.take(Deployed(service=self.service, deployment=asked))
        if self.completed is None:
            over = cannot_roll_back(asked, now=self.now)
            self.take(Deployed(service=self.service, deployment=over))
            return
        target = self.revisions[self.completed]
        self.take(
            roll_back(self.service, asked, target, reason=WHY, has_health_check=False, now=self.now)
        )

    @rule(kept=st.sets(st.integers(1, 40)))
    def old_tasks_go(self, kept: set[int]) -> None:
        before = self.service.rollouts[0]
        self.service = without_empty(self.service, {rollout_id(number): 1 for number in kept})
        assert self.service.rollouts[0] == before

    @invariant()
    def exactly_the_first_entry_is_primary(self) -> None:
        statuses = [each.status for each in self.service.rollouts]
        assert statuses == ["PRIMARY"] + ["ACTIVE"] * (len(statuses) - 1)

    @invariant()
    def entries_are_distinct_and_the_old_ones_newest_first(self) -> None:
        ids = [each.id for each in self.service.rollouts]
        assert len(set(ids)) == len(ids)
        created = [each.created_at for each in self.service.rollouts[1:]]
        assert created == sorted(created, reverse=True)

    @invariant()
    def only_the_current_deployment_is_under_way(self) -> None:
        going = [each.arn for each in self.history.values() if each.status not in OVER]
        assert going in ([], [self.current.arn])

    @invariant()
    def what_is_over_has_an_end_and_no_monitor(self) -> None:
        for each in self.history.values():
            assert (each.finished_at is not None) == (each.status in OVER)
            assert (each.stopped_at is not None) == (each.status == "STOPPED")
            assert (each.breaker.status == "MONITORING") <= (
                each.status in ("IN_PROGRESS", "ROLLBACK_REQUESTED")
            )
            assert each.updated_at == each.finished_at or each.status not in OVER

    @invariant()
    def only_completion_moves_where_a_rollback_leads(self) -> None:
        assert self.service.completed_revision_arn == self.completed

    @invariant()
    def a_rollback_is_what_its_deployment_says(self) -> None:
        for each in self.history.values():
            begun_back = each.rollback is not None
            assert begun_back == (each.arn in self.rolled_back)
            assert begun_back or each.status not in ("ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL")


Life.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestLife = Life.TestCase
