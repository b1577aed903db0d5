"""Updating, against a server of our own that answers as the official services do, errors included."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import keyring
import pytest
from keyring.backend import KeyringBackend
from tenacity import wait_none

from pillapp.catalog.importers.run import Outcome
from pillapp.catalog.update.keys import forget, resolve_key
from pillapp.catalog.update.run import update_from_services
from pillapp.catalog.update.services import SERVICES
from pillapp.errors import CatalogError

KEY = "abc+/def=="
QUOTA = (
    "<OpenAPI_ServiceResponse><cmmMsgHeader><errMsg>SERVICE ERROR</errMsg><returnAuthMsg>"
    "LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR</returnAuthMsg><returnReasonCode>22</returnReasonCode>"
    "</cmmMsgHeader></OpenAPI_ServiceResponse>"
)
BAD_KEY = QUOTA.replace("22", "30").replace(
    "LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR", "SERVICE_KEY_IS_NOT_REGISTERED_ERROR"
)


class Service:
    """A data.go.kr service with products of its own; ``script`` answers before them, one entry per request."""

    def __init__(self, count):
        self.items = [
            {
                "ITEM_SEQ": str(200000000 + number),
                "ITEM_NAME": f"가{number}정",
                "PRINT_FRONT": f"A{number}",
                "PRINT_BACK": None,
                "DRUG_SHAPE": "원형",
                "COLOR_CLASS1": "하양",
                "LENG_LONG": "8.1",
                "LENG_SHORT": "8.1",
            }
            for number in range(count)
        ]
        self.script = []
        self.asked = []

    def answer(self, query):
        self.asked.append(int(query["pageNo"][0]))
        if self.script:
            scripted = self.script.pop(0)
            if scripted is not None:
                return scripted
        if query["serviceKey"][0] != KEY:
            return 200, BAD_KEY
        page, size = int(query["pageNo"][0]), int(query["numOfRows"][0])
        items = self.items[(page - 1) * size : page * size]
        body = {"pageNo": page, "numOfRows": size, "totalCount": len(self.items), "items": items}
        return 200, json.dumps({"header": {"resultCode": "00", "resultMsg": "NORMAL SERVICE."}, "body": body})


@pytest.fixture
def service():
    state = Service(250)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = state.answer(parse_qs(urlsplit(self.path).query))
            raw = body.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def _update(catalog, service, **more):
    [report] = update_from_services(
        catalog.database, more.pop("key", KEY), ["tablets"], base_url=service.url, wait=wait_none(), **more
    )
    return report


def test_all_pages_are_taken_in_like_a_file(catalog, service):
    report = _update(catalog, service)
    assert (report.outcome, report.rows, report.taken, report.rejected) == (Outcome.IMPORTED, 250, 250, 0)
    assert service.asked == [1, 2, 3]
    assert len(catalog.appearances()) == 250
    assert catalog.database.value("SELECT count(*) FROM update_progress") == 0


def test_the_same_data_again_changes_nothing_but_its_age(catalog, service):
    _update(catalog, service)
    catalog.database.execute("UPDATE imported_file SET file_date = '2020-01-01'")
    assert _update(catalog, service).outcome is Outcome.UNCHANGED
    assert catalog.database.value("SELECT file_date FROM imported_file") > "2020-01-01"


def test_trouble_of_the_service_is_waited_out(catalog, service):
    gateway = "<html><body>점검 중</body></html>"
    busy = json.dumps({"header": {"resultCode": "04", "resultMsg": "HTTP_ERROR"}, "body": {}})
    service.script = [(503, ""), (200, gateway), (200, busy)]
    assert _update(catalog, service).taken == 250


def test_after_five_tries_it_gives_up_and_the_next_update_goes_on_where_it_was(catalog, service):
    service.script = [None, *[(500, "")] * 5]
    report = _update(catalog, service)
    assert report.outcome is Outcome.FAILED
    assert "5번" in report.error
    assert catalog.appearances() == []
    service.asked.clear()
    assert _update(catalog, service).taken == 250
    assert service.asked == [2, 3]


def test_a_used_up_quota_says_tomorrow_and_keeps_what_came(catalog, service):
    service.script = [None, None, (200, QUOTA)]
    report = _update(catalog, service)
    assert "내일" in report.error
    assert len(service.asked) == 3  # asking again today would be pointless
    service.asked.clear()
    assert _update(catalog, service).taken == 250
    assert service.asked == [3]


def test_a_refused_key_is_said_at_once_and_never_shown(catalog, service):
    report = _update(catalog, service, key="wrong-secret")
    assert "서비스 키가 거부" in report.error
    assert "wrong-secret" not in report.error
    assert len(service.asked) == 1


def test_pages_that_no_longer_fit_together_are_asked_for_again(catalog, service):
    service.script = [None, (200, QUOTA)]
    _update(catalog, service)
    service.items.pop()
    report = _update(catalog, service)
    assert report.taken == 249


def test_a_service_that_sends_less_than_it_says_changes_nothing(catalog, service):
    short = {"header": {"resultCode": "00"}, "body": {"totalCount": 250, "pageNo": 1, "items": service.items[:40]}}
    service.script = [(200, json.dumps(short))]
    report = _update(catalog, service)
    assert "250건과 받은 190건" in report.error
    assert catalog.appearances() == []


def test_a_cancel_keeps_the_pages_and_changes_nothing(catalog, service):
    report = _update(catalog, service, cancelled=lambda: len(service.asked) >= 2)
    assert report.outcome is Outcome.CANCELLED
    assert catalog.appearances() == []
    service.asked.clear()
    assert _update(catalog, service).taken == 250
    assert service.asked == [3]


def test_unknown_services_are_refused_and_every_known_one_has_its_own_name(catalog):
    with pytest.raises(CatalogError, match="모르는 서비스"):
        update_from_services(catalog.database, KEY, ["nothing"])
    assert len({service.name for service in SERVICES}) == len({service.path for service in SERVICES}) == len(SERVICES)


class MemoryKeyring(KeyringBackend):
    priority = 1

    def __init__(self):
        super().__init__()
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        if (service, username) not in self.kept:
            raise keyring.errors.PasswordDeleteError
        del self.kept[service, username]


def test_the_key_is_kept_in_the_keyring_and_either_spelling_serves():
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    try:
        with pytest.raises(CatalogError, match="서비스 키가 없습니다"):
            resolve_key(None)
        assert resolve_key("abc%2B%2Fdef%3D%3D") == KEY
        assert resolve_key(None) == KEY
        forget()
        forget()
        with pytest.raises(CatalogError):
            resolve_key(None)
    finally:
        keyring.set_keyring(before)
