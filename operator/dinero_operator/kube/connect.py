"""The cluster as the set-up pages and the webhooks need it. Works in every process, whoever leads or owns the resource."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dinero_operator.connect.ports import (
    ChangedMeanwhile,
    ClusterUnavailable,
    Manager,
    NotConnected,
    OpenLink,
    Place,
    Refused,
    Resource,
    Selection,
)
from dinero_operator.connect.seal import same
from dinero_operator.dinero.oauth import Grant
from dinero_operator.domain.choices import Trigger
from dinero_operator.domain.errors import InvalidConfiguration
from dinero_operator.kube.api import (
    CONFLICT,
    FORBIDDEN,
    NOT_FOUND,
    SERVER_ERROR,
    KubernetesApi,
    KubernetesError,
)
from dinero_operator.kube.fields import moment
from dinero_operator.kube.grants import save_connection
from dinero_operator.kube.registry import Key, Registry
from dinero_operator.kube.resource import RECONCILE_ANNOTATION, Spec, Status, parse_spec, parse_status
from dinero_operator.kube.secret_object import Secret, SecretUnusable
from dinero_operator.kube.secrets import SHOP_FIELD, ConnectOptions, read_credentials
from dinero_operator.kube.status import timestamp
from dinero_operator.kube.wish import integration_spec
from dinero_operator.sync.report import ConditionType, Reason
from dinero_operator.sync.spec import Credentials, IntegrationSpec
from dinero_operator.transport.clock import Clock

TRIES = 5
"""Times that the controller may write the status in between."""
LONGEST_SENTENCE = 500

log = logging.getLogger(__name__)


class ConnectCluster:
    """Implements ``connect.ports.Cluster``.

    ``wake`` makes the next poll of a resource come now, where this process owns the resource; else it is ``False``.
    """

    def __init__(
        self,
        api: KubernetesApi,
        clock: Clock,
        *,
        namespaces: Sequence[str] = (),
        allow_insecure_urls: bool = False,
    ) -> None:
        self._api = api
        self._clock = clock
        self._namespaces = frozenset(namespaces)
        self._allow_insecure_urls = allow_insecure_urls
        self.wake: Callable[[Key], bool] = lambda _key: False

    async def read(self, place: Place) -> Resource | None:
        """The resource as it is now; ``None`` where there is none, or in a namespace that is not ours."""
        body = await self._body(place)
        return _resource(body) if body is not None else None

    async def consume(self, resource: Resource, url: str) -> bool:
        """Take the link out of the status; ``False`` where somebody was first."""
        place, now = resource.place, resource
        for _ in range(TRIES):
            if now.uid != resource.uid or now.link is None or not same(now.link.url, url):
                return False
            try:
                patched = await self._api.patch_status(
                    place.namespace, place.name, {"connect": None}, version=now.version
                )
            except KubernetesError as error:
                if error.status != CONFLICT:
                    raise ClusterUnavailable(str(error)) from None
            else:
                return patched is not None
            found = await self.read(place)
            if found is None:
                return False
            now = found
        raise ClusterUnavailable("The resource is being changed again and again")

    async def save(self, resource: Resource, selection: Selection) -> None:
        """Put the choices into the spec. Raises ``Refused`` or ``ChangedMeanwhile``."""
        place, now = resource.place, resource
        chosen = {
            "organisation": selection.organisation,
            "trigger": selection.trigger.value if selection.trigger is not None else None,
            "account": selection.account,
        }
        for _ in range(TRIES):
            if (now.uid, now.generation) != (resource.uid, resource.generation):
                break
            try:
                await self._api.patch_resource(
                    place.namespace,
                    place.name,
                    {
                        "metadata": {"uid": now.uid, "resourceVersion": now.version},
                        "spec": {field: value for field, value in chosen.items() if value is not None},
                    },
                )
            except KubernetesError as error:
                if error.status not in (CONFLICT, NOT_FOUND):
                    raise _refused(error) from None
            else:
                return
            # Mostly the controller has written the status, and the spec is as it was.
            found = await self.read(place)
            if found is None:
                break
            now = found
        raise ChangedMeanwhile("The resource was edited meanwhile.")

    async def save_connection(self, resource: Resource, grant: Grant) -> None:
        """Put a connection into the Secret that the resource names. Raises ``Refused``."""
        spec = self._spec(resource)
        token_ref, name = spec.shop.token_secret_ref, spec.dinero.secret_ref.name
        also = frozenset({token_ref.key} if token_ref.name == name else set[str]())
        try:
            is_used = await save_connection(self._api, resource.place.namespace, name, grant, also=also)
        except SecretUnusable as error:
            raise Refused(str(error)) from None
        except KubernetesError as error:
            raise _refused(error) from None
        if not is_used:
            raise Refused(
                f"spec.dinero.secretRef: Secret {name} holds an apiKey too, which is used in place of the connection. Take "
                "clientId, clientSecret and apiKey out of it."
            )

    async def credentials(self, resource: Resource) -> Credentials:
        """What the Secrets hold. Raises ``NotConnected``; ``InvalidConfiguration`` where it is not Dinero's that lacks."""
        options = ConnectOptions(has_app=True, has_page=True, resource=resource.place.name)
        try:
            return await read_credentials(self._api, resource.place.namespace, self._spec(resource), options)
        except SecretUnusable as error:
            if str(error).startswith(SHOP_FIELD):
                raise InvalidConfiguration(str(error)) from None
            raise NotConnected(error.reason, str(error)) from None
        except KubernetesError as error:
            raise ClusterUnavailable(str(error)) from None

    async def shop_token(self, resource: Resource) -> str | None:
        """The shop's API token; ``None`` where the resource or the Secret has none."""
        try:
            ref = self._spec(resource).shop.token_secret_ref
        except InvalidConfiguration:
            return None
        try:
            body = await self._api.read_secret(resource.place.namespace, ref.name)
        except KubernetesError as error:
            raise ClusterUnavailable(str(error)) from None
        return (Secret.of(body).get(ref.key) or None) if body is not None else None

    def integration_spec(self, resource: Resource, selection: Selection) -> IntegrationSpec:
        """What the engine would be asked to do with these choices. Raises ``InvalidConfiguration``."""
        chosen = {
            "organisation": selection.organisation,
            "trigger": selection.trigger.value if selection.trigger is not None else None,
            "account": selection.account,
        }
        spec = self._spec(resource, chosen)
        entry, _ = Registry().take(resource.body)
        try:
            return integration_spec(spec, entry, allow_insecure_urls=self._allow_insecure_urls)
        except ValueError as error:
            raise InvalidConfiguration(f"spec.shop.url: {error}") from None

    async def hasten(self, place: Place) -> None:
        """Make the next poll come now, unless the shop's calls run low."""
        if self.wake(Key(place.namespace, place.name)):
            return
        body = await self._body(place)
        if body is None or is_slow(parse_status(body.get("status"))):
            return
        entry, _ = Registry().take(body)
        if entry.wish is not None:
            return  # a run was asked for already, and whoever asked waits for the echo of their token
        # Another process owns it, and its watch sees this at once.
        token = f"hastened-{timestamp(self._clock.now())}"
        try:
            await self._api.patch_resource(
                place.namespace, place.name, {"metadata": {"annotations": {RECONCILE_ANNOTATION: token}}}
            )
        except KubernetesError as error:
            if error.status != NOT_FOUND:
                raise ClusterUnavailable(str(error)) from None

    async def _body(self, place: Place) -> Mapping[str, Any] | None:
        if self._namespaces and place.namespace not in self._namespaces:
            return None
        try:
            return await self._api.resource(place.namespace, place.name)
        except KubernetesError as error:
            raise ClusterUnavailable(str(error)) from None

    def _spec(self, resource: Resource, changes: Mapping[str, Any] | None = None) -> Spec:
        return parse_spec(
            {**resource.spec, **(changes or {})},
            organisation=resource.bound,
            allow_insecure_urls=self._allow_insecure_urls,
        )


