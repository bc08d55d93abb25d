"""What hold'em deals: decks of fewer ranks, and chosen flops with their weights."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import numpy.typing as npt
import pytest

from holdem import _core
from holdem.cards import parse_cards

Flop = tuple[list[int], float]
NUM_DEALS = 60_000
MOST_DEVIATIONS = 4  # seeds are fixed, so this holds for ever or never


def game(
    num_ranks: int = 13,
    flops: list[Flop] | None = None,
    num_players: int = 2,
    buckets: _core.BucketMap | None = None,
) -> _core.HoldemGame:
    rules = _core.Rules(num_players, 50, 100, 0, 2_000)
    menu = _core.BetMenu([[("all_in", 0.0)]] * 4, [[]] * 4, [1] * 4)
    if buckets is None:
        buckets = _core.BucketMap.lossless(num_ranks)
    return _core.HoldemGame(rules, menu, buckets, num_ranks, flops or [])


def flop(text: str, weight: float) -> Flop:
    return parse_cards(text), weight


def hands_of(deals: _core.HoldemGame, street: int) -> npt.NDArray[np.uint8]:
    """The first player's hole cards and board, up to suits: [deals, cards]."""
    buckets, _ = deals.sample_deals(1, NUM_DEALS)
    indexer = _core.sequence_indexer(street, deals.num_ranks)
    return indexer.unindex(buckets[:, street, 0].astype(np.uint64))


def assert_frequencies(counts: Counter[int], expected: dict[int, float]) -> None:
    """Pearson's chi-squared, whose mean is the degrees of freedom and the variance twice that."""
    assert set(counts) <= set(expected)
    deviation = sum(
        (counts[value] - NUM_DEALS * probability) ** 2 / (NUM_DEALS * probability)
        for value, probability in expected.items()
    )
    freedom = len(expected) - 1
    assert abs(deviation - freedom) < MOST_DEVIATIONS * (2 * freedom) ** 0.5


FLOPS = [flop("AsKsQs", 0.5), flop("AsAhTd", 0.2), flop("JcTcTd", 0.3)]


def test_every_flop_comes_with_its_weight() -> None:
    boards = hands_of(game(5, FLOPS), street=1)[:, 2:]
    indices = _core.HandIndexer([3], 5).index(np.ascontiguousarray(boards))
    wanted = _core.HandIndexer([3], 5).index(np.array([cards for cards, _ in FLOPS], np.uint8))
    weights = {int(i): weight for i, (_, weight) in zip(wanted, FLOPS, strict=True)}
    assert_frequencies(Counter(indices.tolist()), weights)


def test_hands_and_later_cards_are_uniform_given_the_flop() -> None:
    """Every hand of two cards that the flop leaves is as likely, seen up to suits."""
    cards = parse_cards("AsAhTd")
    rest = [card for card in range(32, 52) if card not in cards]
    indexer = _core.sequence_indexer(2, 5)
    hands = [
        (*hole, *cards, turn)
        for hole in itertools.combinations(rest, 2)
        for turn in rest
        if turn not in hole
    ]
    indices = Counter(indexer.index(np.array(hands, dtype=np.uint8)).tolist())
    expected = {index: count / len(hands) for index, count in indices.items()}
    buckets, _ = game(5, [flop("AsAhTd", 1.0)]).sample_deals(2, NUM_DEALS)
    for player in (0, 1):
        assert_frequencies(Counter(buckets[:, 2, player].tolist()), expected)


def test_the_flop_does_not_depend_on_the_hands() -> None:
    """A flop of kings comes as often as the list says, and leaves but one king to hold."""
    both = [flop("KsKhKd", 0.5), flop("AsQhTd", 0.5)]
    deals = hands_of(game(5, both), street=1)
    kings = np.sum(deals[:, 2:] // 4 == 11, axis=1) == 3
    assert abs(kings.mean() - 0.5) < 0.01
    assert not np.any(np.sum(deals[kings, :2] // 4 == 11, axis=1) == 2)


def test_small_decks_deal_their_cards_alone_and_evenly() -> None:
    deals = hands_of(game(5), street=3)
    ranks = Counter((deals // 4).ravel().tolist())
    assert set(ranks) == {8, 9, 10, 11, 12}
    assert all(abs(count / deals.size - 0.2) < 0.005 for count in ranks.values())


def test_a_single_flop_of_all_is_every_relabelling_of_it() -> None:
    """Seen with a hand of known suits: an ace and king of spades make four ways of a flush draw."""
    buckets, _ = game(5, [flop("AsKsQs", 1.0)]).sample_deals(3, NUM_DEALS)
    preflop = _core.sequence_indexer(0, 5).unindex(buckets[:, 0, 0].astype(np.uint64))
    suited = preflop[:, 0] % 4 == preflop[:, 1] % 4
    # Of 17 cards left, two are of the flop's suit, five of each other suit.
    share = (1 + 3 * 10) / 136
    assert abs(suited.mean() - share) < 0.01


def test_the_game_tells_what_it_is_made_of() -> None:
    made = game(5, FLOPS, num_players=3)
    assert made.num_ranks == 5
    assert made.num_players == 3
    assert [(list(cards), weight) for cards, weight in made.flops] == FLOPS
    assert made.num_buckets(3) == _core.sequence_indexer(3, 5).size


def test_a_deck_too_small_for_the_players_is_refused() -> None:
    with pytest.raises(ValueError, match=r"num_ranks: 2, 8 cards; .* take 9"):
        game(2)
    with pytest.raises(ValueError, match=r"num_ranks: 3, 12 cards; .* take 13"):
        game(3, num_players=4)
    assert game(3, num_players=3).num_ranks == 3


@pytest.mark.parametrize(
    ("flops", "message"),
    [
        ([([0, 40, 50], 1.0)], r"flops\[0\]: card 0 is not in the deck, must be 32 to 51"),
        ([([40, 44, 99], 1.0)], r"flops\[0\]: card 99 is not in the deck"),
        ([([40, 44, 48], 0.5), ([40, 50, 40], 0.5)], r"flops\[1\]: a card comes twice"),
        ([([40, 44, 48], 1.5), ([40, 45, 48], -0.5)], r"flops\[1\]: weight -0.5"),
        ([([40, 44, 48], float("nan"))], r"flops\[0\]: weight nan"),
        ([([40, 44, 48], 0.5), ([40, 45, 48], 0.4)], "flops: the weights sum to 0.9"),
    ],
)
def test_impossible_flops_are_refused(flops: list[Flop], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        game(5, flops)


def test_buckets_of_another_deck_are_refused() -> None:
    with pytest.raises(ValueError, match="buckets: made for 6 ranks, the game has 5"):
        game(5, buckets=_core.BucketMap.lossless(6))
