"""A local best response in a game with few cards, hand by hand, as it is defined.

It draws the same random numbers in the same order, so it comes to the same result.
"""

from __future__ import annotations

import itertools

import numpy as np
from slow_holdem import BOARD_CARDS, HoldemSpec

from holdem import _core
from holdem.policy.content import NODE

Pair = tuple[int, int]
# What the opponent may believe, and the probability that it does so with each hand.
Beliefs = list[tuple[_core.TreePosition, dict[Pair, float]]]

MATCH_PURPOSE = 64
FOLD, CALL = _core.Action(_core.ActionType.fold), _core.Action(_core.ActionType.call)
RAISE = _core.ActionType.raise_


class SlowLocalBestResponse:
    """Plays the hands of one seed against a policy; raises by fractions of the pot, and all-in."""

    def __init__(
        self, spec: HoldemSpec, policy: _core.TabularPolicy, pots: list[float], chooses: list[bool]
    ) -> None:
        self._spec, self._policy, self._pots, self._chooses = spec, policy, pots, chooses
        self._buckets = spec.buckets()
        self._nodes = policy.tree.nodes.view(NODE)

    def hand_value(self, seed: int, deal: int, seat: int) -> float:
        cards = self._draw_cards(_core.RandomStream(seed, 0, deal, MATCH_PURPOSE))
        self._board = cards[:5]
        self._mine = cards[5 + 2 * seat : 7 + 2 * seat]
        self._seat = seat
        rules = self._spec.rules()
        pairs = itertools.combinations(self._spec.cards, 2)
        alike = {pair: 1.0 for pair in pairs if not set(pair) & set(self._mine)}
        beliefs: Beliefs = [(_core.TreePosition(self._policy.tree, rules), alike)]
        random = _core.RandomStream(seed, 0, deal, MATCH_PURPOSE + 1 + seat)
        return self._play(_core.BettingState(rules), beliefs, random)

    def _draw_cards(self, random: _core.RandomStream) -> list[int]:
        cards: list[int] = []
        while len(cards) < 9:
            card = self._spec.cards[random.below(len(self._spec.cards))]
            cards += [card] * (card not in cards)
        return cards

    def _play(
        self, real: _core.BettingState, beliefs: Beliefs, random: _core.RandomStream
    ) -> float:
        if real.is_over:
            street = 2 if real.street == 2 else 3
            return self._showdown(beliefs, street) * real.contribution(self._seat)
        if real.player_to_act == self._seat:
            action = self._choose(real, beliefs) if self._chooses[real.street] else CALL
            if action == FOLD:
                return -real.contribution(self._seat)
            return self._play(real.apply(action), self._seen(real, beliefs, action), random)
        replies = self._replies(real, beliefs)
        possible = {
            action: sum(self._total(hands, 3) for _, hands in after)
            for action, after in replies.items()
        }
        total = sum(possible.values())
        folding = possible.pop(FOLD, 0.0)
        value = folding / total * real.contribution(1 - self._seat)
        if not any(possible.values()):
            return value
        word = random.next() << 32 | random.next()
        place = (word >> 11) * 2.0**-53 * sum(possible.values())
        action = _drawn({one: reach for one, reach in possible.items() if reach > 0}, place)
        onward = self._play(real.apply(action), replies[action], random)
        return value + (1 - folding / total) * onward

    def _choose(self, real: _core.BettingState, beliefs: Beliefs) -> _core.Action:
        legal, paid = real.legal_actions(), real.contribution(self._seat)
        values = {CALL: self._showdown(beliefs, real.street) * (paid + legal.call_chips)}
        if legal.can_fold:
            values[FOLD] = -paid
        sizes = sorted(self._sizes(real)) if legal.can_raise else []
        for chips in sizes:
            action = _core.Action(RAISE, chips)
            seen = self._seen(real, beliefs, action)
            if not all(at.betting.is_over or self._can_raise(at) for at, _ in beliefs):
                break
            replies = self._replies(real.apply(action), seen)
            folded = sum(self._total(hands, real.street) for _, hands in replies.get(FOLD, []))
            left = [one for reply, after in replies.items() if reply != FOLD for one in after]
            called = sum(self._total(hands, real.street) for _, hands in left)
            stake = paid - real.street_bet(self._seat) + chips
            won = folded * real.contribution(1 - self._seat)
            won += called * self._showdown(left, real.street) * stake if called > 0 else 0
            values[action] = won / (folded + called)
        return max(values, key=lambda action: values[action])

    def _can_raise(self, at: _core.TreePosition) -> bool:
        return _core.menu_actions(at.betting, self._spec.menu())[-1].type == RAISE

    def _sizes(self, real: _core.BettingState) -> set[int]:
        legal, other = real.legal_actions(), 1 - self._seat
        high = min(legal.max_raise_to, real.street_bet(other) + real.stack(other))
        pot = real.pot + legal.call_chips
        wanted = [int(real.current_bet + size * pot + 0.5) for size in self._pots]
        return {max(legal.min_raise_to, min(chips, high)) for chips in [*wanted, high]}

    def _seen(self, real: _core.BettingState, beliefs: Beliefs, action: _core.Action) -> Beliefs:
        after: Beliefs = []
        for at, hands in beliefs:
            if at.betting.is_over:
                _add(after, at, hands)
                continue
            for meaning, probability in at.taken_for(real, action):
                _add(after, at.after(meaning), {h: r * probability for h, r in hands.items()})
        return after

    def _replies(self, real: _core.BettingState, beliefs: Beliefs) -> dict[_core.Action, Beliefs]:
        """Returns what the opponent may do, and what is believed after it."""
        replies: dict[_core.Action, Beliefs] = {}
        for at, hands in beliefs:
            if at.betting.is_over or at.betting.street > real.street:
                _add(replies.setdefault(CALL, []), at, hands)
                continue
            possible = self._possible(hands, at.betting.street)
            rows = self._rows(at, list(possible))
            for a in range(int(self._nodes[at.node]["num_actions"])):
                done = {h: r * rows[h][a] for h, r in possible.items()}
                if not any(done.values()):
                    continue
                _add(replies.setdefault(at.in_chips(a, real), []), at.after(a), done)
        return replies

    def _rows(self, at: _core.TreePosition, pairs: list[Pair]) -> dict[Pair, list[float]]:
        street = at.betting.street
        board = self._board[: BOARD_CARDS[street]]
        deals = np.array([[*pair, *board] for pair in pairs], dtype=np.uint8)
        rows = self._policy.probabilities(at.node, self._buckets.buckets(street, deals))
        return dict(zip(pairs, rows.astype(float).tolist(), strict=True))

    def _possible(self, hands: dict[Pair, float], street: int) -> dict[Pair, float]:
        board = set(self._board[: BOARD_CARDS[street]])
        return {hand: reach for hand, reach in hands.items() if not board & set(hand)}

    def _total(self, hands: dict[Pair, float], street: int) -> float:
        return sum(self._possible(hands, street).values())

    def _showdown(self, beliefs: Beliefs, street: int) -> float:
        """Returns wins less losses against all hands, over all boards that may come."""
        won = total = 0.0
        known = self._board[: BOARD_CARDS[street]]
        for _, hands in beliefs:
            for hand, reach in self._possible(hands, street).items():
                left = set(self._spec.cards) - {*known, *self._mine, *hand}
                runouts = list(itertools.combinations(sorted(left), 5 - len(known)))
                deals = [[*holds, *known, *new] for new in runouts for holds in (self._mine, hand)]
                rated = _core.evaluate_hands(np.array(deals, dtype=np.uint8)).astype(int)
                won += reach * float(np.sign(rated[::2] - rated[1::2]).mean())
                total += reach
        return won / total


def _drawn(reach: dict[_core.Action, float], place: float) -> _core.Action:
    ends = itertools.accumulate(reach.values())
    return next(one for one, end in zip(reach, ends, strict=True) if place < end)


def _add(beliefs: Beliefs, at: _core.TreePosition, hands: dict[Pair, float]) -> None:
    """Adds hands to those of a belief, if there is one in the same place."""
    for other, known in beliefs:
        if other.node == at.node:
            for hand, reach in hands.items():
                known[hand] = known.get(hand, 0.0) + reach
            return
    beliefs.append((at, dict(hands)))
