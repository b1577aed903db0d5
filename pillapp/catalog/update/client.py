"""One page of an official service: asked for politely, again after a pause where that can help, errors told apart."""

import logging
from typing import Final

import httpx
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter
from tenacity.wait import wait_base

from pillapp.catalog.importers.answers import Answer, ServiceError, parse_answer
from pillapp.errors import CatalogError

_TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0)
_ATTEMPTS: Final = 5
QUOTA_CODES: Final = frozenset({"22"})  # LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR: counts anew tomorrow
KEY_CODES: Final = frozenset({"20", "30", "31", "32", "33"})  # refused, not registered, expired, wrong address
_BUSY_CODES: Final = frozenset({"01", "02", "04", "05", "21", "23"})  # their own troubles: worth asking again

logger = logging.getLogger(__name__)


class _BusyError(Exception):
    """The service is in trouble; asking again may help."""


class ServiceClient:
    """Asks official services for pages. Close it after use."""

    def __init__(
        self,
        key: str,
        base_url: str,
        *,
        wait: wait_base | None = None,
        transport: httpx.BaseTransport | None = None,
    ):
        self._key = key
        self._client = httpx.Client(base_url=base_url, timeout=_TIMEOUT, transport=transport)
        self._wait = wait or wait_exponential_jitter(initial=1, max=60)

    def __enter__(self) -> "ServiceClient":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def page(self, path: str, number: int, size: int) -> Answer:
        """One page of items.

        Raises:
            CatalogError: the key was refused, the quota is used up, or the service did not answer after five tries.
        """
        again = Retrying(
            stop=stop_after_attempt(_ATTEMPTS),
            wait=self._wait,
            retry=retry_if_exception(lambda error: isinstance(error, (httpx.TransportError, _BusyError))),
            reraise=True,
        )
        try:
            for attempt in again:
                with attempt:
                    return self._ask(path, number, size)
        except (httpx.TransportError, _BusyError) as error:
            raise CatalogError(
                f"공식 서비스가 {_ATTEMPTS}번 응답하지 않았습니다({type(error).__name__}: {self._hidden(str(error))}). "
                "받은 데까지 두었으니 나중에 update를 다시 하면 이어서 받습니다. (service not reachable)"
            ) from None
        raise AssertionError("unreachable")

    def _ask(self, path: str, number: int, size: int) -> Answer:
        parameters: dict[str, str | int] = {
            "serviceKey": self._key,
            "pageNo": number,
            "numOfRows": size,
            "type": "json",
        }
        response = self._client.get(path, params=parameters)
        if response.status_code in (429, 500, 502, 503, 504):
            raise _BusyError(f"HTTP {response.status_code}")
        try:
            return parse_answer(response.content)
        except ServiceError as error:
            if error.code in _BUSY_CODES:
                raise _BusyError(str(error)) from error
            raise CatalogError(_explained(error)) from error
        except ValueError as error:
            if response.status_code >= 400:
                raise CatalogError(_refused(response.status_code)) from error
            # A gateway's page in the middle of the night instead of data.
            raise _BusyError(f"unreadable answer: {error}") from error

    def _hidden(self, text: str) -> str:
        return text.replace(self._key, "***")


def _explained(error: ServiceError) -> str:
    if error.code in QUOTA_CODES:
        return (
            "오늘 쓸 수 있는 요청 수를 다 썼습니다. 받은 데까지 두었으니 내일 update를 다시 하면 이어서 받습니다. "
            f"(quota: {error})"
        )
    if error.code in KEY_CODES:
        return (
            "서비스 키가 거부되었습니다. data.go.kr에서 이 서비스의 활용 신청이 승인되었는지 확인하고 "
            f"update --key 로 다시 알려 주세요. ({error})"
        )
    return str(error)


def _refused(status: int) -> str:
    if status in (401, 403):
        return f"서비스 키가 거부되었습니다. data.go.kr의 활용 신청을 확인하세요. (HTTP {status})"
    return f"공식 서비스가 요청을 받아들이지 않았습니다. (HTTP {status})"
