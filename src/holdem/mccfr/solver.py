"""The solver: builds the game of a configuration, trains it, hands out and restores its state."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from holdem import _core
from holdem.abstraction.bucket_file import Buckets, open_buckets
from holdem.abstraction.game import make_game
from holdem.abstraction.weighted_flops import flop_lines
from holdem.checkpoint.files import Checkpoint
from holdem.config import num_workers, update_batch
from holdem.errors import ConfigError, DamagedCheckpointError, MemoryPlanError, NumberLimitError
from holdem.mccfr.memory_plan import PlanProgress, StreetPlan, log_plan
from holdem.mccfr.status.street_figures import StreetFigures
from holdem.memory import available_memory_bytes
from holdem.policy.content import NODE, POLICY_FORMAT, Array, betting_tree_columns
from holdem.types import LOSSLESS, PUBLIC_CHANCE, STREETS, GameConfig, MCCFRConfig, RunConfig
from holdem.units import format_duration

logger = logging.getLogger(__name__)

RNG_ALGORITHM = "philox4x32-10"
RNG_VERSION = 1  # what is drawn for which purpose, in which order
_SMALLER_GAME = (
    "use fewer buckets or ranks, fewer bet sizes or a lower raise cap, or raise --memory-limit"
)
REGRETS_FORMAT = "holdem regrets"

_DECISIONS_TO_GROW = 1000
# Full width: seconds of one core for a hand at a betting node on a board (docs/performance.md), by
# whether every hand has a row of its own in memory; and what is too long to wait for.
_HAND_SECONDS = {True: 1.5e-8, False: 2.5e-9}
_LONGEST_ITERATION_S = 3600.0


def strategy_exponent(metadata: Mapping[str, Any]) -> int:
    """Returns e of a checkpoint whose strategy sums are 2^-e of what their weights make of them."""
    return int(metadata["discount"].get("strategy_exponent", 0))


def solver_options(config: MCCFRConfig, game: GameConfig, instance: int = 0) -> _core.SolverOptions:
    """Translates a configuration for the core."""
    options = _core.SolverOptions()
    options.sampling = getattr(_core.Sampling, config.sampling)
    options.seed = config.seed
    options.instance = instance
    options.update_batch = update_batch(config, game)
    options.num_workers = num_workers(config, game)

    discount = _core.DiscountOptions()
    discount.interval = config.discount_interval
    if config.discount_mode == "linear":
        discount.discount_regrets, discount.gamma = True, 1.0
    elif config.discount_mode == "dcfr":
        discount.discount_regrets = True
        discount.alpha, discount.beta = config.dcfr_alpha, config.dcfr_beta
        discount.gamma = config.dcfr_gamma
    elif config.discount_mode == "cfr_plus":
        discount.floor_regrets_at_zero, discount.gamma = True, 1.0
    options.discount = discount

    pruning = _core.PruningOptions()
    pruning.enabled = config.enable_pruning
    threshold = config.pruning_threshold
    pruning.threshold = default_pruning_threshold(game) if threshold is None else threshold
    pruning.probability = config.pruning_probability
    options.pruning = pruning

    exploration = _core.ExplorationOptions()
    exploration.initial = config.exploration_epsilon
    exploration.final = (
        config.exploration_epsilon
        if config.exploration_epsilon_final is None
        else config.exploration_epsilon_final
    )
    exploration.decay_iterations = config.exploration_epsilon_decay_iterations or 0
    options.exploration = exploration
    return options


def table_layout(num_players: int, sampling: str, storage: str = "float32") -> _core.TableLayout:
    """Returns how the tables of a run lie: as its sampling walks the betting tree.

    With two players the whole tree is laid out first; with more it grows as it is visited.
    """
    layouts = _core.TableLayout
    if sampling == PUBLIC_CHANCE:
        return layouts.compact_lane_rows if storage == "compact" else layouts.lane_rows
    return layouts.street_rows if num_players == 2 else layouts.node_rows


def default_pruning_threshold(game: GameConfig) -> float:
    """Returns the regret, in chips, below which an action counts as hopeless: 1,000 times the most
    that can be lost in a hand.

    On Leduc that costs nothing in exploitability; 100 times costs a third (docs/performance.md).
    """
    if game.name == "kuhn":
        return -1000.0 * 2
    if game.name == "leduc":  # the ante, and raises of 2 and 4 chips
        return -1000.0 * (1 + (2 + 4) * game.max_raises)
    return -1000.0 * max(game.stacks)


def _check_iteration(game: GameConfig, nodes: int, *, lossless: bool) -> None:
    """Says how long an iteration without sampling takes; refuses what nobody can wait for."""
    hands = (cards := 4 * game.ranks - 5) * (cards - 1) / 2
    seconds = nodes * hands * _HAND_SECONDS[lossless]
    estimate = (
        f"{nodes:,} betting nodes on all boards, about {format_duration(seconds)} of one core"
    )
    if seconds > _LONGEST_ITERATION_S:
        raise ConfigError(
            f"sampling = full_width: an iteration walks {estimate}, and cannot be cut: use another "
            "sampling, or fewer ranks or flops"
        )
    logger.info("An iteration walks %s", estimate)


class Solver:
    """Trains one game; everything that decides the future of a run is in its tables."""

    def __init__(
        self,
        game: GameConfig,
        training: MCCFRConfig,
        buckets: Buckets | None = None,
        *,
        memory_limit_bytes: int,
        instance: int = 0,
    ) -> None:
        """Plans the tables; memory is touched only as training goes.

        Raises:
            ConfigError: The game or the sampler cannot be set up.
            MemoryPlanError: The tables do not fit ``memory_limit_bytes``.
        """
        self.game_config = game
        self.training_config = training
        self._buckets = buckets
        self._streets = STREETS if game.name == "holdem" else STREETS[: 1 + (game.name == "leduc")]
        options = solver_options(training, game, instance)
        self._options = options
        self._game = make_game(game, buckets)
        self._layout = table_layout(game.num_players, training.sampling, training.storage)
        if self.grows and buckets is not None and buckets.bucket_hash == LOSSLESS:
            _check_room_to_grow(buckets, memory_limit_bytes)
        try:
            self._core = _core.Solver(
                self._game, options, self._layout, memory_limit_bytes, PlanProgress()
            )
        except OverflowError as error:
            raise MemoryPlanError(
                f"{error} and {memory_limit_bytes:,} are allowed: {_SMALLER_GAME}"
            ) from None
        except ValueError as error:
            raise ConfigError(str(error)) from None
        except MemoryError:
            raise MemoryPlanError(
                "the limits of the process (ulimit -v, ulimit -d) leave no room for a memory limit "
                f"of {memory_limit_bytes:,} bytes: lower --memory-limit, or raise them"
            ) from None
        if not self.grows and self.planned_bytes > memory_limit_bytes:
            raise MemoryPlanError(
                f"the betting tree, its tables and {self._bytes_beside_tables:,} bytes beside them "
                f"need {self.planned_bytes:,} bytes and {memory_limit_bytes:,} are allowed: "
                f"{_SMALLER_GAME}"
            )

        if training.sampling == "full_width" and game.name == "holdem":
            lossless = buckets is not None and buckets.bucket_hash == LOSSLESS
            _check_iteration(game, self._core.iteration_nodes(), lossless=lossless)

    # What the run loop needs -----------------------------------------------------------------

    @property
    def iteration(self) -> int:
        """Completed iterations."""
        return self._core.iteration

    def run(self, iterations: int, seconds: float) -> int:
        """Trains at most ``iterations`` more and returns how many ran.

        Comes back early after about ``seconds``, or at the memory limit of a growing tree, always
        between two iterations.

        Raises:
            NumberLimitError: A number would leave its range; all iterations before are done.
            MemoryPlanError: One iteration alone needs more memory than there is. As after any
                exception of a signal handler in the midst of one, this solver is then useless.
        """
        try:
            return self._core.run(iterations, seconds)
        except (OverflowError, MemoryError) as error:
            if not self._core.is_broken:
                raise NumberLimitError(str(error)) from None
            raise MemoryPlanError(
                f"iteration {self.iteration + 1:,}: {error}, and what was trained since the last "
                "checkpoint is lost: use outcome sampling, fewer bet sizes or a lower raise cap, "
                "or raise --memory-limit"
            ) from None

    def settle_regrets(self) -> None:
        """Applies every discount that is due, so that regrets of one iteration can be averaged."""
        self._core.settle_regrets()

    @property
    def nodes_visited(self) -> int:
        """Betting-tree nodes visited by this process, decisions and terminals."""
        return self._core.nodes_visited

    @property
    def table_bytes(self) -> int:
        """Bytes of both tables, as far as they have been laid out."""
        return self._core.table_bytes

    @property
    def tree_bytes(self) -> int:
        """Bytes of the betting tree."""
        return self._core.tree_bytes

    @property
    def planned_bytes(self) -> int:
        """Bytes of tables and tree as far as they are laid out, and of what is kept beside them."""
        return self.table_bytes + self.tree_bytes + self._bytes_beside_tables

    @property
    def _bytes_beside_tables(self) -> int:
        """What discounts take, and the sampler."""
        return self._core.discount_bytes + self._core.sampler_bytes

    @property
    def grows(self) -> bool:
        """Whether the betting tree grows as it is visited."""
        return bool(self._layout == _core.TableLayout.node_rows)

    @property
    def memory_limit_reached(self) -> bool:
        """Whether a growing tree has to stop."""
        return self._core.memory_limit_reached

    @property
    def num_infosets(self) -> int:
        """Infosets that have rows."""
        return sum(street.infosets for street in self._core.size_per_street())

    @property
    def current_epsilon(self) -> float:
        """Exploration of the next iteration."""
        return self._options.exploration.at(self.iteration)

    @property
    def discount_block(self) -> int:
        """Discount blocks completed."""
        return self._core.discount_block

    def plan(self) -> list[StreetPlan]:
        """Returns the size of the tree per street."""
        return [
            StreetPlan(
                name, size.decision_nodes, size.terminal_nodes, size.infosets, size.infoset_actions
            )
            for name, size in zip(self._streets, self._core.size_per_street(), strict=True)
        ]

    def street_figures(self) -> list[StreetFigures]:
        """Samples a few thousand infosets per street."""
        return [
            StreetFigures(
                name,
                picture.mean_positive_regret,
                picture.policy_entropy,
                picture.visited_share,
                picture.pruned_share,
            )
            for name, picture in zip(self._streets, self._core.street_metrics(), strict=True)
        ]

    # State -----------------------------------------------------------------------------------

    @property
    def regrets(self) -> npt.NDArray[np.float32]:
        """The regret table, a writable view in the layout of the tree."""
        return self._core.regrets

    @property
    def strategy_sums(self) -> npt.NDArray[np.float32]:
        """The strategy sums, a writable view in the layout of the tree."""
        return self._core.strategy_sums

    def nodes(self) -> Array:
        """Returns a copy of the betting tree, one structured record a node."""
        return self._core.nodes.view(NODE)

    def policy_content(self) -> dict[str, Any]:
        """Returns what it takes to play the average strategy; arrays are views where possible."""
        return {
            "format": POLICY_FORMAT,
            "game": self.game_config.settings(),
            "bucket_hash": self.bucket_hash,
            "num_buckets": [self._game.num_buckets(s) for s in range(len(self._streets))],
            "layout": self._layout.name,
            "iteration": self.iteration,
            "betting_tree": betting_tree_columns(self._core.nodes, self._core.action_codes),
            "grown_nodes": self._core.grown_nodes,
            "grown_strips": self._core.grown_strips,
            "strategy_sums": self.strategy_sums,
        }

    def regret_content(self) -> dict[str, Any]:
        """Returns what training needs beside the policy."""
        return {"format": REGRETS_FORMAT, "layout": self._layout.name, "regrets": self.regrets}

    @property
    def bucket_hash(self) -> str | None:
        """Content hash of the buckets; None for games that have none."""
        return None if self._buckets is None else self._buckets.bucket_hash

    def metadata(self) -> dict[str, Any]:
        """Returns what changes during training and a checkpoint's metadata has to say."""
        options, discount = self._options, self._options.discount
        return {
            "rng_state": {
                "algorithm": RNG_ALGORITHM,
                "version": RNG_VERSION,
                "seed": options.seed,
                "instance": options.instance,
                "iteration": self.iteration,
            },
            "epsilon": self.current_epsilon,
            "discount": {
                "mode": self.training_config.discount_mode,
                "alpha": discount.alpha,
                "beta": discount.beta,
                "gamma": discount.gamma,
                "interval": discount.interval,
                "block": self.discount_block,
                "strategy_exponent": self._core.strategy_exponent,
            },
        }

    def identity(self) -> dict[str, Any]:
        """Returns what a checkpoint must share with this solver beside the configuration."""
        return {
            "bucket_hash": self.bucket_hash,
            "layout": self._layout.name,
            "rng": {
                "algorithm": RNG_ALGORITHM,
                "version": RNG_VERSION,
                "instance": self._options.instance,
            },
        }

    def restore(self, checkpoint: Checkpoint, *, strategy_sums: bool = True) -> None:
        """Takes up the state of a checkpoint, verifying its bytes on the way.

        Args:
            strategy_sums: Whether they are taken up, too, or begin at zero.

        Raises:
            CheckpointError: It does not fit, or its bytes are damaged; this solver is then useless.
        """
        if self.grows:
            policy = checkpoint.policy()
            try:
                self._core.regrow(policy.array("grown_nodes"), policy.array("grown_strips"))
            except OverflowError as error:
                raise MemoryPlanError(
                    f"{checkpoint.policy_path}: {error}: raise --memory-limit"
                ) from None
            except ValueError as error:
                raise DamagedCheckpointError(f"{checkpoint.policy_path}: {error}") from None
        sums = {"strategy_sums": self.strategy_sums} if strategy_sums else {}
        checkpoint.load({"regrets": self.regrets}, sums)
        self._core.iteration = checkpoint.iteration
        self._core.strategy_exponent = strategy_exponent(checkpoint.metadata)

    def merger(self, iteration: int) -> _core.TableMerger:
        """Returns what fills the tables of this new solver with those of checkpoints.

        Args:
            iteration: Completed iterations that the tables will stand for.
        """
        self._core.iteration = iteration
        return _core.TableMerger(self._core)

    def exploitability(self) -> tuple[float, list[float]]:
        """Returns exploitability and the value per player of the average strategies, in chips.

        Raises:
            ConfigError: The game is too large for exact best responses.
        """
        try:
            profile = self._core.evaluate_average_strategy()
        except ValueError as error:
            raise ConfigError(str(error)) from None
        gains = [
            best - value
            for best, value in zip(profile.best_response_value, profile.value, strict=True)
        ]
        return sum(gains) / len(gains), list(profile.value)


