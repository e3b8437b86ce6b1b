"""Records of IAM.  They belong to an account, not to a region."""

from msgspec import Struct


class Role(Struct, frozen=True, kw_only=True):
    """A role: who may take it, and what its policies say."""

    account: str
    name: str
    path: str
    role_id: str
    trust_document: str
    """Who may assume it, as JSON."""
    description: str | None = None
    max_session_s: int = 3600
    boundary: str | None = None
    """ARN of the policy that bounds it."""
    inline: tuple[tuple[str, str], ...] = ()
    """(name, document) of its own policies, by name."""
    attached: tuple[str, ...] = ()
    """ARNs of managed policies, in the order in which they were attached."""
    service: str | None = None
    """The service that a service-linked role is for."""
    tags: dict[str, str] = {}
    created_at: float

    @property
    def arn(self) -> str:
        """``arn:aws:iam::ACCOUNT:role/PATH/NAME``."""
        return f"arn:aws:iam::{self.account}:role{self.path}{self.name}"


class PolicyVersion(Struct, frozen=True, kw_only=True):
    """One version of a managed policy."""

    version_id: str
    document: str
    created_at: float


class Policy(Struct, frozen=True, kw_only=True):
    """A managed policy of the account."""

    account: str
    name: str
    path: str
    policy_id: str
    description: str | None = None
    versions: tuple[PolicyVersion, ...]
    """Oldest first."""
    default_version: str
    next_number: int
    """Numbers of versions are never used again."""
    tags: dict[str, str] = {}
    created_at: float
    updated_at: float

    @property
    def arn(self) -> str:
        """``arn:aws:iam::ACCOUNT:policy/PATH/NAME``."""
        return f"arn:aws:iam::{self.account}:policy{self.path}{self.name}"


class InstanceProfile(Struct, frozen=True, kw_only=True):
    """An instance profile with its one role."""

    account: str
    name: str
    path: str
    profile_id: str
    role_name: str | None = None
    tags: dict[str, str] = {}
    created_at: float

    @property
    def arn(self) -> str:
        """``arn:aws:iam::ACCOUNT:instance-profile/PATH/NAME``."""
        return f"arn:aws:iam::{self.account}:instance-profile{self.path}{self.name}"


class ServerCertificate(Struct, frozen=True, kw_only=True):
    """A certificate with its key, in PEM."""

    account: str
    name: str
    path: str
    certificate_id: str
    body: str
    chain: str | None = None
    key: str
    names: tuple[str, ...]
    """The DNS names that it is for."""
    uploaded_at: float
    expires_at: float
    tags: dict[str, str] = {}

    @property
    def arn(self) -> str:
        """``arn:aws:iam::ACCOUNT:server-certificate/PATH/NAME``."""
        return f"arn:aws:iam::{self.account}:server-certificate{self.path}{self.name}"
