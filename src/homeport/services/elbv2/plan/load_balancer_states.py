"""What state a load balancer is in, from what was seen of its listeners.  Pure."""

from collections.abc import Mapping, Sequence

from homeport.services.elbv2.records.load_balancers import State
from homeport.services.elbv2.records.target_groups import ListenerProblems


def state_of(
    before: State, listener_arns: Sequence[str], seen: Mapping[str, ListenerProblems]
) -> tuple[State, str]:
    """The state of a load balancer with these listeners, and why it is no better one.

    It is active once every listener is open.  A new listener does not take a load balancer back
    that was active already.
    """
    found = [seen[arn] for arn in listener_arns if arn in seen]
    troubled = [each for each in found if each.problems]
    if troubled:
        sentences = dict.fromkeys(text for each in troubled for text in each.problems)
        state: State = "failed" if len(troubled) == len(listener_arns) else "active_impaired"
        return state, " ".join(sentences)
    if len(found) == len(listener_arns) or before == "active":
        return "active", ""
    return "provisioning", ""
