"""Versions of the pack in the database: draft, proposal, a second person, dates of effect, one event each."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from shaodao.county.pack import PackError, versions
from shaodao.county.pack.models import PackVersion
from shaodao.county.people.grants import grant
from shaodao.county.people.models import User
from shaodao.ground.ledger import store
from shaodao.ground.ledger.events import Context, Stream

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _look_again():
    versions.forget()
    yield
    versions.forget()


@pytest.fixture
def installed(files, now):
    return versions.install(files, now=now)


@pytest.fixture
def changed(files):
    return {**files, "settings.toml": files["settings.toml"].replace(b"photos = 9", b"photos = 6")}


@pytest.fixture
def proposer(db):
    return User.objects.create_user("zhang", "张三")


@pytest.fixture
def director(installed, pack, now):
    user = User.objects.create_user("li", "李四")
    grant(user, "centre_director", "C00", pack=pack, by=Context("system:test"), now=now)
    return user


def events(version):
    return [event.type for event in store.history(Stream("pack", str(version.pk)))]


def test_it_installs_the_first_version_once(installed, files, now, pack):
    assert versions.current(now).version == pack.version == installed.hash
    assert installed.effective_from == datetime(2021, 2, 28, 16, 0, tzinfo=UTC)  # 1 March, local
    assert versions.current(datetime(2020, 1, 1, tzinfo=UTC)).version == installed.hash
    assert events(installed) == ["PackInstalled"]
    with pytest.raises(versions.VersionRefused, match="installed_already"):
        versions.install(files, now=now)


def test_it_has_no_pack_before(now):
    with pytest.raises(versions.NoPack):
        versions.current(now)


def test_it_does_not_install_a_pack_with_faults(files, now):
    with pytest.raises(PackError, match="roles"):
        versions.install({**files, "roles.csv": b"code\n"}, now=now)
    assert not PackVersion.objects.exists()


def test_it_takes_a_second_person_and_the_day_of_effect(changed, proposer, director, now):
    start = now + timedelta(days=3)
    version = versions.draft(changed, by=proposer, now=now, note="九张太多")
    version = versions.propose(version, effective_from=start, by=proposer, now=now)
    assert versions.current(start).settings.numbers.photos == 9
    version = versions.approve(version, by=director, now=now)
    assert versions.current(start - timedelta(seconds=1)).settings.numbers.photos == 9
    assert versions.current(start).settings.numbers.photos == 6
    assert (version.proposed_by, version.approved_by) == (proposer, director)
    assert events(version) == ["PackDrafted", "PackProposed", "PackApproved"]


def test_it_refuses_the_proposers_own_approval(changed, director, now):
    version = versions.draft(changed, by=director, now=now)
    version = versions.propose(version, effective_from=now, by=director, now=now)
    with pytest.raises(versions.VersionRefused, match="own_proposal"):
        versions.approve(version, by=director, now=now)
    with pytest.raises(IntegrityError, match="pack_two_persons"), transaction.atomic():
        PackVersion.objects.filter(pk=version.pk).update(approved_by=director)
    assert events(version) == ["PackDrafted", "PackProposed"]


def test_it_refuses_the_approval_of_somebody_without_the_post(changed, proposer, installed, now):
    outsider = User.objects.create_user("wang", "王五")
    version = versions.propose(
        versions.draft(changed, by=proposer, now=now), effective_from=now, by=proposer, now=now
    )
    with pytest.raises(versions.VersionRefused, match="not_an_approver"):
        versions.approve(version, by=outsider, now=now)


def test_it_never_takes_effect_before_it_is_approved(changed, proposer, director, now):
    version = versions.draft(changed, by=proposer, now=now)
    version = versions.propose(version, effective_from=now + timedelta(hours=1), by=proposer, now=now)
    late = now + timedelta(days=2)
    assert versions.approve(version, by=director, now=late).effective_from == late


def test_it_keeps_a_draft_with_faults_but_does_not_let_it_be_proposed(changed, proposer, installed, now):
    version = versions.draft({**changed, "roles.csv": b"code\n"}, by=proposer, now=now)
    assert versions.check_version(version)
    with pytest.raises(PackError):
        versions.propose(version, effective_from=now, by=proposer, now=now)
    version.refresh_from_db()
    assert version.state == "draft"
    mended = versions.change(version, {"roles.csv": changed["roles.csv"]}, by=proposer, now=now)
    assert versions.check_version(mended) == []
    assert versions.propose(mended, effective_from=now, by=proposer, now=now).state == "proposed"
    assert events(version) == ["PackDrafted", "PackChanged", "PackProposed"]


def test_it_refuses_steps_out_of_order(changed, files, proposer, director, now):
    version = versions.draft(changed, by=proposer, now=now)
    with pytest.raises(versions.VersionRefused, match="not_proposed"):
        versions.approve(version, by=director, now=now)
    with pytest.raises(versions.VersionRefused, match="effective_in_the_past"):
        versions.propose(version, effective_from=now - timedelta(seconds=1), by=proposer, now=now)
    version = versions.propose(version, effective_from=now, by=proposer, now=now)
    with pytest.raises(versions.VersionRefused, match="not_a_draft"):
        versions.change(version, {}, by=proposer, now=now)
    same = versions.draft(files, by=proposer, now=now)
    with pytest.raises(versions.VersionRefused, match="nothing_changed"):
        versions.propose(same, effective_from=now, by=proposer, now=now)


def test_it_withdraws_only_what_is_not_in_force(changed, proposer, director, installed, now):
    version = versions.draft(changed, by=proposer, now=now)
    version = versions.propose(version, effective_from=now + timedelta(days=1), by=proposer, now=now)
    version = versions.approve(version, by=director, now=now)
    versions.retire(version, by=director, now=now)
    assert versions.current(now + timedelta(days=2)).version == installed.hash
    with pytest.raises(versions.VersionRefused, match="retired_already"):
        versions.retire(version, by=director, now=now)
    with pytest.raises(versions.VersionRefused, match="in_force"):
        versions.retire(installed, by=director, now=now)


def test_it_keeps_the_files_as_they_were(installed, files):
    kept = versions.files_of(installed)
    assert {name: content.decode() for name, content in kept.items()} == {
        name: content.decode().rstrip("\n") + "\n" for name, content in files.items()
    }


def test_it_notices_content_changed_behind_its_back(installed, now):
    other = PackVersion.objects.get(pk=installed.pk)
    files = versions.files_of(other)
    files["settings.toml"] = files["settings.toml"].replace(b"photos = 9", b"photos = 8")
    forged = versions.zlib.compress(versions.canonical(files))
    PackVersion.objects.filter(pk=installed.pk).update(content=forged)
    versions.load_version.cache_clear()
    with pytest.raises(LookupError, match="changed"):
        versions.current(now)
    versions.load_version.cache_clear()


def test_it_asks_the_database_once_in_a_while_only(installed, now, django_assert_num_queries):
    versions.current(now)
    with django_assert_num_queries(0):
        for _ in range(10):
            versions.current(now)
    versions.forget()
    with django_assert_num_queries(1):
        versions.current(now)


def test_it_has_no_free_text_in_events(changed, proposer, installed, now):
    version = versions.draft(changed, by=proposer, now=now, note="秘密的理由")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT convert_from(bytes, 'UTF8') FROM ledger_event WHERE id = %s", [str(version.pk)]
        )
        assert all("秘密" not in text and "张三" not in text for (text,) in cursor)
