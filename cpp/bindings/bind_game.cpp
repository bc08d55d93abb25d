#include "bindings/bindings.hpp"

namespace holdem {

void bind_game(nanobind::module_&) {}

}  // namespace holdem