def is_slow(status: Status) -> bool:
    """Whether polls are further apart than asked for, to save the shop's calls: then nothing makes one come now."""
    ready = status.condition(ConditionType.READY)
    return ready is not None and ready.reason in (Reason.QUOTA_LOW, Reason.RATE_LIMITED)


def _resource(body: Mapping[str, Any]) -> Resource:
    metadata, spec, status = body["metadata"], body.get("spec") or {}, parse_status(body.get("status"))
    link = None
    if status.connect is not None:
        expires_at = moment(status.connect.expires_at) or datetime.fromtimestamp(0, UTC)
        link = OpenLink(status.connect.url, expires_at.astimezone(UTC))
    trigger = spec.get("trigger")
    return Resource(
        place=Place(str(metadata["namespace"]), str(metadata["name"])),
        uid=str(metadata.get("uid") or ""),
        generation=int(metadata.get("generation") or 0),
        version=str(metadata.get("resourceVersion") or ""),
        body=body,
        spec=spec,
        chosen=Selection(
            _number(spec.get("organisation")),
            Trigger(trigger) if trigger in list(Trigger) else None,
            _number(spec.get("account")),
        ),
        bound=status.organisation.id if status.organisation is not None else None,
        link=link,
        is_dry_run=spec.get("dryRun") is True,
        is_suspended=spec.get("suspend") is True,
        managed_by=manager(metadata),
    )


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def manager(metadata: Mapping[str, Any]) -> Manager | None:
    """The program that keeps this resource as Git has it, by what it leaves on it."""
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    writers = {str(entry.get("manager")) for entry in metadata.get("managedFields") or []}
    flux = ("kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name")
    if any(label in labels for label in flux) or writers & {"kustomize-controller", "helm-controller"}:
        return "Flux"
    argo = "argocd.argoproj.io/"
    if any(name.startswith(argo) for name in (*labels, *annotations)) or any(
        writer.startswith("argocd") for writer in writers
    ):
        return "Argo CD"
    return None


def _refused(error: KubernetesError) -> Exception:
    """A refusal as a sentence; no answer at all is none."""
    if error.status == 0 or error.status >= SERVER_ERROR:
        return ClusterUnavailable(str(error))
    if error.status == FORBIDDEN and not error.said:
        return Refused(str(error))
    return Refused((error.said or str(error))[:LONGEST_SENTENCE])
