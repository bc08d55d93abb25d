"""What strategies of heads-up hold'em with few cards are worth, from the rules, slowly.

Every board is listed, card by card and in every order of turn and river, and every pair of hands is
held against one another: no suits are taken for equal, nothing is added up by cards.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from math import comb

import numpy as np
import numpy.typing as npt

from holdem import _core
from holdem.policy.content import NODE

Floats = npt.NDArray[np.float64]
Flops = list[tuple[list[int], float]]
BOARD_CARDS = (0, 3, 4, 5)


@dataclass(frozen=True)
class HoldemSpec:
    """A game of hold'em for two with fewer cards.

    Attributes:
        bets: [street], the sizes of a menu, for the first bet and for raises alike.
        raise_caps: [street].
        flops: Three cards and a weight each, standing for all relabellings of suits; empty: all.
        num_buckets: Hands are put in so many random buckets a street; 0: lossless.
    """

    num_ranks: int = 3
    stacks: tuple[int, int] = (300, 300)
    ante: int = 0
    bets: tuple[list[tuple[str, float]], ...] = ([("all_in", 0.0)],) * 4
    raise_caps: tuple[int, ...] = (1, 1, 1, 1)
    flops: Flops = field(default_factory=list)
    num_buckets: int = 0

    @property
    def cards(self) -> range:
        return range(52 - 4 * self.num_ranks, 52)

    def rules(self) -> _core.Rules:
        return _core.Rules(2, 50, 100, self.ante, list(self.stacks))

    def menu(self) -> _core.BetMenu:
        return _core.BetMenu(list(self.bets), list(self.bets), list(self.raise_caps))

    def buckets(self) -> _core.BucketMap:
        if self.num_buckets == 0:
            return _core.BucketMap.lossless(self.num_ranks)
        random = np.random.default_rng(7)
        sizes = [_core.street_indexer(street, self.num_ranks).size for street in range(4)]
        tables = [random.integers(self.num_buckets, size=n).astype(np.uint16) for n in sizes]
        return _core.BucketMap(tuple(tables), [self.num_buckets] * 4, self.num_ranks)

    def game(self) -> _core.HoldemGame:
        return _core.HoldemGame(
            self.rules(), self.menu(), self.buckets(), self.num_ranks, self.flops
        )


@dataclass(frozen=True)
class Boards:
    """All boards of a street that may come.

    Attributes:
        cards: [board, card].
        hands: [board, hand], the numbers of the pairs that can be held.
        parent: [board], on the street before; ``hand_there`` [board, hand] are its hands there.
        weight: [board], probability given the board before and two hands; on the flop that of the
            flop and of any two hands.
    """

    cards: npt.NDArray[np.uint8]
    hands: npt.NDArray[np.int64]
    parent: npt.NDArray[np.int64]
    hand_there: npt.NDArray[np.int64]
    weight: Floats


class SlowHoldem:
    """Values of a profile of strategies, player by player.

    Args:
        policies: [player], of the tree ``_core.BettingTree`` of the game.
        board: Cards that lie already: values are those of a game that begins there.
    """

    def __init__(
        self, spec: HoldemSpec, policies: list[_core.TabularPolicy], board: tuple[int, ...] = ()
    ) -> None:
        self._spec = spec
        self._policies = policies
        self._menu = spec.menu()
        game = spec.game()
        tree = _core.BettingTree(game, _core.TableLayout.street_rows, 10**6)
        self._nodes = tree.nodes.view(NODE)
        self._pairs = np.array(list(itertools.combinations(spec.cards, 2)), dtype=np.uint8)
        self._pair_bits = np.sum(np.int64(1) << self._pairs.astype(np.int64), axis=1)
        self.first_street = BOARD_CARDS.index(len(board))
        self._boards = {self.first_street: self._list([board], [0], [1.0], None)}
        for street in range(self.first_street + 1, 4):
            self._boards[street] = self._following(self._boards[street - 1], street)
        self._disjoint = {s: self._disjoint_hands(boards) for s, boards in self._boards.items()}
        self._beats = self._showdowns(self._boards[3])
        buckets = spec.buckets()
        self._buckets = {
            street: buckets.buckets(street, self._deals(boards))
            for street, boards in self._boards.items()
        }

    @property
    def pairs(self) -> npt.NDArray[np.uint8]:
        """The hole cards that may be held on the first board, [hand, 2]."""
        return self._pairs[self._boards[self.first_street].hands[0]]

    def value(self, player: int, respond: bool) -> float:
        """Returns the chips a hand that a player wins, responding best or as its policy plays."""
        everything = np.ones(len(self._pairs))
        return float(self.values(player, respond, (), everything).sum())

    def values(self, player: int, respond: bool, path: tuple[int, ...], reach: Floats) -> Floats:
        """Returns the counterfactual values of all hands after a path of actions.

        Args:
            reach: [hand], the probabilities of the other player's hands.
        """
        state, node = _core.BettingState(self._spec.rules()), 0
        for action in path:
            state = state.apply(_core.menu_actions(state, self._menu)[action])
            node = int(self._nodes[node]["first_child"]) + action
        self._player, self._respond = player, respond
        return self._value(state, node, self.first_street, reach[None, :])[0]

    def _value(self, state: _core.BettingState, node: int, street: int, reach: Floats) -> Floats:
        """Returns [board, hand] of the player, by [board, hand] of the other."""
        is_fold = state.is_over and not state.is_showdown
        if is_fold and street > 0:  # hands are dealt after the flop: see Boards.weight
            chips = _core.payoffs(state)[self._player]
            return chips * _against(self._disjoint[street], reach)
        if state.is_showdown and street == 3:
            strengths = [int(p == self._player) for p in range(2)]
            chips = _core.payoffs(state, strengths)[self._player]
            return chips * _against(self._beats, reach)
        if state.is_over or state.street > street:
            return self._deal(state, node, street, reach)
        actions = _core.menu_actions(state, self._menu)
        assert self._nodes[node]["num_actions"] == len(actions)
        acting = state.player_to_act
        mine = acting == self._player
        strategy = self._strategy(acting, node, street)
        values = []
        for a, action in enumerate(actions):
            onward = reach if mine else reach * strategy[..., a]
            child = int(self._nodes[node]["first_child"]) + a
            values.append(self._value(state.apply(action), child, street, onward))
        if not mine:
            return np.sum(values, axis=0)
        if self._respond:
            return np.max(values, axis=0)
        return np.sum(values * np.moveaxis(strategy, 2, 0), axis=0)

    def _deal(self, state: _core.BettingState, node: int, street: int, reach: Floats) -> Floats:
        boards = self._boards[street + 1]
        there = boards.parent[:, None], boards.hand_there
        below = self._value(state, node, street + 1, reach[there]) * boards.weight[:, None]
        place = there[0] * reach.shape[1] + there[1]
        return np.bincount(place.ravel(), below.ravel(), reach.size).reshape(reach.shape)

    def _strategy(self, player: int, node: int, street: int) -> Floats:
        buckets = self._buckets[street]
        rows = self._policies[player].probabilities(node, buckets).astype(np.float64)
        return rows.reshape(*self._boards[street].hands.shape, -1)

    def _following(self, before: Boards, street: int) -> Boards:
        boards, parents, weights = [], [], []
        num_cards = len(self._spec.cards)
        for parent, cards in enumerate(before.cards.tolist()):
            if street == 1:
                left = num_cards - 3
                num_hands = comb(left, 2) * comb(left - 2, 2)
                added = {flop: weight / num_hands for flop, weight in self._flops().items()}
            else:
                left = num_cards - len(cards) - 4
                added = {(card,): 1 / left for card in self._spec.cards if card not in cards}
            for new, weight in added.items():
                boards.append((*cards, *new))
                parents.append(parent)
                weights.append(weight)
        return self._list(boards, parents, weights, before)

    def _flops(self) -> dict[tuple[int, ...], float]:
        if not self._spec.flops:
            flops = list(itertools.combinations(self._spec.cards, 3))
            return dict.fromkeys(flops, 1 / len(flops))
        probability: dict[tuple[int, ...], float] = {}
        for cards, weight in self._spec.flops:
            for suits in itertools.permutations(range(4)):
                flop = tuple(sorted(card // 4 * 4 + suits[card % 4] for card in cards))
                probability[flop] = probability.get(flop, 0) + weight / 24
        return probability

    def _list(
        self,
        boards: list[tuple[int, ...]],
        parents: list[int],
        weights: list[float],
        before: Boards | None,
    ) -> Boards:
        cards = np.array(boards, dtype=np.uint8).reshape(len(boards), -1)
        bits = np.sum(np.int64(1) << cards.astype(np.int64), axis=1)
        free = (self._pair_bits & bits[:, None]) == 0
        hands = np.nonzero(free)[1].reshape(len(boards), -1)
        parent = np.array(parents)
        hand_there = hands
        if before is not None:
            place = np.zeros((len(before.cards), len(self._pairs)), dtype=np.int64)
            np.put_along_axis(place, before.hands, np.arange(before.hands.shape[1])[None], axis=1)
            hand_there = place[parent[:, None], hands]
        return Boards(cards, hands, parent, hand_there, np.array(weights))

    def _disjoint_hands(self, boards: Boards) -> Floats:
        bits = self._pair_bits[boards.hands]
        return ((bits[:, :, None] & bits[:, None, :]) == 0).astype(np.float64)

    def _showdowns(self, boards: Boards) -> Floats:
        """Returns [board, hand, other hand]: 1 where the hand wins, -1 where it loses."""
        rated = _core.evaluate_hands(self._deals(boards)).astype(np.int64)
        strength = rated.reshape(boards.hands.shape)
        return np.sign(strength[:, :, None] - strength[:, None, :]) * self._disjoint[3]

    def _deals(self, boards: Boards) -> npt.NDArray[np.uint8]:
        """Returns two hole cards and the board, for all hands of all boards."""
        board_of_hand = np.repeat(boards.cards, boards.hands.shape[1], axis=0)
        return np.concatenate([self._pairs[boards.hands.ravel()], board_of_hand], axis=1)


def _against(matrix: Floats, reach: Floats) -> Floats:
    return np.matmul(matrix, reach[:, :, None])[:, :, 0]


def random_policy(tree: _core.BettingTree, seed: int) -> _core.AverageStrategy:
    """Returns a strategy with mixed, pure and unvisited rows, and actions of probability 0."""
    random = np.random.default_rng(seed)
    sums = random.random(tree.table_floats, dtype=np.float32)
    sums[random.random(len(sums)) < 0.4] = 0
    return _core.AverageStrategy(tree, sums)
