// SPDX-License-Identifier: BSL-1.0
// Does not compile, and is not meant to.
#include <optional>
#include <quoit/quoit.hpp>
#include <string>

struct note {
  std::string text;  // its bytes are elsewhere
};
struct event {
  int level;
  char const* text;  // an address in this process
};
struct sample {
  std::optional<double> value;  // a class with private members
};

auto const notes = quoit::for_type<note>();
auto const events = quoit::for_type<event>();
auto const samples = quoit::for_type<sample>();
