// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <cstdint>
#include <iostream>
#include <quoit/quoit.hpp>
#include <string>

class price {
 public:
  price() = default;
  explicit price(std::int64_t cents) : cents_(cents) {}
  std::int64_t cents() const { return cents_; }

 private:
  std::int64_t cents_ = 0;
};

/// Its members are private, so nobody else can see that there is no address in it.
template <>
inline constexpr bool quoit::vouched<price> = true;

struct quote {
  std::array<char, 8> symbol;
  price bid;
  price ask;
};
static_assert(quoit::plain<quote>);

/// Samples that are to begin on a cache line.
struct alignas(64) block {
  std::array<float, 256> samples;
};

int main() try {
  auto const quotes = quoit::channel::create_anonymous(quoit::for_type<quote>());
  quoit::typed_subscriber<quote> subscriber(quotes);
  quoit::typed_publisher<quote> publisher(quotes);
  publisher.publish({{"QUOT"}, price(9995), price(10005)});
  if (auto const message = subscriber.receive()) std::cout << message->ask.cents() - message->bid.cents() << '\n';

  auto const blocks = quoit::channel::create_anonymous(quoit::for_type<block>());
  std::cout << "alignment " << quotes.info().alignment << " and " << blocks.info().alignment << '\n';
} catch (quoit::error const& e) {
  std::cerr << "vouched: " << e.what() << '\n';
  return 1;
}
