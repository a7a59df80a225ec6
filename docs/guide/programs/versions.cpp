// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <quoit/quoit.hpp>

namespace robot {

struct odometry {
  double x, y, heading;
};

}  // namespace robot

/// The name is ours and no compiler's. Since version 3 the heading counts clockwise: same size, another meaning.
template <>
struct quoit::type_traits<robot::odometry> : quoit::default_type_traits<robot::odometry> {
  static std::string name() { return "odometry"; }
  static constexpr std::uint32_t version = 3;
};

int main() try {
  // As a program from before the change has made it.
  auto const old = quoit::channel::create(
      "robot/odometry", {.type = quoit::type_id{.name = "odometry", .version = 2, .size = 24, .alignment = 8}});
  quoit::channel::open("robot/odometry", quoit::for_type<robot::odometry>());
} catch (quoit::error const& e) {
  std::cerr << "versions: " << e.what() << '\n';
  return 1;
}
