// SPDX-License-Identifier: BSL-1.0
#include <atomic>

#include "peers/peers.hpp"
#include "peers/relax.hpp"
#include "peers/shared_block.hpp"

namespace bench {

namespace {

using word = std::atomic<std::uint64_t>;

class line_sender final : public sender {
 public:
  explicit line_sender(word& w) noexcept : word_(&w) {}
  void send(std::uint64_t count) override { word_->store(sent_ += count, std::memory_order_release); }

 private:
  word* word_;
  std::uint64_t sent_ = 0;
};

class line_receiver final : public receiver {
 public:
  explicit line_receiver(word& w) noexcept : word_(&w) {}
  void receive(std::uint64_t until) override {
    while (word_->load(std::memory_order_acquire) < until) relax();
  }

 private:
  word* word_;
};

class line final : public transport {
 public:
  std::unique_ptr<sender> open_sender() override { return std::make_unique<line_sender>(block_.as<word>()); }
  std::unique_ptr<receiver> open_receiver() override { return std::make_unique<line_receiver>(block_.as<word>()); }

 private:
  shared_block block_{4096};
};

}  // namespace

std::unique_ptr<transport> make_line(way const&) { return std::make_unique<line>(); }

}  // namespace bench
