// SPDX-License-Identifier: BSL-1.0
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <iostream>
#include <quoit/quoit.hpp>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

/// Moves all that comes from a non-blocking descriptor into the stream.
quoit::transfer pump(int fd, quoit::stream_writer& writer) {
  std::size_t count = 0;
  for (bool full = false;;) {
    // While the ring is full, the descriptor is left alone (-1) and the ring is tried again in 10 ms.
    pollfd ready{full ? -1 : fd, POLLIN, 0};
    ::poll(&ready, 1, full ? 10 : -1);
    auto const moved = writer.read_from(fd, quoit::unlimited, 0ns);
    count += moved.count;
    full = moved.status == quoit::status::timeout;
    if (!full && moved.status != quoit::status::would_block) return {moved.status, count, moved.error};
  }
}

/// Stands for a device: sends so many bytes and hangs up.
void run_device(int fd, std::size_t size) {
  std::vector<char> const bytes(size, 'x');
  for (std::size_t sent = 0; sent < size;) {
    auto const n = ::send(fd, bytes.data() + sent, size - sent, MSG_NOSIGNAL);
    if (n <= 0) break;
    sent += static_cast<std::size_t>(n);
  }
  ::close(fd);
}

int main() try {
  auto const channel = quoit::channel::create_anonymous({.capacity = 4096, .kind = quoit::stream});
  auto reader = channel.stream_reader();
  auto writer = channel.stream_writer();
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return 1;
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);

  std::thread device(run_device, ends[1], 1'000'000);
  std::size_t arrived = 0;
  std::thread consumer([&reader, &arrived] {
    while (auto const unread = reader.data()) {
      arrived += unread.bytes.size();
      reader.consume(unread.bytes.size());
    }
  });
  auto const moved = pump(ends[0], writer);
  writer.close();
  device.join();
  consumer.join();
  ::close(ends[0]);
  std::cout << quoit::to_string(moved.status) << " after " << moved.count << " bytes, " << arrived << " arrived\n";
} catch (quoit::error const& e) {
  std::cerr << "event_loop: " << e.what() << '\n';
  return 1;
}
