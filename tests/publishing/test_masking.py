"""Words for everybody: telephones, numbers of people and things, and names are masked."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shaodao.centre.publishing.masking import asks_secrecy, masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("请打13812345678找我", "请打138****5678找我"),
        ("电话１３８ １２３４ ５６７８", "电话138****5678"),
        ("座机0435-8221234", "座机0435****34"),
        ("打8221234也行", "打****也行"),
        ("身份证220524198001012345", "身份证****"),
        ("身份证22052419800101234X", "身份证****"),
        ("车牌吉E12345堵着门", "车牌吉****堵着门"),
        ("吉EF12345", "吉****"),
        ("我叫王小明，住幸福小区3号楼2单元501室", "我叫某某，住幸福小区×号楼×单元×室"),
        ("联系人：李芳", "联系人：某某"),
        ("住3号楼2单元501，幸福路88号门口", "住×号楼×单元×，幸福路×号门口"),
        ("幸福小区 3 号楼 2 单元 501，三号楼旁边", "幸福小区 × 号楼 × 单元×，×号楼旁边"),
        ("东风街12号院，5#楼，5-2-301，12-302", "东风街×号院，×#楼，×，×"),
        ("11月3号停水，十一月十三号来水，8-10点", "11月3号停水，十一月十三号来水，8-10点"),
        ("幸福小区门口的井盖丢了，夜里很危险", "幸福小区门口的井盖丢了，夜里很危险"),
        ("路灯坏了3天，共12盏", "路灯坏了3天，共12盏"),
    ],
)
def test_it_masks_what_tells_of_somebody(text, shown):
    assert masked(text) == shown


def test_it_masks_the_names_of_those_who_had_part():
    assert masked("欧阳春华说欧阳家门口的灯坏了", ["欧阳春华", ""]) == "某某说欧阳家门口的灯坏了"


def test_it_masks_places_below_the_street_the_longest_first():
    places = ["东凤社区", "东凤社区第一网格", "村"]
    assert masked("东凤社区第一网格和东凤社区，全村没水", [], places) == "某地和某地，全村没水"


@given(st.text("13812345678 -０１吉E号楼单元栋#月我叫王某x", max_size=40))
def test_it_leaves_no_long_number_and_changes_nothing_twice(text):
    once = masked(text)
    assert masked(once) == once
    assert not re.search(r"\d{7,}", once)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("屋檐化雪冻成冰坨，请保密", True),
        ("别说是我反映的", True),
        ("不要公开我家地址", True),
        ("公开栏该更新了", False),
    ],
)
def test_it_sees_that_somebody_asks_not_to_be_known(text, asks):
    assert asks_secrecy(text) is asks
