"""Reads become passes: once, in whatever order they come, without what does not count."""

from __future__ import annotations

import random
import sys
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from lotbook.interfaces.rfid import actions, queries, rules
from lotbook.interfaces.rfid.conftest import GTIN, Yard, now_ms, reads, sgtin, sgtin_plus, sscc_tag, the_pass
from lotbook.interfaces.rfid.models import Batch, Pass, Tag
from lotbook.interfaces.rfid.rules import Read, understood
from lotbook.kernel import clock, sql
from lotbook.kernel.errors import Conflict, NotFound, Refused

SSCC = "106141412345678908"


def told(one: Pass) -> list[tuple[object, ...]]:
    fields = ("key", "reads", "rssi", "first_ms", "last_ms", "first_antenna", "last_antenna")
    return list(Tag.objects.filter(at=one).order_by("key").values_list(*fields))


def test_the_same_tag_counts_once_however_it_is_written(yard: Yard) -> None:
    yard.portal()
    at = now_ms()
    same = [
        sgtin("7"),
        sgtin("7").lower(),
        "urn:epc:tag:sgtin-96:3.9526543.000602.7",
        "urn:epc:id:sgtin:9526543.000602.7",
        f"https://id.gs1.org/01/{GTIN}/21/7",
        f"urn:epc:raw:96.x{sgtin('7')}",
    ]
    taken = yard.take([Read(epc, n, -60 + n, at + n) for n, epc in enumerate(same, start=1)])
    assert (taken.reads, taken.tags) == (6, 1)
    (tag,) = the_pass(taken).tags.all()
    assert (tag.key, tag.reads, tag.rssi) == (f"/01/{GTIN}/21/7", 6, -54)
    assert (tag.first_ms, tag.last_ms, tag.first_antenna, tag.last_antenna) == (at + 1, at + 6, 1, 6)


def test_what_a_tag_says_is_kept(yard: Yard) -> None:
    yard.portal()
    taken = yard.take(
        reads([sgtin_plus("9", GTIN, lot="L-1", expires="270331"), sscc_tag(SSCC), "E28011", "zz\x00", "30"])
    )
    tags = {tag.kind: tag for tag in the_pass(taken).tags.all()}
    assert (tags["goods"].serial, tags["goods"].lot, tags["goods"].expires) == ("9", "L-1", "270331")
    assert tags["unit"].sscc == SSCC
    assert {tag.epc for tag in the_pass(taken).tags.filter(kind="unread")} == {"E28011", "zz?", "30"}
    assert all(tag.problem for tag in the_pass(taken).tags.filter(kind="unread"))


def test_weak_and_foreign_reads_do_not_count(yard: Yard) -> None:
    yard.portal(rssi_min=-60, schemes=["SGTIN-96"], prefixes=["9526543"])
    foreign = sgtin("1", "80614141123458")
    taken = yard.take([Read(sgtin("1"), 1, -59, now_ms()), Read(sgtin("2"), 1, -61, now_ms(), 4)])
    assert (taken.reads, taken.tags, taken.weak) == (5, 1, 4)
    assert yard.take(reads([foreign, sscc_tag(SSCC), "E280"])).filtered == 3
    assert yard.take(reads([foreign])).pass_uid is None
    assert [tag.serial for tag in the_pass(taken).tags.all()] == ["1"]


def test_a_batch_is_taken_once(yard: Yard) -> None:
    yard.portal()
    some = reads([sgtin("1"), sgtin("2")])
    first = yard.take(some, batch="A")
    again = yard.take(some, batch="A")
    assert (again.pass_uid, again.duplicate, first.duplicate) == (first.pass_uid, True, False)
    assert [tag.reads for tag in the_pass(first).tags.all()] == [1, 1]
    untimed = [Read(sgtin("1")), Read(sgtin("2"))]
    assert not yard.take(untimed, batch="B").duplicate
    assert yard.take(untimed, batch="B").duplicate, "sent again later, it says the same"
    with pytest.raises(Conflict, match="with other reads"):
        yard.take(reads([sgtin("3")]), batch="A")
    assert Batch.objects.count() == 2


