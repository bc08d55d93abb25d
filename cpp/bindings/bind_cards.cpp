#include "bindings/bindings.hpp"

namespace holdem {

void bind_cards(nanobind::module_&) {}

}  // namespace holdem
