"""A deployment that shifts traffic, in a world that means it no good, and what has to hold there.

Sides fall ill, the data plane is slow, hooks answer whatever they like, users change their minds.
Then the world turns fair, or dead: the deployment has to end either way.
"""

from random import Random
from typing import Any

from msgspec.structs import replace

from homeport.kernel.traffic_shift import WHOLE, Shift
from homeport.services.ecs.plan.service import hooks
from homeport.services.ecs.records.shifting import HookRun, Shifting
from homeport.services.ecs.records.strategies import HookTimeout, LifecycleHook

BLUE = "blue"
MINUTE = 60.0
STEPS_MAX = 3_000
ENDS = {"SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED", "FAILED", "ROLLING"}
SHIFTS = (
    Shift(),
    Shift(kind="canary", tenths=1),
    Shift(kind="canary", tenths=125),
    Shift(kind="canary", tenths=WHOLE),
    Shift(kind="linear", tenths=30),
    Shift(kind="linear", tenths=333),
    Shift(kind="linear", tenths=WHOLE),
)


class StageIds:
    """Ids that count up."""

    def __init__(self) -> None:
        self.count = 0

    def hex(self, digits: int) -> str:
        self.count += 1
        return f"{self.count:0{digits}x}"

    def uuid(self) -> str:
        return self.hex(12)

    def number(self, digits: int) -> str:
        return self.hex(digits)