def test_shuffled_repeated_batches_give_the_same_pass(yard: Yard) -> None:
    """A ·· 4 s ·· B ·· 4 s ·· C: with a silence of 5 s one pass, whichever comes first or twice."""
    dice = random.Random(7)
    start = now_ms() - 60_000
    batches = [
        [Read(sgtin(str(dice.randint(1, 30))), dice.randint(1, 4), -40 - n, start + 4_000 * part + n)
         for n in range(40)]
        for part in range(6)
    ]  # fmt: skip
    seen = []
    for order in range(4):
        yard.portal(f"gate-{order}", silence_s=5)
        numbered = list(enumerate(batches)) * (1 if order == 0 else 2)
        if order:
            dice.shuffle(numbered)
        for number, batch in numbered:
            shuffled = batch
            yard.take(shuffled, f"gate-{order}", batch=f"n{number}")
        (one,) = Pass.objects.filter(portal__code=f"gate-{order}")
        seen.append((told(one), one.reads, one.first_ms, one.last_ms))
    assert seen[0] == seen[1] == seen[2] == seen[3]
    assert seen[0][1] == 240


def test_what_comes_after_the_silence_is_another_pass(yard: Yard) -> None:
    yard.portal(silence_s=5)
    at = now_ms() - 60_000
    first = yard.take([Read(sgtin("1"), 1, -50, at)])
    second = yard.take([Read(sgtin("2"), 1, -50, at + 5_001)])
    assert first.pass_uid != second.pass_uid
    assert yard.take([Read(sgtin("3"), 1, -50, at + 4_000)]).pass_uid == first.pass_uid, "it bridges them"
    assert Pass.objects.count() == 1
    assert Pass.objects.get().tags.count() == 3
    assert set(Batch.objects.values_list("taken_in", flat=True)) == {Pass.objects.get().pk}


def test_a_pass_does_not_grow_for_ever(yard: Yard) -> None:
    yard.portal(silence_s=10, longest_s=15)
    at = now_ms() - 100_000
    passes = {yard.take([Read(sgtin("1"), 1, -50, at + 8_000 * n)]).pass_uid for n in range(4)}
    assert len(passes) == 2


def test_a_pass_ends_by_silence_by_signal_and_by_hand(yard: Yard) -> None:
    yard.portal(silence_s=10)
    one = the_pass(yard.take(reads([sgtin("1")])))
    assert actions.end_silent(clock.now() + timedelta(seconds=9)) == 0
    assert actions.end_silent(clock.now() + timedelta(seconds=11)) == 1
    one.refresh_from_db()
    assert (one.status, one.ended_by) == ("review", "silence")
    at = now_ms() + 60_000
    yard.take([Read(sgtin("2"), 1, -50, at)])
    (ended,) = actions.close(portal="dock-1")
    assert (ended.ended_by, ended.tags.count()) == ("signal", 1)
    later = yard.take([Read(sgtin("3"), 1, -50, at + 60_000)])
    assert actions.end(name=later.pass_uid or "", actor="user:otto").ended_by == "user:otto"


def test_late_reads_open_what_they_belong_to_again(yard: Yard) -> None:
    yard.portal(silence_s=10)
    at = now_ms()
    one = the_pass(yard.take([Read(sgtin("1"), 1, -50, at)]))
    actions.close(portal="dock-1")
    assert yard.take([Read(sgtin("2"), 1, -50, at + 3_000)]).pass_uid == one.uid
    one.refresh_from_db()
    assert (one.status, one.tags.count()) == ("open", 2)


def test_a_forklift_at_the_next_door_opens_no_pass(yard: Yard) -> None:
    """Strong single reads of what drives by, minutes on end; then a tag that goes through."""
    yard.portal(reads_min=3, silence_s=10)
    at = now_ms() - 600_000
    for n in range(12):
        by = yard.take([Read(sgtin(str(n % 4)), 1, -35, at + 9_000 * n)])
        assert (by.pass_uid, by.tags) == (None, 1)
    assert actions.close(portal="dock-1") == []
    assert actions.end_silent(clock.now() + timedelta(hours=1)) == 0
    assert not queries.passes().exists(), "nobody is called to look"
    (stray,) = queries.passes(status="stray")
    assert (stray.reads, stray.tags.count()) == (12, 4), "but it can be looked at"
    through = [Read(sgtin("7"), 1, -50, at + 99_000 + 8_000 + 100 * n) for n in range(3)]
    one = the_pass(yard.take(through))
    assert (one.status, one.number[:3], one.tags.count()) == ("open", "RF-", 5)
    assert Pass.objects.get() == one, "what was seen before it is in it"
    assert {tag.serial for tag in one.tags.filter(reads__gte=3)} >= {"7"}


