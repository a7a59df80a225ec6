// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <quoit/quoit.hpp>

int main() try {
  for (auto const& entry : quoit::channel::list()) {
    std::cout << entry.name << " in " << entry.path << ", ";
    if (entry.state == quoit::listing::state::alive) {
      std::cout << "held by";
      for (auto const pid : entry.holders) std::cout << " pid " << pid;
      std::cout << '\n';
    } else if (entry.state == quoit::listing::state::stale) {
      std::cout << "left by its last holder\n";
    } else if (entry.state == quoit::listing::state::dormant) {
      std::cout << "waiting in " << entry.file << '\n';
    } else {
      std::cout << entry.note << '\n';  // belongs to another user, or is damaged
    }
  }
} catch (quoit::error const& e) {
  std::cerr << "names: " << e.what() << '\n';
  return 1;
}
