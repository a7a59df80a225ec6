// SPDX-License-Identifier: BSL-1.0
#include <csignal>
#include <iostream>
#include <quoit/quoit.hpp>

namespace {

quoit::keeper* running = nullptr;

}  // namespace

int main(int argc, char** argv) try {
  auto const channel = quoit::channel::open_or_create(argc > 1 ? argv[1] : "demo/kept");
  quoit::keeper keeper(channel, quoit::keeping::in_serve);
  running = &keeper;
  std::signal(SIGINT, [](int) { running->interrupt(); });  // it may be called from there
  std::cout << "keeping " << channel.info().name << std::endl;
  keeper.serve();
  std::cout << keeper.counts().served << " let in, " << keeper.counts().refused << " turned away\n";
} catch (quoit::error const& e) {
  std::cerr << "keeping: " << e.what() << '\n';
  return 1;
}