def test_reads_of_a_pass_may_come_one_by_one(yard: Yard) -> None:
    """The positive control: the third read within the silence opens it, in whatever order they come."""
    at = now_ms() - 60_000
    for name, order in (("a", (0, 1, 2)), ("b", (2, 0, 1))):
        yard.portal(name, reads_min=3, silence_s=10)
        seen = [yard.take([Read(sgtin("1"), 1, -50, at + 4_000 * n)], name).pass_uid for n in order]
        assert seen[:2] == [None, None]
        assert seen[2] is not None
        assert Pass.objects.get(portal__code=name).tags.get().reads == 3


def test_what_passed_by_is_forgotten_after_a_week(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    yard.portal(reads_min=3)
    some = reads([sgtin("1")])
    yard.take(some, batch="A")
    later = clock.now() + timedelta(days=8)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert actions.forget_old() > 0
    assert not Pass.objects.exists()
    assert yard.take(some, batch="A").duplicate, "its batch is known all the same"


@pytest.mark.parametrize(
    ("batch", "some", "said"),
    [
        ("", [Read("30", at_ms=1)], "batch"),
        ("x" * 101, [Read("30", at_ms=1)], "101 characters"),
        ("b", [Read("30", at_ms=1)] * 10_001, "at most 10000"),
        ("b", [Read("30", at_ms=-1)], "reads/0/at"),
        ("b", [Read("30", at_ms=2**52)], "clock"),
    ],
)
def test_a_bad_batch_is_refused_whole(yard: Yard, batch: str, some: list[Read], said: str) -> None:
    yard.portal()
    with pytest.raises(Refused, match=said):
        actions.take(portal="dock-1", batch=batch, reads=some, via="key:reader")
    assert not Pass.objects.exists()
    assert not Batch.objects.exists()


def test_an_unknown_portal_or_one_out_of_use_takes_nothing(yard: Yard) -> None:
    yard.portal(is_active=False)
    for name in ("dock-1", "nowhere", "", "a\x00b"):
        with pytest.raises(NotFound):
            yard.take(reads([sgtin("1")]), name)


def test_ten_thousand_reads_cost_a_constant_number_of_statements(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    """10,000 reads of 2,000 tags: the statements of 10 reads, at 5,000 reads a second or more."""
    yard.portal()
    at = now_ms()
    few = [Read(sgtin(str(n)), 1, -50, at) for n in range(10)]
    yard.take(few)
    tags = [sgtin(str(n)) for n in range(2_000)]
    many = [Read(tags[n * 7 % 2_000], n % 4, -40 - n % 30, at + n % 3_000) for n in range(10_000)]
    costs, rate = [], 0.0
    for batch in (few, many, many):
        rules.understood.cache_clear()
        with sql.counted() as plain, CaptureQueriesContext(connection) as counted:
            begun = time.perf_counter()
            yard.take(batch)
            spent = time.perf_counter() - begun
        costs.append(len(counted) + len(plain))
        rate = len(batch) / spent
    assert costs[0] == costs[1] == costs[2] <= 12, costs
    with capsys.disabled():
        words = f"{costs[1]} statements for 10,000 reads of 2,000 tags, {rate:,.0f} reads/s"
        sys.stdout.write(f"\n{words}\n")
    assert Tag.objects.count() == 2_000
    assert rate > 5_000


@settings(max_examples=200)
@given(
    st.one_of(
        st.text(max_size=60),
        st.binary(max_size=40).map(bytes.hex),
        st.text("0123456789.urnepcidtagsx:/%-", max_size=60).map(lambda text: f"urn:epc:{text}"),
        st.text(max_size=40).map(lambda text: f"https://id.gs1.org/01/{GTIN}/21/{text}"),
        st.integers(0, 255).map(lambda n: f"{n:02X}{'74257BF7194E4000001A85'}"),
    )
)
def test_any_text_is_understood_or_kept_with_a_reason(text: str) -> None:
    one = understood(text)
    assert one.kind in ("goods", "unit", "other", "item", "unread")
    assert bool(one.problem) == (one.kind == "unread")
    assert len(one.key) <= rules.KEY_MAX
    assert not any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in one.key + one.problem)
