// SPDX-License-Identifier: BSL-1.0
#include <atomic>
#include <climits>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "peers/peers.hpp"
#include "peers/shared_block.hpp"

namespace bench {

namespace {

using word = std::atomic<std::uint32_t>;

class futex_sender final : public sender {
 public:
  explicit futex_sender(word& w) noexcept : word_(&w) {}
  void send(std::uint64_t count) override {
    word_->fetch_add(static_cast<std::uint32_t>(count), std::memory_order_seq_cst);
    ::syscall(SYS_futex, word_, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  }

 private:
  word* word_;
};

class futex_receiver final : public receiver {
 public:
  explicit futex_receiver(word& w) noexcept : word_(&w) {}
  void receive(std::uint64_t until) override {
    auto const wanted = static_cast<std::uint32_t>(until);
    for (;;) {
      auto const seen = word_->load(std::memory_order_seq_cst);
      if (static_cast<std::int32_t>(seen - wanted) >= 0) return;
      ::syscall(SYS_futex, word_, FUTEX_WAIT, seen, nullptr, nullptr, 0);
    }
  }

 private:
  word* word_;
};

class futex final : public transport {
 public:
  std::unique_ptr<sender> open_sender() override { return std::make_unique<futex_sender>(block_.as<word>()); }
  std::unique_ptr<receiver> open_receiver() override { return std::make_unique<futex_receiver>(block_.as<word>()); }

 private:
  shared_block block_{4096};
};

}  // namespace

std::unique_ptr<transport> make_futex(way const&) { return std::make_unique<futex>(); }

}  // namespace bench
