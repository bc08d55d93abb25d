#include "base/interrupt.hpp"
#include "bindings/bindings.hpp"

namespace {

// Outside of the main thread Python does nothing here.
void run_signal_handlers() {
  const nanobind::gil_scoped_acquire acquire;
  if (PyErr_CheckSignals() != 0) throw nanobind::python_error();
}

}  // namespace

NB_MODULE(_core, module) {
  // An exception that ends the process keeps the objects of its frames: no fault of the bindings.
  nanobind::set_leak_warnings(false);
  holdem::set_interrupt_handler(&run_signal_handlers);
  module.doc() =
      "C++ core of holdem: cards, games, abstraction, solvers, matches, checkpoint bytes.";
  holdem::bind_cards(module);
  holdem::bind_game(module);
  holdem::bind_public_game(module);
  holdem::bind_abstraction(module);
  holdem::bind_features(module);
  holdem::bind_k_means(module);
  holdem::bind_cfr(module);
  holdem::bind_merge(module);
  holdem::bind_evaluation(module);
  holdem::bind_storage(module);
}
