"""The capability map of an API: every operation with what it needs and what it sets off, read from its contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bookproof.contracts.documents import dialects
from bookproof.contracts.openapi import Access, Contract, Operation

_DOCUMENT = "openapi.yaml"


@dataclass(frozen=True)
class Totals:
    """What the operations of a map come to; extra ones are counted apart.

    Attributes:
        operations: those that the source documents count.
        read, write: how many of them only read, and how many write.
        permissions: different permissions that they need.
        extra: operations beside them.
    """

    operations: int
    read: int
    write: int
    permissions: int
    extra: int


@dataclass(frozen=True)
class Capability:
    """One operation, as a map shows it.

    Attributes:
        group: the resource it belongs to.
        operation: its id, for example ``createBooking``.
        method, path: how it is called.
        summary: what it does, in one sentence.
        access: ``read`` or ``write``.
        permission: what a key or token needs, as the source documents say it; None where nothing is needed.
        observed_permission: what a real server asks for.
        permission_provenance: whether a source document names the permission.
        public: whether it answers callers without credentials.
        versions: values of the version header that reach it; empty where every one does.
        documented_version: what the source documents send in that header, or None.
        webhook_event: the event that the source documents name for it, or None.
        observed_webhook_event: the event that a real server pushes, or None.
        extra: whether it stands beside those that the source documents count.
    """

    group: str
    operation: str
    method: str
    path: str
    summary: str
    access: Access
    permission: str | None
    observed_permission: str | None
    permission_provenance: str
    public: bool
    versions: tuple[str, ...]
    documented_version: str | None
    webhook_event: str | None
    observed_webhook_event: str | None
    extra: bool


@dataclass(frozen=True)
class CapabilityMap:
    """What can be done with an API.

    Attributes:
        dialect: for example ``calcom-v2``.
        title: of the contract.
        capabilities: in the order of the contract.
    """

    dialect: str
    title: str
    capabilities: Sequence[Capability]

    @classmethod
    def load(cls, dialect: str) -> CapabilityMap:
        """The map of a dialect.

        Raises:
            UsageError: there is no such dialect.
        """
        contract = Contract.load(dialect)
        capabilities = tuple(_capability(operation) for operation in contract.operations.values())
        return cls(dialect, contract.document["info"]["title"], capabilities)

    @property
    def totals(self) -> Totals:
        """The counts; the documents count only what is not extra."""
        counted = [capability for capability in self.capabilities if not capability.extra]
        return Totals(
            operations=len(counted),
            read=sum(capability.access == "read" for capability in counted),
            write=sum(capability.access == "write" for capability in counted),
            permissions=len({capability.permission for capability in counted} - {None}),
            extra=len(self.capabilities) - len(counted),
        )

    @property
    def groups(self) -> Mapping[str, Sequence[Capability]]:
        """The capabilities by their group, in the order in which groups first appear."""
        found: dict[str, list[Capability]] = {}
        for capability in self.capabilities:
            found.setdefault(capability.group, []).append(capability)
        return found

    def as_data(self) -> dict[str, Any]:
        """The whole map as plain data, for JSON."""
        return {
            "dialect": self.dialect,
            "title": self.title,
            "totals": asdict(self.totals),
            "operations": [asdict(capability) for capability in self.capabilities],
        }


def described_dialect(name: str) -> str | None:
    """The dialect that a name means: ``calcom-v2`` itself, or ``calcom``, whose newest it is; None if none."""
    known = dialects(_DOCUMENT)
    if name in known:
        return name
    return next((dialect for dialect in reversed(known) if dialect.rpartition("-")[0] == name), None)


def _capability(operation: Operation) -> Capability:
    return Capability(
        group=operation.group,
        operation=operation.id,
        method=operation.method,
        path=operation.path,
        summary=operation.summary,
        access=operation.access,
        permission=operation.permission,
        observed_permission=operation.observed_permission,
        permission_provenance=operation.scope_provenance,
        public=operation.is_public,
        versions=operation.versions,
        documented_version=operation.documented_version,
        webhook_event=operation.webhook_event,
        observed_webhook_event=operation.observed_webhook_event,
        extra=operation.is_extra,
    )
