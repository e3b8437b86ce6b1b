"""What IAM provides to the other services: homeport.contracts.certificates."""

from homeport.contracts.certificates import IssuedCertificate
from homeport.kernel import arn as arns
from homeport.services.iam.queries import CERTIFICATES
from homeport.store import ReadTx


class IamCertificates:
    """The server certificates that were uploaded."""

    def certificate(self, tx: ReadTx, arn: str) -> IssuedCertificate | None:
        try:
            parsed = arns.parse(arn)
        except arns.BadArn:
            return None
        if parsed.service != "iam" or parsed.kind != "server-certificate":
            return None
        found = CERTIFICATES.find(tx, parsed.account, parsed.rest.rpartition("/")[2])
        if found is None or found.arn != arn:
            return None
        return IssuedCertificate(
            arn=arn,
            names=found.names,
            chain="\n".join(each for each in (found.body, found.chain) if each) + "\n",
            key=found.key,
        )
