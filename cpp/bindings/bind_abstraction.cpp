#include "bindings/bindings.hpp"

namespace holdem {

void bind_abstraction(nanobind::module_&) {}

}  // namespace holdem
