#pragma once

#include <nanobind/nanobind.h>

namespace holdem {

// One binder per folder of the core, and one each for features of hands, k-means, merging and
// public games. A binder checks arguments, releases the GIL and says who owns an array; anything
// else belongs to the folder it binds.
void bind_cards(nanobind::module_& module);
void bind_game(nanobind::module_& module);
void bind_public_game(nanobind::module_& module);
void bind_abstraction(nanobind::module_& module);
void bind_features(nanobind::module_& module);
void bind_k_means(nanobind::module_& module);
void bind_cfr(nanobind::module_& module);
void bind_merge(nanobind::module_& module);
void bind_evaluation(nanobind::module_& module);
void bind_storage(nanobind::module_& module);

}  // namespace holdem