def _check_room_to_grow(buckets: Buckets, memory_limit_bytes: int) -> None:
    """Refuses lossless buckets of which a few hundred decisions would fill the memory.

    A growing tree keeps a byte for every bucket of a decision that was visited, whatever the hands.
    """
    largest = max(buckets.num_buckets)
    if largest * _DECISIONS_TO_GROW > memory_limit_bytes:
        raise MemoryPlanError(
            f"buckets: lossless takes {largest:,} bytes for every decision on the river that a tree"
            f" of three or more players grows to, and {memory_limit_bytes:,} are allowed: use fewer"
            " ranks or a bucket file, or raise --memory-limit"
        )


def build_solver(run: RunConfig, instance: int = 0) -> Solver:
    """Loads the buckets of a run, plans its memory and returns its solver.

    Raises:
        BucketFileError, ConfigError, MemoryPlanError: One line on what cannot work.
    """
    buckets = None if run.buckets is None else open_buckets(run.buckets, run.game.ranks)
    limit = run.training.memory_limit or available_memory_bytes()
    solver = Solver(run.game, run.training, buckets, memory_limit_bytes=limit, instance=instance)
    for line in flop_lines(run.game):
        logger.info("%s", line)
    log_plan(solver.plan(), solver.table_bytes, solver.tree_bytes, limit, solver.grows)
    return solver
