#include "bindings/bindings.hpp"

NB_MODULE(_core, module) {
  module.doc() =
      "C++ core of holdem: cards, games, abstraction, solvers, matches, checkpoint bytes.";
  holdem::bind_cards(module);
  holdem::bind_game(module);
  holdem::bind_abstraction(module);
  holdem::bind_cfr(module);
  holdem::bind_merge(module);
  holdem::bind_evaluation(module);
  holdem::bind_storage(module);
}
