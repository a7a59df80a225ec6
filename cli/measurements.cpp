// SPDX-License-Identifier: BSL-1.0
#include "measurements.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <span>
#include <system_error>
#include <thread>

#include <sys/socket.h>
#include <unistd.h>

#include <quoit/channel.hpp>

namespace cli {

namespace {

using clock = std::chrono::steady_clock;

/// One direction, for messages of one size.
class line {
 public:
  virtual ~line() = default;
  virtual void send(std::span<std::byte const> bytes) = 0;
  /// False: the other side has closed.
  virtual bool receive(std::span<std::byte> bytes) = 0;
  virtual void close() = 0;
};

class descriptor_line final : public line {
 public:
  explicit descriptor_line(way through) {
    int const failed = through == way::pipe ? ::pipe(ends_) : ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_);
    if (failed != 0) throw std::system_error(errno, std::generic_category(), "cannot make a pipe or socket");
  }
  ~descriptor_line() override {
    close();
    ::close(ends_[0]);
  }
  void send(std::span<std::byte const> bytes) override {
    while (!bytes.empty()) {
      auto const n = ::write(ends_[1], bytes.data(), bytes.size());
      if (n < 0) throw std::system_error(errno, std::generic_category(), "write");
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
  }
  bool receive(std::span<std::byte> bytes) override {
    while (!bytes.empty()) {
      auto const n = ::read(ends_[0], bytes.data(), bytes.size());
      if (n <= 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return true;
  }
  void close() override {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2] = {-1, -1};
};

class channel_line final : public line {
 public:
  channel_line()
      : channel_(quoit::channel::create_anonymous({.capacity = std::uint64_t{4} << 20U})),
        publisher_(channel_.publisher()),
        subscriber_(channel_.subscriber()) {}
  void send(std::span<std::byte const> bytes) override { publisher_.publish(bytes); }
  bool receive(std::span<std::byte> bytes) override { return bool(subscriber_.receive_into(bytes)); }
  void close() override { publisher_.close(); }

 private:
  quoit::channel channel_;
  quoit::publisher publisher_;
  quoit::subscriber subscriber_;
};

std::unique_ptr<line> make_line(way through) {
  if (through == way::quoit) return std::make_unique<channel_line>();
  return std::make_unique<descriptor_line>(through);
}

}  // namespace

measured measure_flow(way through, std::size_t size, std::chrono::nanoseconds time) {
  auto const l = make_line(through);
  std::thread reader([&] {
    std::vector<std::byte> into(size);
    while (l->receive(into)) {
    }
  });
  std::vector<std::byte> const message(size, std::byte{'q'});
  auto const begun = clock::now();
  std::uint64_t count = 0;
  do {
    for (int i = 0; i < 16; ++i, ++count) l->send(message);
  } while (clock::now() - begun < time);
  l->close();
  reader.join();
  auto const seconds = std::chrono::duration<double>(clock::now() - begun).count();
  return {static_cast<double>(count) / seconds, static_cast<double>(count * size) / seconds};
}

std::vector<std::chrono::nanoseconds> measure_round_trips(way through, std::size_t count) {
  auto const there = make_line(through);
  auto const back = make_line(through);
  constexpr std::size_t size = 64;
  std::thread other([&] {
    std::vector<std::byte> message(size);
    while (there->receive(message)) back->send(message);
  });
  std::vector<std::byte> message(size);
  std::vector<std::chrono::nanoseconds> times(count);
  for (auto& t : times) {
    auto const begun = clock::now();
    there->send(message);
    back->receive(message);
    t = clock::now() - begun;
  }
  there->close();
  other.join();
  std::sort(times.begin(), times.end());
  return times;
}

}  // namespace cli
