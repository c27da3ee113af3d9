"""With real commits: what threads do to each other."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections, transaction
from django.db.transaction import TransactionManagementError

from shaodao.ground.files.intake import accept, attach, prune, show
from shaodao.ground.files.models import Evidence
from shaodao.ground.files.refusals import Refusal

NOW = datetime(2026, 3, 10, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def test_attaching_and_pruning_at_once_lose_nothing(fresh_db, folder, decoders, photo, stored):
    """Whoever comes first wins: the file is attached and kept, or pruned and the attaching refused."""
    for turn in range(4):
        (row,) = accept([photo], "token", NOW)
        outcomes: list[object] = []
        barrier = threading.Barrier(2)

        def attaching(pk=row.pk, outcomes=outcomes, barrier=barrier, turn=turn):
            barrier.wait()
            try:
                with transaction.atomic():
                    outcomes.append(attach([pk], f"HN-{turn}", "token"))
            except Refusal as refusal:
                outcomes.append(refusal.code)
            finally:
                connections.close_all()

        def pruning(barrier=barrier):
            barrier.wait()
            prune(NOW + 2 * DAY)
            connections.close_all()

        threads = [threading.Thread(target=attaching), threading.Thread(target=pruning)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        if outcomes == ["no_such_file"]:
            assert not Evidence.objects.filter(pk=row.pk).exists()
            assert row.commitment not in {path.name for path in stored()}
        else:
            assert Evidence.objects.get(pk=row.pk).attached_to == f"HN-{turn}"
            assert show(row.pk, "original", who="user:1", allowed=True).data == photo


def test_attaching_outside_a_transaction_is_a_mistake(fresh_db, folder, decoders, photo):
    (row,) = accept([photo], "token", NOW)
    with pytest.raises(TransactionManagementError):
        attach([row.pk], "HN-1", "token")
