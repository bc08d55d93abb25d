#include "bindings/bindings.hpp"

namespace holdem {

void bind_cfr(nanobind::module_&) {}

}  // namespace holdem
