"""What an evaluation looks like on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from holdem.cli.command import shown
from holdem.evaluation.exploitability import mbb_per_hand
from holdem.evaluation.local_best_response import LBR_BETS, LocalBestResponse
from holdem.evaluation.match import MatchResult
from holdem.evaluation.report import Evaluation


def print_evaluation(evaluation: Evaluation, console: Console) -> None:
    """Prints tables, and below them what must not be read into the numbers."""
    policy = evaluation.policy
    title = f"{policy.game.name}, iteration {policy.iteration:,}"
    console.print(f"[bold]{shown(title)}[/bold]  {shown(policy.path)}", soft_wrap=True)
    if evaluation.exploitability:
        console.print(_exploitability_table(evaluation))
    if evaluation.matches:
        console.print(_match_table(evaluation))
    if evaluation.lower_bound is not None:
        console.print(_bound_table(evaluation.lower_bound))
    for line in evaluation.cautions():
        console.print(line, style="dim")


def _match_table(evaluation: Evaluation) -> Table:
    table = Table("opponent", "result", "95 % interval", "deals", "hands")
    if evaluation.policy.game.name == "holdem":
        table.caption = "mbb: thousandths of a big blind"
    table.columns[1].header = evaluation.unit
    for column in table.columns[1:]:
        column.justify = "right"
    for name, result in evaluation.matches.items():
        table.add_row(
            shown(name),
            f"[{_style(result)}]{result.mbb_per_hand:+,.1f}[/]",
            f"± {result.ci95:,.1f}",
            f"{result.num_deals:,}",
            f"{result.num_hands:,}",
        )
    return table


def _style(result: MatchResult) -> str:
    if not result.is_significant:
        return "bold"
    return "bold green" if result.mbb_per_hand > 0 else "bold red"


def _exploitability_table(evaluation: Evaluation) -> Table:
    if evaluation.policy.game.name == "holdem":
        return _holdem_exploitability_table(evaluation)
    table = Table(
        "strategy", "exploitability", "value of player 0", caption="Exact, in chips a hand"
    )
    for name, exact in evaluation.exploitability.items():
        value = "" if exact.value_chips is None else f"{exact.value_chips[0]:+.6f}"
        table.add_row(shown(name), f"{exact.exploitability_chips:.6f}", value)
    return table


def _holdem_exploitability_table(evaluation: Evaluation) -> Table:
    game = evaluation.game or evaluation.policy.game
    flops = "all flops"
    if isinstance(game.flops, int):
        flops = f"{game.flops} flops that represent all"
    elif game.flops is not None:
        flops = f"of the flops {', '.join(game.flops)}"
    table = Table("who", "mbb/hand", caption=f"{flops}; mbb: thousandths of a big blind")
    table.columns[1].justify = "right"
    for exact in evaluation.exploitability.values():
        for player, best in enumerate(exact.best_response_chips):
            seat = "big blind" if player == 0 else "button"
            table.add_row(f"best response, {seat}", f"{mbb_per_hand(best, game):+,.1f}")
        won = mbb_per_hand(exact.exploitability_chips, game)
        table.add_row("[bold]exploitability[/bold]", f"[bold]{won:,.1f}[/bold]")
    if evaluation.exploiter_mbb is not None:
        table.add_row("exploiter in the same buckets, at least", f"{evaluation.exploiter_mbb:,.1f}")
    return table


def _bound_table(bound: LocalBestResponse) -> Table:
    table = Table("lower bound", "mbb/hand", "95 % interval", "hands")
    table.caption = "mbb: thousandths of a big blind"
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row(
        f"local best response, {bound.streets}:\n{LBR_BETS[bound.bets].meaning}",
        f"[bold]at least {bound.mbb_per_hand:,.1f}[/bold]",
        f"± {bound.ci95:,.1f}",
        f"{bound.num_hands:,}",
    )
    return table
