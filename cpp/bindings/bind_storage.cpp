#include "bindings/bindings.hpp"

namespace holdem {

void bind_storage(nanobind::module_&) {}

}  // namespace holdem
