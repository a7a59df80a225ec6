// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "core/payload.hpp"
#include "core/transport.hpp"
#include "peers/relax.hpp"

/// \file
/// Ends of whatever is written and read as a sequence of bytes. A message is one write; a read takes as many as there
/// are.

namespace bench {

inline void set_polled(int fd, pace p) {
  if (p == pace::polled) require(::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK) == 0, "fcntl");
}

/// Calls `f` until it moves bytes. Answers how many.
template <class F>
std::size_t moved(F&& f) {
  for (;;) {
    auto const n = f();
    if (n > 0) return static_cast<std::size_t>(n);
    require(n < 0 && (errno == EAGAIN || errno == EINTR), "an end was closed, or failed");
    relax();
  }
}

class byte_sender : public sender {
 public:
  byte_sender(int fd, way const& w) : fd_(fd), message_(w.size) { set_polled(fd, w.how); }

  void send(std::uint64_t count) override {
    for (std::uint64_t i = 0; i < count; ++i) {
      write_payload(message_.data(), message_.size(), number_++);
      for (std::size_t done = 0; done < message_.size();) {
        done += moved([&] { return ::write(fd_, message_.data() + done, message_.size() - done); });
      }
    }
  }

 private:
  int fd_;
  std::vector<std::byte> message_;
  std::uint64_t number_ = 0;
};

class byte_receiver : public receiver {
 public:
  byte_receiver(int fd, way const& w) : fd_(fd), size_(w.size), buffer_(std::max<std::size_t>(w.size, 65536)) {
    set_polled(fd, w.how);
  }

  void receive(std::uint64_t until) override {
    while (number_ < until) {
      filled_ += moved([&] { return ::read(fd_, buffer_.data() + filled_, buffer_.size() - filled_); });
      std::size_t at = 0;
      for (; filled_ - at >= size_; at += size_) require_payload(buffer_.data() + at, size_, number_++);
      std::copy(buffer_.begin() + static_cast<long>(at), buffer_.begin() + static_cast<long>(filled_), buffer_.begin());
      filled_ -= at;
    }
  }

 private:
  int fd_;
  std::size_t size_;
  std::vector<std::byte> buffer_;
  std::size_t filled_ = 0;
  std::uint64_t number_ = 0;
};

/// Two descriptors that are closed with it.
struct descriptor_pair {
  int out = -1, in = -1;
  descriptor_pair() = default;
  descriptor_pair(descriptor_pair const&) = delete;
  descriptor_pair& operator=(descriptor_pair const&) = delete;
  ~descriptor_pair() {
    if (out >= 0) ::close(out);
    if (in >= 0) ::close(in);
  }
};

}  // namespace bench
