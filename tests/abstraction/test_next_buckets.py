"""Histograms of the next street's buckets, against adding up the next cards."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from feature_references import (
    FLOPS,
    THREE_ACES,
    Flops,
    Integers,
    deck,
    flop_weights,
    num_hands,
    random_ids,
    same_for_any_workers,
    shares,
)

from holdem import _core


def next_histograms(
    num_ranks: int, street: int, flops: Flops, dtype: type[np.unsignedinteger], num_workers: int = 2
) -> tuple[npt.NDArray[np.uint8], Integers, Integers]:
    """Returns the rows, the group of each hand of the next street, and the lengths by group."""
    num_groups = 60
    ids = random_ids(num_hands(num_ranks, street + 1), 200).astype(dtype)
    groups = random_ids(200, num_groups)
    lengths = random_ids(num_groups * 128, 256).reshape(num_groups, 128)
    lengths[random_ids(lengths.size, 3).reshape(lengths.shape) == 0] = 0
    out = np.zeros((num_hands(num_ranks, street), 128), np.uint8)
    _core.next_bucket_histograms(num_ranks, street, ids, groups, lengths, num_workers, out, flops)
    return out, groups[ids].astype(np.int64), lengths.astype(np.int64)


@pytest.mark.parametrize("flops", [[], FLOPS], ids=["all flops", "three flops"])
@pytest.mark.parametrize(
    ("num_ranks", "street", "count", "dtype"),
    [
        (3, 0, 9, np.uint8),
        (3, 1, 200, np.uint16),
        (3, 2, 200, np.uint32),
        (13, 0, 5, np.uint8),
        (13, 1, 300, np.uint8),
    ],
)
def test_next_buckets_are_the_mean_over_the_next_cards(
    num_ranks: int, street: int, count: int, dtype: type[np.unsignedinteger], flops: Flops
) -> None:
    rows, groups, lengths = next_histograms(num_ranks, street, flops, dtype)
    indexer, next_indexer = (_core.street_indexer(s, num_ranks) for s in (street, street + 1))
    weights = flop_weights(flops)
    if flops and street > 0:  # of all hands too few would be on these flops
        rest = [card for card in deck(num_ranks) if card not in flops[0][0]]
        random = np.random.default_rng(4)
        draws = [random.permutation(rest)[: street + 1].tolist() for _ in range(count)]
        deals = [[*others[:2], *flops[0][0], *others[2:]] for others in draws]
    else:
        size = len(rows)
        indices = np.random.default_rng(4).choice(size, min(count, size), replace=False)
        deals = indexer.unindex(indices.astype(np.uint64)).tolist()
    for deal in deals:
        rest = [card for card in deck(num_ranks) if card not in deal]
        nexts = [*itertools.combinations(rest, 3 if street == 0 else 1)]
        if street == 0 and flops:
            nexts = [cards for cards in nexts if weights[frozenset(cards)]]
        weight = np.array([weights[frozenset(c)] if flops and not street else 1 for c in nexts])
        indices = next_indexer.index(np.array([[*deal, *cards] for cards in nexts], np.uint8))
        sums = (lengths[groups[indices]] * weight[:, None]).sum(axis=0)
        row = rows[indexer.index(np.array([deal], np.uint8))[0]]
        assert row.tolist() == shares(sums, int(weight.sum()), 1).tolist()


def test_next_buckets_of_a_turn_of_the_full_deck() -> None:
    """On the flops chosen only, so that little memory is written."""
    flop = (51, 18, 1)
    ids = np.zeros(num_hands(13, 3), np.uint8)
    rest = [card for card in range(52) if card not in flop]
    random = np.random.default_rng(5)
    deals = np.array([[*random.permutation(rest)[:3], *flop] for _ in range(30)], np.uint8)
    deals = deals[:, [0, 1, 3, 4, 5, 2]].copy()
    nexts = [
        np.array([[*deal, card] for card in range(52) if card not in deal], np.uint8)
        for deal in deals.tolist()
    ]
    rivers = [_core.street_indexer(3).index(cards) for cards in nexts]
    for indices in rivers:
        ids[indices] = random.integers(0, 3, len(indices))
    lengths = random_ids(3 * 128, 256).reshape(3, 128)
    out = np.zeros((num_hands(13, 2), 128), np.uint8)
    groups = np.array([2, 0, 1], np.uint8)
    _core.next_bucket_histograms(13, 2, ids, groups, lengths, 2, out, [(flop, 1)])
    for deal, indices in zip(deals, rivers, strict=True):
        sums = lengths[groups[ids[indices]]].astype(np.int64).sum(axis=0)
        row = out[_core.street_indexer(2).index(deal[None])[0]]
        assert row.tolist() == shares(sums, 46, 1).tolist()


def test_a_hand_that_no_chosen_flop_leaves_has_nothing() -> None:
    aces = _core.street_indexer(0, 3).index(np.array([[51, 50]], np.uint8))
    rows, _, _ = next_histograms(3, 0, THREE_ACES, np.uint8)
    assert not rows[aces].any()
    assert rows.any()


@pytest.mark.parametrize("flops", [[], FLOPS], ids=["all flops", "three flops"])
@pytest.mark.parametrize("street", range(3))
def test_the_number_of_workers_changes_nothing(street: int, flops: Flops) -> None:
    same_for_any_workers(
        lambda num_workers: next_histograms(5, street, flops, np.uint16, num_workers)[0]
    )


def test_misuse_is_refused() -> None:
    ids = random_ids(num_hands(3, 2), 10)
    groups = random_ids(10, 4)
    lengths = np.ones((4, 128), np.uint8)
    out = np.zeros((num_hands(3, 1), 128), np.uint8)

    def refused(message: str, **changes: object) -> None:
        arguments = {"num_ranks": 3, "street": 1, "next_ids": ids, "groups": groups}
        arguments |= {"lengths": lengths, "num_workers": 1, "out": out} | changes
        with pytest.raises(ValueError, match=message):
            _core.next_bucket_histograms(**arguments)

    refused("next_ids: all must be below 9", groups=groups[:9].copy())
    refused("groups: all must be below 3", lengths=lengths[:3].copy())
    refused("one for each hand of the next street", next_ids=ids[1:])
    refused("ids: the dtype must be uint8, uint16 or uint32", next_ids=ids.astype(np.int32))
    refused(r"lengths: the shape is \[4, 64\]", lengths=lengths[:, :64].copy())
    refused(r"lengths: the shape is \[256, 128\]", lengths=np.ones((256, 128), np.uint8))
    refused("num_workers: 0", num_workers=0)
    refused("dtype must be uint8", out=out.astype(np.uint16))
    refused("must be 0 to 2", street=3, out=np.zeros((num_hands(3, 3), 128), np.uint8))
    refused(r"flops\[0\]", flops=[((1, 2, 3), 1)])
