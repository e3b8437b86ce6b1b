"""What Certificate Manager provides to the other services: homeport.contracts.certificates."""

from homeport.contracts.certificates import IssuedCertificate
from homeport.services.acm import queries
from homeport.services.acm.queries.authorities import authority_of
from homeport.store import ReadTx, Tx


class AcmCertificates:
    """The certificates that were imported or issued."""

    def certificate(self, tx: ReadTx, arn: str) -> IssuedCertificate | None:
        if ":acm:" not in arn or not (arn.isascii() and arn.isprintable()):
            return None
        found = queries.find(tx, arn)
        if found is None:
            return None
        return IssuedCertificate(
            arn=arn,
            names=found.names,
            chain="\n".join(each.strip() for each in (found.body, found.chain) if each) + "\n",
            key=found.key,
        )

    def root(self, tx: Tx, account: str, *, now: float) -> str:
        return authority_of(tx, account, now).certificate
