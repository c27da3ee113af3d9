"""The same request twice at the same time is one case."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections
from tests.api.conftest import SPOT, Program, install

from shaodao.centre.cases.models import Case
from shaodao.centre.intake.models import Receipt

COVER = {"text": "西门口的井盖丢了", "place": SPOT, "item": "MS-07", "phone": "13812345678"}


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ([{"Idempotency_Key": "k"}] * 4, {}),
        ([{}] * 4, {"external_id": "X-1"}),
        ([{"Idempotency_Key": f"k{n}"} for n in range(4)], {"external_id": "X-1"}),
    ],
)
def test_twins_become_one_case(fresh_db, settings, tmp_path, headers, said):
    settings.FILES_STORE, settings.DATA = "", tmp_path
    install()
    Program().post("/whistles", COVER | {"text": "先来一件"})
    barrier, answers = threading.Barrier(4), []

    def send(header: dict[str, str]) -> None:
        try:
            barrier.wait()
            answers.append(Program().post("/whistles", COVER | said, **header))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send, args=(header,)) for header in headers]
    _ = [thread.start() for thread in threads]
    _ = [thread.join() for thread in threads]
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    bodies: list[Any] = [answer.json() for answer in answers]
    assert len({body["number"] for body in bodies}) == 1
    assert Case.objects.count() == Receipt.objects.count() == 2
