"""What STS provides to the other services and to the gateway: homeport.contracts.identity."""

from homeport.contracts.identity import AccessKey
from homeport.kernel.ids import Ids
from homeport.services.sts import queries
from homeport.services.sts.plan import check_session_name, parse_role
from homeport.store import ReadTx, Tx


class StsIdentities:
    """The keys that may sign requests."""

    def find_key(self, tx: ReadTx, access_key_id: str) -> AccessKey | None:
        return queries.find_key(tx, access_key_id)

    def assume_role(
        self, tx: Tx, role_arn: str, session_name: str, *, lifetime_s: float, now: float, ids: Ids
    ) -> AccessKey:
        role = parse_role(role_arn)
        check_session_name(session_name)
        return queries.new_temporary_key(
            tx,
            account=role.account,
            principal=role.session_arn(session_name),
            role_arn=role_arn,
            expires_at=now + lifetime_s,
            ids=ids,
        )

    def install_root_key(
        self, tx: Tx, access_key_id: str, secret_access_key: str, account: str
    ) -> None:
        """Make this the key of the account's root, and the only one that lasts.

        The application calls it at each start: a root key of before stops working.
        """
        queries.replace_lasting_keys(
            tx,
            AccessKey(
                access_key_id=access_key_id,
                secret_access_key=secret_access_key,
                session_token=None,
                account=account,
                principal=f"arn:aws:iam::{account}:root",
                expires_at=None,
            ),
        )
