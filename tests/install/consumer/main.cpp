// SPDX-License-Identifier: BSL-1.0
// A program outside the project that uses the library as installed.
#include <quoit/quoit.hpp>

#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <string>

namespace {

/// Derives from what the library exports.
class own_maker final : public quoit::mirror::maker {
 public:
  std::shared_ptr<quoit::mirror::memory> make(std::size_t size) const override {
    return quoit::mirror::temporary_file("/dev/shm").make(size);
  }
  std::string name() const override { return "own"; }
};

struct pose {
  double x, y;
};

bool rings_work() {
  quoit::byte_ring by_default(4096);
  quoit::byte_ring own(4096, own_maker());
  return by_default.write(std::as_bytes(std::span("abc", 3))) == 3 && own.peek(1).empty();
}

bool streams_and_types_work() {
  auto const stream = quoit::channel::create_anonymous({.kind = quoit::stream});
  auto reader = stream.stream_reader();
  stream.stream_writer().write(std::as_bytes(std::span("abc", 3)));
  auto const poses = quoit::channel::create_anonymous(quoit::for_type<pose>());
  quoit::typed_subscriber<pose> seen(poses);
  quoit::typed_publisher<pose>(poses).publish({1, 2});
  return reader.data().bytes.size() == 3 && seen.receive()->y == 2;
}

}  // namespace

int main() {
  using namespace quoit::literals;
  auto const channel = quoit::channel::create_anonymous({.capacity = 64_KiB});
  auto publisher = channel.publisher();
  auto subscriber = channel.subscriber();
  auto room = publisher.reserve(5);
  std::memcpy(room.bytes().data(), "hello", 5);
  room.commit();
  auto const message = subscriber.receive();
  bool const good = rings_work() && streams_and_types_work() && message && message.bytes().size() == 5 &&
                    std::memcmp(message.bytes().data(), "hello", 5) == 0;
  try {
    quoit::channel::open("..");
  } catch (quoit::error const& e) {  // thrown in the library, caught here: its type is exported
    std::printf("%s: %s\n", good ? "good" : "bad", e.what());
    return good && e.code() == quoit::errc::bad_name ? 0 : 1;
  }
  return 2;
}
