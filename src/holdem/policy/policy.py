"""An average strategy, opened from the ``.pkl`` of a checkpoint and asked where it lies.

The file names its own game. Game and betting tree are built again from that, and the strategy sums,
however many gigabytes, are mapped and never copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from holdem import _core
from holdem.abstraction.bucket_file import BOARD_CARDS, Buckets, lossless_buckets
from holdem.abstraction.game import make_game
from holdem.errors import ConfigError, IncompatibleCheckpointError
from holdem.grid.starting_hands import starting_hand_cards
from holdem.policy.content import POLICY_FORMAT, Array, betting_tree_columns
from holdem.storage.datafile import DataFile
from holdem.types import LOSSLESS, STREETS, GameConfig

# Codes of actions; every other code is the chips raised to on the street.
FOLD, CALL = -1, 0

_DECISION_KIND = 0


def action_name(code: int) -> str:
    """Returns an action in words; a call may be a check."""
    return {FOLD: "fold", CALL: "call"}.get(code, f"raise to {code}")


@dataclass(frozen=True)
class Decision:
    """A decision of the betting tree.

    Attributes:
        node: Its index in the tree.
        player: Who acts. Heads-up, player 1 has the button and the small blind.
        street: 0 to 3.
        actions: Codes: ``FOLD``, ``CALL`` (also a check), or the chips raised to on the street.
    """

    node: int
    player: int
    street: int
    actions: tuple[int, ...]

    @property
    def facing_bet(self) -> bool:
        """Whether folding is possible, so that calling costs chips."""
        return self.actions[0] == FOLD


class Policy:
    """The average strategy of one checkpoint.

    Attributes:
        path: The file.
        game: Its game.
        iteration: Iterations that it was trained for.
        buckets: Its card buckets; ``None`` for the toy games.
        core: The same strategy for the core.
        tree: Its betting tree, for the core.
    """

    def __init__(self, file: DataFile, buckets: Buckets | None, share: Policy | None) -> None:
        self.path = file.path
        content: dict[str, Any] = file.content
        if content.get("format") != POLICY_FORMAT:
            self._refuse(f"not a policy but {content.get('format')!r:.60}")
        self.game = self._game_config(content)
        self.iteration = self._whole_number(content, "iteration")
        self.buckets = self._buckets(content, buckets)
        self.core_game: _core.Game
        self.tree: _core.BettingTree
        self._columns: dict[str, Array]
        if share is not None and self._same_tree(file, share):
            self.core_game, self.tree, self._columns = share.core_game, share.tree, share._columns
        else:
            self.core_game = make_game(self.game, self.buckets)
            self._check_sizes(content)
            self.tree, self._columns = self._build_tree(file)
        sums = file.array("strategy_sums")
        try:
            self.core = _core.AverageStrategy(self.tree, sums)
        except (TypeError, ValueError):
            self._refuse(
                f"strategy sums of {sums.dtype} {list(sums.shape)}, the betting tree has float32 "
                f"[{self.tree.table_floats}]"
            )

    @classmethod
    def open(
        cls, path: Path, buckets: Buckets | None = None, share: Policy | None = None
    ) -> Policy:
        """Opens the policy file of a checkpoint (``checkpoint_iterN.pkl``).

        Its structure is checked against the game; its bytes are not read, see ``DataFile.verify``.

        Args:
            path: The file.
            buckets: The buckets it was trained with; none for the toy games and lossless ones.
            share: A policy whose game and tree are used again where they are the same.

        Raises:
            DataFileError: It is missing or no sound data file.
            IncompatibleCheckpointError: It is no policy, or it was trained with other buckets or
                saved with another table layout.
            ConfigError: Its game cannot be set up.
            OSError: It cannot be read.
        """
        return cls(DataFile.open(path), buckets, share)

    # Questions -------------------------------------------------------------------------------

    def decision(self, history: Sequence[int] = ()) -> Decision:
        """Returns the decision that a history leads to.

        Args:
            history: Codes of the actions from the start of the hand, blinds not among them.

        Raises:
            ConfigError: An action is not in the betting abstraction, or the hand is over.
        """
        node = 0
        for position, code in enumerate(history):
            actions = self._actions(node)
            if code not in actions:
                self._refuse_action(history, position, actions)
            node = int(self._columns["first_child"][node]) + actions.index(code)
        actions = self._actions(node)
        if not actions:
            over = int(self._columns["kind"][node]) != _DECISION_KIND
            raise ConfigError(
                f"history {list(history)}: "
                + ("the hand is over" if over else "this decision was never reached in training")
            )
        player, street = (int(self._columns[name][node]) for name in ("player", "street"))
        return Decision(node, player, street, actions)

    def action_probabilities(
        self,
        history: Sequence[int] = (),
        hole_cards: Sequence[int] = (),
        board: Sequence[int] = (),
        bucket: int | None = None,
    ) -> dict[int, float]:
        """Returns the probability of every action, by code.

        Args:
            history: As for ``decision``.
            hole_cards: Two cards, as ``holdem.cards.parse_cards`` has them, and with
                ``board`` the cards of the decision's street (more are ignored);
            bucket: or else the bucket. In Kuhn it is the card's rank; in Leduc, too, and
                on the flop number of ranks * rank + board rank.

        Raises:
            ConfigError: As for ``decision``, or the cards or bucket are impossible.
        """
        decision = self.decision(history)
        if bucket is None:
            bucket = self.bucket(decision.street, hole_cards, board)
        row = self.strategy(decision, np.array([bucket]))[0]
        return dict(zip(decision.actions, map(float, row), strict=True))

    def strategy(
        self, decision: Decision, buckets: npt.ArrayLike | None = None
    ) -> npt.NDArray[np.float32]:
        """Returns the strategy of many hands at once.

        Args:
            decision: Where.
            buckets: [n]; by default all of the street.

        Returns:
            Probabilities, [n, num_actions].
        """
        count = self.core_game.num_buckets(decision.street)
        chosen = np.arange(count) if buckets is None else np.asarray(buckets)
        if chosen.size and not 0 <= chosen.min() <= chosen.max() < count:
            raise ConfigError(f"bucket {chosen.min()} to {chosen.max()}: must be 0 to {count - 1}")
        return self.core.probabilities(decision.node, chosen.astype(np.uint32))

    def bucket(self, street: int, hole_cards: Sequence[int], board: Sequence[int] = ()) -> int:
        """Returns the bucket of two hole cards on a street of a board."""
        if self.buckets is None:
            raise ConfigError(f"{self.game.name} has no buckets of cards: give the bucket itself")
        needed = BOARD_CARDS[street]
        if len(hole_cards) != 2 or len(board) < needed:
            raise ConfigError(
                f"{len(hole_cards)} hole cards and a board of {len(board)}: the {STREETS[street]} "
                f"needs 2 and {needed}"
            )
        cards = [*hole_cards, *board[:needed]]
        lowest = 52 - 4 * self.game.ranks
        if len(set(cards)) != len(cards) or not all(lowest <= card < 52 for card in cards):
            raise ConfigError(f"cards {cards}: must be different numbers from {lowest} to 51")
        return int(self.buckets.map.buckets(street, np.array([cards], np.uint8))[0])

    def preflop_strategy(self, history: Sequence[int] = ()) -> npt.NDArray[np.float32]:
        """Returns the strategy of all starting hands, 169 in the full deck, at a preflop decision.

        Returns:
            Probabilities, [ranks, ranks, num_actions]: aces first, suited hands above the diagonal.

        Raises:
            ConfigError: As for ``decision``; or the game is not hold'em.
        """
        decision = self.decision(history)
        if self.buckets is None or decision.street != 0:
            raise ConfigError("starting hands are asked for at a preflop decision of hold'em")
        size = self.game.ranks
        cards = [starting_hand_cards(row, column) for row in range(size) for column in range(size)]
        found = self.buckets.map.buckets(0, np.array(cards, np.uint8))
        return self.strategy(decision, found).reshape(size, size, -1)

    # Opening ---------------------------------------------------------------------------------

    def _game_config(self, content: dict[str, Any]) -> GameConfig:
        game = content.get("game")
        if not isinstance(game, dict) or not all(isinstance(key, str) for key in game):
            self._refuse("it does not name its game")
        try:
            return GameConfig(**game)
        except ConfigError as error:
            self._refuse(f"its game cannot be played: {error}")

    def _whole_number(self, content: dict[str, Any], name: str) -> int:
        value = content.get(name)
        if type(value) is not int or value < 0:
            self._refuse(f"{name} is {value!r:.60}")
        return value

    def _buckets(self, content: dict[str, Any], buckets: Buckets | None) -> Buckets | None:
        """Returns the buckets of the policy, after checking those that were given."""
        trained_with = content.get("bucket_hash")
        given = None if buckets is None else buckets.bucket_hash
        if trained_with == LOSSLESS and given in (None, LOSSLESS):
            return lossless_buckets(self.game.ranks)
        if self.game.name == "holdem" and buckets is None:
            raise ConfigError(
                f"buckets: none given; {self.path} needs the bucket file it was trained with, "
                f"hash {trained_with}"
            )
        if trained_with != given:
            self._refuse(f"trained with buckets of hash {trained_with!r:.60}, given are {given!r}")
        return buckets

    def _check_sizes(self, content: dict[str, Any]) -> None:
        found = [self.core_game.num_buckets(s) for s in range(self.core_game.num_streets)]
        if content.get("num_buckets") != found:
            self._refuse(
                f"its streets have {content.get('num_buckets')!r:.60} buckets, not {found}"
            )

    def _same_tree(self, file: DataFile, share: Policy) -> bool:
        content: dict[str, Any] = file.content
        return (
            share.game == self.game
            and (share.buckets is self.buckets)
            # A growing tree is another one at every checkpoint.
            and share.tree.layout != _core.TableLayout.node_rows
            and content.get("layout") == share.tree.layout.name
            and self._stored_columns(file).keys() == share._columns.keys()
            and all(
                np.array_equal(column, share._columns[name])
                for name, column in self._stored_columns(file).items()
            )
        )

    def _stored_columns(self, file: DataFile) -> dict[str, Array]:
        prefix = "betting_tree/"
        return {
            name.removeprefix(prefix): file.array(name)
            for name in file.arrays
            if name.startswith(prefix)
        }

    def _build_tree(self, file: DataFile) -> tuple[_core.BettingTree, dict[str, Array]]:
        """Returns the tree of the game, after checking that the stored one is the same."""
        stored = self._stored_columns(file)
        content: dict[str, Any] = file.content
        layouts = {layout.name: layout for layout in _core.TableLayout}
        layout = layouts.get(str(content.get("layout")))
        if layout is None:
            self._refuse(f"table layout {content.get('layout')!r:.60} is not known")
        num_nodes = max((column.size for column in stored.values()), default=0)
        try:
            tree = _core.BettingTree(self.core_game, layout, num_nodes)
            tree.regrow(file.array("grown_nodes"), file.array("grown_strips"))
            columns = betting_tree_columns(tree.nodes, tree.action_codes)
        except (OverflowError, TypeError, ValueError):
            columns = {}
        if not columns or any(
            # Amounts were stored as floats once: chips beyond 2^24 were rounded.
            name not in stored
            or not np.array_equal(stored[name], column.astype(stored[name].dtype))
            for name, column in columns.items()
        ):
            self._refuse(
                "its betting tree is not that of its game: written by another version, or damaged"
            )
        return tree, columns

    def _actions(self, node: int) -> tuple[int, ...]:
        """Returns the codes of the actions at a node, none where there are no children."""
        columns = self._columns
        if columns["kind"][node] != _DECISION_KIND or columns["base"][node] == 0:
            return ()
        first = int(columns["first_child"][node])
        count = int(columns["num_actions"][node])
        return tuple(map(int, columns["action_code"][first : first + count]))

    def _refuse_action(
        self, history: Sequence[int], position: int, actions: tuple[int, ...]
    ) -> NoReturn:
        allowed = ", ".join(f"{code} ({action_name(code)})" for code in actions) or "none"
        raise ConfigError(
            f"history[{position}] = {history[position]}: must be an action there: {allowed}"
        )

    def _refuse(self, reason: str) -> NoReturn:
        raise IncompatibleCheckpointError(f"{self.path}: {reason}")