class StageWorld:
    """One deployment; `planner` is the module, or a copy of it."""

    def __init__(self, planner: Any, seed: int) -> None:
        self.planner = planner
        self.random = Random(seed)
        self.ids = StageIds()
        self.now = 1_000.0
        self.has_blue = self.random.random() < 0.85
        self.rules = planner.Rules(
            shift=self.random.choice(SHIFTS),
            hooks=tuple(self._hook() for _ in range(self.random.randrange(3))),
            step_s=self.random.choice((0.0, 3 * MINUTE)),
            bake_s=self.random.choice((0.0, 10 * MINUTE)),
        )
        self.green = self.blue = False
        self.gone = False
        self.live = False
        self.trouble = ""
        self.last: Any = None
        first = Shifting(
            stage="",
            since=self.now,
            moved_at=self.now,
            blue_revision_arn=BLUE if self.has_blue else None,
            rolls=self.has_blue and self.random.random() < 0.1,
        )
        self.reconciles = first.rolls or self.random.random() < 0.3
        self.state = planner.begin(
            first, self.rules, ids=self.ids, now=self.now, reconciles=self.reconciles
        )
        self.taken_at: float | None = None
        """When the share that is set was seen to be live first; kept here, not by the planner."""

    def live_through(self) -> str:
        """Everything that a seed makes of it; how it ends."""
        for _ in range(self.random.randrange(60)):
            self.disturb()
            self.settle()
        dead = self.random.random() < 0.3
        for _ in range(STEPS_MAX):
            if self.state.end:
                return str(self.state.end)
            if not dead:
                self.green = self.blue = self.live = self.gone = True
                self.answer("SUCCEEDED")
            due = self.planner.next_look(self.state, self.rules)
            assert due is not None, "nobody would ever look again"
            self.now = max(self.now + 0.001, due)
            self.settle()
        raise AssertionError(f"it never ends: {self.state}")

    def settle(self) -> None:
        """Steps until there is something to wait for."""
        for _ in range(STEPS_MAX):
            before = self.state
            sight = self.sight()
            self.state = self.planner.advance(before, sight, self.rules, ids=self.ids)
            if self.state == before:
                self._ask()
                return
            self.check(before, sight, self.state)
            if (before.production, before.stage) != (self.state.production, self.state.stage):
                self.live = self.live and self.random.random() < 0.5
                self.taken_at = None
            elif sight.production_live and self.taken_at is None:
                self.taken_at = self.now
        raise AssertionError(f"it never comes to rest: {self.state}")

    def _ask(self) -> None:
        """The functions are asked whose turn it is."""
        runs = [
            replace(each, ask_at=None)
            if each.ask_at is not None and each.ask_at <= self.now
            else each
            for each in self.state.hooks
        ]
        self.state = replace(self.state, hooks=tuple(runs))

    def sight(self) -> Any:
        return self.planner.Sight(
            now=self.now,
            green_up=self.green,
            green_serves=self.green,
            green_gone=self.gone,
            blue_up=self.blue,
            blue_serves=self.blue,
            blue_gone=self.gone,
            others_gone=self.gone,
            production_live=self.live,
            test_live=self.live,
            trouble="" if self.state.is_back or self.state.rolls else self.trouble,
        )

    def disturb(self) -> None:
        """One thing happens."""
        self.now += self.random.choice((0.0, 1.0, MINUTE, 3 * MINUTE, 10 * MINUTE))
        match self.random.randrange(8):
            case 0 | 1:
                self.green = self.random.random() < 0.8
            case 2:
                self.blue = self.random.random() < 0.8
            case 3 | 4:
                self.live = True
            case 5:
                self.gone = not self.gone
            case 6:
                said = ("SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "IN_PROGRESS", "FAILED", None)
                self.answer(self.random.choice(said))
            case 7 if self.random.random() < 0.1:
                self.trouble = "trouble"

    def answer(self, status: str | None) -> None:
        """Every hook that waits for an answer gets this one."""
        span = self.rules.span
        heard = hooks.Heard(body="" if status is None else f'{{"hookStatus": "{status}"}}')
        runs = []
        for each in self.state.hooks:
            if each.status == "IN_PROGRESS":
                runs.append(hooks.heeded(each, heard, now=self.now, span=span))
            elif each.status == "AWAITING_ACTION" and status != "IN_PROGRESS":
                action = "CONTINUE" if status == "SUCCEEDED" else "ROLLBACK"
                runs.append(replace(each, action=action))
            else:
                runs.append(each)
        self.state = replace(self.state, hooks=tuple(runs))

    def _hook(self) -> LifecycleHook:
        pauses = self.random.random() < 0.4
        known = hooks.PAUSABLE if pauses else hooks.STAGES
        action = self.random.choice(("CONTINUE", "ROLLBACK"))
        return LifecycleHook(
            target_type="PAUSE" if pauses else "AWS_LAMBDA",
            hook_target_arn=None if pauses else "arn:function",
            lifecycle_stages=tuple(self.random.sample(known, self.random.randrange(1, 4))),
            timeout_configuration=HookTimeout(timeout_in_minutes=30, action=action),
        )

    # --- what has to hold --------------------------------------------------------------------

    def check(self, before: Shifting, sight: Any, after: Shifting) -> None:
        """Object to a step."""
        old, new = before.production or 0, after.production or 0
        assert 0 <= new <= WHOLE
        if after.end:
            self._check_end(before, after)
        if not after.is_back:
            self._check_forward(before, sight, after, new - old)
        elif before.is_back and not after.end:
            assert new <= old, "traffic goes forward on the way back"
            if new < old:
                assert sight.blue_serves or not sight.green_serves, "to a side that is not there"
        if before.is_back:
            assert after.is_back, "it turned round twice"
        if after.is_back and not before.is_back:
            assert self.has_blue, "there is nothing to turn back to"
            assert after.reason, "nobody knows why"
            assert new == old, "traffic was moved before its hooks"

    def _check_forward(self, before: Shifting, sight: Any, after: Shifting, grown: int) -> None:
        order = self.planner.FORWARD.index
        assert order(after.stage) - order(before.stage) in (0, 1), "a stage was skipped"
        assert grown >= 0, "the share went down"
        if grown:
            assert sight.green_up, "traffic for a side that is not up"
            if before.production not in (None, 0):
                assert self.taken_at is not None, "the data plane had not taken the step before"
                assert sight.now >= self.taken_at + self.rules.step_s, "a step came too soon"
        if after.stage == before.stage or after.end:
            return
        failed = [each for each in _turn(before) if self._is_bad(each, sight.now)]
        assert not failed, f"{failed} did not matter"
        waits = [
            each
            for each in _turn(before)
            if each.status in hooks.OPEN and not each.action and sight.now < each.expires_at
        ]
        assert not waits, f"{before.stage} was left before {waits}"
        match before.stage:
            case "RECONCILE_SERVICE" if self.has_blue:
                assert (sight.production_live, sight.blue_up, sight.others_gone) == (True,) * 3
            case "SCALE_UP":
                assert sight.green_up
            case "TEST_TRAFFIC_SHIFT":
                assert sight.test_live
                assert after.test == WHOLE
            case "PRODUCTION_TRAFFIC_SHIFT":
                assert after.production == WHOLE
                assert self.taken_at is not None or sight.production_live
            case "BAKE_TIME":
                assert sight.now >= before.since + self.rules.bake_s, "half-baked"

    def _check_end(self, before: Shifting, after: Shifting) -> None:
        assert after.end in ENDS
        assert after.production in (None, 0, WHOLE), f"half-shifted: {after.production}"
        assert all(each.status not in hooks.OPEN for each in after.hooks) or after.rolls
        match after.end:
            case "SUCCESSFUL":
                assert (before.stage, after.production) == ("CLEAN_UP", WHOLE)
            case "ROLLBACK_SUCCESSFUL":
                assert after.production in (None, 0)
                assert after.test in (None, 0)
                assert not after.trouble
            case "ROLLBACK_FAILED":
                assert after.trouble, "nobody knows why"
            case "FAILED":
                assert not self.has_blue
                assert after.production in (None, WHOLE)
            case "ROLLING":
                assert after.rolls

    def _is_bad(self, run: HookRun, now: float) -> bool:
        if run.status == "FAILED" or (run.action == "ROLLBACK" and run.status in hooks.OPEN):
            return True
        late = run.status == "TIMED_OUT" or (
            run.status in hooks.OPEN and not run.action and now >= run.expires_at
        )
        return late and run.timeout_action == "ROLLBACK"


def _turn(shifting: Shifting) -> list[HookRun]:
    return [each for each in shifting.hooks if each.turn == shifting.turn]
