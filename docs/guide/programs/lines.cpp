// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <quoit/quoit.hpp>
#include <string_view>

using namespace quoit::literals;

/// Hands each line of one writer to `use(line, whole)`, in the ring itself. Only its last one may be without a newline.
template <class F>
quoit::status for_each_line(quoit::stream_reader& reader, F use) {
  std::size_t at_least = 1;
  for (;;) {
    auto const unread = reader.data(at_least);
    if (!unread) return unread.status;
    std::string_view rest(reinterpret_cast<char const*>(unread.bytes.data()), unread.bytes.size());
    if (rest.size() < at_least) {  // an end stands behind them
      use(rest, false);
      rest = {};
    }
    for (auto end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
      use(rest.substr(0, end), true);
      rest.remove_prefix(end + 1);
    }
    reader.consume(unread.bytes.size() - rest.size());
    at_least = rest.size() + 1;  // a piece of a line waits in the ring for more
  }
}

int main() try {
  auto const channel = quoit::channel::open_or_create("demo/bytes", {.capacity = 64_KiB, .kind = quoit::stream});
  auto reader = channel.stream_reader({.start = quoit::oldest});
  auto const end = for_each_line(reader, [](std::string_view line, bool whole) {
    std::cout << (whole ? "line: " : "piece: ") << line << std::endl;
  });
  std::cout << quoit::to_string(end) << std::endl;  // closed, died; too_big: a line that is longer than the ring
  return end == quoit::status::closed ? 0 : 1;
} catch (quoit::error const& e) {
  std::cerr << "lines: " << e.what() << '\n';
  return 1;
}
